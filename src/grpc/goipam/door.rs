//! The service on the gRPC port: gRPC, gRPC-Web and Connect on the same paths, distinguished by content type.

use super::connect::{ARRIVAL_TIMEOUT, Call, ConnectResponse};
use super::{GoIpam, LOAD, LOAD_BYTES_MAX, REQUEST_BYTES_MAX};
use crate::door::budget::Share;
use crate::grpc::api::ipam_service_server::IpamServiceServer;
use crate::grpc::counted::{counted, holder};
use crate::grpc::deadline;
use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::{BoxFuture, CompressionEncoding, Service, http};
use tonic::server::NamedService;
use tonic_web::GrpcWebLayer;
use tower::Layer;

/// Longest time for a dump to arrive and be loaded; after it the load is undone, and the next dump gets its place.
const LOAD_TIMEOUT: Duration = Duration::from_secs(300);

/// The trailers of a response.
const TRAILERS: &str = "grpc-status, grpc-message, grpc-status-details-bin";

/// Cheap to clone.
#[derive(Clone, Debug)]
pub(in crate::grpc) struct Door {
    ipam: Arc<GoIpam>,
    grpc: IpamServiceServer<GoIpam>,
    /// The service for requests with a dump.
    grpc_load: IpamServiceServer<GoIpam>,
}

impl Door {
    pub(in crate::grpc) fn new(ipam: GoIpam) -> Self {
        let ipam = Arc::new(ipam);
        let server = |max| {
            IpamServiceServer::from_arc(Arc::clone(&ipam))
                .accept_compressed(CompressionEncoding::Gzip)
                .max_decoding_message_size(max)
        };
        let (grpc, grpc_load) = (server(REQUEST_BYTES_MAX), server(LOAD_BYTES_MAX));
        Self { ipam, grpc, grpc_load }
    }

    async fn grpc(self, request: http::Request<Body>) -> Result<http::Response<Body>, Infallible> {
        let patience = deadline::patience(request.headers());
        let request = counted(&self.ipam.held, request);
        deadline::within(patience, self.answer(request)).await
    }

    async fn answer(mut self, request: http::Request<Body>) -> Result<http::Response<Body>, Infallible> {
        let procedure = procedure(&request).to_owned();
        match self.ipam.admit(&procedure) {
            Ok(place) => {
                let server = if procedure == LOAD { &mut self.grpc_load } else { &mut self.grpc };
                let answer = server.call(request);
                match place {
                    None => answer.await,
                    Some(_place) => tokio::time::timeout(LOAD_TIMEOUT, answer).await.unwrap_or_else(|_| {
                        Ok(Status::deadline_exceeded("the load took too long and is being undone")
                            .into_http())
                    }),
                }
            }
            Err(status) => Ok(status.into_http()),
        }
    }

    /// HTTP/1.1 carries trailers only if they were announced before. go-ipam's CLI needs this without TLS.
    async fn grpc_announced(self, request: http::Request<Body>) -> Result<http::Response<Body>, Infallible> {
        let mut answer = self.grpc(request).await?;
        if !answer.headers().contains_key(Status::GRPC_STATUS) {
            answer.headers_mut().insert(http::header::TRAILER, http::HeaderValue::from_static(TRAILERS));
        }
        Ok(answer)
    }

    async fn connect(self, request: http::Request<Body>) -> http::Response<Body> {
        let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
        let mut share = self.ipam.held.share(holder(request.extensions()));
        let reply = match Call::begin(&self.ipam, request.method().as_str(), procedure(&request), header) {
            Ok(call) => match arrived(&call, request.into_body(), &mut share).await {
                Ok(body) => call.run(&self.ipam, body, share).await,
                Err(reply) => reply,
            },
            Err(reply) => reply,
        };
        response(reply)
    }
}

/// The last part of the path.
fn procedure(request: &http::Request<Body>) -> &str {
    request.uri().path().rsplit('/').next().unwrap_or_default()
}

async fn arrived(call: &Call, body: Body, share: &mut Share) -> Result<Bytes, ConnectResponse> {
    let whole = tokio::time::timeout(ARRIVAL_TIMEOUT, gathered(call, body, share)).await;
    whole.unwrap_or_else(|_| Err(Call::cut_off()))
}

async fn gathered(call: &Call, mut body: Body, share: &mut Share) -> Result<Bytes, ConnectResponse> {
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        // This protocol has no trailers.
        let Ok(data) = frame.map_err(|_| Call::cut_off())?.into_data() else { continue };
        if whole.len() + data.len() > call.body_bytes_max() {
            return Err(call.too_large());
        }
        share.grow(data.len())?;
        whole.extend_from_slice(&data);
    }
    Ok(whole.freeze())
}

fn response(reply: ConnectResponse) -> http::Response<Body> {
    let mut response =
        http::Response::builder().status(reply.status).header(http::header::CONTENT_TYPE, reply.content_type);
    if let Some((name, value)) = reply.header {
        response = response.header(name, value);
    }
    response.body(Body::new(Full::new(Bytes::from(reply.body)))).expect("a status and headers of ours")
}

/// The protocol of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wire {
    Grpc,
    GrpcWeb,
    Connect,
}

impl Wire {
    fn of(request: &http::Request<Body>) -> Self {
        let kind = request.headers().get(http::header::CONTENT_TYPE).map_or(&b""[..], |kind| kind.as_bytes());
        match kind.strip_prefix(b"application/grpc") {
            Some(b"" | [b'+' | b';', ..]) => Self::Grpc,
            Some(rest) if rest.starts_with(b"-web") => Self::GrpcWeb,
            _ => Self::Connect,
        }
    }
}

impl NamedService for Door {
    const NAME: &'static str = IpamServiceServer::<GoIpam>::NAME;
}

impl Service<http::Request<Body>> for Door {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let door = self.clone();
        match Wire::of(&request) {
            Wire::Grpc if request.version() < http::Version::HTTP_2 => Box::pin(door.grpc_announced(request)),
            Wire::Grpc => Box::pin(door.grpc(request)),
            Wire::GrpcWeb => {
                let grpc = tower::service_fn(move |request| door.clone().grpc(request));
                Box::pin(GrpcWebLayer::new().layer(grpc).call(request))
            }
            Wire::Connect => Box::pin(async move { Ok(door.connect(request).await) }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_type_tells_the_wire() {
        let table = [
            ("application/grpc", Wire::Grpc),
            ("application/grpc+proto", Wire::Grpc),
            ("application/grpc;x=y", Wire::Grpc),
            ("application/grpc-web", Wire::GrpcWeb),
            ("application/grpc-web-text+proto", Wire::GrpcWeb),
            ("application/grpcs", Wire::Connect),
            ("application/json", Wire::Connect),
            ("", Wire::Connect),
        ];
        for (kind, wire) in table {
            let request = http::Request::builder().header("content-type", kind).body(Body::empty()).unwrap();
            assert_eq!(Wire::of(&request), wire, "{kind}");
        }
        assert_eq!(Wire::of(&http::Request::new(Body::empty())), Wire::Connect);
    }
}
