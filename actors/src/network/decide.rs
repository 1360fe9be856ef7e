//! Dispatch: one file per operation.

use super::command::NetworkCommand;
use super::{allocate, create, pool, release, update};
use crate::command::Answer;
use crate::decision::{Decided, Moment};
use crate::world::World;

/// Decides a command to the registry. A refused command leaves no trace, whichever check refused it.
pub fn decide(world: &World, command: &NetworkCommand, moment: &mut Moment<'_>) -> Decided<Answer> {
    match command {
        NetworkCommand::Create(request) => create::create(world, request, moment),
        NetworkCommand::Update { update, force } => update::update(world, update, *force, moment),
        NetworkCommand::Allocate(request) => allocate::allocate(world, request, moment),
        NetworkCommand::Free(id) => release::free(world, id, moment),
        NetworkCommand::Delete(id) => release::delete(world, id, moment),
        NetworkCommand::SetPool { id, pool } => pool::set(world, id, pool, moment),
    }
}
