//! Installing again (api-machines 3.6): so far only its refusals.

use super::rows;
use crate::command::Answer;
use crate::decision::{Decided, Moment};
use crate::ids::MachineId;
use crate::refusal::Refusal;
use crate::world::World;

pub(super) fn decide(
    world: &World,
    id: &MachineId,
    _image: &str,
    _moment: &mut Moment<'_>,
) -> Decided<Answer> {
    rows::read(world, id)?;
    Err(Refusal::bad_request("machine either locked, not allocated yet or invalid image ID specified"))
}
