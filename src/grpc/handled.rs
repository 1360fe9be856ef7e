//! Counts calls, under the usual metric names of gRPC servers (`grpc_server_handled_total` and its siblings).

use http_body::{Body as _, Frame, SizeHint};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::time::Instant;
use tonic::body::Body;
use tonic::codegen::{BoxFuture, Bytes, Service, http};
use tonic::{Code, Status};
use tower::Layer;

/// Upper bounds in seconds. Waits last for hours; they are in the last.
const BUCKETS_S: [f64; 9] = [0.001, 0.005, 0.01, 0.025, 0.1, 0.5, 1.0, 5.0, 10.0];

/// Longer names are unknown to the protos.
const NAME_BYTES_MAX: usize = 64;

/// The label of unknown names: callers may request any path.
const UNKNOWN: &str = "unknown";

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Method {
    grpc_service: String,
    grpc_method: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct HandledCall {
    grpc_service: String,
    grpc_method: String,
    grpc_code: &'static str,
}

/// The calls of the gRPC port. Cheap to clone.
#[derive(Clone, Debug)]
pub struct GrpcMetrics {
    handled: Family<HandledCall, Counter>,
    durations: Family<Method, Histogram, fn() -> Histogram>,
    in_flight: Gauge,
}

impl Default for GrpcMetrics {
    fn default() -> Self {
        let new: fn() -> Histogram = || Histogram::new(BUCKETS_S);
        Self {
            handled: Family::default(),
            durations: Family::new_with_constructor(new),
            in_flight: Gauge::default(),
        }
    }
}

impl GrpcMetrics {
    /// Registers the metrics.
    pub fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        let help = "Finished gRPC calls, by status code";
        registry.register("grpc_server_handled", help, metrics.handled.clone());
        let help = "Duration of gRPC calls in seconds";
        registry.register("grpc_server_handling_seconds", help, metrics.durations.clone());
        let help = "gRPC calls in progress";
        registry.register("grpc_server_in_flight", help, metrics.in_flight.clone());
        metrics
    }

    fn begin(&self, path: &str) -> Call {
        self.in_flight.inc();
        let mut names = path.trim_start_matches('/').split('/');
        let mut name = || names.next().filter(|name| is_name(name)).unwrap_or(UNKNOWN).to_owned();
        let method = Method { grpc_service: name(), grpc_method: name() };
        Call { metrics: self.clone(), method, began: Instant::now(), code: None }
    }
}

fn is_name(name: &str) -> bool {
    let is_char = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_');
    (1..=NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(is_char)
}

/// A call, counted at its end.
struct Call {
    metrics: GrpcMetrics,
    method: Method,
    began: Instant,
    /// `None`: its caller went away.
    code: Option<Code>,
}

impl Drop for Call {
    fn drop(&mut self) {
        self.metrics.in_flight.dec();
        let code = self.code.unwrap_or(Code::Cancelled);
        // Calls of unknown methods are not counted by name.
        if code == Code::Unimplemented {
            self.method = Method { grpc_service: UNKNOWN.to_owned(), grpc_method: UNKNOWN.to_owned() };
        }
        let Method { grpc_service, grpc_method } = self.method.clone();
        let outcome = HandledCall { grpc_service, grpc_method, grpc_code: name(code) };
        self.metrics.handled.get_or_create(&outcome).inc();
        self.metrics.durations.get_or_create(&self.method).observe(self.began.elapsed().as_secs_f64());
    }
}

/// The code's name in Go's gRPC.
const fn name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "Canceled",
        Code::Unknown => "Unknown",
        Code::InvalidArgument => "InvalidArgument",
        Code::DeadlineExceeded => "DeadlineExceeded",
        Code::NotFound => "NotFound",
        Code::AlreadyExists => "AlreadyExists",
        Code::PermissionDenied => "PermissionDenied",
        Code::ResourceExhausted => "ResourceExhausted",
        Code::FailedPrecondition => "FailedPrecondition",
        Code::Aborted => "Aborted",
        Code::OutOfRange => "OutOfRange",
        Code::Unimplemented => "Unimplemented",
        Code::Internal => "Internal",
        Code::Unavailable => "Unavailable",
        Code::DataLoss => "DataLoss",
        Code::Unauthenticated => "Unauthenticated",
    }
}

/// Adds the counting to a service.
#[derive(Clone, Debug)]
pub(super) struct Counting(pub(super) GrpcMetrics);

impl<S> Layer<S> for Counting {
    type Service = CountingService<S>;

    fn layer(&self, service: S) -> Self::Service {
        CountingService { service, metrics: self.0.clone() }
    }
}

/// A service whose calls are counted.
#[derive(Clone, Debug)]
pub(super) struct CountingService<S> {
    service: S,
    metrics: GrpcMetrics,
}

impl<S> Service<http::Request<Body>> for CountingService<S>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>>,
    S::Future: Send + 'static,
{
    type Response = http::Response<Body>;
    type Error = S::Error;
    type Future = BoxFuture<Self::Response, S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let mut call = self.metrics.begin(request.uri().path());
        let answer = self.service.call(request);
        Box::pin(async move {
            let answer = answer.await?;
            // A response without a body has its status in its headers; other protocols use the HTTP status.
            call.code = match Status::from_header_map(answer.headers()) {
                Some(status) => Some(status.code()),
                // The server does not poll an empty body, so the status is known here.
                None if answer.status().is_success() => answer.body().is_end_stream().then_some(Code::Ok),
                None if answer.status() == http::StatusCode::NOT_FOUND => Some(Code::Unimplemented),
                None => Some(Code::Unknown),
            };
            Ok(answer.map(|body| Body::new(Counted { body, call })))
        })
    }
}

/// The body of a response; the call ends with it.
struct Counted {
    body: Body,
    call: Call,
}

impl http_body::Body for Counted {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        match &frame {
            Some(Ok(frame)) => {
                if let Some(status) = frame.trailers_ref().and_then(Status::from_header_map) {
                    self.call.code = Some(status.code());
                }
            }
            Some(Err(status)) => self.call.code = Some(status.code()),
            // Protocols other than gRPC end without trailers.
            None => self.call.code = self.call.code.or(Some(Code::Ok)),
        }
        if self.body.is_end_stream() {
            self.call.code = self.call.code.or(Some(Code::Ok));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
