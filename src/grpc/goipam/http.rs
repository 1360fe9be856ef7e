//! go-ipam's service on the HTTP port (ipam 1.6), outside of the base path: the Connect protocol, without
//! credentials.

use super::GoIpam;
use super::connect::{ARRIVAL_TIMEOUT, Call, ConnectResponse};
use crate::correlation;
use crate::door::HttpPort;
use crate::door::arrival::{Arriving, Fault, NotWhole, gathered};
use crate::door::budget::Holder;
use crate::door::port::NO_ROUTE;
use crate::version::VersionInfo;
use actix_web::http::StatusCode;
use actix_web::web::{self, Data, Path, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use actors::gateway::Gateway;
use tracing::Instrument;

/// The path of every procedure.
const PATH: &str = "/api.v1.IpamService/{procedure}";

/// The service as a page of the HTTP port. Cheap to clone.
#[derive(Clone, Debug)]
pub struct GoIpamPage {
    ipam: GoIpam,
    port: HttpPort,
}

impl GoIpamPage {
    pub fn new(gateway: Gateway, version: VersionInfo, port: HttpPort) -> Self {
        Self { ipam: GoIpam::new(gateway, version, port.held().clone()), port }
    }

    /// Mounts the page in an actix-web `App`.
    pub fn mount(&self, config: &mut ServiceConfig) {
        config.app_data(Data::new(self.clone())).route(PATH, web::route().to(serve));
    }
}

async fn serve(
    request: HttpRequest,
    procedure: Path<String>,
    payload: Payload,
    page: Data<GoIpamPage>,
) -> HttpResponse {
    let GoIpamPage { ipam, port } = &**page;
    let started = tokio::time::Instant::now();
    let _answering = port.begin();
    let text = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let id = port.request_id(text("X-Request-Id"), ipam.gateway.now());
    let trace = text("traceparent").and_then(correlation::trace_id);
    let span = tracing::info_span!("http", id, trace, path = request.path());
    let reply = answer(&request, &procedure, payload, ipam).instrument(span).await;
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    port.count(NO_ROUTE, request.method(), status, started.elapsed());
    let mut response = HttpResponse::build(status);
    response.content_type(reply.content_type);
    if let Some(header) = reply.header {
        response.insert_header(header);
    }
    response.body(reply.body)
}

async fn answer(request: &HttpRequest, procedure: &str, payload: Payload, ipam: &GoIpam) -> ConnectResponse {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let call = match Call::begin(ipam, request.method().as_str(), procedure, header) {
        Ok(call) => call,
        Err(reply) => return reply,
    };
    let share = ipam.held.share(Holder::Connection(request.peer_addr()));
    let arriving = Arriving::plain(call.body_bytes_max(), share);
    match tokio::time::timeout(ARRIVAL_TIMEOUT, gathered(payload, arriving)).await {
        Ok(Ok((body, share))) => call.run(ipam, body, share).await,
        Ok(Err(NotWhole::Refused(Fault::Full(full)))) => full.into(),
        Ok(Err(NotWhole::Refused(_))) => call.too_large(),
        Ok(Err(NotWhole::Lost(_))) | Err(_) => Call::cut_off(),
    }
}
