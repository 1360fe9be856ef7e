//! Queries about this partition alone: its rows, its clock, its state.

use super::{Gateway, View};
use crate::background::{PoolState, TaskState};
use crate::ids::{MachineId, PartitionId};
use crate::refusal::Refusal;
use crate::router;
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

    /// This partition's rows: those of global kinds, and those that only this partition serves.
    pub fn here(&self) -> &Arc<World> {
        self.local().world()
    }

    /// Refuses a report of hardware that says that it stands in another partition.
    pub fn refuse_other_site(&self, partition: &PartitionId, what: &str) -> Result<(), Refusal> {
        let others = self.others();
        let refusal = others.and_then(|others| router::of_another_site(&others, partition, what));
        refusal.map_or(Ok(()), Err)
    }

    /// All of this partition's rows, for answers.
    pub fn own(&self) -> View {
        View::own(self.here())
    }

    /// Wakes when the row of a machine of this partition changes. The wake-up has no content: read the row.
    pub fn watch(&self, machine: &MachineId) -> watch::Receiver<()> {
        self.here().watch_machine(machine)
    }

    /// Checks that the store answers; returns its description for people.
    pub async fn ping(&self) -> Result<String, CallError> {
        self.local().ping().await
    }

    /// Number of running actors and of calls without an answer, for metrics.
    pub fn load(&self) -> (usize, usize) {
        self.local().load()
    }

    /// All pools as last measured.
    pub fn pools(&self) -> Vec<PoolState> {
        self.background.pools()
    }

    /// The background tasks as they are now, ascending by name.
    pub fn tasks(&self) -> Vec<TaskState> {
        self.background.tasks(self.now())
    }
}
