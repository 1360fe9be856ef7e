//! The cost of finding free items: the indexes compared with a naive set of all free items, and whole decisions in
//! empty and full worlds, in the same run.
//!
//! `cargo bench -p actors --bench ipam`

#![expect(clippy::print_stdout, reason = "figures are for people")]

use actors::addressing::{Family, block};
use actors::answer::Answer;
use actors::decision::{Decided, DecisionContext, Principal, Role};
use actors::ids::NetworkId;
use actors::index::{Buddy, Taken};
use actors::ipam::{self, Address, AddressAllocate, AddressCommand, AddressType, Claim, ClaimOwner, Pool};
use actors::masterdata::{BootConfig, Meta, Partition, Project};
use actors::network::{self, Network, NetworkAllocate, NetworkCommand, NetworkCreate, NetworkType};
use actors::record::Record;
use actors::store::Generation;
use actors::time::Timestamp;
use actors::world::{Kept, LockSet, RowGuard, World};
use ipnet::IpNet;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use tokio::time::Instant;
use uuid::Uuid;

const ROUNDS: usize = 5;
const PAIRS: usize = 100_000;
const DECISIONS: usize = 2000;
const CHILDREN: usize = 60_000;
const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// Nanoseconds per call, over `count` calls; the median of several rounds.
fn measure(count: usize, mut one: impl FnMut(usize)) -> f64 {
    let mut figures: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let started = Instant::now();
            (0..count).for_each(&mut one);
            per(count, started)
        })
        .collect();
    figures.sort_by(f64::total_cmp);
    figures[ROUNDS / 2]
}

fn per(count: usize, started: Instant) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let count = count as f64;
    started.elapsed().as_secs_f64() * 1e9 / count
}

fn net(text: &str) -> IpNet {
    text.parse().expect("a prefix")
}

fn main() {
    println!("release one and take the lowest      naive set ns  index ns  ratio");
    for prefix in ["10.0.0.0/16", "10.0.0.0/8"] {
        addresses(prefix);
    }
    children();
    println!("whole decisions                                     us  ratio");
    let empty = address_decision("address of an empty /16", "10.0.0.0/16", 0, None);
    address_decision("address of a /16, 90 % full", "10.0.0.0/16", 58_982, Some(empty));
    address_decision("address of a /8 with 60,000", "10.0.0.0/8", 60_000, Some(empty));
    waiting(empty);
    child_decisions();
    create_decisions();
}

/// 90 % of a prefix at random, in steady state: the second call of each pair undoes the first.
fn addresses(prefix: &str) {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let (first, last) = block::bounds(&net(prefix));
    let mut taken = Taken::of(&net(prefix));
    let mut free = BTreeSet::new();
    let mut used = Vec::new();
    for number in first..=last {
        if rng.random_bool(0.9) {
            taken.insert(number);
            used.push(number);
        } else {
            free.insert(number);
        }
    }
    used.shuffle(&mut rng);
    let naive = measure(PAIRS, |at| {
        let released = used[at % used.len()];
        free.insert(released);
        let lowest = free.pop_first().expect("some are free");
        free.insert(lowest);
        free.remove(&released);
    }) / 2.0;
    let index = measure(PAIRS, |at| {
        let released = used[at % used.len()];
        taken.remove(released);
        let lowest = taken.first_gap(first, last).expect("some are free");
        taken.insert(lowest);
        taken.remove(lowest);
        taken.insert(released);
    }) / 2.0;
    let name = format!("addresses of {prefix}, 90 % full");
    println!("{name:<36} {naive:>13.0}  {index:>8.0}  {:>5.2}", index / naive);
}

/// Like [`addresses`], for children of one length.
fn children() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let mut buddy = Buddy::new(&net("10.0.0.0/8"));
    let mut used: Vec<IpNet> = std::iter::from_fn(|| buddy.acquire(24)).collect();
    used.shuffle(&mut rng);
    let mut free: BTreeSet<IpNet> = used.split_off(CHILDREN).into_iter().collect();
    free.iter().for_each(|child| buddy.release(child).expect("it was taken"));
    let naive = measure(PAIRS, |at| {
        let released = used[at % CHILDREN];
        free.insert(released);
        let lowest = free.pop_first().expect("some are free");
        free.insert(lowest);
        free.remove(&released);
    }) / 2.0;
    let index = measure(PAIRS, |at| {
        let released = used[at % CHILDREN];
        buddy.release(&released).expect("it was taken");
        let given = buddy.acquire(24).expect("some are free");
        buddy.release(&given).expect("it was taken");
        buddy.take(&released).expect("it is free");
    }) / 2.0;
    let name = format!("/24 of 10.0.0.0/8 with {CHILDREN}");
    println!("{name:<36} {naive:>13.0}  {index:>8.0}  {:>5.2}", index / naive);
}

fn world() -> Arc<World> {
    let world = World::default();
    let meta = Meta { id: "a".to_owned(), ..Meta::default() };
    put(&world, Project { meta: Some(meta), ..Project::default() });
    put(
        &world,
        Partition {
            id: "p1".into(),
            name: String::new(),
            description: String::new(),
            created: NOW,
            changed: NOW,
            mgmt_service_address: String::new(),
            labels: BTreeMap::new(),
            boot_config: BootConfig::default(),
            dns_servers: Vec::new(),
            ntp_servers: Vec::new(),
        },
    );
    Arc::new(world)
}

fn put<R: Kept>(world: &World, record: R) {
    world.insert(Generation(1), record);
}

