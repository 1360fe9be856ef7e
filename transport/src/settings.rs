//! Bounds and times of links, and what is asked of QUIC.

use quinn::{IdleTimeout, MtuDiscoveryConfig, TransportConfig, VarInt};
use std::sync::Arc;
use std::time::Duration;

/// Interval of heartbeats in both directions.
pub const HEARTBEAT_EVERY: Duration = Duration::from_secs(1);

/// A peer that has been silent for this long is dead. Longer than a pause of 2 s, a heartbeat and one lost packet.
pub const DEAD_AFTER: Duration = Duration::from_secs(4);

/// How long one attempt to reach a peer lives, from the first packet to the answer to the hello.
pub const DIAL_LIVES: Duration = Duration::from_secs(1);

/// The longest pause between two attempts.
pub const PAUSE_MAX: Duration = Duration::from_secs(1);

/// How long a peer may take from its first packet to its hello.
pub const HANDSHAKE_LIVES: Duration = Duration::from_secs(2);

/// Handshakes that run at the same time; more are refused and counted.
pub const HANDSHAKES_MAX: usize = 256;

/// From this number of running handshakes on, an address proves first that it receives what is sent to it.
pub const RETRY_FROM: usize = 32;

/// Newcomers that are served at the same time; more are refused and counted.
pub const NEWCOMERS_MAX: usize = 16;

/// Streams of requests of each end. One actor's requests are in one lane, in order.
pub const LANES: usize = 8;

/// The largest request.
pub const REQUEST_BYTES_MAX: usize = 1 << 20;

/// The largest reply.
pub const REPLY_BYTES_MAX: usize = 8 << 20;

/// Requests of a lane that wait until the peer can take them.
pub const QUEUE_REQUESTS_MAX: usize = 1024;

/// Bytes of requests of a lane that wait until the peer can take them.
pub const QUEUE_BYTES_MAX: usize = 4 << 20;

/// Requests of a lane that a peer may have sent without having got an answer.
pub const CREDIT_REQUESTS: u32 = 256;

/// Bytes of requests of a lane that a peer may have sent without having got an answer.
pub const CREDIT_BYTES: u32 = 2 << 20;

/// Bytes of unfinished replies of a lane that are kept.
pub const ASSEMBLED_BYTES_MAX: usize = 16 << 20;

/// Partitions that may have links to this one.
pub const PEERS_MAX: usize = 256;

/// Shorter than silence until death, so that QUIC is the backstop of the heartbeats.
const QUIC_IDLE: Duration = Duration::from_secs(5);
const QUIC_KEEP_ALIVE: Duration = Duration::from_secs(1);

/// A lost first packet is sent again after three times this, well within [`DIAL_LIVES`].
const FIRST_ROUND_TRIP: Duration = Duration::from_millis(150);

/// The largest packet that is probed for: Ethernet without its headers and those of IPv6 and UDP.
const MTU_UPPER_BOUND: u16 = 1452;

/// 2 MiB in one stream are 100 MB/s at 20 ms.
const STREAM_WINDOW_BYTES: u32 = 2 << 20;
const RECEIVE_WINDOW_BYTES: u32 = 16 << 20;
const SEND_WINDOW_BYTES: u64 = 16 << 20;

/// What operators may switch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Several packets in one system call. Off for network cards that lose them.
    pub gso: bool,
    /// Congestion is marked in packets. Off for paths that drop marked packets.
    pub ecn: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { gso: true, ecn: true }
    }
}

impl Settings {
    /// Of all connections. No datagrams, and no packet above 1,200 bytes that the path has not proved to carry.
    pub(crate) fn transport(&self) -> Arc<TransportConfig> {
        let mut config = TransportConfig::default();
        let mut discovery = MtuDiscoveryConfig::default();
        discovery.upper_bound(MTU_UPPER_BOUND);
        let idle = VarInt::from_u32(QUIC_IDLE.as_millis() as u32);
        config
            .max_idle_timeout(Some(IdleTimeout::from(idle)))
            .keep_alive_interval(Some(QUIC_KEEP_ALIVE))
            .initial_rtt(FIRST_ROUND_TRIP)
            .mtu_discovery_config(Some(discovery))
            .max_concurrent_bidi_streams(VarInt::from_u32(LANES as u32 + 1))
            .max_concurrent_uni_streams(VarInt::from_u32(0))
            .stream_receive_window(VarInt::from_u32(STREAM_WINDOW_BYTES))
            .receive_window(VarInt::from_u32(RECEIVE_WINDOW_BYTES))
            .send_window(SEND_WINDOW_BYTES)
            .datagram_receive_buffer_size(None)
            .enable_segmentation_offload(self.gso);
        Arc::new(config)
    }
}
