//! A background task, and the outcome of a run.

use crate::runtime::LocalPartition;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// Periodic work of a partition. A run has no input: it reads the current rows, and may be repeated or skipped safely.
pub(super) trait BackgroundTask {
    /// A verb and its object, in lower case with underscores: the name in `GET mesh/v1/tasks` and in metrics.
    fn name(&self) -> &'static str;

    /// Time from the end of a run to the next one.
    fn every(&self) -> Duration;

    /// Time from the start of the tasks to the first run.
    fn first(&self) -> Duration {
        Duration::ZERO
    }

    /// One run. It may panic, and the next run still happens: the task's state must be consistent at each `await`.
    async fn run(&mut self, local: &LocalPartition) -> TaskOutcome;
}

/// The counters of a run, and whether it failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TaskOutcome {
    pub(super) counts: BTreeMap<&'static str, u64>,
    /// The first error; `None`: the run succeeded.
    pub(super) error: Option<String>,
    /// The run reached its bound and there was more to do: the next one starts at once.
    pub(super) more: bool,
}

impl TaskOutcome {
    /// Adds to a counter. A count of 0 is shown, too.
    pub(super) fn add(&mut self, what: &'static str, many: usize) {
        *self.counts.entry(what).or_default() += u64::try_from(many).unwrap_or(u64::MAX);
    }

    /// Records a failure. The first error is kept; all are counted as `failed`.
    pub(super) fn fail(&mut self, error: &impl fmt::Display) {
        self.error.get_or_insert_with(|| error.to_string());
        self.add("failed", 1);
    }
}
