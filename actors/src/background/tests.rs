use super::*;
use crate::fixture::on_paused_time;
use fixture::{Fixture, MINUTE};

#[test]
fn no_days_are_for_ever() {
    assert_eq!(Settings::of_days(0).address_history_kept, None);
    assert_eq!(Settings::of_days(2).address_history_kept, Some(Duration::from_secs(172_800)));
}

/// Name, first run and period in seconds, as operators know them.
const TASKS: [(&str, u64, u64); 8] = [
    ("end_quarantines", 0, 5),
    ("inspect_machines", 5, 5),
    ("measure_pools", 0, 30),
    ("prune_address_history", 0, 600),
    ("prune_answers", 0, 600),
    ("reconcile_claims", 0, 60),
    ("remove_expired_images", 3600, 3600),
    ("undo_loads", 0, 30),
];

#[test]
fn each_task_runs_when_it_should_and_says_what_it_did() {
    on_paused_time(|| async {
        let fixture = Fixture::start().await;
        let start = fixture.local.now();
        let planned: Vec<_> =
            fixture.background.tasks(start).into_iter().map(|task| (task.name, task.next_run)).collect();
        let wanted = TASKS.map(|(name, first, _)| (name, Some(start + Duration::from_secs(first))));
        assert_eq!(planned, wanted, "before any of them ran");

        let passed = 61 * MINUTE + Duration::from_secs(1);
        tokio::time::sleep(passed).await;
        let tasks = fixture.background.tasks(fixture.local.now());
        assert_eq!(tasks.len(), TASKS.len());
        for (task, (name, first, every)) in tasks.into_iter().zip(TASKS) {
            assert_eq!((task.name, task.every), (name, Duration::from_secs(every)));
            let runs = task.runs[&RunResult::Ok];
            let most = (passed.as_secs() - first) / every + 1;
            // A run that commits takes a moment.
            assert!((most - most / 50..=most).contains(&runs), "{name}: {runs} of {most}");
            let last = task.last_run.unwrap();
            assert!(last.error.is_none() && !last.counts.is_empty(), "{name}: {last:?}");
            let next = task.next_run.unwrap();
            assert!(next > fixture.local.now() && next <= fixture.local.now() + task.every, "{name}");
        }
    });
}

#[test]
fn without_days_the_address_history_is_kept() {
    on_paused_time(|| async {
        let fixture = Fixture::start().await;
        let background = start(&fixture.local, Settings::of_days(0));
        let names: Vec<&str> = background.tasks(fixture.local.now()).iter().map(|task| task.name).collect();
        assert_eq!(names.len(), TASKS.len() - 1);
        assert!(!names.contains(&"prune_address_history"), "{names:?}");
    });
}
