//! Serves all metrics of the node (api-resources 1.1, row "metrics").

mod prometheus;
mod tasks;

use super::load::Load;
use actix_web::http::header::{ACCEPT, AUTHORIZATION, WWW_AUTHENTICATE};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use actors::gateway::Gateway;
use parking_lot::RwLock;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use std::fmt;
use std::sync::Arc;
use subtle::ConstantTimeEq;
use tasks::TaskMetrics;

/// Path of the metrics page.
const PATH: &str = "/metrics";

/// `GET /metrics`: what Prometheus reads, in OpenMetrics' text format or in its older one. Cheap to clone.
#[derive(Clone)]
pub struct MetricsPage {
    gateway: Gateway,
    load: Load,
    registry: Arc<Registry>,
    key: MetricsKey,
}

/// The key that readers of metrics send as `Authorization: Bearer KEY`, if any; it can be replaced. Cheap to clone.
#[derive(Clone, Default)]
pub struct MetricsKey(Arc<RwLock<Option<Arc<str>>>>);

impl MetricsKey {
    /// Applies from the next request on; `None`: everyone may read.
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
    /// Omits the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MetricsPage").finish_non_exhaustive()
    }
}

impl MetricsPage {
    /// Serves `registry`, the state of the partition, and the background tasks.
    pub fn new(gateway: Gateway, mut registry: Registry, key: MetricsKey) -> Self {
        let load = Load::register(&mut registry);
        registry.register_collector(Box::new(TaskMetrics { gateway: gateway.clone() }));
        Self { gateway, load, registry: Arc::new(registry), key }
    }

    /// Mounts the page in an actix-web `App`.
    pub fn mount(&self, config: &mut ServiceConfig) {
        config.app_data(Data::new(self.clone())).route(PATH, web::get().to(show));
    }
}

fn header<'a>(request: &'a HttpRequest, name: &actix_web::http::header::HeaderName) -> &'a str {
    request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

async fn show(page: Data<MetricsPage>, request: HttpRequest) -> HttpResponse {
    if !page.key.lets_in(&request) {
        return HttpResponse::Unauthorized().insert_header((WWW_AUTHENTICATE, "Bearer")).body(
            "metrics need the header Authorization: Bearer KEY, with the key of the file metrics.key_file\n",
        );
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
