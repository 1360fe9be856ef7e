//! Single addresses of prefixes (ipam 1.2).

use super::prefixes::find;
use super::{names, refuse};
use crate::addressing::block;
use crate::answer::Answer;
use crate::decision::{Decided, Decision, DecisionContext};
use crate::ids::NamespaceId;
use crate::index::namespace::Space;
use crate::record::namespace::PrefixAddress;
use crate::refusal::Refusal;
use crate::world::World;
use ipnet::IpNet;
use std::net::IpAddr;

/// Maximum of addresses in one prefix: a whole /12. Each is a row, also in memory.
pub(super) const ADDRESSES_MAX: u64 = 1 << 20;

pub(super) fn acquire(
    world: &World,
    namespace: &NamespaceId,
    text: &str,
    specific: Option<&str>,
    context: &DecisionContext<'_>,
) -> Decided<Answer> {
    let cidr = refuse::parent_cidr(text)?;
    names::writable(world, namespace)?;
    let prefix = find(world, namespace, &cidr).ok_or_else(|| refuse::bad_prefix(text))?;
    if prefix.is_parent {
        return Err(refuse::has(&cidr, "childprefixes", "acquire ip not possible"));
    }
    let address = match specific {
        Some(specific) => this_one(world, namespace, text, &cidr, specific)?,
        None => lowest(world, namespace, &cidr)?,
    };
    let record = PrefixAddress { namespace: namespace.clone(), prefix: cidr, address, created: context.now };
    let mut decision = Decision::new(context.now, Answer::PrefixAddress(Box::new(record.clone())));
    decision.create(record).unchanged(&prefix);
    Ok(decision)
}

/// `prefix`: `cidr` as the caller sent it.
fn this_one(
    world: &World,
    namespace: &NamespaceId,
    prefix: &str,
    cidr: &IpNet,
    text: &str,
) -> Result<IpAddr, Refusal> {
    let address = refuse::address(text)?;
    if !cidr.contains(&address) {
        return Err(refuse::not_in(text, prefix));
    }
    if is_reserved(cidr, address) || taken(world, namespace, address) {
        return Err(refuse::allocated(address));
    }
    if world.spaces(namespace, |space| is_full(space, cidr)) {
        return Err(exhausted(world, namespace, cidr));
    }
    Ok(address)
}

fn lowest(world: &World, namespace: &NamespaceId, cidr: &IpNet) -> Result<IpAddr, Refusal> {
    let free = world.spaces(namespace, |space| if is_full(space, cidr) { None } else { space.lowest(cidr) });
    free.ok_or_else(|| exhausted(world, namespace, cidr))
}

/// Only prefixes with more addresses than the maximum need counting.
fn is_full(space: &Space, cidr: &IpNet) -> bool {
    let (first, last) = block::bounds(cidr);
    last - first >= ADDRESSES_MAX.into() && space.used(cidr) >= ADDRESSES_MAX
}

fn exhausted(world: &World, namespace: &NamespaceId, cidr: &IpNet) -> Refusal {
    let used = world.spaces(namespace, |space| space.used(cidr));
    refuse::exhausted(cidr, used.saturating_add(block::reserved(cidr)))
}

pub(super) fn release(
    world: &World,
    namespace: &NamespaceId,
    text: &str,
    address: &str,
    context: &DecisionContext<'_>,
) -> Decided<Answer> {
    let wanted = refuse::returned_address(address)?;
    let cidr = refuse::lost_cidr(text)?;
    names::writable(world, namespace)?;
    if find(world, namespace, &cidr).is_none() {
        return Err(refuse::no_prefix(text));
    }
    if is_reserved(&cidr, wanted) {
        return Err(refuse::reserved(address, &cidr));
    }
    let read = world.prefix_addresses.get(&PrefixAddress::row_id(namespace, wanted));
    let Some(read) = read.filter(|read| read.prefix == cidr) else {
        return Err(refuse::not_allocated(wanted, text));
    };
    let mut decision =
        Decision::new(context.now, Answer::PrefixAddress(Box::new(PrefixAddress::clone(&read))));
    decision.delete(&read);
    Ok(decision)
}

/// An address of the prefix that is never allocated.
pub(crate) fn is_reserved(cidr: &IpNet, address: IpAddr) -> bool {
    let number = block::number(address);
    let usable = block::usable(cidr).is_some_and(|(first, last)| (first..=last).contains(&number));
    cidr.contains(&address) && !usable
}

fn taken(world: &World, namespace: &NamespaceId, address: IpAddr) -> bool {
    world.prefix_addresses.contains(&PrefixAddress::row_id(namespace, address))
}
