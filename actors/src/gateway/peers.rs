//! The other partitions, which change at runtime, and their reachability: pinged every second, and away after some
//! seconds of silence.

use super::{AWAY_AFTER, Gateway, PING_EVERY};
use crate::ids::PartitionId;
use parking_lot::{Mutex, RwLock};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// Longer than a lost ping: one loss does not make a partition look away.
pub(super) const PING_TIMEOUT: Duration = Duration::from_secs(2);

/// Interval of log lines about the same partition.
const LOG_EVERY: Duration = Duration::from_secs(60);

/// The known state of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeerState {
    /// It answered recently, or has not been pinged for long enough.
    There,
    /// Silent since then.
    Away(Instant),
}

/// One stay of a partition among the others. A partition that leaves and joins again has another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Membership(u64);

#[derive(Debug)]
pub(super) struct Peers {
    /// Whether there are others; read before `names`, so that a partition without others takes no lock.
    any: AtomicBool,
    /// The keys of `members`, for readers of all of them.
    names: RwLock<Arc<BTreeSet<PartitionId>>>,
    members: Mutex<Members>,
    changed: Notify,
    misunderstood: Mutex<BTreeMap<PartitionId, Misunderstood>>,
    /// Time of the last log line about a denied request.
    denied: Mutex<BTreeMap<PartitionId, Instant>>,
}

#[derive(Debug, Default)]
struct Members {
    joined: u64,
    states: BTreeMap<PartitionId, (Membership, PeerState)>,
}

/// A partition of another release.
#[derive(Debug)]
struct Misunderstood {
    /// `None`: the last request and its reply were understood.
    reason: Option<String>,
    /// Time of the last log line about it.
    logged: Instant,
}

impl Peers {
    pub(super) fn new(others: BTreeSet<PartitionId>) -> Self {
        let peers = Self {
            any: AtomicBool::new(false),
            names: RwLock::default(),
            members: Mutex::default(),
            changed: Notify::new(),
            misunderstood: Mutex::default(),
            denied: Mutex::default(),
        };
        peers.replace(others);
        peers
    }

    /// The names of the others; `None` if there are none.
    pub(super) fn others(&self) -> Option<Arc<BTreeSet<PartitionId>>> {
        if !self.any.load(Ordering::Acquire) {
            return None;
        }
        let names = Arc::clone(&self.names.read());
        (!names.is_empty()).then_some(names)
    }

    /// Replaces the others; returns the new ones. Calls to those that leave end.
    pub(super) fn replace(&self, others: BTreeSet<PartitionId>) -> Vec<(PartitionId, Membership)> {
        let mut members = self.members.lock();
        members.states.retain(|partition, _| others.contains(partition));
        let mut joined = Vec::new();
        for partition in &others {
            if !members.states.contains_key(partition) {
                members.joined += 1;
                let membership = Membership(members.joined);
                members.states.insert(partition.clone(), (membership, PeerState::There));
                joined.push((partition.clone(), membership));
            }
        }
        self.misunderstood.lock().retain(|partition, _| others.contains(partition));
        self.denied.lock().retain(|partition, _| others.contains(partition));
        self.any.store(!others.is_empty(), Ordering::Release);
        *self.names.write() = Arc::new(others);
        drop(members);
        self.changed.notify_waiters();
        joined
    }

    /// The others, to watch them.
    pub(super) fn memberships(&self) -> Vec<(PartitionId, Membership)> {
        let members = self.members.lock();
        let all = members.states.iter().map(|(partition, (membership, _))| (partition.clone(), *membership));
        all.collect()
    }

    pub(super) fn all(&self) -> BTreeMap<PartitionId, PeerState> {
        let members = self.members.lock();
        members.states.iter().map(|(partition, (_, state))| (partition.clone(), *state)).collect()
    }

    /// The stay of a partition that is not known to be away; `None` also if it is not among the others.
    pub(super) fn reachable(&self, partition: &PartitionId) -> Option<Membership> {
        let members = self.members.lock();
        let (membership, state) = members.states.get(partition)?;
        (*state == PeerState::There).then_some(*membership)
    }

