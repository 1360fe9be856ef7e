//! Random lives of super networks, children and addresses of every prefix length, in address spaces that no set could
//! list: against a model that knows only what was given, with a restart from the rows of a store in the midst.

use super::{allocate, create, free, with_super};
use crate::addressing::{Family, block};
use crate::index::cover::cover;
use crate::ipam::AddressCommand;
use crate::ipam::fixture::Fixture;
use crate::store::memory::MemoryStore;
use crate::store::{Kind, Put, Store, Transaction};
use crate::world::World;
use ipnet::IpNet;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

/// What was given: children of the super network `s` by id, addresses by the network they are of.
#[derive(Default)]
struct Model {
    /// The prefix of `s`; a prefix of one address cannot be cut.
    whole: Option<IpNet>,
    /// The prefix of the network `e`, of the same length, next to it; a whole address space has none next to it.
    external: Option<IpNet>,
    children: BTreeMap<String, IpNet>,
    addresses: BTreeMap<String, BTreeSet<u128>>,
}

impl Model {
    fn cover(&self, whole: IpNet) -> Vec<IpNet> {
        cover(whole, &self.children.values().copied().collect::<Vec<_>>())
    }

    /// The smallest free block that is large enough, the lowest among equals, cut to the length.
    fn best_fit(&self, whole: IpNet, length: u8) -> Option<IpNet> {
        let mut blocks = self.cover(whole);
        blocks.retain(|block| block.prefix_len() <= length && length > whole.prefix_len());
        blocks.sort_by_key(|block| (std::cmp::Reverse(block.prefix_len()), block.addr()));
        blocks.first().map(|block| IpNet::new(block.addr(), length).unwrap())
    }

    fn held(&self, network: &str) -> impl Iterator<Item = &u128> {
        self.addresses.get(network).into_iter().flatten()
    }

    fn lowest(&self, network: &str, prefix: &IpNet) -> Option<u128> {
        let (first, last) = block::usable(prefix)?;
        let held: BTreeSet<_> = self.held(network).collect();
        (first..=last).find(|number| !held.contains(number))
    }

    /// The networks that give addresses, and their prefixes.
    fn networks(&self) -> BTreeMap<String, IpNet> {
        let external = self.external.map(|prefix| ("e".to_owned(), prefix));
        self.children.clone().into_iter().chain(external).collect()
    }
}

fn take(fixture: &mut Fixture, network: &str, specific: Option<IpAddr>) -> Option<u128> {
    let request = json!({"networkid": network, "projectid": "a", "specific": specific});
    let command = AddressCommand::Allocate(serde_json::from_value(request).unwrap());
    fixture.address(&command).ok().map(|address| block::number(address.address))
}

/// One request to both; whether it was granted.
fn step(fixture: &mut Fixture, model: &mut Model, rng: &mut ChaCha8Rng) -> bool {
    let networks = model.networks();
    let some = networks.iter().nth(rng.random_range(0..=networks.len()));
    let cuts = some.is_none() || rng.random_bool(0.2);
    match (model.whole.filter(|_| cuts), some) {
        (Some(whole), _) => cut(fixture, model, whole, rng),
        (None, Some((network, prefix))) => ask(fixture, model, (network, *prefix), rng),
        (None, None) => false,
    }
}

fn cut(fixture: &mut Fixture, model: &mut Model, whole: IpNet, rng: &mut ChaCha8Rng) -> bool {
    let family = Family::of(&whole);
    let (own, width) = (whole.prefix_len(), block::width(family));
    let most = if rng.random_bool(0.7) { width.min(own + 5) } else { width };
    let length = rng.random_range(own..=most);
    let wanted = model.best_fit(whole, length);
    let request = json!({"projectid": "a", "partitionid": "p1", "length": {family.as_str(): length}});
    let got = allocate(fixture, request).ok();
    assert_eq!(got.as_ref().map(|network| network.prefixes[0]), wanted, "{whole}: /{length}");
    model.children.extend(got.map(|network| (network.id.0, network.prefixes[0])));
    wanted.is_some()
}

