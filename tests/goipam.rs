//! go-ipam's service of a real node, on both of its ports, as `curl` would call it; and its data after `kill -9`.

use crate::support::partition::{Partition, SQLITE};
use crate::support::postgres;
use crate::support::process::{Node, run, within};
use metalmesh::grpc::api::CreatePrefixRequest;
use metalmesh::grpc::api::ipam_service_client::IpamServiceClient;
use reqwest::Client;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};

const PATIENCE: Duration = Duration::from_secs(30);

/// Concurrent acquires when the node is killed.
const CROWD: usize = 16;

/// One of the node's ports with the service.
#[derive(Clone)]
pub(crate) struct Door {
    client: Client,
    address: SocketAddr,
}

impl Door {
    pub(crate) fn new(address: SocketAddr) -> Self {
        let client = metalmesh::tls::http_client(PATIENCE).unwrap();
        Self { client, address }
    }

    /// Status and body; `None` when the service does not answer.
    pub(crate) async fn ask(&self, procedure: &str, body: &Value) -> Option<(u16, Value)> {
        let url = format!("http://{}/api.v1.IpamService/{procedure}", self.address);
        let request = self.client.post(url).header("Content-Type", "application/json").body(body.to_string());
        let answer = request.send().await.ok()?;
        let status = answer.status().as_u16();
        let text = answer.text().await.ok()?;
        Some((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
    }

    pub(crate) async fn ok(&self, procedure: &str, body: Value) -> Value {
        let (status, answer) = self.ask(procedure, &body).await.unwrap();
        assert_eq!(status, 200, "{procedure} {body}: {answer}");
        answer
    }

    async fn is_open(&self) {
        within(PATIENCE, "the service answers", async || self.ask("Version", &json!({})).await).await;
    }
}

/// As `grpcurl` calls it.
#[tokio::test]
async fn the_service_describes_itself() {
    use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
    use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
    use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start_empty(folder.path());
    Door::new(node.http).is_open().await;
    let channel = Endpoint::from_shared(format!("http://{}", node.grpc)).unwrap().connect().await.unwrap();
    let mut client = ServerReflectionClient::new(channel);
    let mut ask = async |message_request| {
        let asked = tonic_reflection::pb::v1::ServerReflectionRequest {
            host: String::new(),
            message_request: Some(message_request),
        };
        let mut answers =
            client.server_reflection_info(tokio_stream::once(asked)).await.unwrap().into_inner();
        answers.message().await.unwrap().unwrap().message_response.unwrap()
    };
    let MessageResponse::ListServicesResponse(listed) =
        ask(MessageRequest::ListServices(String::new())).await
    else {
        panic!("not a list")
    };
    let names: Vec<&str> = listed.service.iter().map(|service| service.name.as_str()).collect();
    assert!(names.contains(&"api.v1.IpamService"), "{names:?}");
    let symbol = MessageRequest::FileContainingSymbol("api.v1.IpamService.AcquireIP".to_owned());
    let found = ask(symbol).await;
    assert!(matches!(found, MessageResponse::FileDescriptorResponse(_)), "{found:?}");
}

#[tokio::test]
async fn both_ports_serve_the_same_namespaces() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start_empty(folder.path());
    let (http, grpc) = (Door::new(node.http), Door::new(node.grpc));
    http.is_open().await;
    http.ok("CreatePrefix", json!({"cidr": "10.0.0.0/24"})).await;
    let taken = grpc.ok("AcquireIP", json!({"prefixCidr": "10.0.0.0/24"})).await;
    assert_eq!(taken, json!({"ip": {"ip": "10.0.0.1", "parentPrefix": "10.0.0.0/24"}}));
    let taken = http.ok("AcquireIP", json!({"prefixCidr": "10.0.0.0/24"})).await;
    assert_eq!(taken["ip"]["ip"], "10.0.0.2");
    let missing = http.ask("GetPrefix", &json!({"cidr": "10.1.0.0/24"})).await.unwrap();
    let text = "NotFound: unable to find prefix for cidr:10.1.0.0/24";
    assert_eq!(missing, (404, json!({"code": "not_found", "message": text})));
    let large = json!({"cidr": "1".repeat(10 << 20)});
    for door in [&http, &grpc] {
        // A client that is refused before its last byte may see the refusal or the end of the connection.
        let refused = door.ask("CreatePrefix", &large).await;
        assert!(refused.is_none_or(|(status, _)| status == 429));
        // A separate connection: the first one may be about to end.
        let door = Door::new(door.address);
        assert_eq!(door.ok("ListPrefixes", json!({})).await, json!({"prefixes": [{"cidr": "10.0.0.0/24"}]}));
    }
}

/// The benchmark audits its answers; it must succeed on a node and on the model.
#[tokio::test]
async fn the_bench_finds_all_promises_kept() {
    let Some(database) = postgres::database("bench_ipam").await else { return };
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start_empty(folder.path());
    Door::new(node.grpc).is_open().await;
    let target = format!("http://{}", node.grpc);
    let options = ["--model", &database.url, "--journal", &database.url, "--rounds", "1", "--seconds", "1"];
    let ours = ["bench", "ipam", "--target", &target, "--workloads", "W1,W7,W11"];
    let (code, told, error) = run(&[&ours[..], &options[..]].concat(), folder.path());
    assert_eq!(code, Some(0), "{told}{error}");
    // A line that begins with spaces is a failure.
    let lines: Vec<&str> = told.lines().skip(1).filter(|line| line.starts_with('W')).collect();
    assert_eq!(lines.len(), 2 * 5 + 3, "single rows are beside the first three: {told}");
    for line in lines {
        let words: Vec<&str> = line.split_whitespace().rev().collect();
        assert_eq!(words[1], "0", "promises that were not kept: {told}");
        assert!(words[2..4] == ["0", "0"] || line.contains("model"), "failed: {told}");
    }
}

/// A node compared with itself: another service needs no database of its own.
#[tokio::test]
async fn the_bench_compares_with_another_service() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start_empty(folder.path());
    Door::new(node.grpc).is_open().await;
    let target = format!("http://{}", node.grpc);
    let sides = ["bench", "ipam", "--target", &target, "--baseline", &target];
    let options = ["--workloads", "W2,w8", "--rounds", "1", "--seconds", "1"];
    let (code, told, error) = run(&[&sides[..], &options[..]].concat(), folder.path());
    assert_eq!(code, Some(0), "{told}{error}");
    let lines: Vec<&str> = told.lines().skip(1).collect();
    assert_eq!(lines.len(), 2 * 2, "{told}");
    assert_eq!(lines.iter().filter(|line| line.contains("baseline")).count(), 2, "{told}");
    for line in lines {
        let words: Vec<&str> = line.split_whitespace().rev().collect();
        assert_eq!(words[1..4], ["0"; 3], "promises that were not kept, and failures: {told}");
    }
    let unknown = [&sides[..], &["--workloads", "W10"]].concat();
    let (code, _, error) = run(&unknown, folder.path());
    assert!(code == Some(1) && error.contains("nothing is called W10"), "{error}");
}

