//! Prefixes: roots and their children (ipam 1.2). Each command is one transaction.

use super::command::Child;
use super::{names, refuse};
use crate::answer::Answer;
use crate::decision::{Decided, Decision, DecisionContext};
use crate::ids::NamespaceId;
use crate::index::space;
use crate::record::namespace::Prefix;
use crate::refusal::Refusal;
use crate::world::{Versioned, World};
use ipnet::IpNet;
use std::sync::Arc;

/// Maximum of prefixes of a namespace, roots and children.
pub(super) const PREFIXES_MAX: usize = 1 << 17;

/// Bits of the longest prefix.
const LENGTH_MAX: u8 = 128;

pub(super) fn create(
    world: &World,
    namespace: &NamespaceId,
    text: &str,
    context: &DecisionContext<'_>,
) -> Decided<Answer> {
    let cidr = refuse::cidr(text)?;
    let read = names::writable(world, namespace)?;
    if let Some(known) = world.spaces(namespace, |space| space.overlapping(&cidr)) {
        return Err(refuse::overlaps(&cidr, &known));
    }
    check_count(world, namespace)?;
    let record =
        Prefix { namespace: namespace.clone(), cidr, parent: None, is_parent: false, created: context.now };
    let mut decision = Decision::new(context.now, Answer::Prefix(Box::new(record.clone())));
    decision.create(record);
    names::rely_on(&mut decision, namespace, read.as_ref());
    Ok(decision)
}

/// Refuses a child, whose space its parent would lose, and a prefix in use.
pub(super) fn delete(
    world: &World,
    namespace: &NamespaceId,
    text: &str,
    context: &DecisionContext<'_>,
) -> Decided<Answer> {
    let cidr = refuse::lost_cidr(text)?;
    names::writable(world, namespace)?;
    let read = find(world, namespace, &cidr).ok_or_else(|| refuse::no_prefix(text))?;
    check_unused(world, &read, "delete prefix not possible")?;
    if let Some(parent) = &read.parent {
        return Err(refuse::is_child(&read, parent));
    }
    let mut decision = Decision::new(context.now, Answer::Prefix(Box::new(Prefix::clone(&read))));
    decision.delete(&read);
    Ok(decision)
}

pub(super) fn acquire(
    world: &World,
    namespace: &NamespaceId,
    text: &str,
    child: &Child,
    context: &DecisionContext<'_>,
) -> Decided<Answer> {
    if let Child::Length(length) = child
        && *length > LENGTH_MAX
    {
        return Err(Refusal::bad_request(format!("length must not be greater than {LENGTH_MAX}")));
    }
    let cidr = refuse::parent_cidr(text)?;
    names::writable(world, namespace)?;
    let parent = find(world, namespace, &cidr).ok_or_else(|| refuse::bad_prefix(text))?;
    let specific = match child {
        Child::Length(_) => None,
        Child::Specific(said) => Some((refuse::child_cidr(said)?, said)),
    };
    let length = match (child, &specific) {
        (Child::Length(length), None) => *length,
        (_, specific) => specific.as_ref().map_or(0, |(specific, _)| specific.prefix_len()),
    };
    if length <= cidr.prefix_len() {
        return Err(refuse::too_short(length, &cidr));
    }
    check_no_addresses(world, &parent, "acquire child prefix not possible")?;
    let cut = world.spaces(namespace, |space| {
        space.free(&cidr, |free| match specific {
            Some((specific, _)) if free.is_free(&specific.trunc()) => Ok(specific.trunc()),
            Some((_, said)) => Err(refuse::not_available(said, text)),
            None => space::best_fit(free, length, &text).map_err(Refusal::bad_request),
        })
    })?;
    check_count(world, namespace)?;
    let record = Prefix {
        namespace: namespace.clone(),
        cidr: cut,
        parent: Some(cidr),
        is_parent: false,
        created: context.now,
    };
    let mut decision = Decision::new(context.now, Answer::Prefix(Box::new(record.clone())));
    decision.create(record);
    if parent.is_parent {
        decision.unchanged(&parent);
    } else {
        decision.update(&parent, Prefix { is_parent: true, ..Prefix::clone(&parent) });
    }
    Ok(decision)
}

pub(super) fn release(
    world: &World,
    namespace: &NamespaceId,
    text: &str,
    context: &DecisionContext<'_>,
) -> Decided<Answer> {
    let cidr = refuse::known_cidr(text)?;
    names::writable(world, namespace)?;
    let read = find(world, namespace, &cidr).ok_or_else(|| refuse::no_prefix(text))?;
    let parent = read.parent.ok_or_else(refuse::no_child)?;
    check_unused(world, &read, "deletion not possible")?;
    let mut decision = Decision::new(context.now, Answer::Prefix(Box::new(Prefix::clone(&read))));
    decision.delete(&read);
    if let Some(parent) = find(world, namespace, &parent) {
        decision.unchanged(&parent);
    }
    Ok(decision)
}

/// The row of a masked prefix.
pub(super) fn find(world: &World, namespace: &NamespaceId, cidr: &IpNet) -> Option<Arc<Versioned<Prefix>>> {
    world.prefixes.get(&Prefix::row_id(namespace, cidr))
}

fn check_count(world: &World, namespace: &NamespaceId) -> Result<(), Refusal> {
    if world.spaces(namespace, |space| space.len_with_flights()) < PREFIXES_MAX {
        return Ok(());
    }
    Err(refuse::too_many("prefixes", namespace, PREFIXES_MAX))
}

fn check_unused(world: &World, prefix: &Prefix, what: &str) -> Result<(), Refusal> {
    check_no_addresses(world, prefix, what)?;
    if world.spaces(&prefix.namespace, |space| space.children(&prefix.cidr)) > 0 {
        return Err(refuse::has(&prefix.cidr, "childprefixes", what));
    }
    Ok(())
}

/// Refuses a prefix with addresses. An address that is being acquired relies on the prefix's row, so a write of that
/// row makes its decision run again.
fn check_no_addresses(world: &World, prefix: &Prefix, what: &str) -> Result<(), Refusal> {
    if world.spaces(&prefix.namespace, |space| space.used(&prefix.cidr)) > 0 {
        return Err(refuse::has(&prefix.cidr, "ips", what));
    }
    Ok(())
}