fn ask(fixture: &mut Fixture, model: &mut Model, of: (&str, IpNet), rng: &mut ChaCha8Rng) -> bool {
    let (network, prefix) = of;
    let family = Family::of(&prefix);
    match rng.random_range(0..7) {
        0 if network != "e" => {
            let unused = model.held(network).next().is_none();
            assert_eq!(free(fixture, network).is_ok(), unused, "free {prefix}");
            if unused {
                model.children.remove(network);
            }
            unused
        }
        0..3 => {
            let wanted = model.lowest(network, &prefix);
            assert_eq!(take(fixture, network, None), wanted, "{prefix}");
            model.addresses.entry(network.to_owned()).or_default().extend(wanted);
            wanted.is_some()
        }
        3 | 4 => {
            let (first, last) = block::bounds(&prefix);
            let near = (last - first).min(rng.random_range(0..6));
            let number = if rng.random_bool(0.5) { first + near } else { last - near };
            let usable = block::usable(&prefix).is_some_and(|(low, high)| (low..=high).contains(&number));
            let free = usable && !model.held(network).any(|held| *held == number);
            let got = take(fixture, network, block::address(family, number));
            assert_eq!(got, free.then_some(number), "{prefix}");
            model.addresses.entry(network.to_owned()).or_default().extend(got);
            free
        }
        _ => {
            let Some(number) = model.held(network).next().copied() else { return false };
            let id = block::address(family, number).unwrap().to_string();
            fixture.address(&AddressCommand::Free(id)).unwrap();
            model.addresses.entry(network.to_owned()).or_default().remove(&number)
        }
    }
}

fn check(fixture: &Fixture, model: &Model) {
    if let Some(whole) = model.whole {
        let free = fixture.world.registry(|registry| {
            registry.cut(&"s".into()).and_then(|cut| Some(cut.space(&whole)?.free.lowest(usize::MAX)))
        });
        assert_eq!(free.unwrap(), model.cover(whole), "{whole}");
    }
    for (network, prefix) in model.networks() {
        let counted = fixture.world.occupancy(&network.as_str().into(), |used| used.count(&prefix));
        assert_eq!(counted, model.held(&network).count() as u128, "{prefix} of {network}");
    }
    assert_eq!(fixture.world.unlike(), [], "{:?} {:?}", model.whole, model.external);
}

/// A world of the rows as a store returns them, in any order.
fn restarted(world: &World, rng: &mut ChaCha8Rng) -> World {
    let store = MemoryStore::default();
    let kinds = [Kind::Project, Kind::Partition, Kind::Network, Kind::Address, Kind::Claim];
    let rows = kinds.into_iter().flat_map(|kind| world.rows(kind, None, usize::MAX));
    let puts = rows.map(|row| Put { row, expected: None }).collect();
    let wait = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let again = World::default();
    wait.block_on(async {
        store.commit(Transaction { puts, ..Transaction::default() }).await.unwrap();
        let mut rows = Vec::new();
        for kind in kinds {
            rows.extend(store.rows(kind, None, 1000).await.unwrap());
        }
        rows.shuffle(rng);
        rows.iter().for_each(|row| again.load(&row.key, Some(row)).unwrap());
    });
    again
}

/// Number of successful requests.
fn live(prefix: IpNet, steps: usize) -> usize {
    let mut rng = ChaCha8Rng::seed_from_u64(u64::from(prefix.prefix_len()));
    let (family, length) = (Family::of(&prefix), prefix.prefix_len());
    let width = block::width(family);
    let (mut fixture, mut model) = (Fixture::new(), Model::default());
    if length < width {
        fixture = with_super(&[&prefix.to_string()], json!({family.as_str(): length + 1}));
        model.whole = Some(prefix);
    }
    if length > 0 {
        let beside = block::bounds(&prefix).0 ^ (1 << (width - length));
        let beside = IpNet::new(block::address(family, beside).unwrap(), length).unwrap();
        let request = json!({"id": "e", "partitionid": "p1", "prefixes": [beside.to_string()]});
        create(&mut fixture, request).unwrap();
        model.external = Some(beside);
    }
    let mut granted = 0;
    for number in 0..steps {
        granted += usize::from(step(&mut fixture, &mut model, &mut rng));
        if number == steps / 2 {
            fixture.world = Arc::new(restarted(&fixture.world, &mut rng));
        }
        check(&fixture, &model);
    }
    granted
}

#[test]
fn networks_of_every_length_are_what_the_model_says() {
    let v4 = (0..=32).map(|length| (IpNet::new([10, 77, 3, 129].into(), length).unwrap(), 80));
    let v6 = (0..=128).map(|length| (IpNet::new([0x2001; 8].into(), length).unwrap(), 32));
    for (prefix, steps) in v4.chain(v6) {
        let granted = live(prefix.trunc(), steps);
        let host_bits = block::width(Family::of(&prefix)) - prefix.prefix_len();
        // A prefix of one address can neither be cut nor allocate it, and small prefixes have few addresses.
        let least = match host_bits {
            0 => 0,
            1..4 => 2,
            _ => steps / 8,
        };
        assert!(granted >= least, "{prefix}: only {granted} of {steps} were granted");
    }
}
