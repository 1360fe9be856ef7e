//! Pending orders for the BMCs of a partition, for an agent that polls.

use crate::gateway::Gateway;
use crate::ids::PartitionId;
use crate::machine::orders::due;
use crate::machine::{BmcOrder, Machine};
use crate::time::Timestamp;
use crate::world::Versioned;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Maximum of orders in one answer; an agent fetches the rest after it has acknowledged these.
pub const ORDERS_MAX: usize = 1000;

/// Machines of the partition with due orders. Waits for an order, at most `wait` and until the node stops. Orders are
/// repeated until they are acknowledged; an order that would wipe a machine is checked again here.
pub async fn wait_for(
    gateway: &Gateway,
    partition: &PartitionId,
    wait: Duration,
) -> Vec<Arc<Versioned<Machine>>> {
    let local = gateway.local();
    let deadline = Instant::now() + wait;
    loop {
        // From here on, new orders wake this call.
        let news = local.world().orders_news().notified();
        let mut machines = local.world().machines_with_orders();
        let now = local.now();
        machines.retain(|machine| machine.partition == *partition && due(machine, now).next().is_some());
        if !machines.is_empty() || wait.is_zero() {
            return machines;
        }
        tokio::select! {
            biased;
            () = local.until_stopping() => return Vec::new(),
            () = news => {}
            () = tokio::time::sleep_until(deadline) => return Vec::new(),
        }
    }
}

/// Due orders of these machines, each machine's oldest first, at most [`ORDERS_MAX`].
pub fn all_due(
    machines: &[Arc<Versioned<Machine>>],
    now: Timestamp,
) -> impl Iterator<Item = (&Machine, &BmcOrder)> {
    let orders =
        machines.iter().flat_map(move |machine| due(machine, now).map(move |order| (&**machine, order)));
    orders.map(|(machine, order)| (&*machine.value, order)).take(ORDERS_MAX)
}
