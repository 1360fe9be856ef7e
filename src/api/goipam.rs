//! go-ipam's service on the HTTP port (ipam 1.6), outside of the base path: the Connect protocol, without
//! credentials.

use super::Api;
use super::body::packed::{Arriving, Fault};
use super::body::{self, NotWhole};
use crate::correlation;
use crate::door::budget::Holder;
use crate::grpc::ipam::Ipam;
use crate::grpc::ipam::connect::{ARRIVAL_TIMEOUT, Call, Reply};
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use tracing::Instrument;

/// The path of every procedure.
pub(super) const PATH: &str = "/api.v1.IpamService/{procedure}";

pub(super) async fn serve(
    request: HttpRequest,
    procedure: Path<String>,
    payload: Payload,
    api: Data<Api>,
    ipam: Data<Ipam>,
) -> HttpResponse {
    let started = tokio::time::Instant::now();
    let _answering = api.metrics.begin();
    let text = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let id = api.requests.of(text("X-Request-Id"), api.gateway.now());
    let trace = text("traceparent").and_then(correlation::trace_id);
    let span = tracing::info_span!("http", id, trace, path = request.path());
    let reply = answer(&request, &procedure, payload, &ipam).instrument(span).await;
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    api.metrics.count(None, request.method(), status, started.elapsed());
    let mut response = HttpResponse::build(status);
    response.content_type(reply.content_type);
    if let Some(header) = reply.header {
        response.insert_header(header);
    }
    response.body(reply.body)
}

async fn answer(request: &HttpRequest, procedure: &str, payload: Payload, ipam: &Ipam) -> Reply {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let call = match Call::begin(ipam, request.method().as_str(), procedure, header) {
        Ok(call) => call,
        Err(reply) => return reply,
    };
    let share = ipam.held.share(Holder::Connection(request.peer_addr()));
    let arriving = Arriving::plain(call.body_bytes_max(), share);
    match tokio::time::timeout(ARRIVAL_TIMEOUT, body::gathered(payload, arriving)).await {
        Ok(Ok((body, share))) => call.run(ipam, body, share).await,
        Ok(Err(NotWhole::Refused(Fault::Full(full)))) => full.into(),
        Ok(Err(NotWhole::Refused(_))) => call.too_large(),
        Ok(Err(NotWhole::Lost(_))) | Err(_) => Call::cut_off(),
    }
}
