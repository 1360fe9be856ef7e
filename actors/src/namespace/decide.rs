//! Dispatch: one function per operation.

use super::command::NamespaceCommand as Command;
use super::{addresses, load, names, prefixes};
use crate::answer::Answer;
use crate::decision::{Decided, DecisionContext};
use crate::world::World;

/// Decides a command about address spaces. A refused command changes nothing.
pub fn decide(world: &World, command: &Command, context: &mut DecisionContext<'_>) -> Decided<Answer> {
    match command {
        Command::Create(name) => names::create(world, name, context),
        Command::Delete(name) => names::delete(world, name, context),
        Command::CreatePrefix { namespace, cidr } => prefixes::create(world, namespace, cidr, context),
        Command::DeletePrefix { namespace, cidr } => prefixes::delete(world, namespace, cidr, context),
        Command::AcquireChild { namespace, parent, child } => {
            prefixes::acquire(world, namespace, parent, child, context)
        }
        Command::ReleaseChild { namespace, cidr } => prefixes::release(world, namespace, cidr, context),
        Command::AcquireAddress { namespace, prefix, address } => {
            addresses::acquire(world, namespace, prefix, address.as_deref(), context)
        }
        Command::ReleaseAddress { namespace, prefix, address } => {
            addresses::release(world, namespace, prefix, address, context)
        }
        Command::Load { namespace, step } => load::decide(world, namespace, step, context),
    }
}
