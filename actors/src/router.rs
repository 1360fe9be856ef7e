//! Routing of commands: which partition, and which actor in it. Pure.

mod destination;
mod rights;

pub use destination::{Destination, destination, of_another_site};
pub use rights::{Sender, sender};

use crate::command::Body;
use crate::ipam::AddressCommand;
use crate::machine::MachineCommand;
use crate::namespace::NamespaceCommand;
use crate::runtime::{ActorKind, ActorName};
use crate::world::World;
use std::borrow::Cow;

/// The actor that executes `body` in its partition.
pub fn actor<'a>(world: &World, body: &'a Body) -> ActorName<'a> {
    match body {
        Body::Machine(command) => machine(command),
        Body::Switch(_) => (ActorKind::Switches, ONLY),
        Body::Network(_) => (ActorKind::Networks, ONLY),
        Body::Address(command) => (ActorKind::Pool, pool(world, command)),
        Body::Masterdata(command) => (ActorKind::Masterdata, command.kind().table().into()),
        Body::Namespace(command) => namespace(command),
    }
}

/// What the commands of one lane between partitions have in common: the actor that executes them. The network of an
/// address of another partition is not known here; its commands have the address in common.
pub fn lane<'a>(world: &World, body: &'a Body) -> (&'static str, Cow<'a, str>) {
    let (kind, name) = match body {
        Body::Address(
            AddressCommand::Free(id) | AddressCommand::Release { id, .. } | AddressCommand::EndQuarantine(id),
        ) => (ActorKind::Pool, id.as_str().into()),
        Body::Address(AddressCommand::Update(request)) => {
            (ActorKind::Pool, request.ipaddress.as_str().into())
        }
        body => actor(world, body),
    };
    (kind.as_str(), name)
}

/// The name of an actor that exists once.
const ONLY: Cow<'static, str> = Cow::Borrowed("");

fn machine(command: &MachineCommand) -> ActorName<'_> {
    match command.machine() {
        Some(machine) => (ActorKind::Machine, machine.as_str().into()),
        None if matches!(command, MachineCommand::Reconcile) => (ActorKind::Reconciler, ONLY),
        None => (ActorKind::Allocator, ONLY),
    }
}

/// The network of an address. An unknown address goes to the actor without a name, which refuses it.
fn pool<'a>(world: &World, command: &'a AddressCommand) -> Cow<'a, str> {
    let network_of = |id: &str| {
        world.addresses.get(id).map(|address| address.network.0.clone()).unwrap_or_default().into()
    };
    match command {
        AddressCommand::Allocate(request) => request.networkid.as_str().into(),
        AddressCommand::AllocateMany(request) => request.each.networkid.as_str().into(),
        AddressCommand::Update(request) => network_of(&request.ipaddress),
        AddressCommand::Free(id) | AddressCommand::Release { id, .. } => network_of(id),
        AddressCommand::EndQuarantine(id) => {
            world.quarantined.get(id).map(|rest| rest.network.0.clone()).unwrap_or_default().into()
        }
        AddressCommand::EndDueQuarantines { network, .. } | AddressCommand::Mend { network, .. } => {
            network.as_str().into()
        }
    }
}

/// One actor for the roots of each namespace, one for their children, and one for each prefix with addresses, named as
/// the caller spelled it: rows prevent conflicts between two spellings of a prefix.
fn namespace(command: &NamespaceCommand) -> ActorName<'_> {
    use NamespaceCommand as Command;
    let name = command.namespace();
    match command {
        // The number of namespaces is bounded, so only one actor may change it. No namespace has an empty name.
        Command::Create(_) | Command::Delete(_) => (ActorKind::Namespace, ONLY),
        Command::CreatePrefix { .. } | Command::DeletePrefix { .. } | Command::Load { .. } => {
            (ActorKind::Namespace, name.as_str().into())
        }
        Command::AcquireChild { .. } | Command::ReleaseChild { .. } => {
            (ActorKind::Children, name.as_str().into())
        }
        Command::AcquireAddress { prefix, .. } | Command::ReleaseAddress { prefix, .. } => {
            (ActorKind::Prefix, format!("{prefix}@{name}").into())
        }
    }
}
