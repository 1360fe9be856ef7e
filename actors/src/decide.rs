//! Passes a command to the module that decides it.

use crate::answer::Answer;
use crate::command::Body;
use crate::decision::{Decided, DecisionContext};
use crate::runtime::Domain;
use crate::world::World;
use crate::{ipam, machine, masterdata, namespace, network, router, switch};

/// The domain for the runtime.
pub const DOMAIN: Domain = Domain { decide, actor: router::actor };

/// Decides a command. Pure: the same world, command and context give the same decision.
pub fn decide(world: &World, body: &Body, context: &mut DecisionContext<'_>) -> Decided<Answer> {
    match body {
        Body::Machine(command) => machine::decide(world, command, context),
        Body::Switch(command) => switch::decide(world, command, context),
        Body::Network(command) => network::decide(world, command, context),
        Body::Address(command) => ipam::decide(world, command, context),
        Body::Masterdata(command) => masterdata::decide(world, command, context),
        Body::Namespace(command) => namespace::decide(world, command, context),
    }
}
