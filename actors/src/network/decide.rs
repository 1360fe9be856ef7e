//! Dispatch: one file per operation.

use super::command::NetworkCommand;
use super::{allocate, create, pool, release, update};
use crate::answer::Answer;
use crate::decision::{Decided, DecisionContext};
use crate::world::World;

/// Decides a command to the registry. A refused command changes nothing.
pub fn decide(world: &World, command: &NetworkCommand, context: &mut DecisionContext<'_>) -> Decided<Answer> {
    match command {
        NetworkCommand::Create(request) => create::create(world, request, context),
        NetworkCommand::Update { update, force } => update::update(world, update, *force, context),
        NetworkCommand::Allocate(request) => allocate::allocate(world, request, context),
        NetworkCommand::Free(id) => release::free(world, id, context),
        NetworkCommand::Delete(id) => release::delete(world, id, context),
        NetworkCommand::SetPool { id, pool } => pool::set(world, id, pool, context),
    }
}
