//! The APIs without sockets: a request passes routing, decoding, the decision and its commit.

use crate::world::{House, NOW};
use actix_web::App;
use actix_web::body::to_bytes;
use actix_web::test::{TestRequest, call_service, init_service};
use actors::decision::Role;
use actors::gateway::Gateway;
use http_body_util::{BodyExt, Full};
use metalmesh::api::{ApiSettings, HmacKey, HmacKeys, configure, sign};
use metalmesh::door::HttpPort;
use metalmesh::grpc::GoIpamPage;
use metalmesh::grpc::{SuperUserPassword, services};
use metalmesh::version::VersionInfo;
use prometheus_client::registry::Registry;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// A response.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub text: String,
}

/// Signs as an admin and sends a JSON body; `path` is relative to the base path, and was checked.
pub async fn json(house: &House, method: &str, path: &str, body: Vec<u8>) -> Response {
    let request = TestRequest::with_uri(&format!("/metal/{path}"))
        .method(method.parse().unwrap())
        .insert_header(("Authorization", sign(Role::Admin, b"metal-admin", NOW, method, "salt")))
        .insert_header(("X-Date", NOW))
        .insert_header(("X-Data-Salt", "salt"));
    http(house, request, body).await
}

/// Calls a procedure of go-ipam's service like a client of Connect, without a signature.
pub async fn connect(house: &House, procedure: &str, body: Vec<u8>) -> Response {
    let request = TestRequest::post().uri(&format!("/api.v1.IpamService/{procedure}"));
    http(house, request, body).await
}

async fn http(house: &House, request: TestRequest, body: Vec<u8>) -> Response {
    let mut registry = Registry::default();
    let (port, gateway) = (HttpPort::register(&mut registry), Gateway::alone(house.local.clone()));
    let ipam = GoIpamPage::new(gateway.clone(), version(), port.clone());
    let api = configure(settings(), gateway, port).unwrap();
    let app = init_service(App::new().configure(|app| ipam.mount(app)).configure(api)).await;
    let request = request.insert_header(("Content-Type", "application/json")).set_payload(body);
    let response = call_service(&app, request.to_request()).await;
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body()).await.unwrap();
    Response { status, text: String::from_utf8(body.to_vec()).unwrap() }
}

fn settings() -> ApiSettings {
    let key =
        |secret: &str| HmacKey { secret: secret.into(), previous: None, lifetime: Duration::from_secs(90) };
    ApiSettings {
        base_path: "/metal/".to_owned(),
        keys: HmacKeys { view: key("metal-view"), edit: key("metal-edit"), admin: key("metal-admin") }.into(),
        provider_tenant: "metal-stack".to_owned(),
        urls: None,
        version: version(),
    }
}

fn version() -> VersionInfo {
    VersionInfo {
        version: String::new(),
        build_date: String::new(),
        revision: String::new(),
        git_sha: String::new(),
        min_client_version: String::new(),
        release_version: None,
    }
}

/// Calls a gRPC method with an encoded message, and reads the first response.
pub async fn grpc(house: &House, method: &str, message: &[u8]) -> Response {
    let stop = CancellationToken::new();
    let services =
        services(Gateway::alone(house.local.clone()), SuperUserPassword::default(), version(), stop.clone());
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    let framed = [&[0], &length[..], message].concat();
    let request = http::Request::post(format!("/api.v1.{method}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(Full::from(framed))
        .unwrap();
    let response = services.oneshot(request).await.unwrap();
    // The stream of a waiting machine does not end by itself.
    stop.cancel();
    let headers = response.headers().clone();
    let body = response.into_body().collect().await.unwrap();
    let trailers = body.trailers().cloned().unwrap_or_default();
    let named = |name| headers.get(name).or(trailers.get(name)).and_then(|value| value.to_str().ok());
    let status = named("grpc-status").unwrap().parse().unwrap();
    Response { status, text: named("grpc-message").unwrap_or_default().to_owned() }
}
