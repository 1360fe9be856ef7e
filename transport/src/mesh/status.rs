//! What is shown of links and counted of a mesh.

use super::link::Link;
use super::peers::{Peer, canonical};
use crate::health::{Direction, Directions};
use crate::identity::NodeName;
use crate::settings::NEWCOMERS_MAX;
use quinn::{ConnectionStats, Endpoint};
use rustls::pki_types::CertificateDer;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::Instant;
use x509_parser::prelude::{FromDer, X509Certificate};

/// A partition and the link to it.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkStatus {
    pub partition: String,
    pub addresses: Vec<String>,
    /// From the partition to this node.
    pub inbound: Direction,
    /// From this node to the partition.
    pub outbound: Direction,
    /// When the link came up, or ended, or when the partition was first known.
    pub since: Instant,
    /// Why there is no link, or no new one. For people.
    pub last_fault: Option<String>,
    /// `None`: there is no link.
    pub up: Option<UpStatus>,
}

/// A link that is up. Figures are sums of both its connections, unless they say another thing.
#[derive(Clone, Debug, PartialEq)]
pub struct UpStatus {
    pub node: NodeName,
    pub remote: SocketAddr,
    pub is_dialled_here: bool,
    /// One of its ends is stopping: no new calls.
    pub is_leaving: bool,
    /// Of a heartbeat and its answer.
    pub round_trip: Option<Duration>,
    /// QUIC's estimate on the data connection.
    pub data_round_trip: Duration,
    pub sent_packets: u64,
    pub lost_packets: u64,
    pub sent_bytes: u64,
    pub received_bytes: u64,
    /// The largest UDP payload that the path carries; the smaller of both connections. Never taken for more than 1,200
    /// before it is proved.
    pub mtu_bytes: u16,
    pub black_holes_detected: u64,
    /// Version of the mesh that both ends speak.
    pub version: u16,
    pub build: String,
    pub features: BTreeSet<String>,
    pub incarnation: u128,
    /// End of the peer's certificate, in seconds since 1970.
    pub leaf_ends_at: Option<i64>,
    /// The peer's clock minus this node's.
    pub clock_skew_ms: Option<i64>,
}

impl LinkStatus {
    pub(crate) fn of(partition: &str, peer: &Peer, now: Instant) -> Self {
        let link = peer.open_link().or_else(|| peer.links.values().next());
        let Directions { inbound, outbound } =
            link.map_or_else(|| peer.directions(now), |link| link.directions(now));
        Self {
            partition: partition.to_owned(),
            addresses: peer.addresses.clone(),
            inbound,
            outbound,
            since: peer.since,
            last_fault: peer.fault().map(str::to_owned),
            up: link.map(UpStatus::of),
        }
    }
}

impl UpStatus {
    fn of(link: &Arc<Link>) -> Self {
        let (control, data) = (link.control.stats(), link.data.stats());
        let sum = |figure: fn(&ConnectionStats) -> u64| figure(&control) + figure(&data);
        let (round_trip, clock_skew_ms) = link.measured();
        Self {
            node: link.peer.clone(),
            remote: canonical(link.control.remote_address()),
            is_dialled_here: link.is_dialled_here,
            is_leaving: !link.is_open(),
            round_trip,
            data_round_trip: data.path.rtt,
            sent_packets: sum(|stats| stats.path.sent_packets),
            lost_packets: sum(|stats| stats.path.lost_packets),
            sent_bytes: sum(|stats| stats.udp_tx.bytes),
            received_bytes: sum(|stats| stats.udp_rx.bytes),
            mtu_bytes: control.path.current_mtu.min(data.path.current_mtu),
            black_holes_detected: sum(|stats| stats.path.black_holes_detected),
            version: link.version,
            build: link.hello.build.clone(),
            features: link.hello.features.clone(),
            incarnation: link.birth.peer,
            leaf_ends_at: link.chain.first().and_then(ends_at),
            clock_skew_ms,
        }
    }
}

fn ends_at(leaf: &CertificateDer<'static>) -> Option<i64> {
    let (_, certificate) = X509Certificate::from_der(leaf).ok()?;
    Some(certificate.validity().not_after.timestamp())
}

/// Since the start of the mesh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Attempts of this node, and those that led to no link.
    pub dials: u64,
    pub failed_dials: u64,
    /// Handshakes of others that run, and those that led to nothing.
    pub running_handshakes: usize,
    pub failed_handshakes: u64,
    /// Refused at once, because too many were running, or too many newcomers were served.
    pub refused_handshakes: u64,
    /// Had to prove their address first, because many were running.
    pub retried_handshakes: u64,
    /// Refused because two processes run with one name.
    pub twins: u64,
    /// Frames and signals that could not be read.
    pub unreadable: u64,
    /// Open connections of QUIC, two per link.
    pub connections: usize,
}

#[derive(Debug, Default)]
pub(crate) struct Tally {
    dials: AtomicU64,
    failed_dials: AtomicU64,
    running: Arc<AtomicUsize>,
    newcomers: Arc<AtomicUsize>,
    failed: AtomicU64,
    refused: AtomicU64,
    retried: AtomicU64,
    twins: AtomicU64,
    unreadable: AtomicU64,
}

/// A handshake or a newcomer. Its end is counted when this is dropped.
#[derive(Debug)]
pub(crate) struct Running(Arc<AtomicUsize>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl Tally {
    pub(crate) fn note_dial(&self) {
        count(&self.dials);
    }

    pub(crate) fn note_failed_dial(&self) {
        count(&self.failed_dials);
    }

    pub(crate) fn note_failed(&self) {
        count(&self.failed);
    }

    pub(crate) fn note_refused(&self) {
        count(&self.refused);
    }

    pub(crate) fn note_retried(&self) {
        count(&self.retried);
    }

    pub(crate) fn note_twins(&self) {
        count(&self.twins);
    }

    pub(crate) fn note_unreadable(&self) {
        count(&self.unreadable);
    }

    pub(crate) fn running_handshakes(&self) -> usize {
        self.running.load(Ordering::Relaxed)
    }

    pub(crate) fn begin_handshake(&self) -> Running {
        self.running.fetch_add(1, Ordering::Relaxed);
        Running(Arc::clone(&self.running))
    }

    /// `None`: there are too many.
    pub(crate) fn begin_newcomer(&self) -> Option<Running> {
        let before = self.newcomers.fetch_add(1, Ordering::Relaxed);
        let running = Running(Arc::clone(&self.newcomers));
        (before < NEWCOMERS_MAX).then_some(running)
    }

    pub(crate) fn snapshot(&self, endpoint: &Endpoint) -> Counters {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counters {
            dials: read(&self.dials),
            failed_dials: read(&self.failed_dials),
            running_handshakes: self.running_handshakes(),
            failed_handshakes: read(&self.failed),
            refused_handshakes: read(&self.refused),
            retried_handshakes: read(&self.retried),
            twins: read(&self.twins),
            unreadable: read(&self.unreadable),
            connections: endpoint.open_connections(),
        }
    }
}
