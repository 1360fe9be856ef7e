//! The single entry point of all endpoints. It makes all partitions look like one. The owner of the target executes a
//! write once, and the owner of an entity shows it. A list asks all partitions at the same time, and names those that
//! did not answer (architecture 3).
//!
//! Knows the partitions by name and reaches them through the port [`Mesh`]. It checks continuously which partitions are
//! reachable, so that callers do not wait for an unreachable one.
//!
//! * **Once.** The caller's key travels with the command, and the owner's inbox remembers it. A write whose answer was
//!   lost is [`CallError::Unknown`]. A retry with its key returns the answer, even if the write removed the row.
//! * **One hop.** A command from another partition is executed, never passed on.
//! * **Fast.** Calls do not wait for a partition that is known to be away. A running wait ends when the partition
//!   becomes known as away.

mod call;
mod keys;
mod own;
mod peers;
mod rights;
mod serve;
#[cfg(test)]
mod tests;
mod view;

pub use call::ping_by_message;
pub use peers::PeerState;
pub use view::View;

use crate::answer::Answer;
use crate::background::Background;
use crate::command::ask::{Ask, FromAnswer};
use crate::command::{Body, Command};
use crate::decision::Principal;
use crate::ids::PartitionId;
use crate::mesh::{Mesh, MeshError, Outgoing, Reply, Request, Shown};
use crate::planted::{Bug, planted};
use crate::refusal::Refusal;
use crate::router::{self, Destination};
use crate::runtime::{CallError, HeldKeys, LocalPartition};
use crate::store::{Key, Kind};
use async_trait::async_trait;
use bytes::Bytes;
use peers::{Membership, Peers};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;

/// Interval of pings to a partition.
pub const PING_EVERY: Duration = Duration::from_secs(1);

/// A partition that has been silent for this long is away. No call waits longer than this for it once the link is cut:
/// a write that was sent ends then, with an unknown outcome.
pub const AWAY_AFTER: Duration = Duration::from_secs(4);

/// How long a list waits for each partition: metalctl shows what it got, and which partitions are missing.
pub const LIST_TIMEOUT: Duration = Duration::from_secs(3);

/// How long a look-up of a row's owner waits for each partition.
pub const LOOK_UP_TIMEOUT: Duration = Duration::from_secs(3);

/// How long a write in another partition may take, the same as a local one: as long as the partition answers pings, it
/// may still work on the write. The time before the write is sent counts.
pub const REMOTE_TIMEOUT: Duration = Duration::from_secs(10);

/// A partition and its links to the others. Cheap to clone.
#[derive(Clone)]
pub struct Gateway {
    shared: Arc<Shared>,
    background: Background,
}

struct Shared {
    local: LocalPartition,
    mesh: Arc<dyn Mesh>,
    peers: Peers,
    /// Whether the peers are watched.
    started: AtomicBool,
    /// Keys that this partition asks the others about, until it has executed their commands.
    asking: HeldKeys,
}

/// Answers of the partitions that answered in time, and the names of the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partial<T> {
    /// By partition; this one is among them.
    pub answers: BTreeMap<PartitionId, T>,
    pub unreachable: Vec<PartitionId>,
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway")
            .field("partition", self.partition())
            .field("others", &self.others())
            .finish_non_exhaustive()
    }
}

impl Gateway {
    /// `others`: the names of all partitions except the local one.
    pub fn new(local: LocalPartition, mesh: Arc<dyn Mesh>, others: BTreeSet<PartitionId>) -> Self {
        let peers = Peers::new(others);
        let shared =
            Shared { local, mesh, peers, started: AtomicBool::new(false), asking: HeldKeys::default() };
        Self { shared: Arc::new(shared), background: Background::default() }
    }

    /// The gateway of a partition without others.
    pub fn alone(local: LocalPartition) -> Self {
        Self::new(local, Arc::new(NoLinks), BTreeSet::new())
    }

    /// Adds the background tasks, to show them.
    #[must_use]
    pub fn with_background(self, background: Background) -> Self {
        Self { background, ..self }
    }

    /// Starts the pings. Must run on the partition's thread.
    pub fn start(&self) {
        self.shared.started.store(true, Ordering::Relaxed);
        self.watch_peers(self.shared.peers.memberships());
    }

    /// Replaces the names of the other partitions. Calls to those that are no longer among them end, as if they had
    /// gone away. Must run on the partition's thread.
    pub fn set_others(&self, mut others: BTreeSet<PartitionId>) {
        others.remove(self.partition());
        let joined = self.shared.peers.replace(others);
        if self.shared.started.load(Ordering::Relaxed) {
            self.watch_peers(joined);
        }
    }

