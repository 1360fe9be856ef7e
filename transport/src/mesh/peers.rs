//! The partitions of the mesh: their addresses, their links, and what is known of those without one.

use super::link::{Ended, Link};
use crate::health::{Directions, Gone};
use crate::identity::NodeName;
use crate::settings::PEERS_MAX;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Interval of log lines about the same fault of the same partition.
const FAULT_EVERY: Duration = Duration::from_secs(60);

/// Addresses that are remembered of a partition.
const KNOWN_MAX: usize = 32;

#[derive(Debug, Default)]
pub(crate) struct Peers {
    pub(crate) by_partition: BTreeMap<String, Peer>,
}

#[derive(Debug)]
pub(crate) struct Peer {
    /// Host and port. This end dials them.
    pub(crate) addresses: Vec<String>,
    /// False: it is known only by its link.
    pub(crate) is_member: bool,
    /// By name of the node.
    pub(crate) links: BTreeMap<String, Arc<Link>>,
    /// By name of the node: its incarnation, and the highest number of its attempts that led to a link.
    seen: BTreeMap<String, (u128, u64)>,
    pub(crate) gone: Gone,
    pub(crate) since: Instant,
    fault: Option<Fault>,
    /// Where it was at the other end of a link. It is dialled there, too.
    pub(crate) learned: Option<SocketAddr>,
    /// Where it was dialled, or dialled from.
    known: BTreeSet<SocketAddr>,
    knocked_at: Option<Instant>,
    /// Ends the dialling.
    pub(crate) stop: CancellationToken,
}

#[derive(Clone, Debug)]
struct Fault {
    text: String,
    logged_at: Instant,
}

impl Peer {
    fn new(now: Instant) -> Self {
        Self {
            addresses: Vec::new(),
            is_member: false,
            links: BTreeMap::new(),
            seen: BTreeMap::new(),
            gone: Gone::Never,
            since: now,
            fault: None,
            learned: None,
            known: BTreeSet::new(),
            knocked_at: None,
            stop: CancellationToken::new(),
        }
    }

    pub(crate) fn open_link(&self) -> Option<&Arc<Link>> {
        self.links.values().find(|link| link.is_open())
    }

    /// What is known without a link.
    pub(crate) fn directions(&self, now: Instant) -> Directions {
        self.gone.directions(self.knocked_at, now)
    }

    pub(crate) fn fault(&self) -> Option<&str> {
        self.fault.as_ref().map(|fault| fault.text.as_str())
    }

    /// The highest number of attempts, of each node and incarnation, that led to a link.
    pub(crate) fn seen(&self) -> BTreeMap<String, (u128, u64)> {
        self.seen.clone()
    }

    pub(crate) fn note_seen(&mut self, node: &NodeName, incarnation: u128, dial: u64) {
        let seen = self.seen.entry(node.node.clone()).or_insert((incarnation, 0));
        let highest = if seen.0 == incarnation { seen.1.max(dial) } else { dial };
        *seen = (incarnation, highest);
    }

    pub(crate) fn know(&mut self, address: SocketAddr) {
        if self.known.len() >= KNOWN_MAX {
            self.known.clear();
        }
        self.known.insert(canonical(address));
    }
}

/// IPv4 as such, also behind a socket of both.
pub(crate) fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

impl Peers {
    pub(crate) fn get(&self, partition: &str) -> Option<&Peer> {
        self.by_partition.get(partition)
    }

    pub(crate) fn get_mut(&mut self, partition: &str) -> Option<&mut Peer> {
        self.by_partition.get_mut(partition)
    }

    /// `None`: there are too many.
    pub(crate) fn get_or_insert(&mut self, partition: &str) -> Option<&mut Peer> {
        let is_full = self.by_partition.len() >= PEERS_MAX;
        if is_full && !self.by_partition.contains_key(partition) {
            return None;
        }
        let new = || Peer::new(Instant::now());
        Some(self.by_partition.entry(partition.to_owned()).or_insert_with(new))
    }

    /// The address tries to open a connection. That proves nothing, but it hints at what can still be heard.
    pub(crate) fn knock(&mut self, address: SocketAddr) {
        let address = canonical(address);
        for peer in self.by_partition.values_mut().filter(|peer| peer.known.contains(&address)) {
            peer.knocked_at = Some(Instant::now());
        }
    }

    /// An attempt failed. Logged when it is news, else from time to time.
    pub(crate) fn note_fault(&mut self, partition: &str, text: &str) {
        let Some(peer) = self.by_partition.get_mut(partition) else { return };
        let now = Instant::now();
        let known = peer.fault.as_ref().filter(|fault| fault.text == text);
        let logged_at = known.map(|fault| fault.logged_at).filter(|at| now < *at + FAULT_EVERY);
        if logged_at.is_none() {
            tracing::warn!(partition, fault = text, "an attempt to link failed");
        }
        peer.fault = Some(Fault { text: text.to_owned(), logged_at: logged_at.unwrap_or(now) });
    }

    pub(crate) fn clear_fault(&mut self, partition: &str) {
        if let Some(peer) = self.by_partition.get_mut(partition) {
            peer.fault = None;
        }
    }

    pub(crate) fn end(&mut self, link: &Arc<Link>, ended: &Ended) {
        let NodeName { partition, node, .. } = &link.peer;
        let Some(peer) = self.by_partition.get_mut(partition) else { return };
        if !peer.links.get(node).is_some_and(|current| Arc::ptr_eq(current, link)) {
            return;
        }
        peer.links.remove(node);
        tracing::info!(peer = %link.peer, reason = ended.reason, "the link ended");
        if peer.links.is_empty() {
            (peer.gone, peer.since) = (ended.gone, Instant::now());
            peer.fault = Some(Fault { text: ended.reason.clone(), logged_at: Instant::now() });
            if !peer.is_member {
                self.by_partition.remove(partition);
            }
        }
    }
}
