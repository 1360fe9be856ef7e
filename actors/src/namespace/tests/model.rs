//! Random histories, compared with a set of addresses without indexes: sequential, and concurrent on a partition with a
//! slow store and restarts in between.

use super::{Fixture, command, root};
use crate::addressing::{Family, block};
use crate::answer::Answer;
use crate::background;
use crate::command::Body;
use crate::decision::{Principal, Role};
use crate::fixture::on_paused_time;
use crate::index::cover::cover;
use crate::namespace::{dump, read};
use crate::runtime::{CallError, Env, LocalPartition, LocalPartitionConfig, PausedClock};
use crate::store::memory::MemoryStore;
use crate::store::{Committed, InboxEntry, Key, Kind, Row, Store, StoreError, Transaction};
use crate::time::Timestamp;
use async_trait::async_trait;
use futures_util::future::join_all;
use ipnet::IpNet;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use uuid::Uuid;

const ROOTS: [&str; 4] = ["10.0.0.0/26", "10.0.0.64/27", "10.0.0.0/25", "2001:db8::/122"];

/// A prefix of the model.
#[derive(Debug, Default)]
pub(super) struct Known {
    parent: Option<IpNet>,
    pub(super) is_parent: bool,
    pub(super) addresses: BTreeSet<u128>,
}

#[derive(Debug, Default)]
pub(super) struct Model {
    pub(super) prefixes: BTreeMap<IpNet, Known>,
}

impl Model {
    pub(super) fn children(&self, cidr: &IpNet) -> Vec<IpNet> {
        let own = self.prefixes.iter().filter(|(_, known)| known.parent == Some(*cidr));
        own.map(|(child, _)| *child).collect()
    }

    /// The free blocks of a prefix: as few as cover what no child has, from scratch.
    pub(super) fn cover(&self, parent: &IpNet) -> Vec<IpNet> {
        cover(*parent, &self.children(parent))
    }

    /// The child of this length: of the free blocks the smallest that is large enough, the lowest among equals.
    fn best_fit(&self, parent: &IpNet, length: u8) -> Option<IpNet> {
        let mut blocks = self.cover(parent);
        blocks.retain(|block| block.prefix_len() <= length);
        blocks.sort_by_key(|block| (std::cmp::Reverse(block.prefix_len()), block.addr()));
        blocks.first().map(|block| IpNet::new(block.addr(), length).unwrap())
    }

    fn lowest(&self, cidr: &IpNet) -> Option<u128> {
        let (first, last) = block::usable(cidr)?;
        (first..=last).find(|number| !self.prefixes[cidr].addresses.contains(number))
    }

    /// What is answered to a line; `None`: a refusal.
    pub(super) fn run(&mut self, line: &str) -> Option<String> {
        let words: Vec<&str> = line.split(' ').collect();
        let cidr: IpNet = words[1].parse().unwrap();
        let family = Family::of(&cidr);
        let known = self.prefixes.get(&cidr);
        match words[0] {
            "create" => {
                if self.prefixes.keys().any(|other| block::overlap(other, &cidr)) {
                    return None;
                }
                self.prefixes.insert(cidr, Known::default());
                Some(cidr.to_string())
            }
            "delete" | "release" => {
                let known = known?;
                let is_child = words[0] == "release";
                let unused = known.addresses.is_empty() && self.children(&cidr).is_empty();
                if !unused || known.parent.is_some() != is_child {
                    return None;
                }
                self.prefixes.remove(&cidr);
                Some(cidr.to_string())
            }
            "cut" => {
                let known = known?;
                let child = match words[2].parse::<IpNet>() {
                    Ok(child) => Some(child).filter(|child| {
                        let apart = |other: &IpNet| !block::overlap(other, child);
                        cidr.contains(child) && self.children(&cidr).iter().all(apart)
                    })?,
                    Err(_) => self.best_fit(&cidr, words[2].parse().unwrap())?,
                };
                if child.prefix_len() <= cidr.prefix_len() || !known.addresses.is_empty() {
                    return None;
                }
                self.prefixes.get_mut(&cidr).unwrap().is_parent = true;
                self.prefixes.insert(child, Known { parent: Some(cidr), ..Known::default() });
                Some(child.to_string())
            }
            "take" => {
                let usable = block::usable(&cidr).filter(|_| known.is_some_and(|known| !known.is_parent))?;
                let number = match words.get(2) {
                    Some(text) => block::number(text.parse::<IpAddr>().unwrap()),
                    None => self.lowest(&cidr)?,
                };
                let within = (usable.0..=usable.1).contains(&number);
                let fresh = within && self.prefixes.get_mut(&cidr).unwrap().addresses.insert(number);
                fresh.then(|| block::address(family, number).unwrap().to_string())
            }
            _ => {
                let number = block::number(words[2].parse::<IpAddr>().unwrap());
                let held = self.prefixes.get_mut(&cidr)?.addresses.remove(&number);
                held.then(|| block::address(family, number).unwrap().to_string())
            }
        }
    }
}

