//! A client like metalctl: signed requests, error envelopes.

use actors::decision::Role;
use metalmesh::cli::sign::signature;
use reqwest::Method;
use serde_json::Value;
use std::time::Duration;

/// A client of one node, as an admin.
#[derive(Clone)]
pub(crate) struct Client {
    url: String,
    http: reqwest::Client,
}

/// A response: the status, and the body or the message of the error envelope.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Response {
    /// The body of an answer with this status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }
}

impl Client {
    pub(crate) fn new(url: &str) -> Self {
        let http = metalmesh::tls::http_client(Duration::from_secs(15)).unwrap();
        Self { url: url.to_owned(), http }
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.send(Method::GET, path, None, None).await.unwrap()
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Response {
        self.send(Method::PUT, path, Some(body), None).await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Response {
        self.send(Method::POST, path, Some(body), None).await.unwrap()
    }

    pub(crate) async fn delete(&self, path: &str) -> Response {
        self.send(Method::DELETE, path, None, None).await.unwrap()
    }

    /// One try; an error means that no answer came. `key` makes a write safe to repeat.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        key: Option<&str>,
    ) -> reqwest::Result<Response> {
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.url));
        for (name, value) in signature(Role::Admin, b"metal-admin", method.as_str()) {
            request = request.header(name, value);
        }
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await?;
        let status = response.status().as_u16();
        let text = response.text().await?;
        Ok(Response { status, body: read(status, &text) })
    }

    /// The newest provisioning event of every machine, by id.
    pub(crate) async fn newest_events(&self) -> Vec<(String, String)> {
        newest_events(&self.get("/v1/machine").await.expect(200))
    }
}

/// The newest provisioning event of every machine of a list, by id.
pub(crate) fn newest_events(machines: &Value) -> Vec<(String, String)> {
    let newest =
        |machine: &Value| machine.pointer("/events/log/0/event").and_then(Value::as_str).map(str::to_owned);
    let machines = machines.as_array().unwrap().iter();
    machines.map(|machine| (text(machine, "/id"), newest(machine).unwrap_or_default())).collect()
}

/// An error's body is a JSON string that contains JSON (api-resources 1.8); tests compare its message.
fn read(status: u16, text: &str) -> Value {
    let body: Value = serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()));
    if status < 400 {
        return body;
    }
    let inner = body.as_str().and_then(|inner| serde_json::from_str::<Value>(inner).ok());
    inner.and_then(|object| object.get("message").cloned()).unwrap_or(body)
}

/// The text at a JSON pointer.
#[track_caller]
pub(crate) fn text(value: &Value, pointer: &str) -> String {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("no text at {pointer} in {value}"))
        .to_owned()
}
