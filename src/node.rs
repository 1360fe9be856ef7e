//! One node: what starts in which order, and stops in reverse. The only file that knows all parts.
//!
//! Start: load rows, start actors, listen on gRPC and HTTP. Stop: accept no new calls, close listeners, finish running
//! calls, stop actors, close the store.
//!
//! Threads: actors, gRPC and the store's batches live on the thread that calls [`Node::start`] (waking another core
//! costs more than any of them). HTTP workers have threads of their own and serve reads without a hop.

mod urls;

pub use crate::door::Limits;
pub use urls::HttpUrls;

use crate::api::{self, ApiSettings, MetricsKey, MetricsPage};
use crate::clock::{self, SystemClock};
use crate::door::{self, HttpPort, PlaceMetrics, Places, descriptors};
use crate::federation::{self, Federation};
use crate::grpc::{self, GoIpamPage, Grpc, GrpcMetrics};
use crate::mesh::Links;
use crate::store::{Standing, StoreMetrics};
use crate::telemetry::{LostLines, ProcessMetrics};
use crate::version::VersionInfo;
use actix_web::dev::ServerHandle;
use actix_web::web::ServiceConfig;
use actors::background;
use actors::gateway::Gateway;
use actors::ids::PartitionId;
use actors::mesh::Mesh;
use actors::runtime::{CLOSING, Env, LocalPartition, LocalPartitionConfig};
use actors::store::Store;
use anyhow::Context;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// The parts of a node.
pub struct NodeConfig {
    pub partition: PartitionId,
    pub store: Arc<dyn Store>,
    /// The store's metrics, shown with the others.
    pub store_metrics: StoreMetrics,
    /// Whether the store works.
    pub standing: watch::Receiver<Standing>,
    /// Seed of the node's randomness: ids and the choice among equals.
    pub seed: u64,
    pub http: SocketAddr,
    /// Limits of the HTTP port.
    pub http_limits: Limits,
    pub api: ApiSettings,
    /// Whether go-ipam's service is also on the HTTP port, without credentials.
    pub ipam: bool,
    pub grpc: grpc::Settings,
    pub metrics: MetricsAccess,
    /// The mesh; `None`: the node has no folder for it, and the partition stays alone.
    pub mesh: Option<federation::Settings>,
    pub background: background::Settings,
    /// Maximum of machines; new machines are refused beyond it.
    pub machines_max: usize,
    /// Longest time of a stop; the last [`CLOSING`] of it belong to the store.
    pub patience: Duration,
}

/// Who may read metrics, and where.
#[derive(Clone, Default)]
pub struct MetricsAccess {
    /// `None`: on the HTTP port.
    pub listen: Option<SocketAddr>,
    pub key: MetricsKey,
}

/// Maximum of connections to a port for metrics alone.
const METRICS_CONNECTIONS_MAX: usize = 64;

/// A node that serves.
pub struct Node {
    local: LocalPartition,
    grpc: Grpc,
    http: Listening,
    metrics: Option<Listening>,
    federation: Option<federation::Running>,
    /// Open connections accept no new requests once it is cancelled.
    closing: CancellationToken,
    standing: watch::Receiver<Standing>,
    patience: Duration,
}

/// A port that speaks HTTP.
struct Listening {
    address: SocketAddr,
    handle: ServerHandle,
    serving: tokio::task::JoinHandle<std::io::Result<()>>,
}

/// How the node's ports stop.
#[derive(Clone)]
struct Stopping {
    patience: Duration,
    closing: CancellationToken,
}

impl Listening {
    fn start(
        what: &'static str,
        listen: SocketAddr,
        places: Places,
        configure: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
        stopping: &Stopping,
    ) -> anyhow::Result<Self> {
        let listener = door::listen(listen)
            .with_context(|| format!("cannot listen for {what} on {listen}"))?
            .into_std()?;
        let address = listener.local_addr().with_context(|| format!("{what} has no local address"))?;
        let Stopping { patience, closing } = stopping.clone();
        let server = door::http::serve(listener, places, configure, patience, closing)?;
        let handle = server.handle();
        Ok(Self { address, handle, serving: actix_web::rt::spawn(server) })
    }

    async fn stop(self) {
        self.handle.stop(true).await;
        match self.serving.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the HTTP server failed"),
            Err(error) => tracing::error!(%error, "the HTTP server panicked"),
        }
    }
}

