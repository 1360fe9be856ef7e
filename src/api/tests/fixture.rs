//! A partition, the API over it, and a client that signs.

pub(super) mod rack;

use crate::api::{ApiSettings, HmacKey, HmacKeys, MetricsKey, MetricsPage, configure, sign};
use crate::door::HttpPort;
use crate::grpc::GoIpamPage;
use crate::version::VersionInfo;
use actix_web::App;
use actix_web::body::{BoxBody, to_bytes};
use actix_web::dev::ServiceResponse;
use actix_web::http::header::HeaderMap;
use actix_web::test::{TestRequest, call_service, init_service};
use actors::answer::Answer;
use actors::command::Body;
use actors::decision::{Principal, Role};
use actors::fixture::clock::StandingClock;
use actors::gateway::Gateway;
use actors::runtime::{Env, LocalPartition, LocalPartitionConfig};
use actors::store::memory::MemoryStore;
use actors::time::Timestamp;
use actors::{background, decide};
use futures_util::future::LocalBoxFuture;
use prometheus_client::registry::Registry;
use serde_json::Value;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

pub(super) const NOW: &str = "2026-01-15T10:00:00Z";

type Client = dyn Fn(TestRequest) -> LocalBoxFuture<'static, ServiceResponse<BoxBody>>;

/// One installation.
pub(super) struct Fixture {
    pub(super) local: LocalPartition,
    client: Rc<Client>,
}

/// A response.
#[derive(Debug)]
pub(super) struct Response {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl Response {
    /// The body as JSON.
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// Status and the message in the error envelope.
    pub(super) fn refusal(&self) -> (u16, String) {
        let Value::String(inner) = self.json() else { panic!("not an error envelope: {self:?}") };
        let inner: Value = serde_json::from_str(&inner).unwrap();
        assert_eq!(inner["statuscode"], self.status, "{self:?}");
        (self.status, inner["message"].as_str().unwrap().to_owned())
    }

    /// The body of a success, for comparison.
    pub(super) fn pretty(&self) -> String {
        assert!((200..300).contains(&self.status), "{self:?}");
        serde_json::to_string_pretty(&self.json()).unwrap()
    }

    pub(super) fn ok(self) -> Value {
        assert!((200..300).contains(&self.status), "{self:?}");
        self.json()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

pub(super) fn settings() -> ApiSettings {
    let key = |secret: &str, seconds| HmacKey {
        secret: secret.as_bytes().to_vec(),
        previous: None,
        lifetime: Duration::from_secs(seconds),
    };
    ApiSettings {
        base_path: "/metal/".to_owned(),
        keys: HmacKeys {
            view: key("metal-view", 30),
            edit: key("metal-edit", 30),
            admin: key("metal-admin", 90),
        }
        .into(),
        provider_tenant: "metal-stack".to_owned(),
        urls: None,
        version: VersionInfo {
            version: "v0.1.0".to_owned(),
            build_date: "today".to_owned(),
            revision: "main".to_owned(),
            git_sha: "0".to_owned(),
            min_client_version: "v0.0.1".to_owned(),
            release_version: None,
        },
    }
}

impl Fixture {
    pub(super) async fn new() -> Self {
        Self::with(settings()).await
    }

    pub(super) async fn with(settings: ApiSettings) -> Self {
        Self::of("mini-lab", 7, settings, Gateway::alone).await
    }

    /// A partition whose background tasks run.
    pub(super) async fn with_tasks() -> Self {
        let tended = |local: LocalPartition| {
            let background = background::start(&local, background::Settings::default());
            Gateway::alone(local).with_background(background)
        };
        Self::of("mini-lab", 7, settings(), tended).await
    }

    /// One of several installations, behind the entrance that `gateway` makes.
    pub(super) async fn of(
        partition: &str,
        seed: u64,
        settings: ApiSettings,
        gateway: impl FnOnce(LocalPartition) -> Gateway,
    ) -> Self {
        let config = LocalPartitionConfig {
            partition: partition.into(),
            store: Arc::new(MemoryStore::default()),
            env: Env::new(Arc::new(StandingClock(Timestamp::parse(NOW).unwrap())), seed),
            domain: decide::DOMAIN,
        };
        let local = LocalPartition::start(config).await.unwrap();
        let mut registry = Registry::default();
        let port = HttpPort::register(&mut registry);
        let gateway = gateway(local.clone());
        let page = MetricsPage::new(gateway.clone(), registry, MetricsKey::default());
        let ipam = GoIpamPage::new(gateway.clone(), settings.version.clone(), port.clone());
        let api = configure(settings, gateway, port).unwrap();
        let app = App::new().configure(|app| page.mount(app)).configure(|app| ipam.mount(app)).configure(api);
        let app = Rc::new(init_service(app).await);
        let client: Rc<Client> = Rc::new(move |request| {
            let app = Rc::clone(&app);
            Box::pin(async move { call_service(&*app, request.to_request()).await })
        });
        Self { local, client }
    }

    /// Sends a request unchanged.
    pub(super) async fn send(&self, request: TestRequest) -> Response {
        let response = (self.client)(request).await;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = to_bytes(response.into_body()).await.unwrap();
        Response { status, headers, text: String::from_utf8(body.to_vec()).unwrap() }
    }

    /// Signs and sends; a body is sent as JSON.
    pub(super) async fn call(&self, role: Role, method: &str, path: &str, body: Option<Value>) -> Response {
        let request = signed(role, method, path);
        match body {
            Some(body) => {
                self.send(
                    request.insert_header(("Content-Type", "application/json")).set_payload(body.to_string()),
                )
                .await
            }
            None => self.send(request).await,
        }
    }

    pub(super) async fn get(&self, path: &str) -> Response {
        self.call(Role::View, "GET", path, None).await
    }

    pub(super) async fn delete(&self, path: &str) -> Response {
        self.call(Role::Admin, "DELETE", path, None).await
    }

    pub(super) async fn put(&self, path: &str, body: Value) -> Response {
        self.call(Role::Admin, "PUT", path, Some(body)).await
    }

    pub(super) async fn post(&self, path: &str, body: Value) -> Response {
        self.call(Role::Admin, "POST", path, Some(body)).await
    }

    /// Executes a command as the gRPC services would.
    pub(super) async fn ask(&self, body: Body) -> Answer {
        let peer = Principal { email: "peer@example.org".to_owned(), role: Role::Edit };
        self.local.ask(&peer, None, body).await.unwrap()
    }
}

/// A request with good credentials; `path` is below the base path.
pub(super) fn signed(role: Role, method: &str, path: &str) -> TestRequest {
    let secret = match role {
        Role::View => "metal-view",
        Role::Edit => "metal-edit",
        Role::Admin => "metal-admin",
    };
    let authorization = sign(role, secret.as_bytes(), NOW, method, "salt");
    anonymous(method, path)
        .insert_header(("Authorization", authorization))
        .insert_header(("X-Date", NOW))
        .insert_header(("X-Data-Salt", "salt"))
}

/// A request without credentials.
pub(super) fn anonymous(method: &str, path: &str) -> TestRequest {
    TestRequest::with_uri(&format!("/metal/{path}")).method(method.parse().unwrap())
}
