//! Undoes abandoned loads of dumps.

use super::principal;
use super::task::{BackgroundTask, TaskOutcome};
use crate::loading;
use crate::namespace::is_dead;
use crate::runtime::LocalPartition;
use std::time::Duration;

/// Interval of checks for abandoned loads.
const EVERY: Duration = Duration::from_secs(30);

/// Removes what a load has written so far, so that its namespace can be loaded again.
pub(super) struct UndoLoads;

impl BackgroundTask for UndoLoads {
    fn name(&self) -> &'static str {
        "undo_loads"
    }

    fn every(&self) -> Duration {
        EVERY
    }

    async fn run(&mut self, local: &LocalPartition) -> TaskOutcome {
        let (principal, mut outcome) = (principal(), TaskOutcome::default());
        outcome.add("undone", 0);
        for read in local.world().namespaces.all() {
            if !read.load.as_ref().is_some_and(|load| is_dead(load, local.now())) {
                continue;
            }
            match loading::undo_dead(local, &principal, &read.name).await {
                Ok(()) => outcome.add("undone", 1),
                Err(error) => {
                    tracing::debug!(namespace = %read.name, %error, "an abandoned load was not undone; the next run retries");
                    outcome.fail(&error);
                }
            }
        }
        outcome
    }
}
