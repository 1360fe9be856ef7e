//! Background tasks: what a partition does by itself, again and again. It looks at machines that fell silent, returns claims
//! without an owner, ends quarantines, measures pools, undoes loads that are not finished, removes expired images, and forgets
//! what is old.
//!
//! By level, not by edge: a round looks at everything, is safe to repeat and safe to miss.

mod end_quarantines;
#[cfg(test)]
mod fixture;
mod inspect_machines;
mod measure_pools;
mod prune;
mod reconcile_claims;
mod remove_expired_images;
#[cfg(test)]
mod tests;
mod undo_loads;

pub use measure_pools::PoolState;

use crate::decision::{Principal, Role};
use crate::runtime::Site;
use crate::store::Old;
use measure_pools::Pools;
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;

/// Who had an address is kept for a year and a month, unless the node's configuration says otherwise.
pub const HISTORY_KEPT_DAYS: u32 = 400;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Who acts when no user asked.
fn principal() -> Principal {
    Principal { email: "metalmesh@metal-stack.io".to_owned(), role: Role::Admin }
}

/// What an installation may choose.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Who had an address is forgotten so long after it was given back; `None`: never.
    pub address_history_kept: Option<Duration>,
}

impl Settings {
    /// Who had an address is forgotten after so many days; 0: never.
    pub fn of_days(address_history_kept: u32) -> Self {
        Self { address_history_kept: (address_history_kept > 0).then(|| DAY * address_history_kept) }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::of_days(HISTORY_KEPT_DAYS)
    }
}

/// What the background tasks of a site found out. Cheap to clone, usable from any thread. The default is that of a site
/// without any.
#[derive(Clone, Debug, Default)]
pub struct Background {
    pools: Arc<Mutex<Pools>>,
}

impl Background {
    /// All pools as they were at the last look, ascending by network.
    pub fn pools(&self) -> Vec<PoolState> {
        self.pools.lock().values().cloned().collect()
    }
}

/// Starts the background tasks of a site. Must run where the site was started.
pub fn start(site: &Site, settings: Settings) -> Background {
    let background = Background::default();
    tokio::task::spawn_local(inspect_machines::run(site.clone()));
    tokio::task::spawn_local(reconcile_claims::run(site.clone()));
    tokio::task::spawn_local(end_quarantines::run(site.clone()));
    tokio::task::spawn_local(measure_pools::run(site.clone(), background.clone()));
    tokio::task::spawn_local(prune::run(site.clone(), Old::Answers, prune::ANSWERS_KEPT));
    if let Some(kept) = settings.address_history_kept {
        tokio::task::spawn_local(prune::run(site.clone(), Old::History, kept));
    }
    tokio::task::spawn_local(undo_loads::run(site.clone()));
    tokio::task::spawn_local(remove_expired_images::run(site.clone()));
    background
}
