//! Commands about namespaces with their answers. Prefixes and addresses are texts as the caller wrote them.

use crate::command::ask::{Ask, Corrected};
use crate::ids::NamespaceId;
use crate::namespace::command::{Child, LoadCommand, NamespaceCommand as Command};
use crate::namespace::dump::{PlannedAddress, PlannedPrefix};
use crate::record::namespace::{Prefix, PrefixAddress};
use uuid::Uuid;

pub fn create(name: NamespaceId) -> Ask<()> {
    Ask::new(Command::Create(name))
}

pub fn delete(name: NamespaceId) -> Ask<()> {
    Ask::new(Command::Delete(name))
}

pub fn create_prefix(namespace: NamespaceId, cidr: String) -> Ask<Box<Prefix>> {
    Ask::new(Command::CreatePrefix { namespace, cidr })
}

pub fn delete_prefix(namespace: NamespaceId, cidr: String) -> Ask<Box<Prefix>> {
    Ask::new(Command::DeletePrefix { namespace, cidr })
}

pub fn acquire_child(namespace: NamespaceId, parent: String, child: Child) -> Ask<Box<Prefix>> {
    Ask::new(Command::AcquireChild { namespace, parent, child })
}

pub fn release_child(namespace: NamespaceId, cidr: String) -> Ask<Box<Prefix>> {
    Ask::new(Command::ReleaseChild { namespace, cidr })
}

/// The lowest free address, or a specific one.
pub fn acquire_address(
    namespace: NamespaceId,
    prefix: String,
    address: Option<String>,
) -> Ask<Box<PrefixAddress>> {
    Ask::new(Command::AcquireAddress { namespace, prefix, address })
}

pub fn release_address(namespace: NamespaceId, prefix: String, address: String) -> Ask<Box<PrefixAddress>> {
    Ask::new(Command::ReleaseAddress { namespace, prefix, address })
}

/// Begins a load of a dump into an empty namespace.
pub fn begin_load(namespace: NamespaceId, load: Uuid) -> Ask<()> {
    step(namespace, LoadCommand::Begin { load })
}

/// Adds a part of the dump; parents come before their children and addresses.
pub fn add_to_load(
    namespace: NamespaceId,
    load: Uuid,
    prefixes: Vec<PlannedPrefix>,
    addresses: Vec<PlannedAddress>,
) -> Ask<()> {
    step(namespace, LoadCommand::Add { load, prefixes, addresses })
}

/// The dump is complete: makes it visible.
pub fn end_load(namespace: NamespaceId, load: Uuid) -> Ask<()> {
    step(namespace, LoadCommand::End { load })
}

/// Removes part of a load; repeat until nothing is left. `None`: a load whose loader has disappeared.
pub fn undo_load(namespace: NamespaceId, load: Option<Uuid>) -> Ask<Corrected> {
    Ask::new(Command::Load { namespace, step: LoadCommand::Undo { load } })
}

fn step(namespace: NamespaceId, step: LoadCommand) -> Ask<()> {
    Ask::new(Command::Load { namespace, step })
}
