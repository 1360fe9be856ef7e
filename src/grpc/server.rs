//! The gRPC server: TLS, keepalive, start and stop.

use super::goipam::{self, Door};
use super::handled::{Counting, GrpcMetrics};
use super::{Boot, BootServiceServer, EventServiceServer, Events, Punctual, SuperUserPassword, services};
use crate::correlation::{self, RequestIds};
use crate::door::incoming::incoming;
use crate::door::tls::{Renewable, Tls, TlsFault, secured};
use crate::door::{self, Limits, PlaceMetrics, Places};
use crate::store::Standing;
use crate::version::VersionInfo;
use actors::gateway::Gateway;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::server::NamedService;
use tonic::transport::Server;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

/// The server pings a connection that has been idle for this long (api-machines 5.1).
const PING_INTERVAL: Duration = Duration::from_secs(5);

/// A peer that does not answer a ping within this time is gone (api-machines 5.1).
const PING_TIMEOUT: Duration = Duration::from_secs(1);

/// Maximum of concurrent calls on one connection. A machine needs two; a process that simulates racks needs many.
const STREAMS_PER_CONNECTION_MAX: u32 = 1024;

/// Services with a health status; the status of the whole server has an empty name.
const SERVICES: [&str; 4] = [
    "",
    <Punctual<BootServiceServer<Boot>> as NamedService>::NAME,
    <Punctual<EventServiceServer<Events>> as NamedService>::NAME,
    <Door as NamedService>::NAME,
];

/// Settings of the server.
#[derive(Clone, Debug)]
pub struct Settings {
    pub listen: SocketAddr,
    /// `None`: everyone who reaches the port may call.
    pub tls: Option<Tls>,
    /// The password that installers set for the BMC's root user; empty: they leave it alone (api-machines 5.3).
    pub super_user_password: SuperUserPassword,
    /// The version that go-ipam's clients read.
    pub version: VersionInfo,
    pub limits: Limits,
}

/// Why the server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum GrpcError {
    #[error("cannot listen for gRPC on {listen}")]
    Listen { listen: SocketAddr, source: std::io::Error },
    #[error("the gRPC certificate, its key or the CA of the clients cannot be used")]
    Tls(#[source] TlsFault),
}

/// A running server.
#[derive(Debug)]
pub struct Grpc {
    address: SocketAddr,
    stop: CancellationToken,
    health: HealthReporter,
    tls: Option<Renewable>,
    serving: JoinHandle<Result<(), tonic::transport::Error>>,
}

/// Listens and serves until [`Grpc::stop`].
pub(crate) async fn start(
    gateway: Gateway,
    settings: Settings,
    places: PlaceMetrics,
    calls: GrpcMetrics,
) -> Result<Grpc, GrpcError> {
    let listen = settings.listen;
    let listen_error = |source| GrpcError::Listen { listen, source };
    let listener = door::listen(listen).map_err(listen_error)?;
    let address = listener.local_addr().map_err(listen_error)?;
    let stop = CancellationToken::new();
    let (requests, traced) = (RequestIds::new(1), gateway.clone());
    let mut server = Server::builder()
        .layer(Counting(calls))
        .trace_fn(move |request| {
            let text = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
            let id = requests.of(text("x-request-id"), traced.now());
            let trace = text("traceparent").and_then(correlation::trace_id);
            tracing::info_span!("grpc", id, trace, path = request.uri().path())
        })
        .http2_keepalive_interval(Some(PING_INTERVAL))
        .http2_keepalive_timeout(Some(PING_TIMEOUT))
        .max_concurrent_streams(STREAMS_PER_CONNECTION_MAX)
        // Clients of Connect may use HTTP/1.1.
        .accept_http1(true);
    let tls = settings.tls.as_ref().map(Renewable::new).transpose().map_err(GrpcError::Tls)?;
    let (health, health_service) = tonic_health::server::health_reporter();
    tell(&health, ServingStatus::Serving).await;
    let routes = services(gateway, settings.super_user_password, settings.version, stop.clone());
    let router = server.add_routes(routes).add_service(health_service);
    let router = router.add_service(goipam::reflection()).add_service(goipam::older_reflection());
    let places = Places::new("grpc", settings.limits, places);
    let incoming = incoming(listener, places);
    let stopped = stop.clone().cancelled_owned();
    let serving = match tls.clone() {
        None => tokio::spawn(router.serve_with_incoming_shutdown(incoming, stopped)),
        Some(tls) => tokio::spawn(router.serve_with_incoming_shutdown(secured(incoming, tls), stopped)),
    };
    Ok(Grpc { address, stop, health, tls, serving })
}

async fn tell(health: &HealthReporter, status: ServingStatus) {
    for service in SERVICES {
        health.set_service_status(service, status).await;
    }
}

impl Grpc {
    /// Its address; with the port that the system chose if port 0 was configured.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its renewable certificates; `None`: it has none.
    pub(crate) fn tls(&self) -> Option<Renewable> {
        self.tls.clone()
    }

    /// Updates the gRPC health status from the store's standing, until the channel closes.
    pub(crate) fn tell(&self, mut standing: watch::Receiver<Standing>) -> impl Future<Output = ()> + 'static {
        let health = self.health.clone();
        async move {
            loop {
                let writes = *standing.borrow_and_update() == Standing::Writes;
                let status = if writes { ServingStatus::Serving } else { ServingStatus::NotServing };
                tell(&health, status).await;
                if standing.changed().await.is_err() {
                    return;
                }
            }
        }
    }

    /// Accepts no new calls, ends wait streams as unavailable, and lets the others finish, for at most `patience`.
    pub async fn stop(mut self, patience: Duration) {
        self.stop.cancel();
        match tokio::time::timeout(patience, &mut self.serving).await {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(error))) => tracing::warn!(%error, "the gRPC server failed"),
            Ok(Err(error)) => tracing::error!(%error, "the gRPC server panicked"),
            Err(_) => {
                tracing::warn!("gRPC calls were still running after the time for a stop");
                self.serving.abort();
            }
        }
    }
}
