//! The invariants of api-resources 4 after every step of random lives of networks and addresses.

use super::super::{Network, NetworkType};
use super::{address, allocate, create, delete, free, update};
use crate::addressing::block;
use crate::ipam::fixture::Fixture;
use crate::ipam::usage::consumption;
use crate::ipam::{AddressCommand, ClaimOwner, children};
use ipnet::IpNet;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// Few and small prefixes, so that requests often collide. Refusals are not checked.
fn step(fixture: &mut Fixture, rng: &mut ChaCha8Rng) -> bool {
    let ids: Vec<String> = fixture.world.networks.all().iter().map(|network| network.id.0.clone()).collect();
    let any = |rng: &mut ChaCha8Rng| ids.get(rng.random_range(0..=ids.len())).cloned().unwrap_or_default();
    let prefix = |rng: &mut ChaCha8Rng| {
        format!("10.0.{}.{}/{}", rng.random_range(0..2), rng.random_range(0..256), rng.random_range(24..29))
    };
    let partition = if rng.random_bool(0.5) { "p1" } else { "p2" };
    match rng.random_range(0..8) {
        0 => {
            let request = json!({"prefixes": [prefix(rng), prefix(rng)], "partitionid": partition,
                "vrf": rng.random_range(0..4), "vrfshared": rng.random_bool(0.5)});
            create(fixture, request).is_ok()
        }
        1 => {
            let request = json!({"prefixes": [prefix(rng)], "partitionid": partition, "privatesuper": true,
                "defaultchildprefixlength": {"IPv4": rng.random_range(29..31)}});
            create(fixture, request).is_ok()
        }
        2 | 3 => allocate(fixture, json!({"projectid": "a", "partitionid": partition})).is_ok(),
        4 => address(fixture, &any(rng)).is_ok(),
        5 => {
            let addresses = fixture.world.addresses.all();
            let Some(address) = addresses.get(rng.random_range(0..=addresses.len())) else { return false };
            fixture.address(&AddressCommand::Free(address.address.to_string())).is_ok()
        }
        6 => update(fixture, json!({"id": any(rng), "prefixes": [prefix(rng), prefix(rng)]}), true).is_ok(),
        _ if rng.random_bool(0.5) => free(fixture, &any(rng)).is_ok(),
        _ => delete(fixture, &any(rng)).is_ok(),
    }
}

fn check(fixture: &Fixture) {
    let networks = fixture.world.networks.all();
    let mut vrfs: BTreeMap<u32, usize> = BTreeMap::new();
    for network in &networks {
        if network.vrf != 0 {
            *vrfs.entry(network.vrf).or_default() += 1;
        }
        if let Some(parent) = &network.parent {
            let parent =
                fixture.world.networks.get(parent.as_str()).expect("a child outlives no super network");
            assert_eq!(parent.network_type, NetworkType::Super);
        }
        for other in networks.iter().filter(|other| other.id != network.id) {
            apart(network, other);
        }
        let own = fixture.world.addresses.filter(|address| address.network == network.id).len() as u64;
        let reserved: u64 = network.prefixes.iter().map(block::reserved).sum();
        // An update may give a child additional prefixes, outside of the super network.
        let children = networks.iter().filter(|other| other.parent.as_ref() == Some(&network.id));
        let cut = children.flat_map(|child| &child.prefixes).filter(|own| within(own, network)).count();
        let usage = consumption(&fixture.world, network).ipv4.unwrap();
        assert_eq!((usage.used_ips, usage.used_prefixes), (own + reserved, cut as u64));
        for prefix in &network.prefixes {
            let single = fixture.world.occupancy(&network.id, |used| used.count(prefix));
            let cut = children::count(&fixture.world, network, prefix);
            assert!(single == 0 || cut == 0, "{prefix} gives addresses and children");
        }
    }
    let claims = fixture.world.claims.all();
    let held: BTreeMap<u32, usize> = claims.iter().map(|claim| (claim.number, claim.owners.len())).collect();
    assert_eq!(held, vrfs);
    let owners: BTreeSet<String> = claims.iter().flat_map(|claim| &claim.owners).map(named).collect();
    assert!(owners.iter().all(|id| fixture.world.networks.contains(id)));
    for address in fixture.world.addresses.all() {
        let network =
            fixture.world.networks.get(address.network.as_str()).expect("a network with addresses stays");
        assert!(
            network.prefixes.contains(&address.parent_prefix)
                && address.parent_prefix.contains(&address.address)
        );
        let (first, last) = block::usable(&address.parent_prefix).unwrap();
        assert!((first..=last).contains(&block::number(address.address)));
    }
}

fn named(owner: &ClaimOwner) -> String {
    match owner {
        ClaimOwner::Network(id) => id.0.clone(),
        other @ ClaimOwner::Allocation { .. } => panic!("{other:?} holds no VRF"),
    }
}

/// No two overlap, but for a child inside its own super network.
fn apart(network: &Network, other: &Network) {
    for a in &network.prefixes {
        for b in other.prefixes.iter().filter(|b| block::overlap(a, b)) {
            let child = network.parent.as_ref() == Some(&other.id) && b.contains(a);
            let parent = other.parent.as_ref() == Some(&network.id) && a.contains(b);
            assert!(child || parent, "{network:?} overlaps {other:?}");
        }
    }
}

fn within(own: &IpNet, network: &Network) -> bool {
    network.prefixes.iter().any(|prefix| prefix.contains(own))
}

#[test]
fn invariants_hold_at_every_step() {
    for seed in 0..20 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut fixture = Fixture::new();
        let mut done = 0;
        for _ in 0..300 {
            done += u32::from(step(&mut fixture, &mut rng));
            check(&fixture);
        }
        assert!(done > 50, "seed {seed}: only {done} requests were granted");
    }
}
