//! What the tasks of a mesh share.

use super::accept::Halves;
use super::link::Link;
use super::peers::Peers;
use super::status::Tally;
use super::{MeshConfig, MeshError, Server, WallMs};
use crate::fault::CallFault;
use crate::hello::{Hello, Role};
use crate::identity::{self, Credentials, NodeName, SharedTrust, WallClock};
use crate::settings::{HANDSHAKES_MAX, Settings};
use crate::tasks::Tasks;
use crate::twins::Twins;
use parking_lot::Mutex;
use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use quinn::{ClientConfig, Endpoint, ServerConfig};
use rustls::pki_types::UnixTime;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Bytes of connections that were not taken yet.
const INCOMING_BYTES_MAX: u64 = 8 << 20;

pub(crate) struct Shared {
    pub(crate) own: NodeName,
    pub(crate) trust: SharedTrust,
    wall_ms: WallMs,
    clock: WallClock,
    pub(crate) seed: u64,
    hello: Hello,
    settings: Settings,
    pub(crate) server: Arc<dyn Server>,
    pub(crate) endpoint: Endpoint,
    pub(crate) tasks: Tasks,
    current: Mutex<Current>,
    pub(crate) peers: Mutex<Peers>,
    pub(crate) twins: Mutex<Twins>,
    pub(crate) halves: Halves,
    pub(crate) counters: Tally,
    changed: watch::Sender<u64>,
    dials: AtomicU64,
    pub(crate) stopping: CancellationToken,
}

/// What dials are made with.
#[derive(Clone)]
struct Current {
    client: ClientConfig,
    /// Grows with each change of the credentials.
    generation: u64,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Shared({})", self.own)
    }
}

impl Shared {
    pub(super) fn new(config: MeshConfig, endpoint: Endpoint, tasks: Tasks) -> Result<Self, MeshError> {
        let MeshConfig {
            credentials,
            trust,
            wall_ms,
            seed,
            incarnation,
            build,
            features,
            settings,
            server,
            ..
        } = config;
        let hello = Hello { incarnation, build, features, ..Hello::default() };
        hello.check().map_err(MeshError::Hello)?;
        let clock = clock_of(&wall_ms);
        let (server_config, client) = configs(&credentials, &trust, &clock, &settings)?;
        endpoint.set_server_config(Some(server_config));
        Ok(Self {
            own: credentials.name().clone(),
            trust,
            wall_ms,
            clock,
            seed,
            hello,
            settings,
            server,
            endpoint,
            tasks,
            current: Mutex::new(Current { client, generation: 0 }),
            peers: Mutex::default(),
            twins: Mutex::default(),
            halves: Halves::default(),
            counters: Tally::default(),
            changed: watch::Sender::new(0),
            dials: AtomicU64::new(0),
            stopping: CancellationToken::new(),
        })
    }

    pub(super) fn set_credentials(&self, credentials: &Credentials) -> Result<(), MeshError> {
        if *credentials.name() != self.own {
            return Err(MeshError::OtherNode {
                own: self.own.to_string(),
                theirs: credentials.name().to_string(),
            });
        }
        let (server, client) = configs(credentials, &self.trust, &self.clock, &self.settings)?;
        self.endpoint.set_server_config(Some(server));
        let mut current = self.current.lock();
        let generation = current.generation + 1;
        *current = Current { client, generation };
        drop(current);
        self.note_change();
        Ok(())
    }

    pub(crate) fn wall_ms(&self) -> i64 {
        (self.wall_ms)()
    }

    pub(crate) fn now(&self) -> UnixTime {
        (self.clock)()
    }

    pub(crate) fn client(&self) -> (ClientConfig, u64) {
        let current = self.current.lock();
        (current.client.clone(), current.generation)
    }

    pub(crate) fn generation(&self) -> u64 {
        self.current.lock().generation
    }

    pub(crate) fn next_dial(&self) -> u64 {
        self.dials.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(crate) fn hello(&self, role: Role, dial: u64) -> Hello {
        Hello { role, dial, ..self.hello.clone() }
    }

    pub(crate) fn changed(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    pub(crate) fn note_change(&self) {
        self.changed.send_modify(|changes| *changes += 1);
    }

    pub(crate) fn open_link(&self, partition: &str) -> Result<Arc<Link>, CallFault> {
        if self.stopping.is_cancelled() {
            return Err(CallFault::NotSent("this node is stopping".to_owned()));
        }
        let peers = self.peers.lock();
        let peer = peers.get(partition);
        if let Some(link) = peer.and_then(|peer| peer.open_link()) {
            return Ok(Arc::clone(link));
        }
        let reason = peer.and_then(|peer| peer.fault()).unwrap_or("none has been made yet");
        Err(CallFault::NotSent(format!("there is no link to {partition}: {reason}")))
    }

    pub(super) fn links(&self) -> Vec<Arc<Link>> {
        let peers = self.peers.lock();
        peers.by_partition.values().flat_map(|peer| peer.links.values().cloned()).collect()
    }
}

fn clock_of(wall_ms: &WallMs) -> WallClock {
    let wall_ms = Arc::clone(wall_ms);
    Arc::new(move || {
        let since_1970_ms = u64::try_from(wall_ms()).unwrap_or(0);
        UnixTime::since_unix_epoch(Duration::from_millis(since_1970_ms))
    })
}

fn configs(
    credentials: &Credentials,
    trust: &SharedTrust,
    clock: &WallClock,
    settings: &Settings,
) -> Result<(ServerConfig, ClientConfig), MeshError> {
    let crypto = |error: &dyn fmt::Display| MeshError::Crypto(error.to_string());
    let server = identity::server_config(credentials, trust, clock)?;
    let server = QuicServerConfig::try_from(server).map_err(|error| crypto(&error))?;
    let client = identity::client_config(credentials, trust, clock)?;
    let client = QuicClientConfig::try_from(client).map_err(|error| crypto(&error))?;
    let mut server = ServerConfig::with_crypto(Arc::new(server));
    server
        .migration(false)
        .max_incoming(HANDSHAKES_MAX)
        .incoming_buffer_size_total(INCOMING_BYTES_MAX)
        .transport_config(settings.transport());
    let mut client = ClientConfig::new(Arc::new(client));
    client.transport_config(settings.transport());
    Ok((server, client))
}
