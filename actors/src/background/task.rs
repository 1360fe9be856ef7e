//! What a background task is, and what one of its runs says.

use crate::runtime::Site;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// One thing that a partition does by itself, again and again. A run takes no input: it looks at the rows as they are,
/// is safe to repeat and safe to miss.
pub(super) trait BackgroundTask {
    /// A verb and what it is done to, in lower case with underscores: as `GET mesh/v1/tasks` and the metrics call it.
    fn name(&self) -> &'static str;

    /// From the end of a run to the next one.
    fn every(&self) -> Duration;

    /// From the start of the tasks to the first run.
    fn first(&self) -> Duration {
        Duration::ZERO
    }

    /// One run. It may panic, and the task is run again all the same: what it keeps between its runs must hold at each
    /// `await`.
    async fn run(&mut self, site: &Site) -> Outcome;
}

/// What a run did, and whether it failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) counts: BTreeMap<&'static str, u64>,
    /// The first one; `None`: the run succeeded.
    pub(super) error: Option<String>,
    /// A run is bounded, and there was more to do: the next one begins at once.
    pub(super) more: bool,
}

impl Outcome {
    /// Adds to a count of what was done. A count of 0 is shown, too.
    pub(super) fn add(&mut self, what: &'static str, many: usize) {
        *self.counts.entry(what).or_default() += u64::try_from(many).unwrap_or(u64::MAX);
    }

    /// Something was not done. The first error is kept; all are counted as `failed`.
    pub(super) fn fail(&mut self, error: &impl fmt::Display) {
        self.error.get_or_insert_with(|| error.to_string());
        self.add("failed", 1);
    }
}
