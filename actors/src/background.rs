//! Background tasks: periodic work of a partition. They inspect silent machines, release claims without an owner, end
//! quarantines, measure pools, undo abandoned loads, remove expired images, and prune old rows.
//!
//! * **By level, not by edge.** A run checks the whole state; it may be repeated or skipped safely.
//! * **One file per task** behind the trait `task::BackgroundTask`. [`start`] lists them; the `driver` runs each
//!   separately: an error or a panic of one is counted, and ends neither it nor another.
//! * **Visible.** [`Background::tasks`] shows the last run, its duration and result, and the next run of each (`GET
//!   mesh/v1/tasks`, `metalmesh_task_*`).
//!
//! Work that does not belong to a partition is not here: the heartbeat of the store's writer, which must run before any
//! row is read (`store::epoch`), systemd's watchdog, and the gateway's pings to other partitions.

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
use crate::runtime::LocalPartition;
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

/// Default retention of the address history: a year and a month.
pub const HISTORY_KEPT_DAYS: u32 = 400;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// The principal of background tasks.
fn principal() -> Principal {
    Principal { email: "metalmesh@metal-stack.io".to_owned(), role: Role::Admin }
}

/// Settings of an installation.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Retention of the address history after a release; `None`: for ever.
    pub address_history_kept: Option<Duration>,
}

impl Settings {
    /// Sets the retention of the address history in days; 0: for ever.
    pub fn of_days(address_history_kept: u32) -> Self {
        Self { address_history_kept: (address_history_kept > 0).then(|| DAY * address_history_kept) }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::of_days(HISTORY_KEPT_DAYS)
    }
}

/// Results of a partition's background tasks. Cheap to clone, usable from any thread. The default is that of a
/// partition without tasks.
#[derive(Clone, Debug, Default)]
pub struct Background {
    registry: Registry,
    pools: Arc<Mutex<Pools>>,
}

impl Background {
    /// All tasks, ascending by name. `now`: the partition's clock.
    pub fn tasks(&self, now: Timestamp) -> Vec<TaskState> {
        self.registry.states(now)
    }

    /// All pools as last measured, ascending by network.
    pub fn pools(&self) -> Vec<PoolState> {
        self.pools.lock().values().cloned().collect()
    }

    fn run(&self, local: &LocalPartition, task: impl BackgroundTask + 'static) {
        self.registry.add(task.name(), task.every(), Instant::now() + task.first());
        tokio::task::spawn_local(driver::drive(task, local.clone(), self.registry.clone()));
    }
}

/// Starts the background tasks of a partition. Must run on the partition's thread; the tasks end with it.
pub fn start(local: &LocalPartition, settings: Settings) -> Background {
    let background = Background::default();
    background.run(local, InspectMachines);
    background.run(local, ReconcileClaims);
    background.run(local, EndQuarantines::default());
    background.run(local, MeasurePools::new(Arc::clone(&background.pools)));
    background.run(local, Prune::answers());
    if let Some(kept) = settings.address_history_kept {
        background.run(local, Prune::address_history(kept));
    }
    background.run(local, UndoLoads);
    background.run(local, RemoveExpiredImages);
    background
}