fn some_address(cidr: &IpNet, rng: &mut ChaCha8Rng) -> IpAddr {
    let (first, last) = block::bounds(cidr);
    block::address(Family::of(cidr), rng.random_range(first..=last)).unwrap()
}

/// Few and small prefixes, so that requests collide all the time.
fn line(known: &[IpNet], rng: &mut ChaCha8Rng) -> String {
    let root: IpNet = ROOTS[rng.random_range(0..ROOTS.len())].parse().unwrap();
    let cidr = if known.is_empty() || rng.random_bool(0.05) {
        root
    } else {
        known[rng.random_range(0..known.len())]
    };
    let width = block::width(Family::of(&cidr));
    let length = rng.random_range(cidr.prefix_len()..=width);
    match rng.random_range(0..14) {
        0 | 1 => format!("create {root}"),
        2 => format!("delete {cidr}"),
        3 | 4 => format!("cut {cidr} {length}"),
        5 => format!("cut {cidr} {}", IpNet::new(some_address(&cidr, rng), length).unwrap().trunc()),
        6 | 7 => format!("release {cidr}"),
        8..11 => format!("take {cidr}"),
        11 => format!("take {cidr} {}", some_address(&cidr, rng)),
        _ => format!("return {cidr} {}", some_address(&cidr, rng)),
    }
}

#[test]
fn one_after_the_other_they_are_what_a_naive_model_says() {
    for seed in 0..40 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (mut fixture, mut model) = (Fixture::new(), Model::default());
        let mut granted = 0;
        for _ in 0..500 {
            let known: Vec<IpNet> = model.prefixes.keys().copied().collect();
            let line = line(&known, &mut rng);
            let (got, wanted) = (fixture.run(&line), model.run(&line));
            assert_eq!(got.as_ref().ok(), wanted.as_ref(), "seed {seed}: {line}: {got:?}");
            granted += usize::from(wanted.is_some());
        }
        assert!(granted > 50, "seed {seed}: only {granted} were granted");
        for (cidr, known) in &model.prefixes {
            let counters = fixture.usage(&cidr.to_string()).0;
            let held = known.addresses.len() as u64 + block::reserved(cidr);
            assert_eq!((counters[1], counters[3]), (held, model.children(cidr).len() as u64), "{cidr}");
        }
    }
}

/// A memory store that takes a millisecond for each commit, and fails for good after a number of them.
#[derive(Debug, Default)]
pub(super) struct SlowStore {
    inner: MemoryStore,
    /// Commits until the first that fails; negative: none does.
    pub(super) left: AtomicI64,
    pub(super) commits: AtomicI64,
}

impl SlowStore {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self { left: AtomicI64::new(-1), ..Self::default() })
    }
}

#[async_trait]
impl Store for SlowStore {
    async fn commit(&self, transaction: Transaction) -> Result<Committed, StoreError> {
        tokio::time::sleep(Duration::from_millis(1)).await;
        self.commits.fetch_add(1, Ordering::Relaxed);
        match self.left.load(Ordering::Relaxed) {
            0 => return Err(StoreError::Unavailable("planned".into())),
            left @ 1.. => self.left.store(left - 1, Ordering::Relaxed),
            _ => {}
        }
        self.inner.commit(transaction).await
    }

    async fn inbox(&self, key: Uuid) -> Result<Option<InboxEntry>, StoreError> {
        self.inner.inbox(key).await
    }

