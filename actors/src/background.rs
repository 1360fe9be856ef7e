//! Background tasks: what a partition does by itself, again and again. It looks at machines that fell silent, returns
//! claims without an owner, ends quarantines, measures pools, undoes loads that are not finished, removes expired
//! images, and forgets what is old.
//!
//! * **By level, not by edge.** A run looks at everything, is safe to repeat and safe to miss.
//! * **One file per task** behind the trait `task::BackgroundTask`. [`start`] lists them; the `driver` runs each on its
//!   own: an error or a panic of one is counted, and ends neither it nor another.
//! * **Visible.** [`Background::tasks`] says when each ran, how long, what came of it, and when it runs next
//!   (`GET mesh/v1/tasks`, `metalmesh_task_*`).
//!
//! What belongs to no partition is none of these: the heartbeat of the store's writer, which must be there before any
//! row is read (`store::epoch`), systemd's watchdog, and the links to other partitions, which the gateway watches one
//! by one.

mod driver;
mod end_quarantines;
#[cfg(test)]
mod fixture;
mod inspect_machines;
mod measure_pools;
mod prune;
mod reconcile_claims;
mod registry;
mod remove_expired_images;
mod task;
#[cfg(test)]
mod tests;
mod undo_loads;

pub use measure_pools::PoolState;
pub use registry::{LastRun, RunResult, TaskState};

use crate::decision::{Principal, Role};
use crate::runtime::Site;
use crate::time::Timestamp;
use end_quarantines::EndQuarantines;
use inspect_machines::InspectMachines;
use measure_pools::{MeasurePools, Pools};
use parking_lot::Mutex;
use prune::Prune;
use reconcile_claims::ReconcileClaims;
use registry::Registry;
use remove_expired_images::RemoveExpiredImages;
use std::sync::Arc;
use std::time::Duration;
use task::BackgroundTask;
use tokio::time::Instant;
use undo_loads::UndoLoads;

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

/// What the background tasks of a site did and found out. Cheap to clone, usable from any thread. The default is that
/// of a site without any.
#[derive(Clone, Debug, Default)]
pub struct Background {
    registry: Registry,
    pools: Arc<Mutex<Pools>>,
}

impl Background {
    /// All tasks, ascending by name. `now`: the site's.
    pub fn tasks(&self, now: Timestamp) -> Vec<TaskState> {
        self.registry.states(now)
    }

    /// All pools as they were at the last look, ascending by network.
    pub fn pools(&self) -> Vec<PoolState> {
        self.pools.lock().values().cloned().collect()
    }

    fn run(&self, site: &Site, task: impl BackgroundTask + 'static) {
        self.registry.add(task.name(), task.every(), Instant::now() + task.first());
        tokio::task::spawn_local(driver::drive(task, site.clone(), self.registry.clone()));
    }
}

/// Starts the background tasks of a site. Must run where the site was started; they end with it.
pub fn start(site: &Site, settings: Settings) -> Background {
    let background = Background::default();
    background.run(site, InspectMachines);
    background.run(site, ReconcileClaims);
    background.run(site, EndQuarantines::default());
    background.run(site, MeasurePools::new(Arc::clone(&background.pools)));
    background.run(site, Prune::answers());
    if let Some(kept) = settings.address_history_kept {
        background.run(site, Prune::address_history(kept));
    }
    background.run(site, UndoLoads);
    background.run(site, RemoveExpiredImages);
    background
}
