//! Whether the other partitions can be reached: asked every second, known to be away after some seconds of silence.

use super::{AWAY_AFTER, Gateway, PING_EVERY};
use crate::ids::PartitionId;
use crate::mesh::{Reply, Request};
use parking_lot::Mutex;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// One lost question must not look like a lost partition.
const PING_TIMEOUT: Duration = Duration::from_secs(2);

/// What is known of the way to a partition and back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeerState {
    /// Answered a moment ago, or was not asked for long enough to know better.
    There,
    /// Silent since then.
    Away(Instant),
}

#[derive(Debug)]
pub(super) struct Peers {
    states: Mutex<BTreeMap<PartitionId, PeerState>>,
    changed: Notify,
}

impl Peers {
    pub(super) fn new(others: &BTreeSet<PartitionId>) -> Self {
        let states = others.iter().map(|partition| (partition.clone(), PeerState::There)).collect();
        Self { states: Mutex::new(states), changed: Notify::new() }
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

/// Asks one partition until this one stops. An answer counts from when its question was asked: an old one proves
/// nothing about now.
pub(super) async fn watch(gateway: Gateway, partition: PartitionId) {
    let peers = &gateway.shared.peers;
    let mut heard = Instant::now();
    while !gateway.site().is_stopping() {
        let asked = Instant::now();
        let known_away = peers.is_away(&partition);
        let patience = asked + PING_TIMEOUT;
        let until = if known_away { patience } else { patience.min(heard + AWAY_AFTER) };
        let ping = gateway.shared.mesh.call(&partition, Request::Ping);
        if let Ok(Ok(Reply::Pong)) = tokio::time::timeout_at(until, ping).await {
            heard = asked;
            peers.set(&partition, PeerState::There);
        } else if !known_away && Instant::now() >= heard + AWAY_AFTER {
            peers.set(&partition, PeerState::Away(heard));
        }
        tokio::time::sleep_until(asked + PING_EVERY).await;
    }
}
