//! The flag of a waiting stream (api-machines 5.5). The gRPC service has the stream itself.

use super::events::booted_since_reclaim;
use super::{expectation, rows};
use crate::answer::Answer;
use crate::decision::{Decided, Decision, DecisionContext};
use crate::ids::MachineId;
use crate::record::machine::{Events, Machine};
use crate::refusal::Refusal;
use crate::world::{Versioned, World};

/// Whether a waiting installer may learn that its machine is allocated (steps 1, 2 and 4). An installer that was
/// waiting when the machine was freed may not, even after the next allocation: a reset is pending, and would interrupt
/// its installation.
pub fn may_install(world: &World, id: &MachineId) -> Result<bool, Refusal> {
    let read = rows::read(world, id)?;
    let events = world.events.get(id.as_str());
    Ok(read.allocation.is_some() && events.is_none_or(|events| booted_since_reclaim(&events)))
}

/// `StartWaiting`: steps 2 and 3. A machine that was allocated meanwhile does not wait: its stream ends by step 2. Nor
/// does one whose installer booted before it was freed: see [`may_install`]. An installer asks to wait after it has
/// wiped the disks.
pub(super) fn start(world: &World, id: &MachineId, context: &DecisionContext<'_>) -> Decided<Answer> {
    let read = rows::read(world, id)?;
    let events = world.events.get(id.as_str());
    let booted = events.as_ref().is_none_or(|events| booted_since_reclaim(events));
    // A machine with a pending reset is not offered for allocation: its installer would never learn of it.
    let waiting = (read.allocation.is_none() && booted) || read.waiting;
    let events = events.as_deref().map(|events| &*events.value);
    Ok(saved(&read, events, (waiting, read.wiped || booted), context))
}

/// `StopWaiting`: step 6, after the stream reported the allocation to the machine.
pub(super) fn stop(world: &World, id: &MachineId, context: &DecisionContext<'_>) -> Decided<Answer> {
    let read = rows::read(world, id)?;
    let events = world.events.get(id.as_str());
    let events = events.as_deref().map(|events| &*events.value);
    Ok(saved(&read, events, (false, read.wiped), context))
}

/// Visible fields do not change. Streams reconnect often, and most of them change nothing.
fn saved(
    read: &Versioned<Machine>,
    events: Option<&Events>,
    (waiting, wiped): (bool, bool),
    context: &DecisionContext<'_>,
) -> Decision<Answer> {
    let mut decision = Decision::new(context.now, Answer::Done);
    if (read.waiting, read.wiped) != (waiting, wiped) {
        let mut machine = Machine { waiting, wiped, ..(*read.value).clone() };
        expectation::settle(&mut machine, events, context.now);
        decision.update(read, machine);
    }
    decision
}

#[cfg(test)]
mod tests;