    async fn row(&self, key: &Key) -> Result<Option<Row>, StoreError> {
        self.inner.row(key).await
    }

    async fn rows(&self, kind: Kind, after: Option<&str>, limit: usize) -> Result<Vec<Row>, StoreError> {
        self.inner.rows(kind, after, limit).await
    }

    async fn prune(
        &self,
        old: crate::store::Old,
        before: Timestamp,
        limit: usize,
    ) -> Result<usize, StoreError> {
        self.inner.prune(old, before, limit).await
    }

    async fn ping(&self) -> Result<String, StoreError> {
        self.inner.ping().await
    }

    async fn close(&self) {
        self.inner.close().await;
    }
}

pub(super) async fn local(store: &Arc<SlowStore>, seed: u64, tasks: bool) -> LocalPartition {
    let clock = PausedClock::starting_at(Timestamp::from_millis(1_700_000_000_000));
    let config = LocalPartitionConfig {
        partition: "plant-a".into(),
        store: Arc::clone(store) as Arc<dyn Store>,
        env: Env::new(Arc::new(clock), seed),
        domain: crate::decide::DOMAIN,
    };
    let local = LocalPartition::start(config).await.unwrap();
    if tasks {
        background::start(&local, background::Settings::default());
    }
    local
}

pub(super) fn principal() -> Principal {
    Principal { email: "somebody@example.org".to_owned(), role: Role::Edit }
}

pub(super) async fn ask(local: &LocalPartition, line: &str) -> Result<String, CallError> {
    match local.ask(&principal(), None, Body::Namespace(command(line))).await? {
        Answer::Prefix(prefix) => Ok(prefix.cidr.to_string()),
        Answer::PrefixAddress(taken) => Ok(taken.address.to_string()),
        other => panic!("{other:?} is no answer to {line}"),
    }
}

/// The answers add up: everything that was acquired and not released exists once, and nothing else.
fn check(local: &LocalPartition, prefixes: &BTreeSet<String>, addresses: &BTreeSet<String>) {
    let world = local.world();
    let listed = read::prefixes(world, &root()).unwrap();
    let known: BTreeSet<String> = listed.iter().map(|(cidr, _)| cidr.to_string()).collect();
    assert_eq!(&known, prefixes);
    let rows = world.prefix_addresses.all();
    let held: BTreeSet<String> = rows.iter().map(|row| row.address.to_string()).collect();
    assert_eq!((&held, rows.len()), (addresses, addresses.len()));
    for (cidr, parent) in &listed {
        for (other, of) in listed.iter().filter(|(other, _)| other != cidr && other.contains(cidr)) {
            assert!(parent.is_some(), "{cidr} overlaps {other}");
            assert_ne!(of, parent, "{cidr} overlaps its sibling {other}");
        }
    }
    for row in &rows {
        let prefix =
            world.prefixes.get(&format!("{}@root", row.prefix)).expect("no address outlives its prefix");
        assert!(!prefix.is_parent && row.prefix.contains(&row.address));
    }
}

/// Commits overlap, each child is the lowest that was left, and what a failed commit was to cut is free again.
#[test]
fn a_crowd_that_cuts_children_waits_for_no_more_than_two_commits() {
    on_paused_time(|| async {
        const CROWD: u32 = 200;
        let store = SlowStore::new();
        let local = local(&store, 1, false).await;
        ask(&local, "create 10.0.0.0/8").await.unwrap();
        let began = tokio::time::Instant::now();
        let cut = async || join_all((0..CROWD).map(|_| ask(&local, "cut 10.0.0.0/8 24"))).await;
        // The first child makes the prefix a parent, and no other command relies on it meanwhile.
        let look = async {
            tokio::time::sleep(Duration::from_micros(1500)).await;
            let counts = local.world().spaces(&root(), |space| (space.len(), space.len_with_flights()));
            (counts, local.world().unlike())
        };
        let (given, look) = futures_util::future::join(cut(), look).await;
        assert_eq!(look, ((2, 1 + CROWD as usize), vec![]), "what is about to be cut is no leak");
        let given: BTreeSet<String> = given.into_iter().map(Result::unwrap).collect();
        let lowest: BTreeSet<String> = (0..CROWD).map(|number| format!("10.0.{number}.0/24")).collect();
        assert_eq!(given, lowest);
        assert!(began.elapsed() <= Duration::from_millis(3), "{:?}", began.elapsed());

        store.left.store(10, Ordering::Relaxed);
        let given = cut().await.into_iter().filter(Result::is_ok).count();
        assert_eq!(given, 10);
        store.left.store(-1, Ordering::Relaxed);
        let lines: Vec<String> = (0..CROWD).map(|number| format!("release 10.0.{number}.0/24")).collect();
        let back = join_all(lines.iter().map(|line| ask(&local, line))).await;
        assert!(back.iter().all(Result::is_ok), "{back:?}");
        let free = local
            .world()
            .spaces(&root(), |space| space.free(&"10.0.0.0/8".parse().unwrap(), |free| free.units()));
        assert_eq!(free, ((1 << 24) - given as u128 * 256) / 4);
        assert!(local.world().unlike().is_empty());
    });
}

