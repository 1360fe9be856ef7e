//! Picks of "any free one": the lowest address of a network, the lowest number of a pool.
//!
//! Rows whose write waits for its commit are passed over: the indexes have them as taken.

use super::record::{NUMBER_MAX, Pool};
use super::{block, children};
use crate::network::{Family, Network};
use crate::refusal::Refusal;
use crate::world::World;
use ipnet::IpNet;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// The lowest free address of a family and the prefix of the network that it comes from.
pub fn lowest(world: &World, network: &Network, family: Family) -> Result<(IpAddr, IpNet), Refusal> {
    lowest_except(world, network, family, &BTreeSet::new())
}

/// [`lowest`] for several picks inside one decision: `taken` are the ones already picked. The prefixes of the family
/// are tried in stored order; the first with a free address wins (api-resources 3.2). The prefix is given as the
/// network has it, host bits included.
pub fn lowest_except(
    world: &World,
    network: &Network,
    family: Family,
    taken: &BTreeSet<IpAddr>,
) -> Result<(IpAddr, IpNet), Refusal> {
    let of_family = network.prefixes.iter().filter(|prefix| Family::of(prefix) == family);
    for prefix in of_family {
        refuse_children(world, network, prefix)?;
        if let Some(address) = lowest_in(world, network, prefix, taken) {
            return Ok((address, *prefix));
        }
    }
    Err(Refusal::internal("Internal cannot allocate free ip in ipam, no ips left"))
}

/// A prefix gives single addresses or child prefixes, never both (api-resources 3.2, row 13).
pub(super) fn refuse_children(world: &World, network: &Network, prefix: &IpNet) -> Result<(), Refusal> {
    if children::count(world, network, prefix) == 0 {
        return Ok(());
    }
    let prefix = prefix.trunc();
    Err(Refusal::unprocessable(format!(
        "cannot allocate ip in ipam: invalid_argument: prefix {prefix} has childprefixes, acquire ip not possible"
    )))
}

fn lowest_in(world: &World, network: &Network, prefix: &IpNet, taken: &BTreeSet<IpAddr>) -> Option<IpAddr> {
    let family = Family::of(prefix);
    let (mut from, last) = block::usable(prefix)?;
    loop {
        let gap = world.occupancy(&network.id, |used| used.first_gap(prefix, from, last))?;
        let address = block::address(family, gap)?;
        // An address has one row, so one that another network got hold of is not free either.
        if !taken.contains(&address) && !world.addresses.contains(&address.to_string()) {
            return Some(address);
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
mod tests {
    use super::super::record::{Claim, ClaimOwner};
    use super::super::stage;
    use super::*;
    use crate::store::{Generation, Key, Kind};
    use std::sync::Arc;

    fn pick(world: &World, family: Family) -> Result<String, String> {
        let network = world.networks.get("n").unwrap();
        let picked = lowest(world, &network, family);
        picked.map(|(address, prefix)| format!("{address} of {prefix}")).map_err(|refusal| refusal.message)
    }

    #[test]
    fn the_lowest_free_address_of_the_first_prefix_that_has_one() {
        let prefixes = ["10.0.0.9/30", "2001:db8::/126", "10.0.1.0/31", "10.0.2.0/30"];
        let world = stage::world(&[stage::network("n", &prefixes)]);
        assert_eq!(pick(&world, Family::IPv4).unwrap(), "10.0.0.9 of 10.0.0.9/30");
        stage::occupy(&world, "n", &["10.0.0.9"]);
        assert_eq!(pick(&world, Family::IPv4).unwrap(), "10.0.0.10 of 10.0.0.9/30");
        stage::occupy(&world, "n", &["10.0.0.10"]);
        assert_eq!(pick(&world, Family::IPv4).unwrap(), "10.0.2.1 of 10.0.2.0/30");
        world.forget::<super::super::Address>("10.0.0.9");
        assert_eq!(pick(&world, Family::IPv4).unwrap(), "10.0.0.9 of 10.0.0.9/30");
        stage::occupy(&world, "n", &["2001:db8::1", "2001:db8::2", "2001:db8::3"]);
        let none = "Internal cannot allocate free ip in ipam, no ips left";
        assert_eq!(pick(&world, Family::IPv6).unwrap_err(), none);
    }

    #[test]
    fn rows_in_flight_and_picks_of_the_same_decision_are_passed_over() {
        let world = Arc::new(stage::world(&[stage::network("n", &["10.0.0.0/29"])]));
        stage::occupy(&world, "n", &["10.0.0.2"]);
        let key = Key::new(Kind::Address, "10.0.0.1");
        let held = world.hold_rows([&key]);
        let network = world.networks.get("n").unwrap();
        let taken = BTreeSet::from(["10.0.0.3".parse().unwrap()]);
        let (address, _) = lowest_except(&world, &network, Family::IPv4, &taken).unwrap();
        assert_eq!(address.to_string(), "10.0.0.4");
        drop(held);
        assert_eq!(pick(&world, Family::IPv4).unwrap(), "10.0.0.1 of 10.0.0.0/29");
    }

    /// The id of an address is its text, whatever network holds it.
    #[test]
    fn an_address_that_another_network_holds_is_passed_over() {
        let world =
            stage::world(&[stage::network("n", &["10.0.0.0/29"]), stage::network("m", &["10.0.0.0/29"])]);
        stage::occupy(&world, "m", &["10.0.0.1"]);
        assert_eq!(pick(&world, Family::IPv4).unwrap(), "10.0.0.2 of 10.0.0.0/29");
    }

    #[test]
    fn the_lowest_free_number() {
        let world = Arc::new(World::default());
        let owner = ClaimOwner::Network("n".into());
        for number in [1, 2, 4] {
            world.insert(Generation(1), Claim { pool: Pool::Vrf, number, owners: vec![owner.clone()] });
        }
        assert_eq!(number(&world, Pool::Asn).unwrap(), 1);
        assert_eq!(number(&world, Pool::Vrf).unwrap(), 3);
        let held = world.hold_rows([&Key::new(Kind::Claim, "vrf/000003")]);
        assert_eq!(number(&world, Pool::Vrf).unwrap(), 5);
        drop(held);
        assert_eq!(number(&world, Pool::Vrf).unwrap(), 3);
        world.forget::<Claim>("vrf/000001");
        assert_eq!(number(&world, Pool::Vrf).unwrap(), 1);
    }

    #[test]
    fn an_exhausted_pool_says_so() {
        let world = World::default();
        world.numbers_change(|used| (1..=NUMBER_MAX).for_each(|number| used.insert(Pool::Asn, number)));
        let refusal = number(&world, Pool::Asn).unwrap_err();
        assert_eq!(refusal, Refusal::internal("Internal acquisition of a value failed for exhausted pool"));
    }
}