impl Node {
    /// Starts everything; must run inside an actix `System`. `first` runs before any call is accepted: a node that
    /// answers is complete.
    pub async fn start(
        config: NodeConfig,
        first: impl AsyncFnOnce(&LocalPartition) -> anyhow::Result<()>,
    ) -> anyhow::Result<Self> {
        anyhow::ensure!(
            !clock::is_before_1970(),
            "the clock of this machine shows a time before 1970: set it and start again"
        );
        let (store, clock) = (Arc::clone(&config.store), Arc::new(SystemClock));
        let local = LocalPartition::start(LocalPartitionConfig {
            partition: config.partition,
            store: config.store,
            env: Env::new(Arc::clone(&clock) as _, config.seed),
            domain: actors::decide::DOMAIN,
        })
        .await?;
        let background = background::start(&local, config.background);
        local.bound_machines(config.machines_max);
        first(&local).await?;
        let links = Arc::new(Links::default());
        let mesh: Arc<dyn Mesh> = Arc::clone(&links) as _;
        let gateway = Gateway::new(local.clone(), mesh, BTreeSet::new()).with_background(background);
        gateway.start();
        let federation = match config.mesh {
            None => None,
            Some(settings) => Federation::start(gateway.clone(), store, clock, links, settings)
                .await
                // A partition serves its own machines without the others.
                .inspect_err(|error| {
                    tracing::error!(error = format!("{error:#}"), "the partition has no federation");
                })
                .ok(),
        };
        let mut registry = Registry::default();
        register_process(&mut registry, &config.api.version);
        let places = PlaceMetrics::register(&mut registry);
        let half = descriptors::connections_max() / 2;
        let [http_limits, grpc_limits] =
            [config.http_limits, config.grpc.limits.clone()].map(|limits| within_reach(limits, half));
        let settings = grpc::Settings { limits: grpc_limits, ..config.grpc };
        let grpc =
            grpc::start(gateway.clone(), settings, places.clone(), GrpcMetrics::register(&mut registry))
                .await?;
        let standing = config.standing;
        actix_web::rt::spawn(grpc.tell(standing.clone()));
        let port = HttpPort::register(&mut registry);
        config.store_metrics.register(&mut registry);
        let page = MetricsPage::new(gateway.clone(), registry, config.metrics.key);
        let version = config.api.version.clone();
        let ipam = config.ipam.then(|| GoIpamPage::new(gateway.clone(), version, port.clone()));
        let api = api::configure(config.api, gateway, port)?;
        let closing = CancellationToken::new();
        let stopping =
            Stopping { patience: config.patience.saturating_sub(CLOSING), closing: closing.clone() };
        let here = config.metrics.listen.is_none().then(|| page.clone());
        let configure = move |app: &mut ServiceConfig| {
            here.iter().for_each(|page| page.mount(app));
            ipam.iter().for_each(|page| page.mount(app));
            api(app);
        };
        let http_places = Places::new("http", http_limits, places.clone());
        let http = Listening::start("HTTP", config.http, http_places, configure, &stopping)?;
        let metrics = config.metrics.listen.map(|listen| {
            let limits = Limits { connections_max: METRICS_CONNECTIONS_MAX, ..Limits::default() };
            let mount = move |app: &mut ServiceConfig| page.mount(app);
            Listening::start("metrics", listen, Places::new("metrics", limits, places), mount, &stopping)
        });
        let metrics = metrics.transpose()?;
        Ok(Self { local, grpc, http, metrics, federation, closing, standing, patience: config.patience })
    }

    /// The partition's actors and rows.
    pub fn local(&self) -> &LocalPartition {
        &self.local
    }

    /// Address of HTTP; with the port that the system chose if port 0 was configured.
    pub fn http_address(&self) -> SocketAddr {
        self.http.address
    }

    /// Address of metrics, if they have a port of their own.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics.as_ref().map(|metrics| metrics.address)
    }

    /// Address of gRPC.
    pub fn grpc_address(&self) -> SocketAddr {
        self.grpc.address()
    }

    /// The renewable certificates of the gRPC port; `None`: it has none.
    pub fn grpc_tls(&self) -> Option<grpc::Renewable> {
        self.grpc.tls()
    }

    /// Ends when another node has taken over; returns its name, if known.
    pub async fn taken_over(&self) -> Option<String> {
        let mut standing = self.standing.clone();
        let taken_over = standing.wait_for(|standing| matches!(standing, Standing::TakenOver { .. })).await;
        match taken_over.as_deref() {
            Ok(Standing::TakenOver { by }) => by.clone(),
            // The store is closed and sends nothing more.
            _ => std::future::pending().await,
        }
    }

    /// Stops in order, within the node's patience. Work that still runs then is abandoned.
    pub async fn stop(self) {
        let patience = self.patience.saturating_sub(CLOSING);
        let until = tokio::time::Instant::now() + patience;
        tracing::info!("stopping: new calls are refused");
        self.local.refuse();
        let listeners = async {
            self.closing.cancel();
            let http = self.http.stop();
            let metrics = async {
                if let Some(metrics) = self.metrics {
                    metrics.stop().await;
                }
            };
            futures_util::future::join3(http, metrics, self.grpc.stop(patience)).await;
        };
        if tokio::time::timeout(patience, listeners).await.is_err() {
            tracing::warn!("requests were still running after the time for a stop");
        }
        let left = until.saturating_duration_since(tokio::time::Instant::now());
        if let Some(federation) = self.federation {
            federation.stop(left).await;
        }
        let left = until.saturating_duration_since(tokio::time::Instant::now());
        self.local.stop(left).await;
        tracing::info!("stopped");
    }
}

/// Registers the metrics of the process and its version.
fn register_process(registry: &mut Registry, version: &VersionInfo) {
    registry.register_collector(Box::new(LostLines));
    registry.register_collector(Box::new(ProcessMetrics));
    let build = Info::new([("version", version.version.clone()), ("revision", version.git_sha.clone())]);
    registry.register("metalmesh_build", "Version and commit of the binary", build);
}

/// Bounds connections to the port's share of the process's file limit.
fn within_reach(limits: Limits, share: usize) -> Limits {
    Limits { connections_max: limits.connections_max.min(share), ..limits }
}
