//! The steps of loading a dump. An unfinished load is invisible, and is undone when its loader disappears. So a dump is
//! loaded completely or not at all.

use super::command::LoadCommand;
use super::dump::{PlannedAddress, PlannedPrefix};
use super::{names, refuse};
use crate::answer::Answer;
use crate::decision::{Decided, Decision, DecisionContext};
use crate::ids::NamespaceId;
use crate::record::namespace::{Load, Namespace, Prefix, PrefixAddress};
use crate::refusal::Refusal;
use crate::store::STEPS_PER_TRANSACTION_MAX;
use crate::time::Timestamp;
use crate::world::{Versioned, World};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// Maximum of rows in one step: besides them, the namespace's own row and others fit into a transaction.
pub const ROWS_PER_STEP: usize = STEPS_PER_TRANSACTION_MAX / 2;

/// A loader that has been silent for this long has disappeared.
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// Whether the loader has disappeared.
pub fn is_dead(load: &Load, now: Timestamp) -> bool {
    load.id.is_nil() || now.since(load.touched) > SILENCE_MAX
}

pub(super) fn decide(
    world: &World,
    name: &NamespaceId,
    step: &LoadCommand,
    context: &DecisionContext<'_>,
) -> Decided<Answer> {
    match step {
        LoadCommand::Begin { load } => begin(world, name, *load, context),
        LoadCommand::Add { load, prefixes, addresses } => {
            add(world, name, *load, (prefixes, addresses), context)
        }
        LoadCommand::End { load } => {
            let read = own(world, name, *load)?;
            let mut decision = Decision::new(context.now, Answer::Done);
            decision.update(&read, Namespace { load: None, ..Namespace::clone(&read) });
            Ok(decision)
        }
        LoadCommand::Undo { load } => undo(world, name, *load, context),
    }
}

fn begin(world: &World, name: &NamespaceId, id: Uuid, context: &DecisionContext<'_>) -> Decided<Answer> {
    let read = names::writable(world, name)?;
    if !world.spaces(name, |space| space.is_empty()) {
        return Err(Refusal::bad_request("prefixes exist, please drop existing data before loading"));
    }
    let load = Some(Load { id, touched: context.now });
    let mut decision = Decision::new(context.now, Answer::Done);
    match read {
        Some(read) => decision.update(&read, Namespace { load, ..Namespace::clone(&read) }),
        None => decision.create(Namespace { name: name.clone(), created: context.now, load }),
    };
    Ok(decision)
}

fn add(
    world: &World,
    name: &NamespaceId,
    id: Uuid,
    (prefixes, addresses): (&[PlannedPrefix], &[PlannedAddress]),
    context: &DecisionContext<'_>,
) -> Decided<Answer> {
    let read = own(world, name, id)?;
    let mut decision = Decision::new(context.now, Answer::Done);
    for planned in prefixes {
        decision.create(Prefix {
            namespace: name.clone(),
            cidr: planned.cidr,
            parent: planned.parent,
            is_parent: planned.is_parent,
            created: context.now,
        });
    }
    for planned in addresses {
        decision.create(PrefixAddress {
            namespace: name.clone(),
            prefix: planned.prefix,
            address: planned.address,
            created: context.now,
        });
    }
    touch(&mut decision, &read, id);
    Ok(decision)
}

/// Removes addresses before their prefixes, and children before their parents.
fn undo(
    world: &World,
    name: &NamespaceId,
    id: Option<Uuid>,
    context: &DecisionContext<'_>,
) -> Decided<Answer> {
    let read = match id {
        Some(id) => own(world, name, id)?,
        None => match world.namespaces.get(name.as_str()) {
            Some(read) if read.load.as_ref().is_some_and(|load| is_dead(load, context.now)) => read,
            Some(read) if read.load.is_some() => return Err(refuse::loading(name)),
            _ => return Ok(Decision::new(context.now, Answer::Undone(0))),
        },
    };
    let (addresses, prefixes) = world.spaces(name, |space| {
        let addresses = space.prefixes().flat_map(|(cidr, _)| space.addresses(cidr));
        let addresses: Vec<String> =
            addresses.take(ROWS_PER_STEP).map(|address| PrefixAddress::row_id(name, address)).collect();
        let last = space.prefixes().rev().take(ROWS_PER_STEP - addresses.len());
        let prefixes: Vec<String> = last.map(|(cidr, _)| Prefix::row_id(name, cidr)).collect();
        (addresses, prefixes)
    });
    let mut decision = Decision::new(context.now, Answer::Undone(addresses.len() + prefixes.len()));
    for row in addresses.iter().filter_map(|id| world.prefix_addresses.get(id)) {
        decision.delete(&row);
    }
    for row in prefixes.iter().filter_map(|id| world.prefixes.get(id)) {
        decision.delete(&row);
    }
    if addresses.is_empty() && prefixes.is_empty() {
        decision.update(&read, Namespace { load: None, ..Namespace::clone(&read) });
    } else {
        // The loader loses control: a partly removed load must not become visible.
        touch(&mut decision, &read, Uuid::nil());
    }
    Ok(decision)
}

fn touch(decision: &mut Decision<Answer>, read: &Versioned<Namespace>, id: Uuid) {
    let load = Some(Load { id, touched: decision.at() });
    decision.update(read, Namespace { load, ..Namespace::clone(read) });
}

/// The row of the namespace of this load.
fn own(world: &World, name: &NamespaceId, id: Uuid) -> Result<Arc<Versioned<Namespace>>, Refusal> {
    let read = world.namespaces.get(name.as_str());
    read.filter(|read| read.load.as_ref().is_some_and(|load| load.id == id && !id.is_nil())).ok_or_else(
        || {
            Refusal::unavailable(format!(
                "the load into namespace:{:?} took too long and was undone",
                name.as_str()
            ))
        },
    )
}
