//! Queries: prefixes, their usage, and the namespaces. Changes nothing.

use super::{names, prefixes, refuse};
use crate::addressing::{Family, block};
use crate::ids::NamespaceId;
use crate::record::namespace::Prefix;
use crate::refusal::Refusal;
use crate::world::World;
use ipnet::IpNet;

/// The contract's cap of counters.
const COUNT_MAX: u64 = 2_147_483_647;

/// Maximum of named free blocks: a megabyte of text. The counters count all of them.
const FREE_BLOCKS_MAX: usize = 1 << 16;

/// Minimal host bits of a named free block.
const NAMED_HOST_BITS_MIN: u8 = 2;

/// How full a prefix is (ipam 1.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrefixUsage {
    /// All addresses, used or not.
    pub available_ips: u64,
    /// Allocated and reserved ones.
    pub acquired_ips: u64,
    /// Free units of four addresses.
    pub available_smallest_prefixes: u64,
    /// Free blocks of at least four addresses, ascending.
    pub available_prefixes: Vec<IpNet>,
    /// Children.
    pub acquired_prefixes: u64,
}

/// The prefix with this text; host bits are ignored.
pub fn prefix(world: &World, namespace: &NamespaceId, text: &str) -> Result<Prefix, Refusal> {
    let cidr = refuse::known_cidr(text)?;
    let visible = names::is_visible(world, namespace)?;
    let found = prefixes::find(world, namespace, &cidr).filter(|_| visible);
    found.map(|read| Prefix::clone(&read)).ok_or_else(|| refuse::no_prefix(text))
}

/// All prefixes, each with its parent.
pub fn prefixes(world: &World, namespace: &NamespaceId) -> Result<Vec<(IpNet, Option<IpNet>)>, Refusal> {
    if !names::is_visible(world, namespace)? {
        return Ok(Vec::new());
    }
    let all = |space: &crate::index::namespace::Space| {
        space.prefixes().map(|(cidr, standing)| (*cidr, standing.parent)).collect()
    };
    Ok(world.spaces(namespace, all))
}

pub fn usage(world: &World, namespace: &NamespaceId, text: &str) -> Result<PrefixUsage, Refusal> {
    let cidr = prefix(world, namespace, text)?.cidr;
    let host_bits = |block: &IpNet| block::width(Family::of(block)) - block.prefix_len();
    let total = 1_u64.checked_shl(host_bits(&cidr).into()).unwrap_or(COUNT_MAX);
    Ok(world.spaces(namespace, |space| {
        let (mut blocks, units) = space.free(&cidr, |free| (free.lowest(FREE_BLOCKS_MAX), free.units()));
        blocks.retain(|block| host_bits(block) >= NAMED_HOST_BITS_MIN);
        PrefixUsage {
            available_ips: total.min(COUNT_MAX),
            acquired_ips: space.used(&cidr).saturating_add(block::reserved(&cidr)),
            available_smallest_prefixes: u64::try_from(units).unwrap_or(u64::MAX).min(COUNT_MAX),
            available_prefixes: blocks,
            acquired_prefixes: u64::try_from(space.children(&cidr)).unwrap_or(u64::MAX),
        }
    }))
}

/// The names of all namespaces, ascending.
pub fn namespaces(world: &World) -> Vec<String> {
    names::all(world)
}
