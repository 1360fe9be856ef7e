//! The flag of a waiting stream (api-machines 5.5). The stream itself is the gRPC service's.

use super::rows;
use crate::command::Answer;
use crate::decision::{Decided, Decision, Moment};
use crate::ids::MachineId;
use crate::world::World;

/// `StartWaiting`: step 3. A machine that was allocated meanwhile does not wait: its stream ends by step 2.
pub(super) fn start(world: &World, id: &MachineId, moment: &Moment<'_>) -> Decided<Answer> {
    let read = rows::read(world, id)?;
    let waiting = read.allocation.is_none() || read.waiting;
    set(&read, waiting, moment)
}

/// `StopWaiting`: step 6, after the stream told the machine that it is allocated.
pub(super) fn stop(world: &World, id: &MachineId, moment: &Moment<'_>) -> Decided<Answer> {
    let read = rows::read(world, id)?;
    set(&read, false, moment)
}

fn set(
    read: &crate::world::Versioned<super::Machine>,
    waiting: bool,
    moment: &Moment<'_>,
) -> Decided<Answer> {
    let mut machine = (*read.value).clone();
    machine.waiting = waiting;
    let mut decision = Decision::new(moment.now, Answer::Done);
    rows::save(&mut decision, read, machine);
    Ok(decision)
}
