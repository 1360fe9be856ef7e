//! Ends quarantines whose time has passed.

use super::principal;
use crate::command::Body;
use crate::ids::NetworkId;
use crate::ipam::{AddressCommand, ENDED_MAX};
use crate::runtime::Site;
use crate::time::Timestamp;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;
use tokio::time::Instant;

/// Between two looks at addresses in quarantine.
const EVERY: Duration = Duration::from_secs(5);

/// Ends quarantines when the clock says so and the time has really passed since this process saw them begin: a clock that
/// jumps ahead must not end them. Of those that were there at the start only the clock tells.
pub(super) async fn run(site: Site) {
    let principal = principal();
    let mut seen: BTreeMap<IpAddr, Seen> = BTreeMap::new();
    let mut first = None;
    while !site.is_stopping() {
        let quarantined = site.world().quarantined.all();
        let mut before = std::mem::take(&mut seen);
        let mut due: BTreeMap<NetworkId, Vec<IpAddr>> = BTreeMap::new();
        let now = site.now();
        for rest in &quarantined {
            let known = before.remove(&rest.address).filter(|known| known.since == rest.since);
            let known =
                known.unwrap_or_else(|| Seen { since: rest.since, at: first.map(|()| Instant::now()) });
            if rest.until <= now && known.at.is_none_or(|at| at.elapsed() >= rest.length()) {
                due.entry(rest.network.clone()).or_default().push(rest.address);
            }
            seen.insert(rest.address, known);
        }
        first = Some(());
        for (network, addresses) in due {
            for addresses in addresses.chunks(ENDED_MAX) {
                let command = AddressCommand::EndDueQuarantines {
                    network: network.clone(),
                    addresses: addresses.to_vec(),
                };
                if let Err(error) = site.ask(&principal, None, Body::Address(command)).await {
                    tracing::debug!(%network, %error, "quarantines were not ended this time");
                }
            }
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// A quarantine that is watched.
#[derive(Clone, Copy)]
struct Seen {
    since: Timestamp,
    /// `None`: before this process was.
    at: Option<Instant>,
}

#[cfg(test)]
mod tests;