    /// Ends when the partition is away or has left.
    pub(super) async fn until_away(&self, partition: &PartitionId, membership: Membership) {
        self.until(|| self.reachable(partition) != Some(membership)).await;
    }

    /// Ends when the partition has left.
    async fn until_left(&self, partition: &PartitionId, membership: Membership) {
        self.until(|| !self.is_member(partition, membership)).await;
    }

    async fn until(&self, is_reached: impl Fn() -> bool) {
        loop {
            let changed = self.changed.notified();
            if is_reached() {
                return;
            }
            changed.await;
        }
    }

    fn is_member(&self, partition: &PartitionId, membership: Membership) -> bool {
        self.members.lock().states.get(partition).is_some_and(|(known, _)| *known == membership)
    }

    /// Records a message that either side could not read; logs it from time to time.
    pub(super) fn misunderstood(&self, partition: &PartitionId, reason: &str) {
        let now = Instant::now();
        let mut all = self.misunderstood.lock();
        let logged = all.get(partition).map(|known| known.logged);
        let is_news = logged.is_none_or(|logged| now >= logged + LOG_EVERY);
        let logged = logged.filter(|_| !is_news).unwrap_or(now);
        all.insert(partition.clone(), Misunderstood { reason: Some(reason.to_owned()), logged });
        drop(all);
        if is_news {
            tracing::warn!(%partition, reason, "partitions run incompatible releases, update the older one");
        }
    }

    pub(super) fn understood(&self, partition: &PartitionId) {
        if let Some(known) = self.misunderstood.lock().get_mut(partition) {
            known.reason = None;
        }
    }

    /// The unreadable part of the last request or reply, of a partition that is there.
    pub(super) fn what_is_misunderstood(&self, partition: &PartitionId) -> Option<String> {
        self.reachable(partition)?;
        self.misunderstood.lock().get(partition).and_then(|known| known.reason.clone())
    }

    /// Whether it is time to log a denied request of a member.
    pub(super) fn is_news_that_denied(&self, member: &PartitionId) -> bool {
        let now = Instant::now();
        let mut denied = self.denied.lock();
        let is_news = denied.get(member).is_none_or(|logged| now >= *logged + LOG_EVERY);
        if is_news {
            denied.insert(member.clone(), now);
        }
        is_news
    }

    /// Does nothing for a partition that has left.
    fn set(&self, partition: &PartitionId, membership: Membership, state: PeerState) {
        let mut members = self.members.lock();
        let Some((_, known)) =
            members.states.get_mut(partition).filter(|(known_as, _)| *known_as == membership)
        else {
            return;
        };
        let old = std::mem::replace(known, state);
        drop(members);
        if old != state {
            tracing::info!(%partition, ?state, "reachability changed");
            self.changed.notify_waiters();
        }
    }
}

/// Pings one partition until it leaves or this one stops.
pub(super) async fn watch(gateway: Gateway, partition: PartitionId, membership: Membership) {
    let peers = &gateway.shared.peers;
    tokio::select! {
        biased;
        () = peers.until_left(&partition, membership) => tracing::info!(%partition, "it is no longer watched"),
        () = ping(&gateway, &partition, membership) => {}
    }
}

/// An answer counts from the time of its ping: an old one says nothing about now.
async fn ping(gateway: &Gateway, partition: &PartitionId, membership: Membership) {
    let peers = &gateway.shared.peers;
    let mut heard = Instant::now();
    while !gateway.local().is_stopping() {
        let asked = Instant::now();
        let known_away = peers.reachable(partition) != Some(membership);
        let patience = asked + PING_TIMEOUT;
        let until = if known_away { patience } else { patience.min(heard + AWAY_AFTER) };
        let pong = tokio::time::timeout_at(until, gateway.shared.mesh.ping(partition)).await;
        if matches!(pong, Ok(Ok(()))) {
            heard = asked;
            peers.set(partition, membership, PeerState::There);
        } else if !known_away && Instant::now() >= heard + AWAY_AFTER {
            peers.set(partition, membership, PeerState::Away(heard));
        }
        tokio::time::sleep_until(asked + PING_EVERY).await;
    }
}
