//! What only this partition is asked for: its rows, its clock, how it is.

use super::{Gateway, View};
use crate::background::{PoolState, TaskState};
use crate::ids::{MachineId, PartitionId};
use crate::runtime::CallError;
use crate::time::Timestamp;
use crate::world::World;
use std::sync::Arc;
use tokio::sync::watch;

impl Gateway {
    /// The name of this partition.
    pub fn partition(&self) -> &PartitionId {
        self.local().partition()
    }

    /// This partition's clock.
    pub fn now(&self) -> Timestamp {
        self.local().now()
    }

    /// This partition's rows: what belongs to all partitions, and what only this one may be asked for.
    pub fn here(&self) -> &Arc<World> {
        self.local().world()
    }

    /// All of this partition's rows, to be shown.
    pub fn own(&self) -> View {
        View::own(self.here())
    }

    /// Wakes whenever the row of a machine of this partition changes. The wake-up carries nothing: look at the row.
    pub fn watch(&self, machine: &MachineId) -> watch::Receiver<()> {
        self.here().watch_machine(machine)
    }

    /// Proves that the store answers; what it is, for people.
    pub async fn ping(&self) -> Result<String, CallError> {
        self.local().ping().await
    }

    /// How many actors were started and calls wait for an answer, for metrics.
    pub fn load(&self) -> (usize, usize) {
        self.local().load()
    }

    /// How full all pools were at the last look.
    pub fn pools(&self) -> Vec<PoolState> {
        self.background.pools()
    }

    /// The background tasks as they are now, ascending by name.
    pub fn tasks(&self) -> Vec<TaskState> {
        self.background.tasks(self.now())
    }
}
