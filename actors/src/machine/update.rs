//! Changing what a user may change of an allocation (api-machines 3.10): so far only its refusals.

use super::rows;
use crate::command::Answer;
use crate::decision::{Decided, Moment};
use crate::ids::MachineId;
use crate::refusal::Refusal;
use crate::world::World;

pub(super) fn decide(
    world: &World,
    id: &MachineId,
    _description: Option<&str>,
    _tags: &[String],
    _ssh_pub_keys: &[String],
    _moment: &mut Moment<'_>,
) -> Decided<Answer> {
    rows::read(world, id)?;
    Err(Refusal::bad_request("only allocated machines can be updated"))
}
