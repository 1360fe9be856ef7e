//! One node: what starts in which order, and stops in the opposite one. The only file that knows everybody.
//!
//! Start: rows are loaded, then actors answer, then gRPC and HTTP listen. Stop: no new calls, listeners close and
//! let what runs finish, actors finish, the store closes.
//!
//! Threads: the actors, gRPC and the store's batches live on the thread that calls [`Node::start`] (a hop to a
//! sleeping core costs more than any of them); HTTP workers have their own and serve reads without a hop.

mod urls;

pub use crate::door::Limits;
pub use urls::HttpUrls;

use crate::api::{self, ApiSettings, MetricsKey, MetricsPage};
use crate::clock::{self, SystemClock};
use crate::door::{self, HttpPort, PlaceMetrics, Places, descriptors};
use crate::grpc::{self, GoIpamPage, Grpc, GrpcMetrics};
use crate::store::{Standing, StoreMetrics};
use crate::telemetry::{LostLines, ProcessMetrics};
use crate::version::VersionInfo;
use actix_web::dev::ServerHandle;
use actix_web::web::ServiceConfig;
use actors::background;
use actors::gateway::Gateway;
use actors::ids::PartitionId;
use actors::runtime::{CLOSING, Env, LocalPartition, LocalPartitionConfig};
use actors::store::Store;
use anyhow::Context;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// What a node is made of.
pub struct NodeConfig {
    pub partition: PartitionId,
    pub store: Arc<dyn Store>,
    /// The store's own, to be shown with the others.
    pub store_metrics: StoreMetrics,
    /// How the store stands.
    pub standing: watch::Receiver<Standing>,
    /// Of the node's randomness: ids and the choice among equals.
    pub seed: u64,
    pub http: SocketAddr,
    /// Of the HTTP port.
    pub http_limits: Limits,
    pub api: ApiSettings,
    /// Whether go-ipam's service is served on the HTTP port as well, to whoever asks.
    pub ipam: bool,
    pub grpc: grpc::Settings,
    pub metrics: MetricsAccess,
    pub background: background::Settings,
    /// New machines are refused while the partition has so many.
    pub machines_max: usize,
    /// How long the node may take to stop; the last [`CLOSING`] of it are the store's.
    pub patience: Duration,
}

/// Who may read metrics, and where.
#[derive(Clone, Default)]
pub struct MetricsAccess {
    /// `None`: on the HTTP port.
    pub listen: Option<SocketAddr>,
    pub key: MetricsKey,
}

/// Connections to a port of metrics alone.
const METRICS_CONNECTIONS_MAX: usize = 64;

/// A node that serves.
pub struct Node {
    local: LocalPartition,
    grpc: Grpc,
    http: Listening,
    metrics: Option<Listening>,
    /// No more is asked on connections that are open.
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

/// How its ports stop.
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
        let address = listener.local_addr().with_context(|| format!("{what} listens nowhere"))?;
        let Stopping { patience, closing } = stopping.clone();
        let server = door::http::serve(listener, places, configure, patience, closing)?;
        let handle = server.handle();
        Ok(Self { address, handle, serving: actix_web::rt::spawn(server) })
    }

    async fn stop(self) {
        self.handle.stop(true).await;
        match self.serving.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the HTTP server ended badly"),
            Err(error) => tracing::error!(%error, "the HTTP server panicked"),
        }
    }
}

impl Node {
    /// Starts everything; must run inside an actix `System`. `first` is done before anybody can call: a node that answers is
    /// complete.
    pub async fn start(
        config: NodeConfig,
        first: impl AsyncFnOnce(&LocalPartition) -> anyhow::Result<()>,
    ) -> anyhow::Result<Self> {
        anyhow::ensure!(
            !clock::is_before_1970(),
            "the clock of this machine says a time before 1970: set it, and start again"
        );
        let local = LocalPartition::start(LocalPartitionConfig {
            partition: config.partition,
            store: config.store,
            env: Env::new(Arc::new(SystemClock), config.seed),
            domain: actors::decide::DOMAIN,
        })
        .await?;
        let background = background::start(&local, config.background);
        local.bound_machines(config.machines_max);
        first(&local).await?;
        let gateway = Gateway::alone(local.clone()).with_background(background);
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
        Ok(Self { local, grpc, http, metrics, closing, standing, patience: config.patience })
    }

    /// The partition's actors and rows.
    pub fn local(&self) -> &LocalPartition {
        &self.local
    }

    /// Where HTTP listens; the port that the system chose when 0 was asked for.
    pub fn http_address(&self) -> SocketAddr {
        self.http.address
    }

    /// Where metrics are, if they have a port of their own.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics.as_ref().map(|metrics| metrics.address)
    }

    /// Where gRPC listens.
    pub fn grpc_address(&self) -> SocketAddr {
        self.grpc.address()
    }

    /// The certificates of the gRPC port, to be renewed; `None`: there are none.
    pub fn grpc_tls(&self) -> Option<grpc::Renewable> {
        self.grpc.tls()
    }

    /// Ends when another node has taken over; tells which, if it said so.
    pub async fn taken_over(&self) -> Option<String> {
        let mut standing = self.standing.clone();
        let taken_over = standing.wait_for(|standing| matches!(standing, Standing::TakenOver { .. })).await;
        match taken_over.as_deref() {
            Ok(Standing::TakenOver { by }) => by.clone(),
            // The store is closed, and nothing more is heard of it.
            _ => std::future::pending().await,
        }
    }

    /// Stops in order, within the node's patience. Whatever still runs then is left behind.
    pub async fn stop(self) {
        let patience = self.patience.saturating_sub(CLOSING);
        let until = tokio::time::Instant::now() + patience;
        tracing::info!("stopping: no new work");
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
            tracing::warn!("requests were still running when the patience to stop ended");
        }
        let left = until.saturating_duration_since(tokio::time::Instant::now());
        self.local.stop(left).await;
        tracing::info!("stopped");
    }
}

/// What is running, and what it uses.
fn register_process(registry: &mut Registry, version: &VersionInfo) {
    registry.register_collector(Box::new(LostLines));
    registry.register_collector(Box::new(ProcessMetrics));
    let build = Info::new([("version", version.version.clone()), ("revision", version.git_sha.clone())]);
    registry.register("metalmesh_build", "What is running", build);
}

/// No more connections than a port's share of the files that the process may have open.
fn within_reach(limits: Limits, share: usize) -> Limits {
    Limits { connections_max: limits.connections_max.min(share), ..limits }
}