fn network(id: &str, prefix: IpNet, parent: Option<NetworkId>) -> Network {
    let body = serde_json::json!({
        "id": id, "name": "", "description": "", "created": NOW, "changed": NOW, "shared": false,
        "prefixes": [prefix], "destination_prefixes": [], "nat": false, "private_super": false,
        "underlay": false, "vrf": 0, "parent": parent, "network_type": NetworkType::External,
    });
    serde_json::from_value(body).expect("a network")
}

fn address(prefix: IpNet, number: u128) -> Address {
    Address {
        address: block::address(Family::of(&prefix), number).expect("an address of the prefix"),
        parent_prefix: prefix,
        network: "n".into(),
        project: "a".into(),
        allocation_uuid: Uuid::nil(),
        request: None,
        name: String::new(),
        description: String::new(),
        kind: AddressType::Ephemeral,
        tags: Vec::new(),
        created: NOW,
        changed: NOW,
        attachments: Vec::new(),
        held_since: None,
    }
}

/// A network `n` with this many random addresses in use.
fn used(prefix: &str, count: usize) -> Arc<World> {
    let world = world();
    let prefix = net(prefix);
    put(&world, network("n", prefix, None));
    let (first, last) = block::usable(&prefix).expect("a prefix with addresses");
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    while world.addresses.len() < count {
        put(&world, address(prefix, rng.random_range(first..=last)));
    }
    world
}

fn decide(world: &World, one: impl FnOnce(&World, &mut DecisionContext<'_>) -> Decided<Answer>) -> Answer {
    let principal = Principal { email: String::new(), role: Role::Admin };
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let partition = "p1".into();
    let mut context = DecisionContext {
        now: NOW,
        rng: &mut rng,
        principal: &principal,
        key: Uuid::nil(),
        partition: &partition,
        again: false,
    };
    one(world, &mut context).expect("it is granted").answer
}

fn allocate_address(world: &World) -> Answer {
    let request = AddressAllocate {
        networkid: "n".to_owned(),
        projectid: "a".to_owned(),
        ..AddressAllocate::default()
    };
    let command = AddressCommand::Allocate(Box::new(request));
    decide(world, |world, context| ipam::decide(world, &command, context))
}

fn show(name: &str, ns: f64, beside: Option<f64>) {
    let ratio = beside.map(|beside| format!("{:.2}", ns / beside)).unwrap_or_default();
    println!("{name:<44}  {:>8.2}  {ratio:>5}", ns / 1e3);
}

fn address_decision(name: &str, prefix: &str, count: usize, beside: Option<f64>) -> f64 {
    let world = used(prefix, count);
    let ns = measure(DECISIONS, |_| {
        black_box(allocate_address(&world));
    });
    show(name, ns, beside);
    ns
}

/// As many commands as share a commit, each decided while those before it wait.
fn waiting(beside: f64) {
    let world = used("10.0.0.0/16", 58_982);
    let mut figures = Vec::new();
    for _ in 0..ROUNDS {
        let mut guard: Vec<RowGuard> = Vec::new();
        let started = Instant::now();
        for _ in 0..512 {
            let Answer::Address(address) = allocate_address(&world) else { continue };
            let locks = LockSet {
                alone: vec![(address.key(), Some(Arc::new(*address) as Arc<_>))],
                shared: Vec::new(),
            };
            guard.push(world.hold(locks).expect("no other caller has it"));
        }
        figures.push(per(512, started));
        assert_eq!(guard.len(), 512, "each has an address of its own");
    }
    figures.sort_by(f64::total_cmp);
    show("one of 512 that wait, held, /16, 90 % full", figures[ROUNDS / 2], Some(beside));
}

fn child_decisions() {
    let mut few = None;
    for count in [10, CHILDREN] {
        let world = world();
        let mut parent = network("s", net("10.0.0.0/8"), None);
        parent.private_super = true;
        parent.partition = "p1".into();
        parent.default_child_prefix_length = Some(BTreeMap::from([(Family::IPv4, 24)]));
        put(&world, parent);
        for number in 0..u32::try_from(count).expect("a small count") {
            let prefix = IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + (number << 8)));
            let id = format!("c{number}");
            let mut child = network(&id, IpNet::new(prefix, 24).expect("a length of IPv4"), Some("s".into()));
            child.vrf = number + 1;
            let owners = vec![ClaimOwner::Network(child.id.clone())];
            put(&world, Claim { pool: Pool::Vrf, number: child.vrf, owners });
            put(&world, child);
        }
        let request = NetworkAllocate {
            projectid: "a".to_owned(),
            partitionid: "p1".to_owned(),
            ..NetworkAllocate::default()
        };
        let command = NetworkCommand::Allocate(Box::new(request));
        let ns = measure(DECISIONS, |_| {
            black_box(decide(&world, |world, context| network::decide(world, &command, context)));
        });
        show(&format!("child of a super network with {count}"), ns, few);
        few = few.or(Some(ns));
    }
}

fn create_decisions() {
    let mut few = None;
    for count in [10_u32, 10_000] {
        let world = world();
        for number in 0..count {
            let prefix = IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + (number << 8)));
            let prefix = IpNet::new(prefix, 24).expect("a length of IPv4");
            put(&world, network(&format!("n{number}"), prefix, None));
        }
        let request = NetworkCreate {
            partitionid: Some("p1".to_owned()),
            underlay: true,
            prefixes: vec!["192.168.0.0/16".to_owned()],
            ..NetworkCreate::default()
        };
        let command = NetworkCommand::Create(Box::new(request));
        let ns = measure(DECISIONS, |_| {
            black_box(decide(&world, |world, context| network::decide(world, &command, context)));
        });
        show(&format!("network beside {count}"), ns, few);
        few = few.or(Some(ns));
    }
}
