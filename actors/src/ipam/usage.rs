//! How full a network is (api-resources 2.3), computed from rows and never stored.

use super::children;
use crate::addressing::{Family, block};
use crate::index::Buddy;
use crate::record::network::Network;
use crate::world::World;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// The contract's cap of counters.
const COUNT_MAX: u64 = 2_147_483_647;

/// Per family; `None` when the network has no prefix of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consumption {
    pub ipv4: Option<Usage>,
    pub ipv6: Option<Usage>,
}

/// Counters of the prefixes of one family, summed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// All addresses of the prefixes, used or not.
    pub available_ips: u64,
    /// Allocated and reserved ones.
    pub used_ips: u64,
    /// Free units of four addresses (/30, /126).
    pub available_prefixes: u64,
    /// Child prefixes.
    pub used_prefixes: u64,
}

/// The usage of a network of any kind. Cannot fail, so that one damaged network does not break a list.
pub fn consumption(world: &World, network: &Network) -> Consumption {
    let mut sum = Consumption::default();
    for prefix in &network.prefixes {
        let family = match Family::of(prefix) {
            Family::IPv4 => &mut sum.ipv4,
            Family::IPv6 => &mut sum.ipv6,
        };
        let usage = family.get_or_insert_default();
        let one = of_prefix(world, network, prefix);
        usage.available_ips = usage.available_ips.saturating_add(one.available_ips);
        usage.used_ips = usage.used_ips.saturating_add(one.used_ips);
        usage.available_prefixes = usage.available_prefixes.saturating_add(one.available_prefixes);
        usage.used_prefixes = usage.used_prefixes.saturating_add(one.used_prefixes);
    }
    sum
}

/// An address of the network in `prefix` that is used or being allocated.
pub fn first_used(world: &World, network: &Network, prefix: &IpNet) -> Option<IpAddr> {
    world.occupancy(&network.id, |used| used.first(prefix))
}

fn of_prefix(world: &World, network: &Network, prefix: &IpNet) -> Usage {
    let host_bits = block::width(Family::of(prefix)) - prefix.prefix_len();
    let used = world.occupancy(&network.id, |used| used.count(prefix));
    let (units, children) = children::space(world, network, prefix, |space| match space {
        Some(space) => (space.free.units(), space.children),
        None => (Buddy::new(prefix).units(), 0),
    });
    Usage {
        available_ips: if host_bits > 31 { COUNT_MAX } else { 1 << host_bits },
        used_ips: u64::try_from(used).unwrap_or(u64::MAX).saturating_add(block::reserved(prefix)),
        available_prefixes: u64::try_from(units).unwrap_or(u64::MAX).min(COUNT_MAX),
        used_prefixes: u64::try_from(children).unwrap_or(u64::MAX),
    }
}

#[cfg(test)]
mod tests;
