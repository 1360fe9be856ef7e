//! The one entrance: what every endpoint holds, and all that it holds. All partitions are one to it: a write goes to the partition that owns its target and is executed there once, a list asks
//! everybody at the same time and names those that did not answer.
//!
//! Knows the partitions by name and reaches them through the port [`Mesh`]. Whether a partition can be reached is looked
//! at all the time, so that nobody waits for one that cannot.
//!
//! * **Once.** The caller's key travels; the owner's inbox remembers it. A write whose answer was lost is
//!   [`CallError::Unknown`], and asking again with its key tells, although the row that it removed is gone.
//! * **One hop.** A command that came from another partition is executed, never passed on.
//! * **Quickly.** Nobody waits for a partition that is known to be away; a wait that began before ends when it becomes
//!   known.

mod peers;
mod serve;
#[cfg(test)]
mod tests;

pub use peers::PeerState;

use crate::command::{Answer, Body};
use crate::decision::Principal;
use crate::ids::PartitionId;
use crate::mesh::{Mesh, MeshError, Reply, Request};
use crate::planted::{Bug, planted};
use crate::router::{self, Destination};
use crate::runtime::{CallError, Site};
use crate::store::{Key, Row};
use crate::world::Record;
use async_trait::async_trait;
use peers::Peers;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// Between two questions whether a partition is there.
pub const PING_EVERY: Duration = Duration::from_secs(1);

/// A partition that has been silent for so long is away. Nobody waits for it longer than this once the link is cut.
pub const AWAY_AFTER: Duration = Duration::from_secs(4);

/// A list waits so long for each partition: metalctl shows what there is, and who is missing.
pub const LIST_TIMEOUT: Duration = Duration::from_secs(3);

/// A question who owns a row waits so long for each partition.
pub const LOOK_UP_TIMEOUT: Duration = Duration::from_secs(3);

/// A write in another partition waits so long, as one at home does.
pub const REMOTE_TIMEOUT: Duration = Duration::from_secs(10);

/// A site and its links to the others. Cheap to clone.
#[derive(Clone)]
pub struct Gateway {
    shared: Arc<Shared>,
}

struct Shared {
    site: Site,
    mesh: Arc<dyn Mesh>,
    others: BTreeSet<PartitionId>,
    peers: Peers,
}

/// Answers of those partitions that answered in time, and the names of those that did not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partial<T> {
    /// By partition; this one is among them.
    pub answers: BTreeMap<PartitionId, T>,
    pub unreachable: Vec<PartitionId>,
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shared { site, others, .. } = &*self.shared;
        f.debug_struct("Gateway").field("home", site.home()).field("others", others).finish_non_exhaustive()
    }
}

impl Gateway {
    /// `others` are the names of all partitions but the site's own.
    pub fn new(site: Site, mesh: Arc<dyn Mesh>, others: BTreeSet<PartitionId>) -> Self {
        let peers = Peers::new(&others);
        Self { shared: Arc::new(Shared { site, mesh, others, peers }) }
    }

    /// Of a partition that is not part of anything bigger.
    pub fn alone(site: Site) -> Self {
        Self::new(site, Arc::new(NoLinks), BTreeSet::new())
    }

    /// Begins to look who is there. Must run where the site was started.
    pub fn start(&self) {
        for partition in &self.shared.others {
            tokio::task::spawn_local(peers::watch(self.clone(), partition.clone()));
        }
    }

    /// This partition.
    pub fn site(&self) -> &Site {
        &self.shared.site
    }

    /// The other partitions and whether they can be reached.
    pub fn peers(&self) -> BTreeMap<PartitionId, PeerState> {
        self.shared.peers.all()
    }

    /// Executes a command in the partition that owns what it changes, once for each `key`.
    pub async fn execute(
        &self,
        principal: &Principal,
        key: Option<Uuid>,
        body: Body,
    ) -> Result<Answer, CallError> {
        let Shared { site, others, .. } = &*self.shared;
        if others.is_empty() {
            return site.ask(principal, key, body).await;
        }
        let owner = match router::destination(site.world(), others, &body) {
            Destination::Here => None,
            Destination::At(partition) => Some(partition),
            Destination::OwnerOf(row) => self.owner_of(&row, key).await?,
        };
        match owner {
            None => site.ask(principal, key, body).await,
            Some(partition) => self.pass_on(partition, principal, key, body).await,
        }
    }

