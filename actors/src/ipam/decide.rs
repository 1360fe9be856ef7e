//! Dispatch: one file per operation.

use super::command::AddressCommand;
use super::{allocate, mend, quarantine, update};
use crate::answer::Answer;
use crate::decision::{Decided, DecisionContext};
use crate::world::World;

/// Decides a command about addresses. A refused command changes nothing.
pub fn decide(world: &World, command: &AddressCommand, context: &mut DecisionContext<'_>) -> Decided<Answer> {
    match command {
        AddressCommand::Allocate(request) => allocate::allocate(world, request, context),
        AddressCommand::AllocateMany(request) => allocate::allocate_many(world, request, context),
        AddressCommand::Update(request) => update::update(world, request, context),
        AddressCommand::Free(id) => update::free(world, id, None, context),
        AddressCommand::Release { id, allocation } => update::free(world, id, Some(*allocation), context),
        AddressCommand::EndQuarantine(id) => quarantine::end_quarantine(world, id, context),
        AddressCommand::EndDueQuarantines { addresses, .. } => {
            Ok(quarantine::end_due_quarantines(world, addresses, context))
        }
        AddressCommand::Mend { addresses, .. } => Ok(mend::mend(world, addresses, context)),
    }
}
