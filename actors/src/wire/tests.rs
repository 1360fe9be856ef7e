//! What travels and is remembered can be read by the release before, the one after, and itself.

mod golden;
mod growth;
mod mixed;
mod previous;

use super::v1::answer::{Answer, CallError, RefusalKind};
use super::v1::command::Body;
use super::v1::ipam::AddressCommand;
use super::v1::machine::MachineCommand;
use super::v1::masterdata::MasterdataCommand;
use super::v1::mesh::Request;
use super::v1::namespace::{LoadCommand, NamespaceCommand};
use super::v1::network::NetworkCommand;
use super::v1::switch::SwitchCommand;
use crate::store::Row;
use crate::world::World;
use serde_json::Value;

/// An enum that travels, and what its variants are called here.
pub(super) trait Named {
    const VARIANTS: &'static [&'static str];

    fn variant(&self) -> &'static str;
}

/// The command that a body holds.
fn command_of(body: &Body) -> String {
    let (room, command) = match body {
        Body::Machine(command) => ("Machine", command.variant()),
        Body::Switch(command) => ("Switch", command.variant()),
        Body::Network(command) => ("Network", command.variant()),
        Body::Address(command) => ("Address", command.variant()),
        Body::Masterdata(command) => ("Masterdata", command.variant()),
        Body::Namespace(NamespaceCommand::Load { step, .. }) => ("Namespace/Load", step.variant()),
        Body::Namespace(command) => ("Namespace", command.variant()),
    };
    format!("{room}/{command}")
}

/// Every command there is.
fn commands() -> Vec<String> {
    let rooms = [
        ("Machine", MachineCommand::VARIANTS),
        ("Switch", SwitchCommand::VARIANTS),
        ("Network", NetworkCommand::VARIANTS),
        ("Address", AddressCommand::VARIANTS),
        ("Masterdata", MasterdataCommand::VARIANTS),
        ("Namespace", NamespaceCommand::VARIANTS),
        ("Namespace/Load", LoadCommand::VARIANTS),
    ];
    assert_eq!(rooms.len(), Body::VARIANTS.len() + 1, "a room is missing");
    let all = rooms
        .into_iter()
        .flat_map(|(room, commands)| commands.iter().map(move |name| format!("{room}/{name}")));
    all.filter(|name| name != "Namespace/Load").collect()
}

/// The row as this release writes it after it has read it.
fn written_again(row: &Row) -> Row {
    let world = World::default();
    world.load(&row.key, Some(row)).unwrap_or_else(|error| panic!("{error:?}: {row:?}"));
    world.row(&row.key).unwrap()
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}
