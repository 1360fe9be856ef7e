//! The state of the partition's background tasks, for people and metrics.

use super::task::TaskOutcome;
use crate::time::Timestamp;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use strum::{IntoStaticStr, VariantArray};
use tokio::time::Instant;

/// The state of a background task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskState {
    pub name: &'static str,
    /// Time from the end of a run to the next one.
    pub every: Duration,
    /// Finished runs since the start of the partition, by result.
    pub runs: BTreeMap<RunResult, u64>,
    /// Start of the current run; `None`: none runs.
    pub running_since: Option<Timestamp>,
    /// `None`: no run has ended yet.
    pub last_run: Option<LastRun>,
    /// `None` during a run, and when the partition has stopped.
    pub next_run: Option<Timestamp>,
}

/// A finished run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastRun {
    pub started: Timestamp,
    pub duration: Duration,
    pub result: RunResult,
    /// The counters of the run.
    pub counts: BTreeMap<&'static str, u64>,
    /// The first error of a failed run.
    pub error: Option<String>,
}

/// The result of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, VariantArray, IntoStaticStr)]
#[strum(const_into_str, serialize_all = "snake_case")]
pub enum RunResult {
    Ok,
    /// Some work failed.
    Failed,
    Panicked,
}

impl RunResult {
    pub const ALL: &'static [Self] = Self::VARIANTS;

    /// The text in the API and in metrics.
    pub const fn as_str(self) -> &'static str {
        self.into_str()
    }
}

/// The states by name. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Registry(Arc<Mutex<BTreeMap<&'static str, Entry>>>);

#[derive(Debug)]
struct Entry {
    every: Duration,
    runs: BTreeMap<RunResult, u64>,
    running_since: Option<Timestamp>,
    last_run: Option<LastRun>,
    /// On the monotonic clock.
    next_run: Option<Instant>,
}

impl Registry {
    /// Adds a task whose first run is at `first`.
    pub(super) fn add(&self, name: &'static str, every: Duration, first: Instant) {
        let runs = RunResult::ALL.iter().map(|result| (*result, 0)).collect();
        let entry = Entry { every, runs, running_since: None, last_run: None, next_run: Some(first) };
        self.0.lock().insert(name, entry);
    }

    /// The next run begins at `at`.
    pub(super) fn plan(&self, name: &'static str, at: Instant) {
        self.change(name, |entry| entry.next_run = Some(at));
    }

    pub(super) fn begin(&self, name: &'static str, now: Timestamp) {
        self.change(name, |entry| {
            entry.running_since = Some(now);
            entry.next_run = None;
        });
    }

    /// The run ended after `duration`: with an outcome, or with the text of its panic.
    pub(super) fn end(&self, name: &'static str, duration: Duration, outcome: Result<TaskOutcome, String>) {
        let (result, counts, error) = match outcome {
            Ok(TaskOutcome { counts, error: None, .. }) => (RunResult::Ok, counts, None),
            Ok(TaskOutcome { counts, error, .. }) => (RunResult::Failed, counts, error),
            Err(panic) => (RunResult::Panicked, BTreeMap::new(), Some(panic)),
        };
        self.change(name, |entry| {
            *entry.runs.entry(result).or_default() += 1;
            let started = entry.running_since.take();
            entry.last_run = started.map(|started| LastRun { started, duration, result, counts, error });
        });
    }

    /// There is no next run.
    pub(super) fn stop(&self, name: &'static str) {
        self.change(name, |entry| entry.next_run = None);
    }

    fn change(&self, name: &'static str, change: impl FnOnce(&mut Entry)) {
        if let Some(entry) = self.0.lock().get_mut(name) {
            change(entry);
        }
    }

    /// All tasks, ascending by name. `now`: the wall clock.
    pub(super) fn states(&self, now: Timestamp) -> Vec<TaskState> {
        let instant = Instant::now();
        let entries = self.0.lock();
        let states = entries.iter().map(|(name, entry)| TaskState {
            name,
            every: entry.every,
            runs: entry.runs.clone(),
            running_since: entry.running_since,
            last_run: entry.last_run.clone(),
            next_run: entry.next_run.map(|at| now + at.saturating_duration_since(instant)),
        });
        states.collect()
    }
}
