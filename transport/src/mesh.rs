//! The mesh of one node: it keeps a link to each of the other partitions, and carries calls over them.

mod accept;
mod dial;
mod link;
mod newcomers;
mod peering;
mod peers;
mod shared;
mod status;
#[cfg(test)]
mod tests;

pub use status::{Counters, LinkStatus, UpStatus};

use crate::close;
use crate::fault::CallFault;
use crate::hello::Hello;
use crate::identity::{Credentials, IdentityError, NodeName, SharedTrust, Trust};
use crate::settings::Settings;
use crate::socket::WithoutEcn;
use crate::tasks::Tasks;
use bytes::Bytes;
use futures_util::future::{BoxFuture, join_all};
use quinn::{AsyncUdpSocket, Endpoint, EndpointConfig};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use shared::Shared;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

/// How long the last packets may take when a mesh stops.
const CLOSING_LIVES: Duration = Duration::from_secs(1);

/// Milliseconds since 1970. The system's clock is never read here.
pub type WallMs = Arc<dyn Fn() -> i64 + Send + Sync>;

/// What peers ask of this node.
pub trait Server: Send + Sync + 'static {
    /// Serves a request of a member. `from` is proved by its certificate. `remaining`: how long the caller still waits.
    /// Requests of one lane are begun in their order. The future is dropped before its end only if the mesh is.
    fn serve(&self, from: NodeName, request: Bytes, remaining: Duration) -> BoxFuture<'static, Bytes>;

    /// Answers a newcomer, of whom nothing is proved. At most 1 MiB in both directions.
    fn join(&self, from: SocketAddr, request: Bytes) -> BoxFuture<'static, Bytes>;

    /// Whether a node with a valid certificate is linked. Asked at both ends.
    ///
    /// # Errors
    /// A sentence for the operator of the peer.
    fn admits(&self, peer: &NodeName, hello: &Hello) -> Result<(), String>;
}

/// What a mesh is started with.
pub struct MeshConfig {
    pub credentials: Credentials,
    pub trust: SharedTrust,
    pub wall_ms: WallMs,
    /// Of jitter and of QUIC's numbers. Keys are not drawn from it.
    pub seed: u64,
    /// Drawn at each start.
    pub incarnation: u128,
    /// The release, for people. At most 128 bytes.
    pub build: String,
    /// At most 64, of at most 64 bytes.
    pub features: BTreeSet<String>,
    /// [`crate::socket::udp`], or one of a pretend network.
    pub socket: Arc<dyn AsyncUdpSocket>,
    pub settings: Settings,
    pub server: Arc<dyn Server>,
}

/// Why a mesh cannot start.
#[derive(Debug, thiserror::Error)]
pub enum MeshError {
    #[error("the socket cannot be used: {0}")]
    Socket(#[from] std::io::Error),
    #[error(transparent)]
    Identity(#[from] IdentityError),
    #[error("the TLS library does not fit QUIC: {0}")]
    Crypto(String),
    /// The build or the features are beyond their bounds.
    #[error("peers would refuse this node: {0}")]
    Hello(String),
    #[error("the credentials are those of {theirs} and this is {own}: use its own")]
    OtherNode { own: String, theirs: String },
}

/// Cheap to clone. When the last clone is dropped, everything ends at once, as if the process had been killed.
#[derive(Clone)]
pub struct Mesh {
    shared: Arc<Shared>,
    _owner: Arc<Owner>,
}

struct Owner(Tasks);

impl Drop for Owner {
    fn drop(&mut self) {
        self.0.stop();
    }
}

impl fmt::Debug for Mesh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mesh({})", self.shared.own)
    }
}

