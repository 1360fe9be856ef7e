//! Giving a machine to a project (api-machines 3.1 to 3.5): so far only the refusal of a request for nothing.

use super::command::AllocateRequest;
use super::record::Role;
use crate::command::Answer;
use crate::decision::{Decided, Moment};
use crate::refusal::Refusal;
use crate::world::World;

pub(super) fn decide(
    _world: &World,
    _role: Role,
    _request: &AllocateRequest,
    _moment: &mut Moment<'_>,
) -> Decided<Answer> {
    Err(Refusal::unprocessable("no machine available"))
}
