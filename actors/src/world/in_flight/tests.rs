use super::*;
use crate::addressing::Family;
use crate::ipam::{Pool, fixture, pick};
use crate::network::Network;
use crate::record::Record;
use crate::store::Generation;
use crate::world::{LockSet, RowGuard};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

fn network() -> Network {
    fixture::network("n", &["10.0.0.0/29", "10.0.1.0/29", "2001:db8::/125"])
}

fn hold(world: &Arc<World>, key: Key, pending: Option<Pending>) -> RowGuard {
    let locks = LockSet { alone: vec![(key, pending)], shared: Vec::new() };
    world.hold(locks).expect("no other caller holds it")
}

/// The lowest free address of each family, as a look at every row and every hold finds it.
fn expected(world: &World, family: Family) -> Option<IpAddr> {
    let network = network();
    let prefixes = network.prefixes.iter().filter(|prefix| Family::of(prefix) == family);
    let free = |address: &IpAddr| {
        let key = Key::new(Kind::Address, address.to_string());
        !world.addresses.contains(&key.id) && !world.in_flight(&key)
    };
    prefixes.flat_map(ipnet::IpNet::hosts).filter(usable).find(free)
}

/// `hosts` has the first address of an IPv6 prefix, too.
fn usable(address: &IpAddr) -> bool {
    address.is_ipv4() || *address != "2001:db8::".parse::<IpAddr>().unwrap()
}

/// Commits begin, succeed, fail and remove in any order. After each step, the next pick equals the result of a full
/// scan; an address whose removal waits for its commit is not free. A world that loads the rows again has the same
/// indexes.
#[test]
fn picks_pass_over_rows_and_commits_under_way() {
    for seed in 0..10 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let world = Arc::new(fixture::world(&[network()]));
        let mut guard: Vec<RowGuard> = Vec::new();
        for _ in 0..800 {
            let family = if rng.random_bool(0.5) { Family::IPv4 } else { Family::IPv6 };
            let picked = pick::lowest(&world, &network(), family).ok().map(|(address, _)| address);
            assert_eq!(picked, expected(&world, family), "seed {seed}");
            if !guard.is_empty() && (guard.len() > 9 || rng.random_bool(0.45)) {
                drop(guard.swap_remove(rng.random_range(0..guard.len())));
                continue;
            }
            let known = world.addresses.all();
            let row = known.get(rng.random_range(0..=known.len()));
            let row = row.filter(|row| !world.in_flight(&row.value.key()));
            match (row, picked) {
                (Some(row), _) if rng.random_bool(0.7) => {
                    guard.push(hold(&world, row.value.key(), None));
                    if rng.random_bool(0.6) {
                        world.forget::<Address>(&row.value.id());
                    }
                }
                (_, Some(address)) => {
                    let new = fixture::address(&network(), &address.to_string());
                    guard.push(hold(&world, new.key(), Some(Arc::new(new.clone()))));
                    if rng.random_bool(0.6) {
                        world.insert(Generation(1), new);
                    }
                }
                _ => {}
            }
        }
        drop(guard);
        let again = World::default();
        for address in world.addresses.all() {
            again.insert(address.generation, Address::clone(&address.value));
        }
        assert_eq!(*again.occupancy.read(), *world.occupancy.read());
    }
}

/// However many commits are under way, every pick gets its own, the lowest that is left.
#[test]
fn a_crowd_of_waiting_picks_takes_one_each() {
    let world = Arc::new(fixture::world(&[fixture::network("n", &["10.0.0.0/16"])]));
    let network = world.networks.get("n").unwrap();
    // Every second one is taken, so that pending ones are never adjacent.
    for number in (1..2048_u32).step_by(2) {
        let address = std::net::Ipv4Addr::from(0x0a00_0000 + number).to_string();
        fixture::occupy(&world, "n", &[&address]);
    }
    let mut guard = Vec::new();
    for number in 0..512_u32 {
        let (address, _) = pick::lowest(&world, &network, Family::IPv4).unwrap();
        assert_eq!(address, IpAddr::V4((0x0a00_0002 + 2 * number).into()));
        let new = fixture::address(&network, &address.to_string());
        guard.push(hold(&world, new.key(), Some(Arc::new(new))));
        let claimed = pick::number(&world, Pool::Vrf).unwrap();
        assert_eq!(claimed, number + 1);
        guard.push(hold(&world, Key::new(Kind::Claim, Claim::row_id(Pool::Vrf, claimed)), None));
    }
    drop(guard);
    let (address, _) = pick::lowest(&world, &network, Family::IPv4).unwrap();
    assert_eq!((address.to_string().as_str(), pick::number(&world, Pool::Vrf)), ("10.0.0.2", Ok(1)));
}
