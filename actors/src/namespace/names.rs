//! Namespaces themselves: their names, their existence, creation and deletion.

use super::refuse;
use crate::answer::Answer;
use crate::decision::{Decided, Decision, DecisionContext};
use crate::ids::NamespaceId;
use crate::record::namespace::Namespace;
use crate::refusal::Refusal;
use crate::store::{Key, Kind};
use crate::world::{Versioned, World};
use std::sync::Arc;

/// The default namespace. It always exists.
pub const ROOT: &str = "root";

/// Maximal bytes of a namespace's name: PostgreSQL's limit of an identifier, which clients of the contract know.
const NAME_BYTES_MAX: usize = 63;

/// Maximum of namespaces of a partition.
const NAMESPACES_MAX: usize = 4096;

pub(super) fn create(world: &World, name: &NamespaceId, context: &DecisionContext<'_>) -> Decided<Answer> {
    check_name(name)?;
    let mut decision = Decision::new(context.now, Answer::Done);
    if exists(world, name) {
        return Ok(decision);
    }
    if world.namespaces.len() >= NAMESPACES_MAX {
        let why = format!("there are {NAMESPACES_MAX} namespaces, no more are possible");
        return Err(Refusal::bad_request(why));
    }
    decision.create(Namespace { name: name.clone(), created: context.now, load: None });
    Ok(decision)
}

pub(super) fn delete(world: &World, name: &NamespaceId, context: &DecisionContext<'_>) -> Decided<Answer> {
    let Some(read) = writable(world, name)?.filter(|_| name.as_str() != ROOT) else {
        return Err(Refusal::bad_request(format!("namespace:{ROOT:?} cannot be deleted")));
    };
    if !world.spaces(name, |space| space.is_empty()) {
        let why = format!("namespace:{:?} has prefixes, delete namespace not possible", name.as_str());
        return Err(Refusal::bad_request(why));
    }
    let mut decision = Decision::new(context.now, Answer::Done);
    decision.delete(&read);
    Ok(decision)
}

/// Checks a namespace's name.
pub fn check_name(name: &NamespaceId) -> Result<(), Refusal> {
    let text = name.as_str();
    if text.len() > NAME_BYTES_MAX {
        let bytes = text.len();
        let why = format!("NameTooLong: a namespace's name has {NAME_BYTES_MAX} bytes at most, not {bytes}");
        return Err(Refusal::bad_request(why));
    }
    if text.is_empty() {
        return Err(Refusal::bad_request("a namespace's name must not be empty"));
    }
    if text.chars().any(char::is_control) {
        let why = format!("a namespace's name has no control characters: {text:?}");
        return Err(Refusal::bad_request(why));
    }
    Ok(())
}

fn exists(world: &World, name: &NamespaceId) -> bool {
    name.as_str() == ROOT || world.namespaces.contains(name.as_str())
}

/// The row of a namespace that accepts commands; the root may have none.
pub(super) fn writable(
    world: &World,
    name: &NamespaceId,
) -> Result<Option<Arc<Versioned<Namespace>>>, Refusal> {
    let read = world.namespaces.get(name.as_str());
    match &read {
        Some(namespace) if namespace.load.is_some() => Err(refuse::loading(name)),
        None if name.as_str() != ROOT => Err(refuse::no_namespace(name)),
        _ => Ok(read),
    }
}

/// Whether the content of a namespace may be read: not during a load, when it looks empty.
pub(super) fn is_visible(world: &World, name: &NamespaceId) -> Result<bool, Refusal> {
    match world.namespaces.get(name.as_str()) {
        Some(namespace) => Ok(namespace.load.is_none()),
        None if name.as_str() == ROOT => Ok(true),
        None => Err(refuse::no_namespace(name)),
    }
}

/// Requires that the namespace has not changed since it was read.
pub(super) fn rely_on(
    decision: &mut Decision<Answer>,
    name: &NamespaceId,
    read: Option<&Arc<Versioned<Namespace>>>,
) {
    match read {
        Some(read) => decision.unchanged(read),
        None => decision.absent(Key::new(Kind::Namespace, name.as_str())),
    };
}

/// All namespaces, ascending.
pub(super) fn all(world: &World) -> Vec<String> {
    let mut names: Vec<String> = world.namespaces.all().iter().map(|read| read.name.0.clone()).collect();
    if let Err(at) = names.binary_search_by(|name| name.as_str().cmp(ROOT)) {
        names.insert(at, ROOT.to_owned());
    }
    names
}