#[test]
fn many_at_once_get_something_each_and_a_restart_changes_nothing() {
    on_paused_time(|| async {
        for seed in 0..8 {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let store = SlowStore::new();
            let mut local = local(&store, seed, false).await;
            let (mut prefixes, mut addresses) = (BTreeSet::new(), BTreeSet::new());
            let mut granted = 0;
            for round in 0..60 {
                let known: Vec<IpNet> = prefixes.iter().map(|cidr: &String| cidr.parse().unwrap()).collect();
                let lines: Vec<String> =
                    (0..rng.random_range(1..40)).map(|_| line(&known, &mut rng)).collect();
                let answers = join_all(lines.iter().map(|line| ask(&local, line))).await;
                // Acquired and released within one round, in an unknown order: count the acquired ones first.
                let mut gone = Vec::new();
                for (line, answer) in lines.iter().zip(answers) {
                    let Ok(text) = answer else { continue };
                    granted += 1;
                    match line.split(' ').next().unwrap() {
                        "take" => assert!(
                            addresses.insert(text) || lines.iter().any(|line| line.starts_with("return"))
                        ),
                        "create" | "cut" => drop(prefixes.insert(text)),
                        _ => gone.push(text),
                    }
                }
                let world = Arc::clone(local.world());
                let stays = |text: &String| {
                    world.prefix_addresses.contains(&format!("{text}@root"))
                        || world.prefixes.contains(&format!("{text}@root"))
                };
                gone.retain(|text| !stays(text));
                prefixes.retain(|text| !gone.contains(text));
                addresses.retain(|text| !gone.contains(text));
                check(&local, &prefixes, &addresses);
                if round % 20 == 19 {
                    let before = dump::write(local.world(), &root()).unwrap();
                    // With its own keys, drawn from the seed.
                    local = self::local(&store, seed + 1000 * round, false).await;
                    assert_eq!(dump::write(local.world(), &root()).unwrap(), before, "seed {seed}");
                }
            }
            assert!(granted > 100, "seed {seed}: only {granted} were granted");
        }
    });
}

/// The picks of a crowd are the lowest addresses, one each, and share their commits' time.
#[test]
fn a_crowd_at_one_prefix_gets_the_lowest_addresses() {
    on_paused_time(|| async {
        let store = SlowStore::new();
        let local = local(&store, 1, false).await;
        ask(&local, "create 10.0.0.0/24").await.unwrap();
        let started = tokio::time::Instant::now();
        let answers = join_all((0..300).map(|_| ask(&local, "take 10.0.0.0/24"))).await;
        assert!(started.elapsed() < Duration::from_millis(20), "{:?}", started.elapsed());
        let (given, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
        let given: BTreeSet<String> = given.into_iter().flatten().collect();
        assert_eq!((given.len(), refused.len()), (254, 46));
        assert!(given.contains("10.0.0.1") && given.contains("10.0.0.254"));
        for refusal in refused {
            let text = refusal.unwrap_err().to_string();
            assert!(
                text.starts_with("NoIPAvailableError: no more ips in prefix: 10.0.0.0/24 left"),
                "{text}"
            );
        }
        let one = join_all((0..20).map(|_| ask(&local, "create 10.0.1.0/24"))).await;
        assert_eq!(one.iter().filter(|answer| answer.is_ok()).count(), 1);
    });
}