async fn with_certificate(partition: &Partition) -> Channel {
    let pem = |name: &str| std::fs::read(partition.folder().join("certs").join(name)).unwrap();
    let tls = ClientTlsConfig::new()
        .ca_certificate(Certificate::from_pem(pem("ca.pem")))
        .identity(Identity::from_pem(pem("machine.pem"), pem("machine-key.pem")));
    let url = format!("https://localhost:{}", partition.grpc.port());
    Endpoint::from_shared(url).unwrap().tls_config(tls).unwrap().connect().await.unwrap()
}

/// Clients with a certificate find the service on the gRPC port; on the HTTP port it is there if it was switched on.
#[tokio::test]
async fn a_partition_serves_whom_it_may() {
    let partition = Partition::new(SQLITE);
    let mut node = partition.serve();
    let (http, grpc) = (Door::new(partition.http), Door::new(partition.grpc));
    let (status, _) =
        within(PATIENCE, "the node answers", async || http.ask("Version", &json!({})).await).await;
    assert_eq!(status, 406, "as any unknown path without credentials");
    assert_eq!(grpc.ask("Version", &json!({})).await, None);
    let mut client = IpamServiceClient::new(with_certificate(&partition).await);
    let create = CreatePrefixRequest { cidr: "10.0.0.0/24".to_owned(), namespace: None };
    client.create_prefix(create).await.unwrap();
    drop(client);
    assert_eq!(node.terminate().await, Some(0), "{}", partition.log());

    partition.write(&format!("{}\n[ipam]\nservice = true\n", partition.config()));
    let _node = partition.serve();
    http.is_open().await;
    assert_eq!(http.ok("ListPrefixes", json!({})).await, json!({"prefixes": [{"cidr": "10.0.0.0/24"}]}));
}

#[tokio::test]
async fn what_was_answered_survives_the_end_of_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let mut node = Node::start_empty(folder.path());
    let door = Door::new(node.http);
    door.is_open().await;
    door.ok("CreatePrefix", json!({"cidr": "10.0.0.0/16"})).await;
    let taking = (0..CROWD).map(|_| {
        let door = door.clone();
        tokio::spawn(async move {
            let mut taken = Vec::new();
            while let Some((200, answer)) = door.ask("AcquireIP", &json!({"prefixCidr": "10.0.0.0/16"})).await
            {
                taken.push(answer["ip"]["ip"].as_str().unwrap().to_owned());
            }
            taken
        })
    });
    let taking: Vec<_> = taking.collect();
    tokio::time::sleep(Duration::from_millis(500)).await;
    node.kill_and_start_again(folder.path());
    let mut taken = BTreeSet::new();
    for crowd in taking {
        for address in crowd.await.unwrap() {
            assert!(taken.insert(address.clone()), "{address} was given twice");
        }
    }
    assert!(taken.len() > CROWD, "only {} were taken", taken.len());
    door.is_open().await;
    let dump = door.ok("Dump", json!({})).await;
    let documents: Value = serde_json::from_str(dump["dump"].as_str().unwrap()).unwrap();
    let held: BTreeSet<String> = documents[0]["IPs"].as_object().unwrap().keys().cloned().collect();
    assert!(taken.is_subset(&held), "{:?}", taken.difference(&held));
    // At most one for each call without an answer, and the two reserved ones.
    assert!(held.len() <= taken.len() + CROWD + 2, "{} held, {} taken", held.len(), taken.len());
}
