//! Shared by all services of the HTTP port: request ids, request metrics, the memory budget of bodies.

use super::budget::Budget;
use crate::correlation::RequestIds;
use actix_web::http::{Method, StatusCode};
use actors::time::Timestamp;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::sync::Arc;
use std::time::Duration;

/// Upper bounds in seconds: the contract's, and finer ones below for our latencies.
const BUCKETS_S: [f64; 11] = [0.001, 0.005, 0.01, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// The label of requests without a route.
pub(crate) const NO_ROUTE: &str = "";

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    code: u16,
    method: &'static str,
    route: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Took {
    method: &'static str,
    route: &'static str,
}

/// The HTTP port of a node. Cheap to clone.
#[derive(Clone, Debug)]
pub struct HttpPort {
    requests: Family<Answered, Counter>,
    durations: Family<Took, Histogram, fn() -> Histogram>,
    answering: Gauge,
    ids: Arc<RequestIds>,
    /// The memory budget of requests.
    held: Budget,
}

/// A request in progress, counted until it is dropped.
#[derive(Debug)]
pub(crate) struct Answering(Gauge);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl HttpPort {
    /// Registers the metrics.
    pub fn register(registry: &mut Registry) -> Self {
        let new: fn() -> Histogram = || Histogram::new(BUCKETS_S);
        let port = Self {
            requests: Family::default(),
            durations: Family::new_with_constructor(new),
            answering: Gauge::default(),
            ids: Arc::new(RequestIds::new(0)),
            held: Budget::default(),
        };
        registry.register("metal_api_requests", "Answered HTTP requests", port.requests.clone());
        let help = "Seconds from the first byte of a request to its response";
        registry.register("metal_api_request_duration_seconds", help, port.durations.clone());
        let help = "HTTP requests in progress";
        registry.register("metal_api_requests_in_flight", help, port.answering.clone());
        port
    }

    /// Starts counting a request.
    pub(crate) fn begin(&self) -> Answering {
        self.answering.inc();
        Answering(self.answering.clone())
    }

    /// The id of a request: `given`, if the client sent one.
    pub(crate) fn request_id(&self, given: Option<&str>, now: Timestamp) -> String {
        self.ids.of(given, now)
    }

    /// The memory budget of requests.
    pub(crate) const fn held(&self) -> &Budget {
        &self.held
    }

    /// Counts a response. `route`: its path in the list of routes, or [`NO_ROUTE`].
    pub(crate) fn count(&self, route: &'static str, method: &Method, status: StatusCode, took: Duration) {
        let method = match *method {
            Method::GET => "GET",
            Method::POST => "POST",
            Method::PUT => "PUT",
            Method::DELETE => "DELETE",
            Method::OPTIONS => "OPTIONS",
            _ => "other",
        };
        self.requests.get_or_create(&Answered { code: status.as_u16(), method, route }).inc();
        self.durations.get_or_create(&Took { method, route }).observe(took.as_secs_f64());
    }
}
