//! A partition's actors on this node, as seen by the rest of the node.

use super::calls::{Calls, NotBegun};
use super::command_actor::{Call, Domain, Executor, Waiting, chain};
use super::directory::{Directory, NotSent};
use super::env::Env;
use super::freezes::Freezes;
use super::gate::Gate;
use super::held_keys::HeldKeys;
use super::resolver;
use crate::answer::Answer;
use crate::call::CallError;
use crate::command::{Body, Command};
use crate::decision::Principal;
use crate::ids::PartitionId;
use crate::store::{Kind, ROWS_PER_PAGE_MAX, Store, StoreError};
use crate::world::World;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;
use uuid::Uuid;

/// A caller waits this long for an answer: metal-core gives up after 15 s, metalctl after 30 s.
pub(super) const ASK_TIMEOUT: Duration = Duration::from_secs(10);

/// The parts of a local partition.
pub struct LocalPartitionConfig {
    /// The partition whose rows the store keeps.
    pub partition: PartitionId,
    pub store: Arc<dyn Store>,
    pub env: Env,
    /// The domain to run.
    pub domain: Domain,
}

/// Calls the actors of a partition and reads its rows. Cheap to clone, usable from any thread.
#[derive(Clone)]
pub struct LocalPartition {
    shared: Arc<Shared>,
}

struct Shared {
    executor: Executor,
    directory: Directory,
    calls: Calls,
    gate: Gate,
    keys: Keys,
    /// Keys of commands that may be retried, from their arrival until their actor is done with them.
    running: HeldKeys,
    stopping: watch::Sender<bool>,
}

/// Why a partition could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("the rows of the partition could not be loaded")]
    Store(#[from] StoreError),
}

impl LocalPartition {
    /// Loads all rows, then starts. Background tasks start with [`crate::background::start`]. Must run on a
    /// current-thread runtime inside a `LocalSet` or an actix `System`: the actors live there.
    pub async fn start(config: LocalPartitionConfig) -> Result<Self, StartError> {
        let LocalPartitionConfig { partition, store, env, domain } = config;
        let world = Arc::new(World::default());
        load(&world, store.as_ref()).await?;
        world.skip_generations(env.with_rng(rand::Rng::next_u32));
        let (directory, starts) = Directory::new();
        let (doubts, doubtful) = mpsc::unbounded_channel();
        tokio::task::spawn_local(resolver::run(Arc::clone(&world), Arc::clone(&store), doubtful));
        let keys = Keys { incarnation: env.uuid().as_u64_pair().0, count: AtomicU64::new(0) };
        let (attempts, freezes) = (Arc::default(), Freezes::default());
        let executor = Executor { world, store, env, partition, domain, doubts, attempts, freezes };
        let serving = Rc::new(executor.clone());
        let shared = Arc::new(Shared {
            executor,
            directory,
            calls: Calls::default(),
            gate: Gate::default(),
            keys,
            running: HeldKeys::default(),
            stopping: watch::Sender::new(false),
        });
        let local = Self { shared: Arc::clone(&shared) };
        tokio::task::spawn_local(async move { shared.directory.serve(serving, starts).await });
        Ok(local)
    }

    /// Sets the maximum of machines in the partition; new machines are refused beyond it.
    pub fn bound_machines(&self, machines_max: usize) {
        self.shared.executor.world.newcomers_change(|newcomers| newcomers.machines_max = machines_max);
    }

    /// Executes a command. Answers once it is durable, or when the call's time is over. With a `key` of the caller's, a
    /// retry of an applied command gets the same answer.
    pub async fn ask(
        &self,
        principal: &Principal,
        key: Option<Uuid>,
        body: Body,
    ) -> Result<Answer, CallError> {
        self.answer(self.command(principal, key, body), key.is_some()).await
    }

    /// Like [`LocalPartition::ask`], for a command to this partition.
    pub async fn answer(&self, command: Command, may_be_retry: bool) -> Result<Answer, CallError> {
        let call = self.call(command, may_be_retry, ASK_TIMEOUT);
        // `until` refuses work that has not started; this bounds the wait for work that has.
        match tokio::time::timeout(ASK_TIMEOUT, self.run(&call)).await {
            Ok(result) => result,
            Err(_) if call.begun.load(Ordering::Acquire) => Err(CallError::Unknown { key: call.command.key }),
            Err(_) => Err(CallError::Expired),
        }
    }

    /// A command to this partition.
    pub fn command(&self, principal: &Principal, key: Option<Uuid>, body: Body) -> Command {
        Command {
            key: key.unwrap_or_else(|| self.next_key()),
            principal: principal.clone(),
            partition: self.shared.executor.partition.clone(),
            body,
        }
    }

    /// Executes a command that was addressed to this partition, if it can start within `patience`; the caller bounds
    /// the wait.
    pub async fn execute(
        &self,
        command: Command,
        may_be_retry: bool,
        patience: Duration,
    ) -> Result<Answer, CallError> {
        self.run(&self.call(command, may_be_retry, patience)).await
    }

    fn call(&self, command: Command, may_be_retry: bool, patience: Duration) -> Arc<Call> {
        let running = may_be_retry.then(|| self.shared.running.hold(command.key));
        let (until, begun) = (Instant::now() + patience, AtomicBool::new(false));
        Arc::new(Call { command, may_be_retry, until, begun, _running: running })
    }

