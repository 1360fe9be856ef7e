//! Reachability of the other partitions: pinged every second, and away after some seconds of silence.

use super::{AWAY_AFTER, Gateway, PING_EVERY};
use crate::ids::PartitionId;
use crate::mesh::{Reply, Request};
use parking_lot::Mutex;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// Longer than a lost ping: one loss does not make a partition look away.
const PING_TIMEOUT: Duration = Duration::from_secs(2);

/// Interval of log lines about the same partition.
const MISUNDERSTOOD_EVERY: Duration = Duration::from_secs(60);

/// The known state of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeerState {
    /// It answered recently, or has not been pinged for long enough.
    There,
    /// Silent since then.
    Away(Instant),
}

#[derive(Debug)]
pub(super) struct Peers {
    states: Mutex<BTreeMap<PartitionId, PeerState>>,
    changed: Notify,
    misunderstood: Mutex<BTreeMap<PartitionId, Misunderstood>>,
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
    pub(super) fn new(others: &BTreeSet<PartitionId>) -> Self {
        let states = others.iter().map(|partition| (partition.clone(), PeerState::There)).collect();
        Self { states: Mutex::new(states), changed: Notify::new(), misunderstood: Mutex::default() }
    }

    pub(super) fn all(&self) -> BTreeMap<PartitionId, PeerState> {
        self.states.lock().clone()
    }

    pub(super) fn is_away(&self, partition: &PartitionId) -> bool {
        let states = self.states.lock();
        matches!(states.get(partition), Some(PeerState::Away(_)))
    }

    pub(super) async fn until_away(&self, partition: &PartitionId) {
        loop {
            let changed = self.changed.notified();
            if self.is_away(partition) {
                return;
            }
            changed.await;
        }
    }

    /// Records a message that either side could not read; logs it from time to time.
    pub(super) fn misunderstood(&self, partition: &PartitionId, reason: &str) {
        let now = Instant::now();
        let mut all = self.misunderstood.lock();
        let logged = all.get(partition).map(|known| known.logged);
        let is_news = logged.is_none_or(|logged| now >= logged + MISUNDERSTOOD_EVERY);
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

    /// The unreadable part of the last request or reply.
    pub(super) fn what_is_misunderstood(&self, partition: &PartitionId) -> Option<String> {
        self.misunderstood.lock().get(partition).and_then(|known| known.reason.clone())
    }

    fn set(&self, partition: &PartitionId, state: PeerState) {
        let mut states = self.states.lock();
        let old = states.insert(partition.clone(), state);
        drop(states);
        if old != Some(state) {
            tracing::info!(%partition, ?state, "reachability changed");
            self.changed.notify_waiters();
        }
    }
}

/// Pings one partition until this one stops. An answer counts from the time of its ping: an old one says nothing about
/// now.
pub(super) async fn watch(gateway: Gateway, partition: PartitionId) {
    let peers = &gateway.shared.peers;
    let mut heard = Instant::now();
    while !gateway.local().is_stopping() {
        let asked = Instant::now();
        let known_away = peers.is_away(&partition);
        let patience = asked + PING_TIMEOUT;
        let until = if known_away { patience } else { patience.min(heard + AWAY_AFTER) };
        let ping = gateway.send(&partition, &Request::Ping);
        // A partition that does not understand the request is reachable, too.
        if let Ok(Ok(Reply::Pong | Reply::NotUnderstood { .. })) = tokio::time::timeout_at(until, ping).await
        {
            heard = asked;
            peers.set(&partition, PeerState::There);
        } else if !known_away && Instant::now() >= heard + AWAY_AFTER {
            peers.set(&partition, PeerState::Away(heard));
        }
        tokio::time::sleep_until(asked + PING_EVERY).await;
    }
}
