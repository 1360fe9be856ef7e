//! Compares claims with their owners, and returns those that have none.

use super::principal;
use crate::command::{Answer, Body};
use crate::machine::MachineCommand;
use crate::runtime::{CallError, Site};
use std::time::Duration;

/// Between two comparisons of claims with their owners; the first is at start.
const EVERY: Duration = Duration::from_secs(60);

pub(super) async fn run(site: Site) {
    let principal = principal();
    while !site.is_stopping() {
        match site.ask(&principal, None, Body::Machine(MachineCommand::Reconcile)).await {
            // A round is bounded; go on until one finds nothing.
            Ok(Answer::Reconciled(returned)) if returned > 0 => {
                tracing::info!(returned, "returned claims that had no owner");
                continue;
            }
            Ok(_) => {}
            Err(CallError::Unavailable { .. }) => {}
            Err(error) => tracing::warn!(%error, "claims were not compared with their owners this time"),
        }
        tokio::time::sleep(EVERY).await;
    }
}