    async fn run(&self, call: &Arc<Call>) -> Result<Answer, CallError> {
        let shared = &self.shared;
        let _counted = shared.calls.begin().map_err(|error| match error {
            NotBegun::Full => CallError::Overloaded,
            NotBegun::Closed => self.unavailable("the node is stopping"),
        })?;
        let passage = shared.gate.pass().await;
        let passage =
            passage.ok_or_else(|| self.unavailable("the partition is renaming entities, try again"))?;
        let (answer, answered) = oneshot::channel();
        let target = (shared.executor.domain.actor)(&shared.executor.world, &call.command.body);
        let sent = shared.directory.send(target, Waiting { call: Arc::clone(call), answer, passage });
        sent.await.map_err(|error| match error {
            NotSent::Full => CallError::Overloaded,
            NotSent::Stopping => self.unavailable("the node is stopping"),
        })?;
        match answered.await {
            Ok(result) => result,
            // The actor died, and the write may have been applied.
            Err(_) if call.begun.load(Ordering::Acquire) => Err(CallError::Unknown { key: call.command.key }),
            Err(_) => Err(self.unavailable("the actor is restarting, try again")),
        }
    }

    /// The rows, for readers.
    pub fn world(&self) -> &Arc<World> {
        &self.shared.executor.world
    }

    pub fn partition(&self) -> &PartitionId {
        &self.shared.executor.partition
    }

    pub fn env(&self) -> &Env {
        &self.shared.executor.env
    }

    pub fn now(&self) -> crate::time::Timestamp {
        self.shared.executor.env.now()
    }

    /// Checks that the store answers; returns its description for people.
    pub async fn ping(&self) -> Result<String, CallError> {
        self.shared.executor.store.ping().await.map_err(|error| self.unavailable(&chain(&error)))
    }

    /// Whether this partition has executed a command with this key, or is executing one now.
    pub async fn knows(&self, key: Uuid) -> Result<bool, CallError> {
        // In this order: a command that ends in between has a stored answer.
        if self.shared.running.contains(key) || self.shared.executor.attempts.is_open(key) {
            return Ok(true);
        }
        let entry = self.shared.executor.store.inbox(key).await;
        entry.map(|entry| entry.is_some()).map_err(|error| self.unavailable(&error.to_string()))
    }

    pub(super) fn executor(&self) -> &Executor {
        &self.shared.executor
    }

    pub(super) fn gate(&self) -> &Gate {
        &self.shared.gate
    }

    /// A key for something that only this node repeats.
    pub(super) fn next_key(&self) -> Uuid {
        self.shared.keys.next()
    }

    pub(crate) fn store(&self) -> &Arc<dyn Store> {
        &self.shared.executor.store
    }

    /// Number of running actors and of calls without an answer, for metrics.
    pub fn load(&self) -> (usize, usize) {
        (self.shared.directory.len(), self.shared.calls.len())
    }

    pub fn is_stopping(&self) -> bool {
        *self.shared.stopping.borrow()
    }

    /// Ends when the node begins to stop: long waits must not delay it.
    pub async fn until_stopping(&self) {
        let mut stopping = self.shared.stopping.subscribe();
        // The sender lives as long as the partition.
        stopping.wait_for(|stopping| *stopping).await.ok();
    }

    /// Refuses new calls; running ones continue.
    pub fn refuse(&self) {
        self.shared.calls.close();
        self.shared.stopping.send_replace(true);
    }

    /// Refuses new calls, waits for running ones (at most `patience`), then closes the store (at most [`CLOSING`]:
    /// writes that the store did not confirm by then were never acknowledged).
    pub async fn stop(&self, patience: Duration) {
        let shared = &self.shared;
        self.refuse();
        if tokio::time::timeout(patience, shared.calls.until_none()).await.is_err() {
            tracing::warn!(calls = shared.calls.len(), "stopping before all calls are answered");
        }
        if tokio::time::timeout(CLOSING, shared.executor.store.close()).await.is_err() {
            tracing::warn!("stopping before the store is closed");
        }
    }

    /// The error when the partition cannot answer, with its reason.
    pub(crate) fn unavailable(&self, reason: &str) -> CallError {
        CallError::Unavailable {
            partition: self.shared.executor.partition.clone(),
            reason: reason.to_owned(),
        }
    }
}

/// Longest time for a store to close.
pub const CLOSING: Duration = Duration::from_secs(2);

impl fmt::Debug for LocalPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalPartition")
            .field("partition", &self.shared.executor.partition)
            .finish_non_exhaustive()
    }
}

/// Keys for commands without a caller's key: the node's incarnation, drawn at start, and a counter.
struct Keys {
    incarnation: u64,
    count: AtomicU64,
}

impl Keys {
    fn next(&self) -> Uuid {
        Uuid::from_u64_pair(self.incarnation, self.count.fetch_add(1, Ordering::Relaxed))
    }
}

/// Reads all rows. A node answers nothing before it has loaded them all (ipam 5.2, start-up rule).
/// An unreadable row makes its kind unavailable, and no other.
async fn load(world: &World, store: &dyn Store) -> Result<(), StartError> {
    for kind in Kind::kept() {
        let mut after: Option<String> = None;
        loop {
            let rows = store.rows(kind, after.as_deref(), ROWS_PER_PAGE_MAX).await?;
            for row in &rows {
                if let Err(bad) = world.load(&row.key, Some(row)) {
                    world.stop(&bad);
                }
            }
            if rows.len() < ROWS_PER_PAGE_MAX {
                break;
            }
            after = rows.last().map(|row| row.key.id.clone());
        }
    }
    for stopped in world.stopped().values() {
        tracing::error!(kind = stopped.kind.entity(), rows = stopped.rows, %stopped, "commands on a kind are refused");
    }
    Ok(())
}
