//! `metalmesh tasks`: shows the state of a node's background tasks.

use super::ask::NodeArgs;
use actors::decision::Role;
use clap::Args;
use reqwest::Method;
use serde_json::Value;

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  metalmesh tasks --json")]
pub(super) struct TasksArgs {
    #[command(flatten)]
    node: NodeArgs,
}

pub(super) async fn run(args: TasksArgs) -> anyhow::Result<()> {
    let asking = args.node.asking(Role::View, "METALMESH_VIEW_KEY")?;
    let tasks = asking.ask(Method::GET, &["tasks"], None).await?;
    args.node.show(&tasks, sentences)
}

/// One line for every task.
fn sentences(tasks: &Value) -> String {
    let lines = tasks.as_array().into_iter().flatten().map(|task| {
        let name = text(task, "name");
        format!("{name:<24}  {}; {}", last(task), next(task))
    });
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() { "this node has no background tasks".to_owned() } else { lines.join("\n") }
}

/// The result of the last run.
fn last(task: &Value) -> String {
    let Some(run) = task.get("last_run") else { return "has not run yet".to_owned() };
    let counts = run.get("counts").and_then(Value::as_object);
    let counts = counts.into_iter().flatten().map(|(what, count)| format!(", {count} {what}"));
    let error = run.get("error").and_then(Value::as_str).map(|error| format!(": {error}"));
    let milliseconds = run.get("duration_s").and_then(Value::as_f64).unwrap_or_default() * 1000.0;
    format!(
        "{} at {} in {milliseconds:.0} ms{}{}",
        text(run, "result"),
        text(run, "started"),
        counts.collect::<String>(),
        error.unwrap_or_default()
    )
}

fn next(task: &Value) -> String {
    match (text(task, "running_since"), text(task, "next_run")) {
        ("", "") => "no longer runs".to_owned(),
        ("", next) => format!("next at {next}"),
        (since, _) => format!("runs since {since}"),
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use serde_json::json;

    #[test]
    fn each_task_is_a_line() {
        let ended = |result: &str, error: Option<&str>| {
            let mut run =
                json!({"started": "T1", "duration_s": 0.0124, "result": result, "counts": {"ended": 2}});
            run.as_object_mut().unwrap().extend(error.map(|error| ("error".to_owned(), json!(error))));
            run
        };
        let tasks = json!([
            {"name": "end_quarantines", "last_run": ended("ok", None), "next_run": "T2"},
            {"name": "prune_answers", "last_run": ended("failed", Some("no disk")), "running_since": "T3"},
            {"name": "remove_expired_images", "next_run": "T4"},
            {"name": "undo_loads"},
        ]);
        expect![[r#"
            end_quarantines           ok at T1 in 12 ms, 2 ended; next at T2
            prune_answers             failed at T1 in 12 ms, 2 ended: no disk; runs since T3
            remove_expired_images     has not run yet; next at T4
            undo_loads                has not run yet; no longer runs"#]]
        .assert_eq(&sentences(&tasks));
        assert_eq!(sentences(&json!([])), "this node has no background tasks");
    }
}
