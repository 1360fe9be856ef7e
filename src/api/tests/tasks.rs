//! The background tasks of a node, through its API.

use super::fixture::{Fixture, NOW, anonymous};
use actix_web::test::TestRequest;
use actors::time::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(10);

/// As they are once all that run at the start have run, by name.
async fn after_a_run(fixture: &Fixture) -> Vec<Value> {
    let looks = async {
        loop {
            let Value::Array(tasks) = fixture.get("mesh/v1/tasks").await.ok() else { panic!("not a list") };
            let has_run = |task: &&Value| task["last_run"].is_object();
            if tasks.iter().filter(has_run).count() == 6 {
                return tasks;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(PATIENCE, looks).await.expect("six tasks run at the start")
}

/// Removes and checks the times that depend on the machine: the fixture's clock stands still.
fn without_times(task: &mut Value) -> Value {
    let now = Timestamp::parse(NOW).unwrap();
    let every = Duration::from_secs_f64(task["every_s"].as_f64().unwrap());
    let next = task.as_object_mut().unwrap().remove("next_run").unwrap();
    let next = Timestamp::parse(next.as_str().unwrap()).unwrap();
    assert!(next > now && next <= now + every, "{next}: {task}");
    if let Some(run) = task.get_mut("last_run").and_then(Value::as_object_mut) {
        assert_eq!(run.remove("started"), Some(json!("2026-01-15T10:00:00Z")));
        let took = run.remove("duration_s").unwrap().as_f64().unwrap();
        assert!((0.0..PATIENCE.as_secs_f64()).contains(&took), "{took}");
    }
    task.clone()
}

#[actix_web::test]
async fn tasks_say_what_they_did_and_when_they_run_next() {
    let fixture = Fixture::with_tasks().await;
    let mut tasks = after_a_run(&fixture).await;
    let names: Vec<&str> = tasks.iter().map(|task| task["name"].as_str().unwrap()).collect();
    let wanted = [
        "end_quarantines",
        "inspect_machines",
        "measure_pools",
        "prune_address_history",
        "prune_answers",
        "reconcile_claims",
        "remove_expired_images",
        "undo_loads",
    ];
    assert_eq!(names, wanted);
    let ran = |name: &str, every: f64, counts: Value| {
        let last = json!({"result": "ok", "counts": counts});
        json!({"name": name, "every_s": every, "runs": 1, "failures": 0, "last_run": last})
    };
    assert_eq!(without_times(&mut tasks[5]), ran("reconcile_claims", 60.0, json!({"returned": 0})));
    assert_eq!(without_times(&mut tasks[4]), ran("prune_answers", 600.0, json!({"forgotten": 0})));
    let waits = json!({"name": "remove_expired_images", "every_s": 3600.0, "runs": 0, "failures": 0});
    assert_eq!(without_times(&mut tasks[6]), waits);

    let metrics = fixture.send(TestRequest::with_uri("/metrics")).await.text;
    for line in [
        "# TYPE metalmesh_task_runs counter",
        "metalmesh_task_runs_total{task=\"reconcile_claims\",result=\"ok\"} 1",
        "metalmesh_task_runs_total{task=\"reconcile_claims\",result=\"failed\"} 0",
        "metalmesh_task_last_run_timestamp_seconds{task=\"prune_answers\"} 1768471200.0",
        "metalmesh_task_running{task=\"prune_answers\"} 0.0",
    ] {
        assert!(metrics.lines().any(|shown| shown == line), "{line} in {metrics}");
    }
    let has = |start: &str| metrics.lines().any(|line| line.starts_with(start));
    assert!(has("metalmesh_task_next_run_timestamp_seconds{task=\"remove_expired_images\"} 17684747"));
    assert!(has("metalmesh_task_last_run_duration_seconds{task=\"undo_loads\"} "));
    assert!(
        !has("metalmesh_task_last_run_timestamp_seconds{task=\"remove_expired_images\"}"),
        "it has not run"
    );
}

#[actix_web::test]
async fn tasks_are_shown_to_users_only() {
    let fixture = Fixture::new().await;
    assert_eq!(fixture.get("mesh/v1/tasks").await.ok(), json!([]), "a partition without tasks has none");
    let refused = fixture.send(anonymous("GET", "mesh/v1/tasks")).await;
    assert!([401, 403].contains(&refused.status), "{refused:?}");
}
