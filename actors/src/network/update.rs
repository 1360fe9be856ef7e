//! Changing a network (api-resources 2.5). The rows are numbered as there. Everything is checked before anything
//! changes, and a prefix of a super network stays while child prefixes are cut from it.

use super::command::NetworkUpdate;
use super::family::{self, Lengths};
use super::{create, prefix, release};
use crate::addressing::Family;
use crate::answer::Answer;
use crate::decision::{Decided, Decision, DecisionContext};
use crate::ipam::{children, usage};
use crate::record::network::Network;
use crate::refusal::Refusal;
use crate::world::World;
use ipnet::IpNet;

pub(super) fn update(
    world: &World,
    request: &NetworkUpdate,
    force: bool,
    context: &mut DecisionContext<'_>,
) -> Decided<Answer> {
    // 2
    let Some(read) = world.networks.get(&request.id) else {
        return Err(Refusal::not_found("network", &request.id));
    };
    let mut next = Network::clone(&read.value);
    set_texts(&mut next, request);
    // 5
    match request.shared {
        Some(false) if read.shared => {
            let why = "once a network is marked as shared it is not possible to unshare it";
            return Err(Refusal::bad_request(why));
        }
        Some(shared) => next.shared = shared,
        None => {}
    }
    // 6
    if !request.defaultchildprefixlength.is_empty() && !read.private_super {
        return Err(Refusal::unprocessable("defaultchildprefixlength can only be set on privatesuper"));
    }
    // 7 and 8
    if !request.prefixes.is_empty() {
        prefix::check_count(&request.prefixes)?;
        next.prefixes = prefix::parse_all(&request.prefixes).map_err(Refusal::unprocessable)?;
    }
    let removed = difference(&read.prefixes, &next.prefixes);
    let added = difference(&next.prefixes, &read.prefixes);
    check_addresses(world, &read, &removed)?;
    // 9
    let destinations = prefix::parse_all(&request.destinationprefixes).map_err(Refusal::unprocessable)?;
    check_families(&next, &destinations)?;
    if !destinations.is_empty() {
        next.destination_prefixes = destinations;
    }
    // 11
    if !request.defaultchildprefixlength.is_empty() {
        next.default_child_prefix_length = Some(child_lengths(request, &next.prefixes)?);
    }
    // 12
    check_children(world, &read, &removed)?;
    let overlap = prefix::overlap_with_others(world, &added, Some(&read.id));
    if let Some(overlap) = overlap.or_else(|| prefix::overlap_among(&next.prefixes)) {
        return Err(create::refuse_prefix(&overlap));
    }
    announcable(&mut next, request, force)?;
    next.changed = context.now;
    let mut decision = Decision::new(context.now, Answer::Network(Box::new(next.clone())));
    if !removed.is_empty() {
        release::touch_super(world, &read, &mut decision);
    }
    decision.update(&read, next);
    Ok(decision)
}

/// Rows 3 and 4.
fn set_texts(next: &mut Network, request: &NetworkUpdate) {
    if let Some(name) = &request.name {
        next.name.clone_from(name);
    }
    if let Some(description) = &request.description {
        next.description.clone_from(description);
    }
    if let Some(labels) = &request.labels {
        next.labels.clone_from(labels);
    }
}

fn difference(these: &[IpNet], without: &[IpNet]) -> Vec<IpNet> {
    these.iter().filter(|prefix| !without.contains(prefix)).copied().collect()
}

/// Row 8: a prefix stays while addresses of it are in use.
fn check_addresses(world: &World, network: &Network, removed: &[IpNet]) -> Result<(), Refusal> {
    removed.iter().try_for_each(|prefix| match usage::first_used(world, network, prefix) {
        Some(address) => Err(Refusal::unprocessable(format!(
            "unable to update network: prefix {prefix} has ip {address} in use"
        ))),
        None => Ok(()),
    })
}

/// Row 10; the child lengths are the old ones.
fn check_families(next: &Network, destinations: &[IpNet]) -> Result<(), Refusal> {
    family::check_destinations(&next.prefixes, destinations)?;
    if !next.private_super {
        return Ok(());
    }
    match &next.default_child_prefix_length {
        Some(lengths) => family::check_child_lengths(&next.prefixes, lengths),
        None => family::check_child_lengths(&next.prefixes, &Lengths::new()),
    }
}

/// Row 11. Families are read without looking at case.
fn child_lengths(request: &NetworkUpdate, prefixes: &[IpNet]) -> Result<Lengths, Refusal> {
    let present = family::families(prefixes);
    let read = |(key, length): (&String, &u8)| {
        let family = Family::parse(key).filter(|family| present.contains(family));
        family.map(|family| (family, *length)).ok_or_else(|| {
            let why = format!("no addressfamily {key:?} present for defaultchildprefixlength: {length}");
            Refusal::unprocessable(why)
        })
    };
    request.defaultchildprefixlength.iter().map(read).collect()
}

/// Row 12: a prefix stays while child prefixes are cut from it.
fn check_children(world: &World, network: &Network, removed: &[IpNet]) -> Result<(), Refusal> {
    let held = removed.iter().find(|prefix| children::count(world, network, prefix) > 0);
    match held {
        Some(prefix) => Err(Refusal::unprocessable(format!(
            "unable to update network: prefix {} has childprefixes, delete prefix not possible",
            prefix.trunc()
        ))),
        None => Ok(()),
    }
}

/// Rows 13 to 15.
fn announcable(next: &mut Network, request: &NetworkUpdate, force: bool) -> Result<(), Refusal> {
    let new = &request.additionalannouncablecidrs;
    prefix::check_announcable(next.private_super, new).map_err(Refusal::unprocessable)?;
    let missing = next.additional_announcable_cidrs.iter().find(|cidr| !new.contains(cidr));
    if let Some(missing) = missing
        && !force
    {
        return Err(Refusal::bad_request(format!(
            "you cannot remove {missing:?} from additionalannouncablecidrs without force flag set"
        )));
    }
    next.additional_announcable_cidrs.clone_from(new);
    Ok(())
}
