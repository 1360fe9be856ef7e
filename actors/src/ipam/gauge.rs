//! How full a network is, for operators: exact, by its policy, with quarantined addresses counted separately.
//! [`super::usage`] has the contract's counters.

use super::children;
use crate::addressing::{Family, block};
use crate::record::network::Network;
use crate::world::World;
use ipnet::IpNet;
use serde::Serialize;

/// Maximum of free runs to examine for the longest one; beyond it, the longest so far is reported.
const STRETCHES_MAX: usize = 10_000;

/// One family of a network. Counts are in addresses, also for networks with child prefixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Gauge {
    pub family: Family,
    /// Addresses that can be allocated.
    pub size: u128,
    /// Allocated, in quarantine, or part of a child prefix; including addresses allocated against the policy.
    pub used: u128,
    /// The used ones in quarantine.
    pub quarantined: u128,
    /// Length of the longest free run; for a network with child prefixes, of the largest free block.
    pub largest_free: u128,
}

impl Gauge {
    /// From 0 to 100; a pool without any addresses is full.
    pub fn percent(&self) -> u8 {
        let used = self.used.min(self.size);
        if self.size == 0 {
            return 100;
        }
        // Large pools are measured in parts, to avoid an overflow of the product.
        let percent = match used.checked_mul(100) {
            Some(product) => product / self.size,
            None => used / (self.size / 100),
        };
        u8::try_from(percent).unwrap_or(100).min(100)
    }
}

/// The families of a network, IPv4 first. `quarantined` counts the quarantined addresses of a family.
pub fn read(world: &World, network: &Network, quarantined: impl Fn(Family) -> u128) -> Vec<Gauge> {
    let families = [Family::IPv4, Family::IPv6];
    let gauges = families.into_iter().filter_map(|family| {
        let prefixes = network.prefixes.iter().filter(|prefix| Family::of(prefix) == family);
        let parts: Vec<Part> = prefixes.map(|prefix| part(world, network, prefix)).collect();
        let sum = |count: fn(&Part) -> u128| parts.iter().map(count).fold(0, u128::saturating_add);
        (!parts.is_empty()).then(|| Gauge {
            family,
            size: sum(|part| part.size),
            used: sum(|part| part.used),
            quarantined: quarantined(family),
            largest_free: parts.iter().map(|part| part.largest_free).max().unwrap_or(0),
        })
    });
    gauges.collect()
}

struct Part {
    size: u128,
    used: u128,
    largest_free: u128,
}

fn part(world: &World, network: &Network, prefix: &IpNet) -> Part {
    let cut = children::space(world, network, prefix, |space| {
        space.filter(|space| space.children > 0).map(|space| {
            let width = block::width(Family::of(prefix));
            let addresses = |length: u8| 1_u128.checked_shl((width - length).into()).unwrap_or(u128::MAX);
            let largest = (prefix.prefix_len()..=width).find(|length| space.free.best_fit(*length).is_some());
            let size = addresses(prefix.prefix_len());
            Part {
                size,
                // Space smaller than a /30 or /126 counts as used.
                used: size.saturating_sub(space.free.units().saturating_mul(4)),
                largest_free: largest.map_or(0, addresses),
            }
        })
    });
    cut.unwrap_or_else(|| {
        let spans = network.pool.spans(prefix);
        world.occupancy(&network.id, |used| Part {
            size: spans
                .iter()
                .map(|(first, last)| (last - first).saturating_add(1))
                .fold(0, u128::saturating_add),
            used: used.count(prefix),
            largest_free: spans
                .iter()
                .map(|(first, last)| used.longest_gap(prefix, *first, *last, STRETCHES_MAX))
                .max()
                .unwrap_or(0),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;
    use crate::record::network::{AddressRange, PoolPolicy};

    fn gauge(network: &Network, children: &[Network], addresses: &[&str]) -> Gauge {
        let world = fixture::world(children);
        world.insert(crate::store::Generation(1), network.clone());
        fixture::occupy(&world, &network.id.0, addresses);
        *read(&world, network, |_| 0).first().unwrap()
    }

    fn counts(gauge: Gauge) -> (u128, u128, u128, u8) {
        (gauge.size, gauge.used, gauge.largest_free, gauge.percent())
    }

    #[test]
    fn addresses_are_counted_as_the_policy_gives_them() {
        let network = fixture::network("n", &["10.0.0.0/28"]);
        assert_eq!(counts(gauge(&network, &[], &[])), (14, 0, 14, 0));
        assert_eq!(counts(gauge(&network, &[], &["10.0.0.1", "10.0.0.5"])), (14, 2, 9, 14));
        let excluded = AddressRange::new("10.0.0.9".parse().unwrap(), "10.0.0.10".parse().unwrap()).unwrap();
        let pool = PoolPolicy { excluded: vec![excluded], ..PoolPolicy::default() };
        let network = Network { pool, ..network };
        assert_eq!(counts(gauge(&network, &[], &["10.0.0.5"])), (12, 1, 4, 8));
        let all: Vec<String> = (1..=14).map(|host| format!("10.0.0.{host}")).collect();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        assert_eq!(counts(gauge(&network, &[], &all)), (12, 14, 0, 100), "given before they were excluded");
    }

    #[test]
    fn child_prefixes_are_counted_by_their_addresses() {
        let network = fixture::super_network("s", &["10.0.0.0/16"]);
        let child = |id: &str, prefix: &str| fixture::child(id, "s", &[prefix]);
        let children = [child("a", "10.0.0.0/18"), child("b", "10.0.128.0/17")];
        assert_eq!(counts(gauge(&network, &children, &[])), (65_536, 49_152, 16_384, 75));
    }

    #[test]
    fn the_largest_space_does_not_overflow() {
        let network = fixture::network("n", &["::/0"]);
        let empty = gauge(&network, &[], &["::1"]);
        assert_eq!((empty.size, empty.used, empty.percent()), (u128::MAX, 1, 0));
        let full = Gauge { used: u128::MAX, ..empty };
        assert_eq!(full.percent(), 100);
        assert_eq!(Gauge { size: 0, ..empty }.percent(), 100, "a /31 has nothing to give");
    }
}
