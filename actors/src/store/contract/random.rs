//! Long random runs, each reproduced by its seed.

use super::*;
use actors::store::memory::MemoryStore;
use futures_util::future::join_all;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

const SEEDS: u64 = 4;
const STEPS: usize = 150;
const KINDS: [Kind; 3] = [Kind::Machine, Kind::Network, Kind::Claim];
const IDS: [&str; 6] = ["", "a", "a\u{301}", "aa", "B", "b"];

/// Few keys and few generations, so that half of all expectations hold.
fn transaction(rng: &mut ChaCha8Rng, step: usize) -> Transaction {
    let mut keys = BTreeMap::new();
    for _ in 0..rng.random_range(0..5) {
        let kind = KINDS[rng.random_range(0..KINDS.len())];
        keys.insert(Key::new(kind, IDS[rng.random_range(0..IDS.len())]), rng.random_range(0..3_u8));
    }
    let mut all = Transaction::default();
    for (key, what) in keys {
        let expected = [None, Some(Generation(1)), Some(Generation(2))][rng.random_range(0..3)];
        match (what, expected) {
            (0, _) => all.checks.push(Check { key, expected }),
            (1, Some(expected)) => all.deletes.push(Delete { key, expected }),
            _ => {
                let owner = format!("o{}", rng.random_range(0..2));
                let body = format!("{{\"step\":{step}}}");
                let generation = Generation(rng.random_range(1..3));
                let mut row = Row { owner, ..Row::bare(key, generation, body) };
                for (value, column) in row.values.iter_mut().zip(row.key.kind.columns()) {
                    *value = rng.random_bool(0.7).then(|| value_of(*column, rng.random_range(-3..3)));
                }
                all.puts.push(Put { row, expected });
            }
        }
    }
    if rng.random_bool(0.5) {
        all.inbox = Some(entry(rng.random_range(0..60), step as i64));
    }
    all
}

/// Equal answers have equal texts; sources of errors are left out.
fn told(answer: Result<Committed, StoreError>) -> String {
    match answer {
        Ok(committed) => format!("{committed:?}"),
        Err(error) => error.to_string(),
    }
}

async fn empty(store: &dyn Store) {
    for &kind in Kind::ALL {
        for row in store.rows(kind, None, 1000).await.expect("open") {
            let delete = Delete { key: row.key, expected: row.generation };
            apply(store, Transaction { deletes: vec![delete], ..Transaction::default() }).await;
        }
    }
    while store.prune(Old::Answers, Timestamp(i64::MAX), 1000).await.expect("open") > 0 {}
}

pub(super) async fn random_work_agrees_with_memory(store: &dyn Store) {
    for seed in 0..SEEDS {
        empty(store).await;
        let memory = MemoryStore::default();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        for step in 0..STEPS {
            let transaction = transaction(&mut rng, step);
            let expected = told(memory.commit(transaction.clone()).await);
            let seen = told(store.commit(transaction.clone()).await);
            assert_eq!(seen, expected, "seed {seed}, step {step}: {transaction:?}");
            if step % 25 == 0 {
                compare(store, &memory, &mut rng, seed).await;
            }
        }
        compare(store, &memory, &mut rng, seed).await;
    }
}

async fn compare(store: &dyn Store, memory: &MemoryStore, rng: &mut ChaCha8Rng, seed: u64) {
    for kind in KINDS {
        let after = rng.random_bool(0.5).then(|| IDS[rng.random_range(0..IDS.len())]);
        let limit = rng.random_range(0..8);
        let seen = store.rows(kind, after, limit).await.expect("open");
        let expected = memory.rows(kind, after, limit).await.expect("open");
        assert_eq!(seen, expected, "seed {seed}, {kind:?} after {after:?}");
        for id in IDS {
            let key = Key::new(kind, id);
            assert_eq!(found(store, &key).await, found(memory, &key).await, "seed {seed}");
        }
    }
    let key = Uuid::from_u128(rng.random_range(0..60));
    let seen = store.inbox(key).await.expect("open");
    assert_eq!(seen, memory.inbox(key).await.expect("open"), "seed {seed}");
}

/// Writers that increment a counter they have read: every success counts exactly once.
pub(super) async fn random_work_in_parallel_loses_nothing(store: &dyn Store) {
    const COUNTERS: usize = 3;
    for counter in 0..COUNTERS {
        apply(store, put_row(row(&counter.to_string(), 1, "0"), None)).await;
    }
    let writers = (0..16_u64).map(|seed| async move {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut done = [0_usize; COUNTERS];
        for step in 0..20_u64 {
            let counter = rng.random_range(0..COUNTERS);
            let old = found(store, &key(&counter.to_string())).await.expect("it exists");
            let next = old.body.parse::<usize>().expect("a number") + 1;
            let new = Row { generation: old.generation.next(), body: next.to_string().into(), ..old.clone() };
            let number = u128::from(seed) << 64 | u128::from(step);
            let write = remembered(put_row(new, Some(old.generation.0)), entry(number, 0));
            match store.commit(write).await {
                Ok(Committed::Applied) => done[counter] += 1,
                Err(StoreError::Conflict { .. }) => {}
                other => panic!("seed {seed}, step {step}: {other:?}"),
            }
        }
        done
    });
    let done = join_all(writers).await;
    for counter in 0..COUNTERS {
        let sum: usize = done.iter().map(|done| done[counter]).sum();
        assert!(sum > 0);
        let row = found(store, &key(&counter.to_string())).await.expect("it exists");
        assert_eq!(*row.body, sum.to_string());
        assert_eq!(row.generation.0, sum as i64 + 1);
    }
}
