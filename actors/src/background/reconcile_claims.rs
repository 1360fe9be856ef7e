//! Compares claims with their owners, and releases claims without an owner.

use super::principal;
use super::task::{BackgroundTask, TaskOutcome};
use crate::answer::Answer;
use crate::command::Body;
use crate::machine::MachineCommand;
use crate::runtime::{CallError, LocalPartition};
use std::time::Duration;

/// Interval of comparisons; the first is at start.
const EVERY: Duration = Duration::from_secs(60);

/// Claims are numbers of pools and addresses; their owners are machines and networks.
pub(super) struct ReconcileClaims;

impl BackgroundTask for ReconcileClaims {
    fn name(&self) -> &'static str {
        "reconcile_claims"
    }

    fn every(&self) -> Duration {
        EVERY
    }

    async fn run(&mut self, local: &LocalPartition) -> TaskOutcome {
        let mut outcome = TaskOutcome::default();
        match local.ask(&principal(), None, Body::Machine(MachineCommand::Reconcile)).await {
            Ok(Answer::Reconciled(returned)) => {
                outcome.add("returned", returned);
                // A run is bounded; continue until one finds nothing.
                outcome.more = returned > 0;
                if outcome.more {
                    tracing::info!(returned, "released claims without an owner");
                }
            }
            Ok(_) => {}
            Err(error) => {
                if !matches!(error, CallError::Unavailable { .. }) {
                    tracing::warn!(%error, "claims were not compared with their owners; the next run retries");
                }
                outcome.fail(&error);
            }
        }
        outcome
    }
}
