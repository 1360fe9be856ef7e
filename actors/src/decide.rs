//! Hands a command to the room that decides it.

use crate::command::{Answer, Body};
use crate::decision::{Decided, Moment};
use crate::world::World;
use crate::{ipam, machine, masterdata, namespace, network, switch};

/// Decides a command. Pure: the same world, command and moment give the same decision.
pub fn decide(world: &World, body: &Body, moment: &mut Moment<'_>) -> Decided<Answer> {
    match body {
        Body::Machine(command) => machine::decide(world, command, moment),
        Body::Switch(command) => switch::decide(world, command, moment),
        Body::Network(command) => network::decide(world, command, moment),
        Body::Address(command) => ipam::decide(world, command, moment),
        Body::Masterdata(command) => masterdata::decide(world, command, moment),
        Body::Namespace(command) => namespace::decide(world, command, moment),
    }
}
