//! The end of an allocation (api-machines 3.7): so far only its refusals.

use super::record::StateValue;
use super::rows;
use crate::command::Answer;
use crate::decision::{Decided, Moment};
use crate::ids::MachineId;
use crate::refusal::Refusal;
use crate::world::World;

pub(super) fn decide(world: &World, id: &MachineId, _moment: &mut Moment<'_>) -> Decided<Answer> {
    let read = rows::read(world, id)?;
    if read.state.value == StateValue::Locked {
        return Err(Refusal::unprocessable("machine is locked"));
    }
    Err(Refusal::unavailable("this partition cannot free machines yet"))
}

pub(super) fn resurrect(world: &World, id: &MachineId, moment: &mut Moment<'_>) -> Decided<Answer> {
    decide(world, id, moment)
}
