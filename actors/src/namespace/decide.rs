//! Dispatch: one function per operation.

use super::command::NamespaceCommand as Command;
use super::{addresses, load, names, prefixes};
use crate::command::Answer;
use crate::decision::{Decided, Moment};
use crate::world::World;

/// Decides a command about address spaces. A refused command leaves no trace.
pub fn decide(world: &World, command: &Command, moment: &mut Moment<'_>) -> Decided<Answer> {
    match command {
        Command::Create(name) => names::create(world, name, moment),
        Command::Delete(name) => names::delete(world, name, moment),
        Command::CreatePrefix { namespace, cidr } => prefixes::create(world, namespace, cidr, moment),
        Command::DeletePrefix { namespace, cidr } => prefixes::delete(world, namespace, cidr, moment),
        Command::AcquireChild { namespace, parent, child } => {
            prefixes::acquire(world, namespace, parent, child, moment)
        }
        Command::ReleaseChild { namespace, cidr } => prefixes::release(world, namespace, cidr, moment),
        Command::AcquireAddress { namespace, prefix, address } => {
            addresses::acquire(world, namespace, prefix, address.as_deref(), moment)
        }
        Command::ReleaseAddress { namespace, prefix, address } => {
            addresses::release(world, namespace, prefix, address, moment)
        }
        Command::Load { namespace, step } => load::decide(world, namespace, step, moment),
    }
}
