use super::super::fixture;
use super::*;
use crate::record::Record;
use crate::record::ipam::{Address, Claim, ClaimOwner};
use crate::record::network::{AddressRange, PoolPolicy, Usable};
use crate::store::{Generation, Key, Kind};
use crate::world::{LockSet, Pending};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

fn pick(world: &World, family: Family) -> Result<String, String> {
    let network = world.networks.get("n").unwrap();
    let picked = lowest(world, &network, family);
    picked.map(|(address, prefix)| format!("{address} of {prefix}")).map_err(|refusal| refusal.message)
}

#[test]
fn the_lowest_free_address_of_the_first_prefix_that_has_one() {
    let prefixes = ["10.0.0.9/30", "2001:db8::/126", "10.0.1.0/31", "10.0.2.0/30"];
    let world = fixture::world(&[fixture::network("n", &prefixes)]);
    assert_eq!(pick(&world, Family::IPv4).unwrap(), "10.0.0.9 of 10.0.0.9/30");
    fixture::occupy(&world, "n", &["10.0.0.9"]);
    assert_eq!(pick(&world, Family::IPv4).unwrap(), "10.0.0.10 of 10.0.0.9/30");
    fixture::occupy(&world, "n", &["10.0.0.10"]);
    assert_eq!(pick(&world, Family::IPv4).unwrap(), "10.0.2.1 of 10.0.2.0/30");
    world.forget::<Address>("10.0.0.9");
    assert_eq!(pick(&world, Family::IPv4).unwrap(), "10.0.0.9 of 10.0.0.9/30");
    fixture::occupy(&world, "n", &["2001:db8::1", "2001:db8::2", "2001:db8::3"]);
    let none = "Internal cannot allocate free ip in ipam, no ips left";
    assert_eq!(pick(&world, Family::IPv6).unwrap_err(), none);
}

#[test]
fn rows_in_flight_and_picks_of_the_same_decision_are_passed_over() {
    let world = Arc::new(fixture::world(&[fixture::network("n", &["10.0.0.0/29"])]));
    fixture::occupy(&world, "n", &["10.0.0.2"]);
    let key = Key::new(Kind::Address, "10.0.0.1");
    let guard = world.hold_rows([&key]);
    let network = world.networks.get("n").unwrap();
    let taken = BTreeSet::from(["10.0.0.3".parse().unwrap()]);
    let (address, _) = lowest_except(&world, &network, Family::IPv4, &taken).unwrap();
    assert_eq!(address.to_string(), "10.0.0.4");
    drop(guard);
    assert_eq!(pick(&world, Family::IPv4).unwrap(), "10.0.0.1 of 10.0.0.0/29");
}

/// The id of an address is its text, in every network.
#[test]
fn an_address_that_another_network_holds_is_passed_over() {
    let world =
        fixture::world(&[fixture::network("n", &["10.0.0.0/29"]), fixture::network("m", &["10.0.0.0/29"])]);
    fixture::occupy(&world, "m", &["10.0.0.1"]);
    assert_eq!(pick(&world, Family::IPv4).unwrap(), "10.0.0.2 of 10.0.0.0/29");
}

fn with(pool: PoolPolicy) -> Arc<World> {
    Arc::new(fixture::world(&[Network { pool, ..fixture::network("n", &["10.0.0.0/29", "10.0.1.0/31"]) }]))
}

/// Picks, holds and commits.
fn take(world: &Arc<World>, seed: u64) -> String {
    let network = world.networks.get("n").unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (address, _) = any(world, &network, Family::IPv4, &BTreeSet::new(), &mut rng).unwrap();
    let new = fixture::address(&network, &address.to_string());
    let pending = Some(Arc::new(new.clone()) as Pending);
    let guard = world.hold(LockSet { alone: vec![(new.key(), pending)], shared: Vec::new() });
    world.insert(Generation(1), new);
    drop(guard.unwrap());
    address.to_string()
}

#[test]
fn the_policy_says_which_addresses_are_given() {
    let range = AddressRange::new("10.0.0.5".parse().unwrap(), "10.0.0.6".parse().unwrap()).unwrap();
    let excluded = vec![AddressRange::new("10.0.0.6".parse().unwrap(), "10.0.0.9".parse().unwrap()).unwrap()];
    let world = with(PoolPolicy { ranges: vec![range], excluded, ..PoolPolicy::default() });
    assert_eq!(take(&world, 1), "10.0.0.5");
    assert!(pick(&world, Family::IPv4).is_err(), "there are free ones, but none that may be given");
    let world = with(PoolPolicy { usable: Usable::PointToPoint, ..PoolPolicy::default() });
    fixture::occupy(&world, "n", &["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5", "10.0.0.6"]);
    assert_eq!((take(&world, 1), take(&world, 1)), ("10.0.1.0".to_owned(), "10.0.1.1".to_owned()));
}

/// Ids sort as texts, 10 before 9.
#[test]
fn rotating_goes_on_after_the_last_of_several() {
    let pool = PoolPolicy { strategy: Strategy::Rotating, ..PoolPolicy::default() };
    let network = Network { pool, ..fixture::network("n", &["10.0.0.8/29"]) };
    let world = Arc::new(fixture::world(std::slice::from_ref(&network)));
    let (mut taken, mut alone, mut rng) = (BTreeSet::new(), Vec::new(), ChaCha8Rng::seed_from_u64(1));
    for _ in 0..3 {
        let (address, _) = any(&world, &network, Family::IPv4, &taken, &mut rng).unwrap();
        taken.insert(address);
        let new = fixture::address(&network, &address.to_string());
        alone.push((new.key(), Some(Arc::new(new) as Pending)));
    }
    // The commits fail: the addresses are free again, and others are allocated meanwhile.
    drop(world.hold(LockSet { alone, shared: Vec::new() }).unwrap());
    assert_eq!(take(&world, 1), "10.0.0.12");
}

#[test]
fn rotating_lets_an_address_rest() {
    let world = with(PoolPolicy { strategy: Strategy::Rotating, ..PoolPolicy::default() });
    let given: Vec<String> = (0..7)
        .map(|_| {
            let address = take(&world, 1);
            world.forget::<Address>(&address);
            address
        })
        .collect();
    let last = given.iter().map(|address| &address[7..]).collect::<String>();
    assert_eq!(last, "1234561", "although the first was free all the time");
    world.forget::<Network>("n");
    world.insert(
        Generation(1),
        Network {
            pool: PoolPolicy { strategy: Strategy::Rotating, ..PoolPolicy::default() },
            ..fixture::network("n", &["10.0.0.0/29"])
        },
    );
    assert_eq!(take(&world, 1), "10.0.0.1", "a network that is created again starts from the beginning");
}

#[test]
fn random_comes_from_the_seed() {
    let pool = PoolPolicy { strategy: Strategy::Random, ..PoolPolicy::default() };
    let given = |seed| take(&with(pool.clone()), seed);
    assert_eq!(given(5), given(5));
    assert!((0..50).map(given).collect::<BTreeSet<_>>().len() > 4);
    let world = with(pool.clone());
    let all: BTreeSet<String> = (0..6).map(|seed| take(&world, seed)).collect();
    assert_eq!(all.len(), 6, "none is given twice");
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
    let guard = world.hold_rows([&Key::new(Kind::Claim, "vrf/000003")]);
    assert_eq!(number(&world, Pool::Vrf).unwrap(), 5);
    drop(guard);
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
