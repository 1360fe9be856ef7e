//! The guarantees of the runtime, with a simple decision and a store that fails on demand.

mod clock;
mod compare;
mod competing_writers;
mod contention;
mod exclusive;
mod freeze;
mod golden;
mod idle;
mod keys;
mod races;
mod retries;
mod unknown_outcome;

use super::{CallError, Clock, Env, LocalPartition, LocalPartitionConfig, PausedClock};
use crate::answer::Answer;
use crate::command::Body;
use crate::decide::DOMAIN;
use crate::decision::{Decided, Decision, DecisionContext, Principal, Role};
use crate::fixture::on_paused_time;
use crate::ipam::{AddressAllocate, AddressCommand, Claim, Pool};
use crate::masterdata::MasterdataCommand;
use crate::record::Record;
use crate::refusal::Refusal;
use crate::runtime::Domain;
use crate::store::memory::MemoryStore;
use crate::store::{Committed, InboxEntry, Key, Kind, Row, Store, StoreError, Transaction};
use crate::switch::SwitchStatus;
use crate::time::Timestamp;
use crate::world::{Kept, World};
use async_trait::async_trait;
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use uuid::Uuid;

/// Counts in one row: the number of owners of claim 1 is the count.
fn count_up(world: &World, body: &Body, context: &mut DecisionContext<'_>) -> Decided<Answer> {
    match body {
        Body::Masterdata(MasterdataCommand::SizeDelete(text)) if text == "panic" => panic!("planned"),
        Body::Masterdata(MasterdataCommand::SizeDelete(text)) if text == "refuse" => {
            return Err(Refusal::conflict("no"));
        }
        Body::Masterdata(MasterdataCommand::SizeDelete(text)) if text == "too long" => {
            let mut decision = Decision::new(context.now, Answer::Done);
            let id = "x".repeat(1025).into();
            decision.create(SwitchStatus { id, last_sync: None, last_sync_error: None });
            return Ok(decision);
        }
        _ => {}
    }
    let read = world.claims.get(&Claim::row_id(Pool::Vrf, 1));
    if let (Body::Address(AddressCommand::Allocate(request)), Some(_)) = (body, &read)
        && request.name == "once"
    {
        return Err(Refusal::conflict("taken"));
    }
    let mut decision = Decision::new(context.now, Answer::Done);
    match read {
        None => {
            decision.create(Claim { pool: Pool::Vrf, number: 1, owners: Vec::new() });
            decision.answer = Answer::Reconciled(0);
        }
        Some(read) => {
            let mut next = (*read.value).clone();
            next.owners.push(crate::ipam::ClaimOwner::Network("n".into()));
            decision.answer = Answer::Reconciled(next.owners.len());
            decision.update(&read, next);
        }
    }
    Ok(decision)
}

/// What the store does to the next commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    LoseAnswerAfterCommit,
    LoseAnswerBeforeCommit,
    Busy,
    Stall,
    /// Takes a second.
    Late,
}

#[derive(Debug)]
struct FaultyStore {
    inner: MemoryStore,
    fault: Mutex<Fault>,
    commits: AtomicU32,
    /// This many commits conflict with another writer.
    conflicts: AtomicU32,
    /// This many reads of rows fail.
    unreadable: AtomicU32,
    /// How long it takes to look for a key.
    lookup_ms: AtomicU32,
}

#[async_trait]
impl Store for FaultyStore {
    async fn commit(&self, transaction: Transaction) -> Result<Committed, StoreError> {
        let fault = std::mem::replace(&mut *self.fault.lock(), Fault::None);
        self.commits.fetch_add(1, Ordering::Relaxed);
        // A commit takes a moment, so that others meet its rows in flight.
        tokio::time::sleep(Duration::from_millis(1)).await;
        if let Some(left) = self.conflicts.load(Ordering::Relaxed).checked_sub(1) {
            self.conflicts.store(left, Ordering::Relaxed);
            return Err(StoreError::Conflict { key: transaction.puts[0].row.key.clone() });
        }
        match fault {
            Fault::None => self.inner.commit(transaction).await,
            Fault::Late => {
                tokio::time::sleep(Duration::from_secs(1)).await;
                self.inner.commit(transaction).await
            }
            Fault::Busy => Err(StoreError::Busy("planned".into())),
            Fault::LoseAnswerBeforeCommit => Err(StoreError::Unknown("planned".into())),
            Fault::LoseAnswerAfterCommit => {
                self.inner.commit(transaction).await?;
                Err(StoreError::Unknown("planned".into()))
            }
            Fault::Stall => {
                tokio::time::sleep(Duration::from_secs(60)).await;
                self.inner.commit(transaction).await
            }
        }
    }

