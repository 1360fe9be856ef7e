//! A machine's wait for an allocation (api-machines 5.5).
//!
//! The end of the wait is a signal: a successful end means that the machine was allocated, and an installer acts on it
//! without another check. So only one place ends a wait successfully, right after it has read the allocation. All other
//! ends are errors, after which the installer retries.

use crate::command::{Ask, ask};
use crate::decision::Principal;
use crate::gateway::Gateway;
use crate::ids::MachineId;
use crate::machine::may_install;
use crate::planted::{Bug, planted};
use crate::refusal::Refusal;
use crate::runtime::CallError;
use crate::world::World;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{oneshot, watch};

/// The open waits of a node by machine. Each machine has one: the newest.
#[derive(Clone, Debug, Default)]
pub struct Waiters(Arc<Mutex<Seats>>);

#[derive(Debug, Default)]
struct Seats {
    opened: u64,
    taken: BTreeMap<MachineId, (u64, oneshot::Sender<()>)>,
}

impl Waiters {
    /// Ends the machine's older wait, if any, and replaces it.
    fn sit(&self, machine: &MachineId) -> Seat {
        let mut seats = self.0.lock();
        seats.opened += 1;
        let number = seats.opened;
        let (ends_with_this, superseded) = oneshot::channel();
        seats.taken.insert(machine.clone(), (number, ends_with_this));
        Seat { waiters: self.clone(), machine: machine.clone(), number, superseded }
    }

    /// Number of waiting machines.
    pub fn len(&self) -> usize {
        self.0.lock().taken.len()
    }

    /// Whether no machine waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A machine's entry among the waiters, removed on drop.
#[derive(Debug)]
struct Seat {
    waiters: Waiters,
    machine: MachineId,
    number: u64,
    /// Ends when a newer wait replaces this one.
    superseded: oneshot::Receiver<()>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut seats = self.waiters.0.lock();
        if seats.taken.get(&self.machine).is_some_and(|(number, _)| *number == self.number) {
            seats.taken.remove(&self.machine);
        }
    }
}

/// One open wait. When it is dropped, the machine stays marked as waiting (step 6).
#[derive(Debug)]
pub struct Wait {
    gateway: Gateway,
    principal: Principal,
    seat: Seat,
    changes: watch::Receiver<()>,
}

/// A message for a waiting machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// Keep-alive: it continues to wait.
    BePatient,
    /// It is allocated, according to its current row: see [`Wait::done`].
    Allocated,
}

/// Why a wait ends with an error: the machine retries.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WaitError {
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// The machine opened a newer wait, which counts.
    #[error("the machine opened a newer wait stream")]
    Superseded,
}

/// Steps 1 to 3: a known machine without an allocation is marked as waiting before the first message.
pub async fn open(
    gateway: &Gateway,
    waiters: &Waiters,
    principal: &Principal,
    machine: MachineId,
) -> Result<Wait, CallError> {
    let world = gateway.here();
    // Only known machines are watched: a watch is kept as long as the machine exists.
    is_allocated(world, &machine)?;
    // Watch before reading: an allocation in between wakes the wait.
    let changes = gateway.watch(&machine);
    let seat = waiters.sit(&machine);
    let wait = Wait { gateway: gateway.clone(), principal: principal.clone(), seat, changes };
    if planted(Bug::OwnWaitProtocol) && is_allocated(world, &machine)? {
        return Ok(wait);
    }
    // An installer that need not wait has wiped the disks, too; record that.
    wait.execute(ask::machine::start_waiting(machine)).await?;
    Ok(wait)
}

fn is_allocated(world: &World, machine: &MachineId) -> Result<bool, Refusal> {
    if planted(Bug::OwnWaitProtocol) {
        let known = world.machines.get(machine.as_str());
        return known
            .map(|machine| machine.allocation.is_some())
            .ok_or_else(|| Refusal::not_found("machine", machine));
    }
    // An installer that continued because of a torn read of the rows could wipe an installed system.
    world.whole(|| may_install(world, machine)).map_err(Refusal::from)?
}

impl Wait {
    async fn execute(&self, ask: Ask<()>) -> Result<(), CallError> {
        self.gateway.execute(&self.principal, None, ask).await
    }

    /// The next message: when the machine is allocated, or after `patience`. Safe to drop and call again.
    pub async fn next(&mut self, patience: Duration) -> Result<News, WaitError> {
        let Self { gateway, seat, changes, .. } = self;
        let world = gateway.here();
        let patience = tokio::time::sleep(patience);
        tokio::pin!(patience);
        while !is_allocated(world, &seat.machine)? {
            tokio::select! {
                biased;
                _ = &mut seat.superseded => return Err(WaitError::Superseded),
                changed = changes.changed() => {
                    if changed.is_err() {
                        *changes = gateway.watch(&seat.machine);
                    }
                }
                () = &mut patience => return Ok(News::BePatient),
            }
        }
        Ok(News::Allocated)
    }

    /// Step 6, after [`News::Allocated`] and before the stream ends. The allocation is valid regardless of the mark, so
    /// the wait ends successfully in any case.
    pub async fn done(self) {
        let machine = self.seat.machine.clone();
        if let Err(error) = self.execute(ask::machine::stop_waiting(machine.clone())).await {
            tracing::warn!(%machine, %error, "an allocated machine stays marked as waiting");
        }
    }
}
