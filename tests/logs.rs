//! Logs for operators and their tools: every request has its id and its trace, JSON is valid, and no line contains a
//! secret, even with all logging on.

use crate::serve::answers;
use crate::support::client::{Client, text};
use crate::support::partition::{Partition, SQLITE};
use crate::support::process::{Process, command, within};
use crate::support::rack;
use actors::decision::Role;
use metalmesh::cli::sign::signature;
use reqwest::Method;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(40);
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// A signed request with tracing headers.
async fn get(http: SocketAddr, path: &str, headers: &[(&str, String)]) {
    let client = metalmesh::tls::http_client(Duration::from_secs(5)).unwrap();
    let mut request = client.get(format!("http://{http}/metal{path}"));
    for (name, value) in signature(Role::Admin, b"metal-admin", "GET").iter().chain(headers) {
        request = request.header(*name, value);
    }
    request.send().await.unwrap();
}

fn json_lines(log: &str) -> Vec<Value> {
    log.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}")))
        .collect()
}

/// The innermost span of a line: the request.
fn request(line: &Value) -> Option<&Value> {
    line.get("spans")?.as_array()?.iter().find(|span| span["name"] == "http" || span["name"] == "grpc")
}

#[tokio::test]
async fn every_request_line_has_its_id_and_its_trace() {
    let partition = Partition::new(SQLITE);
    let config =
        partition.config().replace("\"human\"", "\"json\"").replace("\"info\"", "\"info,metalmesh=debug\"");
    partition.write(&config);
    let mut node = partition.serve();
    answers(&Client::new(&partition.url())).await;
    let traceparent = |parent: &str| ("traceparent", format!("00-{TRACE}-{parent}-01"));
    let id = |id: &str| ("X-Request-Id", id.to_owned());
    get(partition.http, "/v1/size", &[id("first"), traceparent("00f067aa0ba902b7")]).await;
    get(partition.http, "/v1/image", &[traceparent("0000000000000000")]).await;
    get(partition.http, "/v1/network", &[id("third")]).await;
    rack::create_entities(&Client::new(&partition.url())).await;
    let mut rack = partition.hardware(&["--machines", "1", "--speed", "100"]);
    within(PATIENCE, "a machine registers", async || {
        partition.log().contains("BootService/Register").then_some(())
    })
    .await;
    assert_eq!(rack.terminate().await, Some(0));
    assert_eq!(node.terminate().await, Some(0));

    let lines = json_lines(&partition.log());
    let of = |path: &str| {
        let found = lines.iter().filter_map(request).find(|span| span["path"] == path);
        found.unwrap_or_else(|| panic!("no line about {path}"))
    };
    assert_eq!(of("/metal/v1/size")["id"], "first");
    assert_eq!(of("/metal/v1/size")["trace"], TRACE);
    let own = text(of("/metal/v1/image"), "/id");
    assert_eq!(uuid::Uuid::parse_str(&own).unwrap().get_version_num(), 7, "an id of its own");
    assert_eq!(of("/metal/v1/image").get("trace"), None, "that trace context was broken");
    assert_eq!(of("/metal/v1/network")["id"], "third");
    let answered = lines.iter().filter(|line| line["fields"]["message"] == "answered");
    let mut ids: Vec<String> = Vec::new();
    for line in answered {
        assert!(line["timestamp"].is_string() && line["level"].is_string(), "{line}");
        let span = request(line).unwrap_or_else(|| panic!("a request line without its request: {line}"));
        ids.push(text(span, "/id"));
    }
    assert!(ids.len() > 20, "{ids:?}");
    assert!(
        lines.iter().filter_map(request).any(|span| span["name"] == "grpc"),
        "gRPC says who is meant, too"
    );
}

/// What must stay secret in the mini-lab: HMAC keys, the BMC's password, user data, and the given console password.
fn leaks(log: &str, console_password: &str) -> Vec<String> {
    let secrets = ["metal-view", "metal-edit", "metal-admin", "vagrant", USER_DATA, console_password];
    let secrets = secrets.iter().filter(|secret| !secret.is_empty());
    let lines = secrets.flat_map(|secret| {
        // Users are named after the roles of their keys; that name is no secret.
        let lines = log.lines().filter(move |line| line.replace(&format!("{secret}@"), "").contains(secret));
        lines.take(3).map(move |line| format!("{secret}: {}", line.chars().take(300).collect::<String>()))
    });
    lines.collect()
}

const USER_DATA: &str = "I2Nsb3VkLWNvbmZpZyB0b3Atc2VjcmV0";

#[tokio::test]
async fn no_secret_is_ever_logged() {
    let partition = Partition::new(SQLITE);
    partition.write(&partition.config().replace("\"info\"", "\"trace\""));
    let mut node = partition.serve();
    let client = Client::new(&partition.url());
    answers(&client).await;
    rack::create_entities(&client).await;
    let (url, grpc) = (partition.url(), format!("https://localhost:{}", partition.grpc.port()));
    let mut rack =
        command(&["hardware", "--http", &url, "--grpc", &grpc, "--machines", "1"], partition.folder());
    rack.args(["--speed", "60", "--grpc-ca", "certs/ca.pem", "--grpc-cert", "certs/machine.pem"]);
    rack.args(["--grpc-key", "certs/machine-key.pem"]).env("RUST_LOG", "trace");
    let mut rack = Process::spawn(rack, &partition.folder().join("rack.log"));
    newest_is(&client, "Waiting").await;
    let network = text(&rack::allocate_network(&client).await, "/id");
    let mut machine = rack::machine_request("web", &network);
    machine["user_data"] = json!(USER_DATA);
    let id = text(&rack::allocate_machine(&client, &machine).await, "/id");
    newest_is(&client, "Phoned Home").await;
    let request = json!({"id": id, "reason": "to see whether it is logged"});
    let path = "/v1/machine/consolepassword";
    let told = client.send(Method::GET, path, Some(&request), None).await.unwrap().expect(200);
    let console_password = text(&told, "/console_password");
    client.get(&format!("/v1/machine/{id}/ipmi")).await.expect(200);
    client.get(&format!("/v1/machine/{id}")).await.expect(200);
    client.delete(&format!("/v1/machine/{id}/free")).await.expect(200);
    newest_is(&client, "Waiting").await;
    assert_eq!(rack.terminate().await, Some(0));
    assert_eq!(node.terminate().await, Some(0));

    assert_eq!(console_password.len(), 16);
    let found = leaks("password=vagrant by metal-edit@metal-stack.io", &console_password);
    assert_eq!(found.len(), 1, "a secret would be found: {found:?}");
    let log = partition.log();
    assert!(log.contains("TRACE"), "everything was logged");
    assert_eq!(leaks(&log, &console_password), [] as [String; 0], "the node's log");
    let log = std::fs::read_to_string(partition.folder().join("rack.log")).unwrap();
    assert!(log.contains("TRACE"), "everything was logged");
    assert_eq!(leaks(&log, &console_password), [] as [String; 0], "the rack's log");
}

async fn newest_is(client: &Client, event: &str) {
    within(PATIENCE, event, async || {
        let newest = client.newest_events().await;
        (newest.len() == 1 && newest[0].1 == event).then_some(())
    })
    .await;
}