    fn watch_peers(&self, peers: Vec<(PartitionId, Membership)>) {
        for (partition, membership) in peers {
            tokio::task::spawn_local(peers::watch(self.clone(), partition, membership));
        }
    }

    /// This partition's actors, to start and stop them. Endpoints need only the gateway.
    pub fn local(&self) -> &LocalPartition {
        &self.shared.local
    }

    /// The names of the other partitions; `None` if there are none.
    pub fn others(&self) -> Option<Arc<BTreeSet<PartitionId>>> {
        self.shared.peers.others()
    }

    /// The other partitions and whether they can be reached.
    pub fn peers(&self) -> BTreeMap<PartitionId, PeerState> {
        self.shared.peers.all()
    }

    /// Executes a command in the partition that owns its target, once for each `key`.
    pub async fn execute<A: FromAnswer>(
        &self,
        principal: &Principal,
        key: Option<Uuid>,
        ask: Ask<A>,
    ) -> Result<A, CallError> {
        let command = self.local().command(principal, key, ask.into_body());
        let known_as = command.key;
        let answer = self.answer(command, key).await?;
        A::from_answer(answer).ok_or_else(|| {
            tracing::error!(key = %known_as, "a command got the answer of another command");
            CallError::UnreadableAnswer { key: known_as }
        })
    }

    /// Like [`Gateway::execute`] for any command: for callers that pass commands on.
    pub async fn execute_any(
        &self,
        principal: &Principal,
        key: Option<Uuid>,
        body: Body,
    ) -> Result<Answer, CallError> {
        self.answer(self.local().command(principal, key, body), key).await
    }

    /// `key`: if the caller chose it.
    async fn answer(&self, command: Command, key: Option<Uuid>) -> Result<Answer, CallError> {
        let local = self.local();
        let Some(others) = self.others() else { return local.answer(command, key.is_some()).await };
        let until = Instant::now() + REMOTE_TIMEOUT;
        let owner = match router::destination(local.world(), &others, &command.body) {
            Destination::Here => None,
            Destination::At(partition) => Some(partition),
            Destination::OwnerOf(row) => self.owner_of(&others, &row, key).await?,
            Destination::Anywhere => match key {
                Some(key) => return self.answer_once(&others, command, key, until).await,
                None => None,
            },
            Destination::Refused(refusal) => return Err(refusal.into()),
        };
        match owner {
            None => local.answer(command, key.is_some()).await,
            Some(partition) => self.pass_on(partition, command, key, until).await,
        }
    }

    /// One thing from the partition that has it. `None`: no partition has it. An error when a partition that may have
    /// it does not answer.
    pub async fn get(&self, kind: Kind, id: &str) -> Result<Option<View>, CallError> {
        self.find(kind, id).await.map_err(|unreachable| self.away(&unreachable))
    }

    /// Like [`Gateway::get`] for a write that needs the thing as it was before: the error says that the write was not
    /// executed. `key`: the write's, if the caller chose it.
    pub async fn get_before_write(
        &self,
        kind: Kind,
        id: &str,
        key: Option<Uuid>,
    ) -> Result<Option<View>, CallError> {
        self.find(kind, id).await.map_err(|unreachable| self.not_executed(&unreachable, key))
    }

    /// The error: the partitions that may have it and did not answer.
    async fn find(&self, kind: Kind, id: &str) -> Result<Option<View>, Vec<PartitionId>> {
        let key = Key::new(kind, id);
        if self.here().has(&key) {
            return Ok(Some(self.own()));
        }
        let Some(others) = self.others() else { return Ok(None) };
        let request = Request::Show { kind, id: Some(id.to_owned()), after: None };
        let asked = self.ask_all(&others, &request).await;
        let mut unreachable = asked.unreachable;
        for (partition, reply) in asked.answers {
            match reply {
                Reply::Shown(shown) if shown.rows.is_empty() => {}
                Reply::Shown(shown) => match seen(&partition, [*shown]) {
                    Some(view) => return Ok(Some(view)),
                    None => unreachable.push(partition),
                },
                _ => unreachable.push(partition),
            }
        }
        if unreachable.is_empty() { Ok(None) } else { Err(unreachable) }
    }

    /// All things of a kind, from all partitions that answer within [`LIST_TIMEOUT`].
    pub async fn list(&self, kind: Kind) -> Partial<View> {
        let answers = BTreeMap::from([(self.local().partition().clone(), self.own())]);
        let mut partial = Partial { answers, unreachable: Vec::new() };
        let Some(others) = self.others() else { return partial };
        let until = Instant::now() + LIST_TIMEOUT;
        let lists = others
            .iter()
            .map(async |partition| (partition.clone(), self.list_at(partition, kind, until).await.ok()));
        for (partition, sent) in futures_util::future::join_all(lists).await {
            let view = sent.and_then(|sent| seen(&partition, sent));
            partial.add(partition, view);
        }
        partial
    }

