//! What a site does by itself: look after machines that fell silent, return orphaned claims, end quarantines, undo
//! loads that nobody finishes, remove images that are of no use any more, forget what is old.
//!
//! By level, not by edge: a round looks at everything, is safe to repeat and safe to miss.

use super::call::CallError;
use super::site::Site;
use crate::command::{Answer, Body};
use crate::decision::{Principal, Role};
use crate::ids::NetworkId;
use crate::ipam::{AddressCommand, ENDED_MAX};
use crate::machine::{self, MachineCommand};
use crate::masterdata::{self, MasterdataCommand};
use crate::namespace;
use crate::store::Old;
use crate::time::Timestamp;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;
use tokio::time::Instant;

/// Between two looks at all machines. Liveliness verdicts are exact to this.
const INSPECT_EVERY: Duration = Duration::from_secs(5);

/// Machines looked at before others have their turn: a look costs less than a microsecond.
const INSPECTED_AT_ONCE: usize = 500;

/// Between two comparisons of claims with their owners; the first is at start.
const RECONCILE_EVERY: Duration = Duration::from_secs(60);

/// Between two rounds of forgetting.
const PRUNE_EVERY: Duration = Duration::from_secs(600);

/// Between two looks for loads that nobody finishes.
const UNDO_LOADS_EVERY: Duration = Duration::from_secs(30);

/// Between two looks for images that are of no use any more; the first is when the time has passed once. They expire
/// after months.
pub(super) const SWEEP_IMAGES_EVERY: Duration = Duration::from_secs(3600);

/// Answers are remembered this long. A caller may ask for the outcome of a write for at least a day.
const ANSWERS_KEPT: Duration = Duration::from_secs(48 * 3600);

/// Who had an address is told for a year and a month, unless the node's configuration says otherwise.
pub const HISTORY_KEPT_DAYS: u32 = 400;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// What is forgotten in one transaction.
const PRUNE_MAX: usize = 1000;

/// Between two looks at addresses that rest.
const LIFT_EVERY: Duration = Duration::from_secs(5);

/// Who acts when nobody asked.
pub(super) fn principal() -> Principal {
    Principal { email: "metalmesh@metal-stack.io".to_owned(), role: Role::Admin }
}

/// What a site does by itself: looks after overdue machines, orphaned claims, quarantines, loads that nobody finishes,
/// images that are of no use any more and what is old.
#[derive(Clone, Copy, Debug)]
pub struct Keepers {
    /// Who had an address is forgotten so long after it was given back; `None`: never.
    pub tenures_kept: Option<Duration>,
}

impl Keepers {
    /// Who had an address is forgotten after so many days; 0: never.
    pub fn of_days(tenures_kept: u32) -> Self {
        Self { tenures_kept: (tenures_kept > 0).then(|| DAY * tenures_kept) }
    }
}

impl Default for Keepers {
    fn default() -> Self {
        Self::of_days(HISTORY_KEPT_DAYS)
    }
}

pub(super) fn start(site: &Site, keepers: Keepers) {
    tokio::task::spawn_local(inspect(site.clone()));
    tokio::task::spawn_local(reconcile(site.clone()));
    tokio::task::spawn_local(end_quarantine(site.clone()));
    tokio::task::spawn_local(super::pools::watch(site.clone()));
    tokio::task::spawn_local(prune(site.clone(), Old::Answers, ANSWERS_KEPT));
    if let Some(kept) = keepers.tenures_kept {
        tokio::task::spawn_local(prune(site.clone(), Old::History, kept));
    }
    tokio::task::spawn_local(undo_loads(site.clone()));
    tokio::task::spawn_local(sweep_images(site.clone()));
}

async fn inspect(site: Site) {
    let principal = principal();
    while !site.is_stopping() {
        tokio::time::sleep(INSPECT_EVERY).await;
        for (count, machine) in site.world().machines.all().into_iter().enumerate() {
            if count % INSPECTED_AT_ONCE == 0 {
                tokio::task::yield_now().await;
            }
            let events = site.world().events.get(machine.id.as_str());
            if machine::is_at_rest(&machine, events.as_deref().map(|events| &*events.value), site.now()) {
                continue;
            }
            let command = MachineCommand::Inspect { machine: machine.id.clone() };
            match (
                site.ask(&principal, None, Body::Machine(command)).await,
                machine::late(&machine, site.now()),
            ) {
                (Err(error), _) => {
                    tracing::debug!(machine = %machine.id, %error, "not inspected this time");
                }
                (Ok(_), Some(late)) => tracing::warn!(
                    machine = %machine.id, reason = late.reason, since = %late.since, tries = late.tries,
                    next = late.then, "a machine is late"
                ),
                (Ok(_), None) => {}
            }
        }
    }
}

async fn reconcile(site: Site) {
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
        tokio::time::sleep(RECONCILE_EVERY).await;
    }
}

/// Ends quarantines when the clock says so and the time has really passed since this process saw them begin: a clock that
/// jumps ahead must not end them. Of those that were there at the start only the clock tells.
async fn end_quarantine(site: Site) {
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
        tokio::time::sleep(LIFT_EVERY).await;
    }
}

/// A quarantine that is watched.
#[derive(Clone, Copy)]
struct Seen {
    since: Timestamp,
    /// `None`: before this process was.
    at: Option<Instant>,
}

async fn prune(site: Site, old: Old, kept: Duration) {
    while !site.is_stopping() {
        match site.store().prune(old, site.now() - kept, PRUNE_MAX).await {
            Ok(PRUNE_MAX) => continue,
            Ok(_) => {}
            Err(error) => tracing::debug!(%error, ?old, "what is old was not forgotten this time"),
        }
        tokio::time::sleep(PRUNE_EVERY).await;
    }
}

async fn undo_loads(site: Site) {
    let principal = principal();
    while !site.is_stopping() {
        for read in site.world().namespaces.all() {
            let is_dead = read.load.as_ref().is_some_and(|load| namespace::is_dead(load, site.now()));
            if is_dead && let Err(error) = namespace::undo_dead(&site, &principal, &read.name).await {
                tracing::debug!(namespace = %read.name, %error, "a dead load was not undone this time");
            }
        }
        tokio::time::sleep(UNDO_LOADS_EVERY).await;
    }
}

async fn sweep_images(site: Site) {
    let principal = principal();
    while !site.is_stopping() {
        tokio::time::sleep(SWEEP_IMAGES_EVERY).await;
        for image in masterdata::image::superfluous(site.world(), site.now()) {
            let command = MasterdataCommand::ImageSweep(image.clone());
            match site.ask(&principal, None, Body::Masterdata(command)).await {
                Ok(Answer::Image(_)) => tracing::info!(%image, "removed: it expired and nobody uses it"),
                Ok(_) => {}
                Err(error) => tracing::debug!(%image, %error, "an expired image was not removed this time"),
            }
        }
    }
}