    /// The row, wherever it is.
    pub async fn row(&self, key: &Key) -> Result<Option<Row>, CallError> {
        if let Some(row) = self.site().world().row(key) {
            return Ok(Some(row));
        }
        let asked = self.ask_all(&Request::Row(key.clone()), LOOK_UP_TIMEOUT).await;
        let found = asked.answers.into_values().find_map(|reply| match reply {
            Reply::Row(row) => row,
            _ => None,
        });
        match asked.unreachable.first() {
            Some(partition) if found.is_none() => Err(away(partition, &asked.unreachable)),
            _ => Ok(found),
        }
    }

    /// All rows of a kind in all partitions that answer within [`LIST_TIMEOUT`].
    pub async fn list<R: Record>(&self) -> Partial<Vec<Row>> {
        let lists = self.shared.others.iter().map(async |partition| {
            let listed = tokio::time::timeout(LIST_TIMEOUT, self.list_at::<R>(partition)).await;
            (partition.clone(), listed.ok().and_then(Result::ok))
        });
        let (others, home) = futures_util::future::join(futures_util::future::join_all(lists), async {
            self.site().world().rows(R::KIND, None, usize::MAX)
        })
        .await;
        let mut partial = Partial {
            answers: BTreeMap::from([(self.site().home().clone(), home)]),
            unreachable: Vec::new(),
        };
        for (partition, rows) in others {
            partial.add(partition, rows);
        }
        partial
    }

    async fn list_at<R: Record>(&self, partition: &PartitionId) -> Result<Vec<Row>, MeshError> {
        let mut rows: Vec<Row> = Vec::new();
        loop {
            let after = rows.last().map(|row| row.key.id.clone());
            match self.call(partition, Request::Rows { kind: R::KIND, after }).await? {
                Reply::Rows(page) if page.is_empty() => return Ok(rows),
                Reply::Rows(page) => rows.extend(page),
                _ => return Err(MeshError::Lost),
            }
        }
    }

    /// Who has the row, or had it when it answered a command with `key`. `None`: this partition, because nobody does.
    /// With partitions away, nobody can know that.
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
        unreachable.first().map_or(Ok(None), |partition| Err(away(partition, &unreachable)))
    }

    async fn ask_all(&self, request: &Request, patience: Duration) -> Partial<Reply> {
        let calls = self.shared.others.iter().map(async |partition| {
            let reply = tokio::time::timeout(patience, self.call(partition, request.clone())).await;
            (partition.clone(), reply.ok().and_then(Result::ok))
        });
        let mut partial = Partial { answers: BTreeMap::new(), unreachable: Vec::new() };
        for (partition, reply) in futures_util::future::join_all(calls).await {
            partial.add(partition, reply);
        }
        partial
    }

    async fn pass_on(
        &self,
        partition: PartitionId,
        principal: &Principal,
        key: Option<Uuid>,
        body: Body,
    ) -> Result<Answer, CallError> {
        let key = key.filter(|_| !planted(Bug::NewKeyPerHop));
        let mut command = self.site().command(principal, key, body);
        command.partition = partition.clone();
        let key = command.key;
        let request = Request::Execute {
            command: Box::new(command),
            // Links may deliver twice, whoever chose the key.
            may_be_retry: true,
            remaining_ms: u64::try_from(REMOTE_TIMEOUT.as_millis()).unwrap_or(u64::MAX),
            hops: 1,
        };
        match tokio::time::timeout(REMOTE_TIMEOUT, self.call(&partition, request)).await {
            Ok(Ok(Reply::Executed(result))) => result,
            Ok(Err(MeshError::NotSent)) => Err(away(&partition, std::slice::from_ref(&partition))),
            Ok(Ok(_) | Err(MeshError::Lost)) | Err(_) => Err(CallError::Unknown { key }),
        }
    }

    /// A call that is not begun when the partition is away, and ends when it goes away.
    async fn call(&self, to: &PartitionId, request: Request) -> Result<Reply, MeshError> {
        let Shared { mesh, peers, .. } = &*self.shared;
        if peers.is_away(to) {
            return Err(MeshError::NotSent);
        }
        tokio::select! {
            biased;
            reply = mesh.call(to, request) => reply,
            () = peers.until_away(to) => Err(MeshError::Lost),
        }
    }
}

/// There is nobody to reach.
struct NoLinks;

#[async_trait]
impl Mesh for NoLinks {
    async fn call(&self, _to: &PartitionId, _request: Request) -> Result<Reply, MeshError> {
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

fn away(partition: &PartitionId, all: &[PartitionId]) -> CallError {
    let names: Vec<&str> = all.iter().map(PartitionId::as_str).collect();
    let reason = format!("no answer from {}", names.join(", "));
    CallError::Unavailable { partition: partition.clone(), reason }
}
