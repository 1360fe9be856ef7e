//! `GET /v1/health` (api-resources 7.5), with this server's own services.

use super::call::{Answered, Call, Reply};
use actix_web::http::StatusCode;
use actors::gateway::Gateway;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// For how long the store's last answer is good.
const PING_PAUSE: Duration = Duration::from_millis(500);

/// The only service this server depends on.
const STORE: &str = "store";

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

/// What the store last said. Anybody may ask for the health, as often as they like: the store is asked once in a while
/// and by one caller at a time.
#[derive(Debug, Default)]
pub(super) struct LastPing(Mutex<Option<(Instant, Service)>>);

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
    let healthy = store.status == "healthy";
    let http = if healthy { StatusCode::OK } else { StatusCode::INTERNAL_SERVER_ERROR };
    Reply::with(http, &health(store, call.query.get("service").unwrap_or_default()))
}

/// `wanted`: one service, or empty for all.
fn health(store: Service, wanted: &str) -> HealthResponse {
    let message =
        if store.status == "healthy" && wanted.is_empty() { String::new() } else { store.message.clone() };
    match wanted {
        "" | STORE => {
            HealthResponse { status: store.status, message, services: BTreeMap::from([(STORE, store)]) }
        }
        _ => HealthResponse { status: "", message: String::new(), services: BTreeMap::new() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    /// api-resources 7.5
    #[test]
    fn the_whole_and_one_service() {
        let service = |status| Service { status, message: "memory".to_owned() };
        let text = |status, wanted| serde_json::to_string(&health(service(status), wanted)).unwrap();
        expect![[r#"{"status":"healthy","message":"","services":{"store":{"status":"healthy","message":"memory"}}}"#]]
            .assert_eq(&text("healthy", ""));
        expect![[r#"{"status":"healthy","message":"memory","services":{"store":{"status":"healthy","message":"memory"}}}"#]]
            .assert_eq(&text("healthy", "store"));
        expect![[r#"{"status":"unhealthy","message":"memory","services":{"store":{"status":"unhealthy","message":"memory"}}}"#]]
            .assert_eq(&text("unhealthy", ""));
        expect![[r#"{"status":"","message":"","services":{}}"#]].assert_eq(&text("healthy", "ipam"));
    }
}
