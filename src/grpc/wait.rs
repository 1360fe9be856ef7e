//! The stream on which a machine waits to be allocated (api-machines 5.5).
//!
//! Its end is a signal: an end without error *is* the news that the machine was allocated, and an installer acts on it
//! without another look. So there is one place that ends a stream well, and it has just read the allocation. Whatever
//! else ends a stream is an error, after which the installer asks again.

use super::api::BootServiceWaitResponse;
use super::peer;
use actors::ids::MachineId;
use actors::machine::{MachineCommand, may_install};
use actors::refusal::Refusal;
use actors::runtime::Site;
use futures_util::Stream;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, Interval, MissedTickBehavior};
use tokio_util::sync::CancellationToken;
use tonic::Status;

/// How often a waiting machine is told to be patient. The row is looked at each time, too, which is more often than
/// the 60 s of the contract and costs nothing, because the row is in memory.
const PATIENCE_INTERVAL: Duration = Duration::from_secs(5);

/// Empty messages, then the end.
pub(super) type WaitStream = Pin<Box<dyn Stream<Item = Result<BootServiceWaitResponse, Status>> + Send>>;

/// The open streams by machine. One per machine: the newest.
#[derive(Clone, Debug, Default)]
pub(super) struct Waiters(Arc<Mutex<Seats>>);

#[derive(Debug, Default)]
struct Seats {
    opened: u64,
    taken: BTreeMap<MachineId, (u64, CancellationToken)>,
}

impl Waiters {
    /// Ends the machine's older stream, if any, and takes its place.
    fn sit(&self, machine: &MachineId) -> Seat {
        let mut seats = self.0.lock();
        seats.opened += 1;
        let number = seats.opened;
        let superseded = CancellationToken::new();
        if let Some((_, older)) = seats.taken.insert(machine.clone(), (number, superseded.clone())) {
            older.cancel();
        }
        Seat { waiters: self.clone(), machine: machine.clone(), number, superseded }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.lock().taken.len()
    }
}

/// A machine's place among the waiters, left when dropped.
#[derive(Debug)]
struct Seat {
    waiters: Waiters,
    machine: MachineId,
    number: u64,
    superseded: CancellationToken,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut seats = self.waiters.0.lock();
        if seats.taken.get(&self.machine).is_some_and(|(number, _)| *number == self.number) {
            seats.taken.remove(&self.machine);
        }
    }
}

/// Steps 1 to 3: a known machine that is not allocated is marked as waiting before anything is streamed.
pub(super) async fn open(
    site: &Site,
    waiters: &Waiters,
    stop: &CancellationToken,
    machine: MachineId,
) -> Result<WaitStream, Status> {
    // Only known machines are watched: a watch is kept for as long as the machine is.
    is_allocated(site, &machine).map_err(peer::refused)?;
    // Watched before it is looked at: an allocation that comes in between wakes the stream.
    let changes = site.world().watch_machine(&machine);
    if is_allocated(site, &machine).map_err(peer::refused)? {
        // Also an installer that need not wait has wiped the disks, which is good to know.
        start_waiting(site, machine).await?;
        return Ok(Box::pin(futures_util::stream::empty()));
    }
    let seat = waiters.sit(&machine);
    start_waiting(site, machine).await?;
    let mut patience = tokio::time::interval_at(Instant::now() + PATIENCE_INTERVAL, PATIENCE_INTERVAL);
    patience.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let waiting = Waiting { site: site.clone(), seat, stop: stop.clone(), changes, patience };
    Ok(Box::pin(futures_util::stream::unfold(Some(waiting), next)))
}

async fn start_waiting(site: &Site, machine: MachineId) -> Result<(), Status> {
    let command = MachineCommand::StartWaiting { machine };
    peer::ask(site, command).await.map(drop).map_err(peer::refused)
}

fn is_allocated(site: &Site, machine: &MachineId) -> Result<bool, Refusal> {
    may_install(site.world(), machine)
}

/// One open stream. Dropped with the connection: the machine then stays marked as waiting (step 6).
struct Waiting {
    site: Site,
    seat: Seat,
    stop: CancellationToken,
    changes: watch::Receiver<()>,
    patience: Interval,
}

/// What a stream does next.
enum Step {
    BePatient,
    Allocated,
    Fail(Status),
}

async fn next(
    waiting: Option<Waiting>,
) -> Option<(Result<BootServiceWaitResponse, Status>, Option<Waiting>)> {
    let mut waiting = waiting?;
    match waiting.step().await {
        Step::BePatient => Some((Ok(BootServiceWaitResponse {}), Some(waiting))),
        Step::Fail(status) => Some((Err(status), None)),
        Step::Allocated => {
            waiting.stop_waiting().await;
            None
        }
    }
}

impl Waiting {
    async fn step(&mut self) -> Step {
        loop {
            match is_allocated(&self.site, &self.seat.machine) {
                Ok(true) => return Step::Allocated,
                Ok(false) => {}
                Err(refusal) => return Step::Fail(peer::refused(refusal)),
            }
            tokio::select! {
                biased;
                () = self.stop.cancelled() => {
                    return Step::Fail(Status::unavailable("the server is stopping, wait again"));
                }
                () = self.seat.superseded.cancelled() => {
                    return Step::Fail(Status::aborted("the machine opened a newer wait stream"));
                }
                changed = self.changes.changed() => {
                    if changed.is_err() {
                        self.changes = self.site.world().watch_machine(&self.seat.machine);
                    }
                }
                _ = self.patience.tick() => return Step::BePatient,
            }
        }
    }

    /// Step 6. The allocation stands whatever becomes of the mark, so the stream ends well in any case.
    async fn stop_waiting(&self) {
        let machine = self.seat.machine.clone();
        if let Err(error) = peer::ask(&self.site, MachineCommand::StopWaiting { machine }).await {
            tracing::warn!(machine = %self.seat.machine, %error, "an allocated machine stays marked as waiting");
        }
    }
}
