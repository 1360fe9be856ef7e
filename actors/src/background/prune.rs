//! Deletes old rows: answers to commands, and the address history.

use super::task::{BackgroundTask, TaskOutcome};
use crate::runtime::LocalPartition;
use crate::store::Old;
use std::time::Duration;

/// Interval of pruning.
const EVERY: Duration = Duration::from_secs(600);

/// Retention of answers. A caller may ask for the outcome of a write for at least a day.
const ANSWERS_KEPT: Duration = Duration::from_secs(48 * 3600);

/// Maximum of rows deleted in one transaction.
const ROWS_MAX: usize = 1000;

/// Deletes one kind of old rows.
pub(super) struct Prune {
    name: &'static str,
    old: Old,
    kept: Duration,
}

impl Prune {
    pub(super) fn answers() -> Self {
        Self { name: "prune_answers", old: Old::Answers, kept: ANSWERS_KEPT }
    }

    /// Prunes tenures that ended longer ago than `kept`.
    pub(super) fn address_history(kept: Duration) -> Self {
        Self { name: "prune_address_history", old: Old::History, kept }
    }
}

impl BackgroundTask for Prune {
    fn name(&self) -> &'static str {
        self.name
    }

    fn every(&self) -> Duration {
        EVERY
    }

    async fn run(&mut self, local: &LocalPartition) -> TaskOutcome {
        let mut outcome = TaskOutcome::default();
        match local.store().prune(self.old, local.now() - self.kept, ROWS_MAX).await {
            Ok(rows) => {
                outcome.add("forgotten", rows);
                outcome.more = rows == ROWS_MAX;
            }
            Err(error) => {
                tracing::debug!(%error, old = ?self.old, "old rows were not pruned; the next run retries");
                outcome.fail(&error);
            }
        }
        outcome
    }
}

#[cfg(test)]
mod tests;
