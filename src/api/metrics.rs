//! Counts requests, and shows all metrics of the node (api-resources 1.1, row "metrics").

mod prometheus;
mod tasks;

use super::load::Load;
use super::router::Route;
use actix_web::http::header::{ACCEPT, AUTHORIZATION, WWW_AUTHENTICATE};
use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use actors::gateway::Gateway;
use parking_lot::RwLock;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use subtle::ConstantTimeEq;
use tasks::TaskMetrics;

/// Upper bounds in seconds: those of the contract, and finer ones below, where our answers are.
const BUCKETS_S: [f64; 11] = [0.001, 0.005, 0.01, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// The route of requests that have none.
const NO_ROUTE: &str = "";

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

/// The API's own metrics. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ApiMetrics {
    requests: Family<Answered, Counter>,
    durations: Family<Took, Histogram, fn() -> Histogram>,
    answering: Gauge,
    load: Load,
}

/// A request that is being answered, counted as long as it lives.
#[derive(Debug)]
pub(super) struct Answering(Gauge);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl ApiMetrics {
    /// Adds them to `registry`.
    pub fn register(registry: &mut Registry) -> Self {
        let new: fn() -> Histogram = || Histogram::new(BUCKETS_S);
        let metrics = Self {
            requests: Family::default(),
            durations: Family::new_with_constructor(new),
            answering: Gauge::default(),
            load: Load::register(registry),
        };
        registry.register("metal_api_requests", "Answered HTTP requests", metrics.requests.clone());
        let help = "Seconds from the first byte of a request to its answer";
        registry.register("metal_api_request_duration_seconds", help, metrics.durations.clone());
        let help = "HTTP requests that are being answered";
        registry.register("metal_api_requests_in_flight", help, metrics.answering.clone());
        metrics
    }

    /// A request has begun.
    pub(super) fn begin(&self) -> Answering {
        self.answering.inc();
        Answering(self.answering.clone())
    }

    pub(super) fn count(
        &self,
        route: Option<&'static Route>,
        method: &Method,
        status: StatusCode,
        took: Duration,
    ) {
        let method = match *method {
            Method::GET => "GET",
            Method::POST => "POST",
            Method::PUT => "PUT",
            Method::DELETE => "DELETE",
            Method::OPTIONS => "OPTIONS",
            _ => "other",
        };
        let route = route.map_or(NO_ROUTE, |route| route.path);
        self.requests.get_or_create(&Answered { code: status.as_u16(), method, route }).inc();
        self.durations.get_or_create(&Took { method, route }).observe(took.as_secs_f64());
    }
}

/// Where a page of metrics is.
const PATH: &str = "/metrics";

/// `GET /metrics`: what Prometheus reads, in OpenMetrics' text format or in its older one. Cheap to clone.
#[derive(Clone)]
pub struct MetricsPage {
    gateway: Gateway,
    load: Load,
    registry: Arc<Registry>,
    key: MetricsKey,
}

/// What a reader of metrics sends as `Authorization: Bearer KEY`, if anything; it may be replaced. Cheap to clone.
#[derive(Clone, Default)]
pub struct MetricsKey(Arc<RwLock<Option<Arc<str>>>>);

impl MetricsKey {
    /// From the next request on; `None`: anybody may read.
    pub fn replace(&self, key: Option<&str>) {
        *self.0.write() = key.map(Arc::from);
    }

    fn lets_in(&self, request: &HttpRequest) -> bool {
        let key = self.0.read().clone();
        let Some(key) = key else { return true };
        let told = header(request, &AUTHORIZATION).split_once(' ');
        told.is_some_and(|(scheme, told)| {
            scheme.eq_ignore_ascii_case("bearer") && told.trim().as_bytes().ct_eq(key.as_bytes()).into()
        })
    }
}

impl From<Option<&str>> for MetricsKey {
    fn from(key: Option<&str>) -> Self {
        let made = Self::default();
        made.replace(key);
        made
    }
}

impl fmt::Debug for MetricsPage {
    /// Leaves the key out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MetricsPage").finish_non_exhaustive()
    }
}

impl MetricsPage {
    /// Shows `registry`, among which `metrics` are, and the background tasks.
    pub fn new(gateway: Gateway, metrics: &ApiMetrics, mut registry: Registry, key: MetricsKey) -> Self {
        registry.register_collector(Box::new(TaskMetrics { gateway: gateway.clone() }));
        Self { gateway, load: metrics.load.clone(), registry: Arc::new(registry), key }
    }

    /// Puts the page into an actix-web `App`.
    pub fn mount(&self, config: &mut ServiceConfig) {
        config.app_data(Data::new(self.clone())).route(PATH, web::get().to(show));
    }
}

fn header<'a>(request: &'a HttpRequest, name: &actix_web::http::header::HeaderName) -> &'a str {
    request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

async fn show(page: Data<MetricsPage>, request: HttpRequest) -> HttpResponse {
    if !page.key.lets_in(&request) {
        return HttpResponse::Unauthorized()
            .insert_header((WWW_AUTHENTICATE, "Bearer"))
            .body("metrics are read with Authorization: Bearer KEY, the key in the file metrics.key_file\n");
    }
    page.load.take(&page.gateway).await;
    let mut text = String::new();
    if encode(&mut text, &page.registry).is_err() {
        return HttpResponse::InternalServerError().finish();
    }
    if prometheus::is_wanted(header(&request, &ACCEPT)) {
        let kind = "text/plain; version=0.0.4; charset=utf-8";
        return HttpResponse::Ok().content_type(kind).body(prometheus::older(&text));
    }
    HttpResponse::Ok().content_type("application/openmetrics-text; version=1.0.0; charset=utf-8").body(text)
}
