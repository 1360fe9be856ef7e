//! Picks any free item: an address of a network by its policy, or the lowest number of a pool.
//!
//! Items with a pending write are skipped: the indexes count them as taken.

use super::children;
use crate::addressing::{Family, block};
use crate::record::ipam::{NUMBER_MAX, Pool};
use crate::record::network::{Network, Strategy};
use crate::refusal::Refusal;
use crate::world::World;
use ipnet::IpNet;
use rand::Rng;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// A free address of a family by the network's policy, and the network's prefix that contains it. `taken`: the earlier
/// picks of the same decision.
pub fn any(
    world: &World,
    network: &Network,
    family: Family,
    taken: &BTreeSet<IpAddr>,
    rng: &mut impl Rng,
) -> Result<(IpAddr, IpNet), Refusal> {
    let strategy = network.pool.strategy;
    if strategy == Strategy::Lowest {
        return lowest_except(world, network, family, taken);
    }
    first_of(world, network, family, |prefix| {
        let last_given = world.occupancy(&network.id, |used| used.last_given(prefix));
        let gap = |first, last| lowest_between(world, network, prefix, (first, last), taken);
        strategy.pick(&network.pool.spans(prefix), last_given, rng, gap)
    })
}

/// The lowest free address of a family, and the network's prefix that contains it.
pub fn lowest(world: &World, network: &Network, family: Family) -> Result<(IpAddr, IpNet), Refusal> {
    lowest_except(world, network, family, &BTreeSet::new())
}

/// [`lowest`] for several picks in one decision: `taken` are the earlier picks. The prefixes of the family are tried in
/// stored order; the first with a free address wins (api-resources 3.2). The prefix is returned as stored, including
/// host bits.
pub fn lowest_except(
    world: &World,
    network: &Network,
    family: Family,
    taken: &BTreeSet<IpAddr>,
) -> Result<(IpAddr, IpNet), Refusal> {
    first_of(world, network, family, |prefix| {
        let spans = network.pool.spans(prefix);
        spans.into_iter().find_map(|span| lowest_between(world, network, prefix, span, taken))
    })
}

fn first_of(
    world: &World,
    network: &Network,
    family: Family,
    mut pick: impl FnMut(&IpNet) -> Option<u128>,
) -> Result<(IpAddr, IpNet), Refusal> {
    let of_family = network.prefixes.iter().filter(|prefix| Family::of(prefix) == family);
    for prefix in of_family {
        refuse_children(world, network, prefix)?;
        if let Some(address) = pick(prefix).and_then(|number| block::address(family, number)) {
            return Ok((address, *prefix));
        }
    }
    Err(Refusal::internal("Internal cannot allocate free ip in ipam, no ips left"))
}

/// A prefix has single addresses or child prefixes, never both (api-resources 3.2, row 13).
pub(super) fn refuse_children(world: &World, network: &Network, prefix: &IpNet) -> Result<(), Refusal> {
    if children::count(world, network, prefix) == 0 {
        return Ok(());
    }
    let prefix = prefix.trunc();
    Err(Refusal::unprocessable(format!(
        "cannot allocate ip in ipam: invalid_argument: prefix {prefix} has childprefixes, acquire ip not possible"
    )))
}

/// The lowest free number of a span.
fn lowest_between(
    world: &World,
    network: &Network,
    prefix: &IpNet,
    (mut from, last): (u128, u128),
    taken: &BTreeSet<IpAddr>,
) -> Option<u128> {
    let family = Family::of(prefix);
    loop {
        let gap = world.occupancy(&network.id, |used| used.first_gap(prefix, from, last))?;
        let address = block::address(family, gap)?;
        // An address has one row, so an address that another network has is not free either.
        let has_row = |id: String| world.addresses.contains(&id) || world.quarantined.contains(&id);
        if !taken.contains(&address) && !has_row(address.to_string()) {
            return Some(gap);
        }
        from = gap.checked_add(1).filter(|next| *next <= last)?;
    }
}

/// The lowest free number of a pool. The contract promises no order (api-resources 2.8).
pub fn number(world: &World, pool: Pool) -> Result<u32, Refusal> {
    let none = || Refusal::internal("Internal acquisition of a value failed for exhausted pool");
    world.numbers(|used| used.first_gap(pool, 1, NUMBER_MAX)).ok_or_else(none)
}

#[cfg(test)]
mod tests;
