//! Ends expired quarantines.

use super::principal;
use super::task::{BackgroundTask, TaskOutcome};
use crate::command::Body;
use crate::ids::NetworkId;
use crate::ipam::{AddressCommand, ENDED_MAX};
use crate::runtime::LocalPartition;
use crate::time::Timestamp;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;
use tokio::time::Instant;

/// Interval of the checks.
const EVERY: Duration = Duration::from_secs(5);

/// Ends a quarantine when the clock has reached its end and the time has also passed since this process saw it begin: a
/// clock that jumps ahead must not end it. For quarantines from before the start, only the clock counts.
#[derive(Default)]
pub(super) struct EndQuarantines {
    seen: BTreeMap<IpAddr, Seen>,
    has_run: bool,
}

/// A known quarantine.
#[derive(Clone, Copy)]
struct Seen {
    since: Timestamp,
    /// `None`: it began before this process.
    at: Option<Instant>,
}

impl EndQuarantines {
    /// Records the current quarantines, and returns the expired ones.
    fn look(&mut self, local: &LocalPartition) -> BTreeMap<NetworkId, Vec<IpAddr>> {
        let mut before = std::mem::take(&mut self.seen);
        let mut due: BTreeMap<NetworkId, Vec<IpAddr>> = BTreeMap::new();
        let now = local.now();
        for rest in &local.world().quarantined.all() {
            let known = before.remove(&rest.address).filter(|known| known.since == rest.since);
            let known =
                known.unwrap_or_else(|| Seen { since: rest.since, at: self.has_run.then(Instant::now) });
            if rest.until <= now && known.at.is_none_or(|at| at.elapsed() >= rest.length()) {
                due.entry(rest.network.clone()).or_default().push(rest.address);
            }
            self.seen.insert(rest.address, known);
        }
        self.has_run = true;
        due
    }
}

impl BackgroundTask for EndQuarantines {
    fn name(&self) -> &'static str {
        "end_quarantines"
    }

    fn every(&self) -> Duration {
        EVERY
    }

    async fn run(&mut self, local: &LocalPartition) -> TaskOutcome {
        let (principal, mut outcome) = (principal(), TaskOutcome::default());
        let due = self.look(local);
        outcome.add("quarantined", self.seen.len());
        outcome.add("ended", 0);
        for (network, addresses) in due {
            for addresses in addresses.chunks(ENDED_MAX) {
                let command = AddressCommand::EndDueQuarantines {
                    network: network.clone(),
                    addresses: addresses.to_vec(),
                };
                match local.ask(&principal, None, Body::Address(command)).await {
                    Ok(_) => outcome.add("ended", addresses.len()),
                    Err(error) => {
                        tracing::debug!(%network, %error, "quarantines were not ended; the next run retries");
                        outcome.fail(&error);
                    }
                }
            }
        }
        outcome
    }
}

#[cfg(test)]
mod tests;