    async fn list_at(
        &self,
        partition: &PartitionId,
        kind: Kind,
        until: Instant,
    ) -> Result<Vec<Shown>, MeshError> {
        let mut pages: Vec<Shown> = Vec::new();
        loop {
            let after = pages.last().and_then(|page| page.more_after.clone());
            match self.call(partition, &Request::Show { kind, id: None, after }, until).await? {
                Reply::Shown(page) => pages.push(*page),
                _ => return Err(MeshError::Lost),
            }
            if pages.last().is_none_or(|page| page.more_after.is_none()) {
                return Ok(pages);
            }
        }
    }

    /// The partition that has the row, or had it when it answered a command with `key`. `None`: this partition, because
    /// no partition has the row. While partitions are away, this cannot be known.
    async fn owner_of(
        &self,
        others: &BTreeSet<PartitionId>,
        row: &Key,
        key: Option<Uuid>,
    ) -> Result<Option<PartitionId>, CallError> {
        let request = Request::Has { row: row.clone(), answered: key };
        let Partial { answers, mut unreachable } = self.ask_all(others, &request).await;
        for (partition, reply) in answers {
            match reply {
                Reply::Has(Ok(true)) => return Ok(Some(partition)),
                Reply::Has(Ok(false)) => {}
                _ => unreachable.push(partition),
            }
        }
        if unreachable.is_empty() { Ok(None) } else { Err(self.not_executed(&unreachable, key)) }
    }

    async fn ask_all(&self, others: &BTreeSet<PartitionId>, request: &Request) -> Partial<Reply> {
        let until = Instant::now() + LOOK_UP_TIMEOUT;
        let calls = others.iter().map(async |partition| {
            let reply = self.call(partition, request, until).await;
            (partition.clone(), reply.ok().filter(call::tells))
        });
        let mut partial = Partial { answers: BTreeMap::new(), unreachable: Vec::new() };
        for (partition, reply) in futures_util::future::join_all(calls).await {
            partial.add(partition, reply);
        }
        partial
    }

    /// `key`: if the caller chose it. `until`: the end of the caller's wait.
    async fn pass_on(
        &self,
        partition: PartitionId,
        mut command: Command,
        key: Option<Uuid>,
        until: Instant,
    ) -> Result<Answer, CallError> {
        if planted(Bug::NewKeyPerHop) {
            command = self.local().command(&command.principal, None, command.body);
        }
        command.partition = partition.clone();
        let known_as = command.key;
        let remaining = until.saturating_duration_since(Instant::now());
        if remaining.is_zero() {
            return Err(CallError::Expired);
        }
        let request = Request::Execute {
            command: Box::new(command),
            // Links may deliver twice, also without a key from the caller.
            may_be_retry: true,
            remaining_ms: u64::try_from(remaining.as_millis()).unwrap_or(u64::MAX),
            hops: 1,
        };
        match self.call(&partition, &request, until).await {
            Ok(Reply::Executed(result)) => result,
            Ok(Reply::NotUnderstood { .. }) | Err(MeshError::NotSent) => {
                Err(self.not_executed(std::slice::from_ref(&partition), key))
            }
            Err(MeshError::TooLarge(error)) => Err(Refusal::unprocessable(error.to_string()).into()),
            Ok(_) | Err(MeshError::Lost) => Err(CallError::Unknown { key: known_as }),
        }
    }
}

/// A mesh without links.
struct NoLinks;

#[async_trait]
impl Mesh for NoLinks {
    async fn call(&self, _to: &PartitionId, _outgoing: Outgoing) -> Result<Bytes, MeshError> {
        Err(MeshError::NotSent)
    }

    async fn ping(&self, _to: &PartitionId) -> Result<(), MeshError> {
        Err(MeshError::NotSent)
    }
}

impl<T> Partial<T> {
    fn add(&mut self, partition: PartitionId, answer: Option<T>) {
        match answer {
            Some(answer) => {
                self.answers.insert(partition, answer);
            }
            None if planted(Bug::HideUnreachable) => {}
            None => self.unreachable.push(partition),
        }
    }
}

/// The rows that a partition sent. If they are damaged or from a newer release, the partition counts as silent.
fn seen(partition: &PartitionId, sent: impl IntoIterator<Item = Shown>) -> Option<View> {
    let view = View::of(sent);
    if let Err(error) = &view {
        tracing::warn!(%partition, error = %error, "the rows of another partition cannot be shown");
    }
    view.ok()
}
