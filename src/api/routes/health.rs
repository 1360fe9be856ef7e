//! `GET /v1/health` (api-resources 7.5), with this server's own services.

use crate::api::call::{Answered, ApiResponse, Call};
use actix_web::http::StatusCode;
use actors::gateway::Gateway;
use actors::world::World;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// For how long the store's last answer is good.
const PING_PAUSE: Duration = Duration::from_millis(500);

/// The only service this server depends on.
const STORE: &str = "store";

/// Whether all rows of the store can be read.
const ROWS: &str = "rows";

#[derive(Clone, Debug, Default, Serialize)]
struct Service {
    status: &'static str,
    message: String,
}

#[derive(Debug, Serialize)]
struct HealthResponse {
    status: &'static str,
    message: String,
    services: BTreeMap<&'static str, Service>,
}

/// The last response of the store. Health is public and may be requested at any rate, so the store is asked only once
/// in a while and by one caller at a time.
#[derive(Debug, Default)]
pub(in crate::api) struct LastPing(Mutex<Option<(Instant, Service)>>);

impl LastPing {
    async fn service(&self, gateway: &Gateway) -> Service {
        let mut last = self.0.lock().await;
        if let Some((at, service)) = &*last
            && at.elapsed() < PING_PAUSE
        {
            return service.clone();
        }
        let service = match gateway.ping().await {
            Ok(message) => Service { status: "healthy", message },
            Err(error) => Service { status: "unhealthy", message: error.to_string() },
        };
        *last = Some((Instant::now(), service.clone()));
        service
    }
}

pub(super) async fn show(call: Call) -> Answered {
    let store = call.api.ping.service(&call.api.gateway).await;
    let http = if store.status == "healthy" { StatusCode::OK } else { StatusCode::INTERNAL_SERVER_ERROR };
    let services = BTreeMap::from([(STORE, store), (ROWS, rows(call.here()))]);
    ApiResponse::with(http, &health(services, call.query.get("service").unwrap_or_default()))
}

/// A kind with unreadable rows does not make the node useless: it keeps answering, and reports the kind.
fn rows(world: &World) -> Service {
    let stopped: Vec<String> = world.stopped().values().map(ToString::to_string).collect();
    match stopped.is_empty() {
        true => Service { status: "healthy", message: "all rows are readable".to_owned() },
        false => Service { status: "degraded", message: stopped.join("; ") },
    }
}

/// `wanted`: one service, or empty for all. The overall status is that of the worst service.
fn health(mut services: BTreeMap<&'static str, Service>, wanted: &str) -> HealthResponse {
    if !wanted.is_empty() {
        services.retain(|name, _| *name == wanted);
    }
    let worst =
        ["unhealthy", "degraded"].iter().find_map(|status| services.values().find(|it| it.status == *status));
    let of_all = |service: &Service| (service.status, service.message.clone());
    let (status, message) = match (worst, services.get(wanted)) {
        (Some(worst), _) => of_all(worst),
        (None, Some(wanted)) => of_all(wanted),
        (None, None) if wanted.is_empty() => ("healthy", String::new()),
        (None, None) => ("", String::new()),
    };
    HealthResponse { status, message, services }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    /// api-resources 7.5
    #[test]
    fn the_whole_and_one_service() {
        let service = |status| Service { status, message: "memory".to_owned() };
        let text = |status, wanted| {
            serde_json::to_string(&health(BTreeMap::from([(STORE, service(status))]), wanted)).unwrap()
        };
        expect![[r#"{"status":"healthy","message":"","services":{"store":{"status":"healthy","message":"memory"}}}"#]]
            .assert_eq(&text("healthy", ""));
        expect![[r#"{"status":"healthy","message":"memory","services":{"store":{"status":"healthy","message":"memory"}}}"#]]
            .assert_eq(&text("healthy", "store"));
        expect![[r#"{"status":"unhealthy","message":"memory","services":{"store":{"status":"unhealthy","message":"memory"}}}"#]]
            .assert_eq(&text("unhealthy", ""));
        expect![[r#"{"status":"","message":"","services":{}}"#]].assert_eq(&text("healthy", "ipam"));
        let rows = Service { status: "degraded", message: "size".to_owned() };
        let both = |status| BTreeMap::from([(STORE, service(status)), (ROWS, rows.clone())]);
        let top = |health: HealthResponse| (health.status, health.message, health.services.len());
        assert_eq!(top(health(both("healthy"), "")), ("degraded", "size".to_owned(), 2));
        assert_eq!(top(health(both("healthy"), STORE)), ("healthy", "memory".to_owned(), 1));
        assert_eq!(top(health(both("unhealthy"), "")), ("unhealthy", "memory".to_owned(), 2));
    }
}