impl Mesh {
    /// Starts to listen. Must be called inside a runtime of tokio, which the mesh runs on from then on.
    ///
    /// # Errors
    /// [`MeshError`]: nothing runs.
    pub fn start(config: MeshConfig) -> Result<Self, MeshError> {
        let tasks = Tasks::new();
        let owner = Arc::new(Owner(tasks.clone()));
        let mut chance = ChaCha8Rng::seed_from_u64(config.seed);
        let mut seed = [0; 32];
        chance.fill_bytes(&mut seed);
        let mut endpoint_config = EndpointConfig::default();
        endpoint_config.rng_seed(Some(seed));
        let socket = Arc::clone(&config.socket);
        let socket = if config.settings.ecn { socket } else { Arc::new(WithoutEcn(socket)) };
        let runtime = Arc::new(tasks.clone());
        let endpoint = Endpoint::new_with_abstract_socket(endpoint_config, None, socket, runtime)?;
        let shared = Arc::new(Shared::new(config, endpoint, tasks.clone())?);
        tasks.spawn(accept::run(Arc::clone(&shared)));
        Ok(Self { shared, _owner: owner })
    }

    /// Where the socket is bound.
    ///
    /// # Errors
    /// What the system says.
    pub fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.shared.endpoint.local_addr()
    }

    /// The partitions to keep links to, each with its addresses: `host:port`, IPv4, `[IPv6]:port` or names; the first
    /// 8 addresses count. Others are no longer dialled, and their links are closed. At most 256 partitions.
    pub fn set_peers(&self, peers: BTreeMap<String, Vec<String>>) {
        self.shared.set_peers(peers);
    }

    /// New credentials of this node. Each link is replaced by one that was made with them, without a lost call.
    ///
    /// # Errors
    /// The credentials cannot be used, or are of another node: the old ones stay.
    pub fn set_credentials(&self, credentials: &Credentials) -> Result<(), MeshError> {
        self.shared.set_credentials(credentials)
    }

    /// New roots or denied identities. Links that they refuse are closed at once.
    pub fn set_trust(&self, trust: Trust) {
        self.shared.trust.replace(trust);
        self.shared.check_links();
    }

    /// Sends a request to a partition and waits for its reply, at most for `remaining`. Requests with the same `lane`,
    /// the hash of an actor, are begun there in the order in which they were sent, while the link stays the same.
    ///
    /// # Errors
    /// [`CallFault`] says whether the peer may have executed the request.
    pub async fn call(
        &self,
        partition: &str,
        lane: u64,
        request: Bytes,
        remaining: Duration,
    ) -> Result<Bytes, CallFault> {
        let deadline = Instant::now() + remaining;
        let mut link = self.shared.open_link(partition)?;
        loop {
            let outcome = link.call(lane, request.clone(), deadline).await;
            if !matches!(outcome, Err(CallFault::NotSent(_))) || Instant::now() >= deadline {
                return outcome;
            }
            // The link may have been replaced meanwhile; then the request goes over the newer one.
            match self.shared.open_link(partition) {
                Ok(newer) if !Arc::ptr_eq(&newer, &link) => link = newer,
                Ok(_) | Err(_) => return outcome,
            }
        }
    }

    /// The time of a heartbeat and its answer, now.
    ///
    /// # Errors
    /// [`CallFault::NotSent`] without a link, [`CallFault::Lost`] if the answer takes too long.
    pub async fn ping(&self, partition: &str) -> Result<Duration, CallFault> {
        let link = self.shared.open_link(partition)?;
        let answer = link.ping(&self.shared).await;
        answer.ok_or_else(|| CallFault::Lost("the peer did not answer in time".to_owned()))
    }

    /// Whether a call would be sent.
    pub fn is_reachable(&self, partition: &str) -> bool {
        self.shared.open_link(partition).is_ok()
    }

    /// Grows with each link that comes up or ends.
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.shared.changed()
    }

    /// All partitions, by name.
    pub fn status(&self) -> Vec<LinkStatus> {
        self.shared.status()
    }

    pub fn counters(&self) -> Counters {
        self.shared.counters.snapshot(&self.shared.endpoint)
    }

    /// Says good-bye to all peers, waits at most `patience` for running calls, and closes all links.
    pub async fn stop(self, patience: Duration) {
        let shared = &self.shared;
        shared.stopping.cancel();
        let links = shared.links();
        let reason = format!("{} has stopped", shared.own);
        join_all(links.iter().map(|link| link.leave(patience, close::STOPPED, &reason))).await;
        shared.endpoint.close(close::STOPPED, reason.as_bytes());
        if timeout(CLOSING_LIVES, shared.endpoint.wait_idle()).await.is_err() {
            tracing::debug!("some peers have not confirmed the end of their links");
        }
    }
}
