//! Dispatch: one file per operation.

use super::command::AddressCommand;
use super::{allocate, mend, quarantine, update};
use crate::command::Answer;
use crate::decision::{Decided, Moment};
use crate::world::World;

/// Decides a command about addresses. A refused command leaves no trace.
pub fn decide(world: &World, command: &AddressCommand, moment: &mut Moment<'_>) -> Decided<Answer> {
    match command {
        AddressCommand::Allocate(request) => allocate::allocate(world, request, moment),
        AddressCommand::AllocateMany(request) => allocate::allocate_many(world, request, moment),
        AddressCommand::Update(request) => update::update(world, request, moment),
        AddressCommand::Free(id) => update::free(world, id, None, moment),
        AddressCommand::Release { id, allocation } => update::free(world, id, Some(*allocation), moment),
        AddressCommand::Lift(id) => quarantine::lift(world, id, moment),
        AddressCommand::LiftDue { addresses, .. } => Ok(quarantine::lift_due(world, addresses, moment)),
        AddressCommand::Mend { addresses, .. } => Ok(mend::mend(world, addresses, moment)),
    }
}