    async fn inbox(&self, key: Uuid) -> Result<Option<InboxEntry>, StoreError> {
        let lookup = Duration::from_millis(self.lookup_ms.load(Ordering::Relaxed).into());
        if !lookup.is_zero() {
            tokio::time::sleep(lookup).await;
        }
        self.inner.inbox(key).await
    }

    async fn row(&self, key: &Key) -> Result<Option<Row>, StoreError> {
        let left = self.unreadable.load(Ordering::Relaxed);
        if let Some(left) = left.checked_sub(1) {
            self.unreadable.store(left, Ordering::Relaxed);
            return Err(StoreError::Unavailable("planned".into()));
        }
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

struct Fixture {
    local: LocalPartition,
    store: Arc<FaultyStore>,
    principal: Principal,
}

impl Fixture {
    async fn start() -> Self {
        Self::start_with(count_up).await
    }

    async fn start_with(decide: super::Decide) -> Self {
        let clock = PausedClock::starting_at(Timestamp::from_millis(1_700_000_000_000));
        Self::start_at(decide, Arc::new(clock)).await
    }

    async fn start_at(decide: super::Decide, clock: Arc<dyn Clock>) -> Self {
        let store = Arc::new(FaultyStore {
            inner: MemoryStore::default(),
            fault: Mutex::new(Fault::None),
            commits: AtomicU32::new(0),
            conflicts: AtomicU32::new(0),
            unreadable: AtomicU32::new(0),
            lookup_ms: AtomicU32::new(0),
        });
        let config = LocalPartitionConfig {
            partition: "plant-a".into(),
            store: Arc::clone(&store) as Arc<dyn Store>,
            env: Env::new(clock, 7),
            domain: Domain { decide, ..DOMAIN },
        };
        let principal = Principal { email: "somebody@example.org".to_owned(), role: Role::Admin };
        Self { local: LocalPartition::start(config).await.unwrap(), store, principal }
    }

    /// Puts a row into the store and the world.
    async fn put<R: Kept>(&self, record: R) {
        let generation = crate::store::Generation(1);
        let put = crate::store::Put { row: record.row(generation), expected: None };
        self.store.inner.commit(Transaction { puts: vec![put], ..Transaction::default() }).await.unwrap();
        self.local.world().insert(generation, record);
    }

    fn fail_next(&self, fault: Fault) {
        *self.store.fault.lock() = fault;
    }

    async fn ask(&self, key: Option<Uuid>, text: &str) -> Result<Answer, CallError> {
        let body = Body::Masterdata(MasterdataCommand::SizeDelete(text.to_owned()));
        self.local.ask(&self.principal, key, body).await
    }

    /// The count as the store has it and as the world has it; they must agree.
    async fn count(&self) -> usize {
        let key = Key::new(Kind::Claim, Claim::row_id(Pool::Vrf, 1));
        let stored = self.store.row(&key).await.unwrap().unwrap();
        let known = self.local.world().claims.get(&key.id).unwrap();
        assert_eq!(stored, known.value.row(known.generation), "memory is the row");
        known.owners.len()
    }
}

#[test]
fn a_write_is_in_the_store_and_in_the_world_when_it_is_answered() {
    on_paused_time(|| async {
        let fixture = Fixture::start().await;
        assert_eq!(fixture.ask(None, "up").await, Ok(Answer::Reconciled(0)));
        assert_eq!(fixture.ask(None, "up").await, Ok(Answer::Reconciled(1)));
        assert_eq!(fixture.count().await, 1);
    });
}

#[test]
fn a_retry_with_the_same_key_gets_the_same_answer_and_writes_nothing() {
    on_paused_time(|| async {
        let fixture = Fixture::start().await;
        let key = Some(Uuid::from_u128(1));
        fixture.ask(None, "up").await.unwrap();
        assert_eq!(fixture.ask(key, "up").await, Ok(Answer::Reconciled(1)));
        assert_eq!(fixture.ask(key, "up").await, Ok(Answer::Reconciled(1)));
        assert_eq!(fixture.ask(key, "another").await, Err(CallError::KeyReused { key: Uuid::from_u128(1) }));
        assert_eq!(fixture.count().await, 1);
    });
}

#[test]
fn an_unknown_outcome_is_said_and_the_key_tells_what_became_of_it() {
    on_paused_time(|| async {
        for (fault, count_after_retry) in
            [(Fault::LoseAnswerAfterCommit, 1), (Fault::LoseAnswerBeforeCommit, 1)]
        {
            let fixture = Fixture::start().await;
            fixture.ask(None, "up").await.unwrap();
            fixture.fail_next(fault);
            let key = Uuid::from_u128(2);
            assert_eq!(fixture.ask(Some(key), "up").await, Err(CallError::Unknown { key }), "{fault:?}");
            assert_eq!(fixture.ask(Some(key), "up").await, Ok(Answer::Reconciled(1)), "{fault:?}");
            assert_eq!(fixture.count().await, count_after_retry, "{fault:?}: applied once");
        }
    });
}

#[test]
fn nobody_decides_about_rows_whose_outcome_is_unknown() {
    on_paused_time(|| async {
        let fixture = Fixture::start().await;
        fixture.ask(None, "up").await.unwrap();
        fixture.fail_next(Fault::LoseAnswerAfterCommit);
        fixture.ask(None, "up").await.unwrap_err();
        // Decides on the reloaded row: had it used the old one, it would have answered 1 again or conflicted for ever.
        assert_eq!(fixture.ask(None, "up").await, Ok(Answer::Reconciled(2)));
        assert_eq!(fixture.count().await, 2);
    });
}

#[test]
fn refusals_and_a_busy_store_change_nothing() {
    on_paused_time(|| async {
        let fixture = Fixture::start().await;
        fixture.ask(None, "up").await.unwrap();
        assert_eq!(fixture.ask(None, "refuse").await, Err(CallError::Refused(Refusal::conflict("no"))));
        fixture.fail_next(Fault::Busy);
        assert!(matches!(fixture.ask(None, "up").await, Err(CallError::Unavailable { .. })));
        assert_eq!(fixture.count().await, 0);
    });
}

/// Other callers of the actor get their answers, and the caller of a panicking command gets an error, repeatedly.
#[test]
fn a_decision_that_panics_costs_nobody_else_anything() {
    on_paused_time(|| async {
        let fixture = Fixture::start().await;
        let log = crate::fixture::log_capture::LogCapture::default();
        let _listens = tracing::subscriber::set_default(log.clone());
        let key = Uuid::from_u128(7);
        let asks = ["up", "panic", "up", "panic", "up"].map(|text| {
            let key = (text == "panic").then_some(key);
            fixture.ask(key, text)
        });
        let answers = futures_util::future::join_all(asks).await;
        for (place, answer) in answers.iter().enumerate() {
            let is_fault = matches!(answer, Err(CallError::Unavailable { reason, .. }) if reason.contains("internal error"));
            assert_eq!(is_fault, place % 2 == 1, "{place}: {answer:?}");
            assert!(is_fault || answer.is_ok(), "{place}: {answer:?}");
        }
        assert_eq!(fixture.count().await, 2, "the first one begins to count");
        let lines = log.lines();
        assert_eq!(lines.len(), 2, "no actor was restarted: {lines:?}");
        assert!(lines[0].contains(&key.to_string()), "{lines:?}");
    });
}

#[test]
fn concurrent_commands_on_one_row_are_all_applied_once() {
    on_paused_time(|| async {
        let fixture = Fixture::start().await;
        fixture.ask(None, "up").await.unwrap();
        // Addresses go to a concurrent actor: many decisions meet the same row in flight.
        let asks = (0..100).map(|_| {
            let body = Body::Address(AddressCommand::Allocate(Box::<AddressAllocate>::default()));
            fixture.local.ask(&fixture.principal, None, body)
        });
        let answers = futures_util::future::join_all(asks).await;
        let mut counts: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
        counts.sort_by_key(|answer| if let Answer::Reconciled(count) = answer { *count } else { 0 });
        assert_eq!(counts, (1..=100).map(Answer::Reconciled).collect::<Vec<_>>());
        assert_eq!(fixture.count().await, 100);
        assert_eq!(fixture.store.commits.load(Ordering::Relaxed), 101, "no commit was lost to a conflict");
    });
}

/// The second meets the first's row in flight, decides after it was written, and is refused by what the first did.
#[test]
fn a_repetition_that_races_with_its_first_try_gets_the_same_answer() {
    on_paused_time(|| async {
        let fixture = Fixture::start().await;
        let ask = |key| {
            let request = AddressAllocate { name: "once".to_owned(), ..AddressAllocate::default() };
            fixture.local.ask(
                &fixture.principal,
                key,
                Body::Address(AddressCommand::Allocate(Box::new(request))),
            )
        };
        let key = Some(Uuid::from_u128(4));
        let (first, again) = futures_util::future::join(ask(key), ask(key)).await;
        assert_eq!((first, again), (Ok(Answer::Reconciled(0)), Ok(Answer::Reconciled(0))));
        assert_eq!(ask(None).await, Err(CallError::Refused(Refusal::conflict("taken"))));
        assert_eq!(fixture.count().await, 0);
    });
}

#[test]
fn what_no_store_keeps_is_the_callers_fault() {
    on_paused_time(|| async {
        let fixture = Fixture::start().await;
        let refused = fixture.ask(None, "too long").await;
        let text = "the store refuses this: id has 1025 bytes, at most 1024 are allowed";
        assert_eq!(refused, Err(CallError::Refused(Refusal::unprocessable(text))));
        assert_eq!(fixture.store.commits.load(Ordering::Relaxed), 0);
    });
}

#[test]
fn a_row_changed_behind_the_worlds_back_is_read_again() {
    on_paused_time(|| async {
        let fixture = Fixture::start().await;
        fixture.ask(None, "up").await.unwrap();
        let key = Key::new(Kind::Claim, Claim::row_id(Pool::Vrf, 1));
        let row = fixture.store.row(&key).await.unwrap().unwrap();
        let mut changed = row.clone();
        changed.generation = row.generation.next();
        let put = crate::store::Put { row: changed, expected: Some(row.generation) };
        fixture.store.inner.commit(Transaction { puts: vec![put], ..Transaction::default() }).await.unwrap();
        assert_eq!(fixture.ask(None, "up").await, Ok(Answer::Reconciled(1)));
        assert_eq!(fixture.count().await, 1);
    });
}

#[test]
fn a_stalled_actor_refuses_what_its_mailbox_cannot_hold() {
    on_paused_time(|| async {
        let fixture = Fixture::start().await;
        fixture.ask(None, "up").await.unwrap();
        fixture.fail_next(Fault::Stall);
        let asks = (0..super::COMMANDS_PER_ACTOR_MAX + 50).map(|_| fixture.ask(None, "up"));
        let answers = futures_util::future::join_all(asks).await;
        let overloaded = answers.iter().filter(|answer| **answer == Err(CallError::Overloaded)).count();
        assert_eq!(overloaded, 50);
        assert!(matches!(answers[0], Err(CallError::Unknown { .. })), "the stalled one may still be applied");
    });
}

#[test]
fn stopping_lets_calls_finish_and_refuses_new_ones() {
    on_paused_time(|| async {
        let fixture = Fixture::start().await;
        let asks = futures_util::future::join_all((0..10).map(|_| fixture.ask(None, "up")));
        let (answers, ()) =
            futures_util::future::join(asks, fixture.local.stop(Duration::from_secs(10))).await;
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
        assert!(matches!(fixture.ask(None, "up").await, Err(CallError::Unavailable { .. })));
    });
}
