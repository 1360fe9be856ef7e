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
mod own;
mod peers;
mod serve;
#[cfg(test)]
mod tests;
mod view;

pub use peers::PeerState;
pub use view::View;

use crate::answer::Answer;
use crate::background::Background;
use crate::command::ask::{Ask, FromAnswer};
use crate::command::{Body, Command};
use crate::decision::Principal;
use crate::ids::PartitionId;
use crate::mesh::{Mesh, MeshError, Reply, Request, Shown};
use crate::planted::{Bug, planted};
use crate::refusal::Refusal;
use crate::router::{self, Destination};
use crate::runtime::{CallError, LocalPartition};
use crate::store::{Key, Kind};
use async_trait::async_trait;
use bytes::Bytes;
use peers::Peers;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// Interval of pings to a partition.
pub const PING_EVERY: Duration = Duration::from_secs(1);

/// A partition that has been silent for this long is away. No call waits longer than this for it once the link is cut.
pub const AWAY_AFTER: Duration = Duration::from_secs(4);

/// How long a list waits for each partition: metalctl shows what it got, and which partitions are missing.
pub const LIST_TIMEOUT: Duration = Duration::from_secs(3);

/// How long a look-up of a row's owner waits for each partition.
pub const LOOK_UP_TIMEOUT: Duration = Duration::from_secs(3);

/// How long a write in another partition may take, the same as a local one.
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
    others: BTreeSet<PartitionId>,
    peers: Peers,
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
        let Shared { local, others, .. } = &*self.shared;
        f.debug_struct("Gateway")
            .field("partition", local.partition())
            .field("others", others)
            .finish_non_exhaustive()
    }
}

impl Gateway {
    /// `others`: the names of all partitions except the local one.
    pub fn new(local: LocalPartition, mesh: Arc<dyn Mesh>, others: BTreeSet<PartitionId>) -> Self {
        let peers = Peers::new(&others);
        Self { shared: Arc::new(Shared { local, mesh, others, peers }), background: Background::default() }
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
        for partition in &self.shared.others {
            tokio::task::spawn_local(peers::watch(self.clone(), partition.clone()));
        }
    }

    /// This partition's actors, to start and stop them. Endpoints need only the gateway.
    pub fn local(&self) -> &LocalPartition {
        &self.shared.local
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
        let Shared { local, others, .. } = &*self.shared;
        if others.is_empty() {
            return local.answer(command, key.is_some()).await;
        }
        let owner = match router::destination(local.world(), others, &command.body) {
            Destination::Here => None,
            Destination::At(partition) => Some(partition),
            Destination::OwnerOf(row) => self.owner_of(&row, key).await?,
        };
        match owner {
            None => local.answer(command, key.is_some()).await,
            Some(partition) => self.pass_on(partition, command).await,
        }
    }

    /// One thing from the partition that has it. `None`: no partition has it. An error when a partition that may have
    /// it does not answer.
    pub async fn get(&self, kind: Kind, id: &str) -> Result<Option<View>, CallError> {
        let key = Key::new(kind, id);
        if self.shared.others.is_empty() || self.here().has(&key) {
            return Ok(self.here().has(&key).then(|| self.own()));
        }
        let request = Request::Show { kind, id: Some(id.to_owned()), after: None };
        let asked = self.ask_all(&request, LOOK_UP_TIMEOUT).await;
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
        unreachable.first().map_or(Ok(None), |partition| Err(self.away(partition, &unreachable)))
    }

    /// All things of a kind, from all partitions that answer within [`LIST_TIMEOUT`].
    pub async fn list(&self, kind: Kind) -> Partial<View> {
        let answers = BTreeMap::from([(self.local().partition().clone(), self.own())]);
        let mut partial = Partial { answers, unreachable: Vec::new() };
        let lists = self.shared.others.iter().map(async |partition| {
            let listed = tokio::time::timeout(LIST_TIMEOUT, self.list_at(partition, kind)).await;
            (partition.clone(), listed.ok().and_then(Result::ok))
        });
        for (partition, sent) in futures_util::future::join_all(lists).await {
            let view = sent.and_then(|sent| seen(&partition, sent));
            partial.add(partition, view);
        }
        partial
    }

    async fn list_at(&self, partition: &PartitionId, kind: Kind) -> Result<Vec<Shown>, MeshError> {
        let mut pages: Vec<Shown> = Vec::new();
        loop {
            let after = pages.last().and_then(|page| page.more_after.clone());
            match self.call(partition, Request::Show { kind, id: None, after }).await? {
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
    async fn owner_of(&self, row: &Key, key: Option<Uuid>) -> Result<Option<PartitionId>, CallError> {
        let request = Request::Has { row: row.clone(), answered: key };
        let Partial { answers, mut unreachable } = self.ask_all(&request, LOOK_UP_TIMEOUT).await;
        for (partition, reply) in answers {
            match reply {
                Reply::Has(Ok(true)) => return Ok(Some(partition)),
                Reply::Has(Ok(false)) => {}
                _ => unreachable.push(partition),
            }
        }
        unreachable.first().map_or(Ok(None), |partition| Err(self.away(partition, &unreachable)))
    }

    async fn ask_all(&self, request: &Request, patience: Duration) -> Partial<Reply> {
        let calls = self.shared.others.iter().map(async |partition| {
            let reply = tokio::time::timeout(patience, self.call(partition, request.clone())).await;
            (partition.clone(), reply.ok().and_then(Result::ok).filter(call::tells))
        });
        let mut partial = Partial { answers: BTreeMap::new(), unreachable: Vec::new() };
        for (partition, reply) in futures_util::future::join_all(calls).await {
            partial.add(partition, reply);
        }
        partial
    }

    async fn pass_on(&self, partition: PartitionId, mut command: Command) -> Result<Answer, CallError> {
        if planted(Bug::NewKeyPerHop) {
            command = self.local().command(&command.principal, None, command.body);
        }
        command.partition = partition.clone();
        let key = command.key;
        let request = Request::Execute {
            command: Box::new(command),
            // Links may deliver twice, also without a key from the caller.
            may_be_retry: true,
            remaining_ms: u64::try_from(REMOTE_TIMEOUT.as_millis()).unwrap_or(u64::MAX),
            hops: 1,
        };
        match tokio::time::timeout(REMOTE_TIMEOUT, self.call(&partition, request)).await {
            Ok(Ok(Reply::Executed(result))) => result,
            Ok(Ok(Reply::NotUnderstood { .. }) | Err(MeshError::NotSent)) => {
                Err(self.away(&partition, std::slice::from_ref(&partition)))
            }
            Ok(Err(MeshError::TooLarge(error))) => Err(Refusal::unprocessable(error.to_string()).into()),
            Ok(Ok(_) | Err(MeshError::Lost)) | Err(_) => Err(CallError::Unknown { key }),
        }
    }
}

/// A mesh without links.
struct NoLinks;

#[async_trait]
impl Mesh for NoLinks {
    async fn call(&self, _to: &PartitionId, _request: Bytes) -> Result<Bytes, MeshError> {
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
