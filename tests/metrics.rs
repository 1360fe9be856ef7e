//! `GET /metrics` for Prometheus: its text format, the requests, and the load of the partition.

use crate::support::client::{Client, text};
use crate::support::partition::{Partition, SQLITE};
use crate::support::process::{Node, within};
use crate::support::rack;
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(30);

/// Parsed metrics: type by metric, value by sample. A sample is its name with its labels as written.
pub(crate) struct Metrics {
    kinds: BTreeMap<String, String>,
    samples: BTreeMap<(String, String), f64>,
}

/// Panics at invalid text.
pub(crate) async fn read(http: SocketAddr) -> Metrics {
    let client = metalmesh::tls::http_client(Duration::from_secs(5)).unwrap();
    let response = client.get(format!("http://{http}/metrics")).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
    assert!(kind.starts_with("application/openmetrics-text; version=1.0.0"), "{kind}");
    parse(&response.text().await.unwrap())
}

fn parse(text: &str) -> Metrics {
    let mut metrics = Metrics { kinds: BTreeMap::new(), samples: BTreeMap::new() };
    let (body, end) = text.split_at(text.len() - "# EOF\n".len());
    assert_eq!(end, "# EOF\n");
    for line in body.lines() {
        let words: Vec<&str> = line.splitn(4, ' ').collect();
        match words.as_slice() {
            ["#", "HELP", name, help] => assert!(is_name(name) && !help.is_empty(), "{line}"),
            ["#", "TYPE", name, kind] => {
                let before = metrics.kinds.insert((*name).to_owned(), (*kind).to_owned());
                assert!(before.is_none(), "{name} comes twice");
            }
            _ => {
                let (sample, value) = line.rsplit_once(' ').unwrap();
                let (name, labels) = sample.split_once('{').unwrap_or((sample, "}"));
                let labels = labels.strip_suffix('}').unwrap();
                assert!(is_name(name), "{line}");
                assert!(
                    metrics.kinds.keys().any(|known| name.starts_with(&**known)),
                    "no type before {line}"
                );
                let value: f64 = value.parse().unwrap();
                let before = metrics.samples.insert((name.to_owned(), labels.to_owned()), value);
                assert!(before.is_none(), "{sample} comes twice");
            }
        }
    }
    metrics
}

fn is_name(text: &str) -> bool {
    let is_char = |char: char| char.is_ascii_lowercase() || char == '_';
    !text.is_empty() && text.chars().all(is_char)
}

impl Metrics {
    /// The sample with exactly these labels.
    #[track_caller]
    pub(crate) fn value(&self, name: &str, labels: &str) -> f64 {
        self.find(name, labels).unwrap_or_else(|| panic!("no {name}{{{labels}}}: {:?}", self.samples.keys()))
    }

    pub(crate) fn find(&self, name: &str, labels: &str) -> Option<f64> {
        self.samples.get(&(name.to_owned(), labels.to_owned())).copied()
    }

    fn kind(&self, name: &str) -> &str {
        &self.kinds[name]
    }
}

#[tokio::test]
async fn requests_and_load_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start(folder.path(), &["--machines", "2", "--speed", "100"]);
    let client = Client::new(&node.url());
    within(PATIENCE, "both wait", async || {
        client.send(reqwest::Method::GET, "/v1/version", None, None).await.ok()?;
        let waiting = read(node.http).await.value("metalmesh_machines", "state=\"waiting\"");
        (waiting == 2.0).then_some(())
    })
    .await;
    let before = read(node.http).await;
    let requests = "code=\"404\",method=\"GET\",route=\"v1/size/{id}\"";
    for _ in 0..3 {
        client.get("/v1/size/nobody").await.expect(404);
    }
    let network = text(&rack::allocate_network(&client).await, "/id");
    let machine: Value = rack::allocate_machine(&client, &rack::machine_request("web", &network)).await;
    let after = read(node.http).await;

    assert_eq!(after.value("metal_api_requests_total", requests), 3.0);
    let took = |metrics: &Metrics, of: &str| {
        metrics.value(
            &format!("metal_api_request_duration_seconds_{of}"),
            "method=\"POST\",route=\"v1/machine/allocate\"",
        )
    };
    assert_eq!(took(&after, "count"), 1.0);
    assert!(took(&after, "sum") > 0.0);
    let gauges = [
        ("metalmesh_machines_allocated", "", 0.0, 1.0),
        ("metalmesh_machines_liveliness", "liveliness=\"Alive\"", 2.0, 2.0),
        ("metalmesh_machines_liveliness", "liveliness=\"Dead\"", 0.0, 0.0),
        ("metalmesh_machines", "state=\"crashing\"", 0.0, 0.0),
        ("metalmesh_machines_overdue", "", 0.0, 0.0),
        ("metalmesh_store_up", "", 1.0, 1.0),
    ];
    for (name, labels, was, is) in gauges {
        assert_eq!((before.value(name, labels), after.value(name, labels)), (was, is), "{name}{{{labels}}}");
        assert_eq!(after.kind(name), "gauge");
    }
    assert!(after.value("metalmesh_actors", "") > 0.0);
    assert!(after.value("metalmesh_calls", "") >= 0.0);
    assert!(after.value("metalmesh_store_ping_seconds", "") > 0.0);
    assert_eq!(after.kind("metal_api_requests"), "counter");
    assert_eq!(after.kind("metal_api_request_duration_seconds"), "histogram");

    client.delete(&format!("/v1/machine/{}/free", text(&machine, "/id"))).await.expect(200);
    assert_eq!(read(node.http).await.value("metalmesh_machines_allocated", ""), 0.0);
}

/// Sequential writes are batches of one each; the batch metrics include the durations of commits.
#[tokio::test]
async fn batches_and_commits_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start_empty(folder.path());
    let client = Client::new(&node.url());
    within(PATIENCE, "the node answers", async || {
        client.send(reqwest::Method::GET, "/v1/version", None, None).await.ok()
    })
    .await;
    let (batch, commit) = ("metalmesh_store_batch_transactions", "metalmesh_store_commit_seconds");
    let before = read(node.http).await;
    for id in ["a", "b", "c"] {
        let tenant = serde_json::json!({"meta": {"id": id, "kind": "Tenant", "apiversion": "v1"}});
        client.put("/v1/tenant", &tenant).await.expect(201);
    }
    let after = read(node.http).await;
    assert_eq!((after.kind(batch), after.kind(commit)), ("histogram", "histogram"));
    let grown = |name: &str, labels: &str| after.value(name, labels) - before.value(name, labels);
    assert_eq!((grown(&format!("{batch}_count"), ""), grown(&format!("{batch}_sum"), "")), (3.0, 3.0));
    assert_eq!(grown(&format!("{batch}_bucket"), "le=\"1.0\""), 3.0);
    assert_eq!(
        after.find(&format!("{batch}_bucket"), "le=\"512.0\""),
        Some(after.value(&format!("{batch}_count"), ""))
    );
    assert_eq!(grown(&format!("{commit}_count"), ""), 3.0);
    assert!(grown(&format!("{commit}_sum"), "") > 0.0);
}

/// Requests them with these headers, like Prometheus: status, content type, text.
async fn asked(address: SocketAddr, headers: &[(&str, &str)]) -> (u16, String, String) {
    let mut request = metalmesh::tls::http_client(PATIENCE).unwrap().get(format!("http://{address}/metrics"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.unwrap();
    let kind = response.headers().get("content-type").map_or("", |kind| kind.to_str().unwrap()).to_owned();
    (response.status().as_u16(), kind, response.text().await.unwrap())
}

#[tokio::test]
async fn each_reader_gets_the_format_that_it_asks_for() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start_empty(folder.path());
    crate::serve::answers(&Client::new(&node.url())).await;
    let prometheus =
        "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
    let (_, kind, text) = asked(node.http, &[("Accept", prometheus)]).await;
    assert!(kind.starts_with("application/openmetrics-text; version=1.0.0"), "{kind}");
    assert!(text.ends_with("# EOF\n") && text.contains("# TYPE metal_api_requests counter\n"), "{text}");
    let (_, kind, text) = asked(node.http, &[("Accept", "text/plain;version=0.0.4")]).await;
    assert!(kind.starts_with("text/plain; version=0.0.4"), "{kind}");
    assert!(!text.contains("# EOF") && text.contains("# TYPE metal_api_requests_total counter\n"), "{text}");
    assert!(text.contains("# TYPE metalmesh_build_info gauge\nmetalmesh_build_info{version=\""), "{text}");
    let metrics = read(node.http).await;
    for name in ["resident_memory_bytes", "virtual_memory_bytes", "threads", "open_fds", "max_fds"] {
        assert!(metrics.value(&format!("process_{name}"), "") >= 1.0, "{name}");
    }
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs_f64();
    let started = metrics.value("process_start_time_seconds", "");
    assert!((now - 120.0..now + 2.0).contains(&started), "{started} beside {now}");
    assert!(metrics.value("process_cpu_seconds_total", "") > 0.0);
}

#[tokio::test]
async fn a_port_of_their_own_and_a_key_keep_metrics_from_others() {
    let partition = Partition::new(SQLITE);
    let (address, key) = (crate::support::process::free_address(), "a-key-for-prometheus");
    std::fs::write(partition.folder().join("keys/metrics"), format!("{key}\n")).unwrap();
    let metrics = format!("\n[metrics]\nlisten = \"{address}\"\nkey_file = \"keys/metrics\"\n");
    partition.write(&(partition.config().to_owned() + &metrics));
    let mut node = partition.serve();
    crate::serve::answers(&Client::new(&partition.url())).await;
    let bearer = format!("Bearer {key}");
    assert_ne!(asked(partition.http, &[("Authorization", &bearer)]).await.0, 200, "they are elsewhere");
    for wrong in ["", "Bearer", "Bearer ", "Bearer a-key-for-prometheu", "Basic YTpi", key] {
        let (status, _, text) = asked(address, &[("Authorization", wrong)]).await;
        assert!(status == 401 && !text.contains("metal_api"), "{wrong:?}: {status} {text}");
    }
    let (status, _, text) = asked(address, &[("Authorization", &bearer)]).await;
    assert!(status == 200 && text.contains("metalmesh_store_up 1\n"), "{status} {text}");
    std::fs::write(partition.folder().join("keys/metrics"), "the-key-after-it\n").unwrap();
    node.signal("-HUP");
    within(PATIENCE, "another key is asked for", async || {
        (asked(address, &[("Authorization", &bearer)]).await.0 == 401).then_some(())
    })
    .await;
    assert_eq!(asked(address, &[("Authorization", "Bearer the-key-after-it")]).await.0, 200);
    assert_eq!(node.terminate().await, Some(0));
    assert!(
        !partition.log().contains(key) && !partition.log().contains("the-key-after-it"),
        "{}",
        partition.log()
    );
}

#[tokio::test]
async fn calls_of_grpc_are_counted_by_how_they_ended() {
    use metalmesh::grpc::api::boot_service_client::BootServiceClient;
    use metalmesh::grpc::api::{BootServiceDhcpRequest, BootServiceWaitRequest};
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start_empty(folder.path());
    crate::serve::answers(&Client::new(&node.url())).await;
    let mut boot = BootServiceClient::connect(format!("http://{}", node.grpc)).await.unwrap();
    let dhcp = |uuid: &str| BootServiceDhcpRequest { uuid: uuid.to_owned() };
    boot.dhcp(dhcp("m1")).await.unwrap();
    boot.dhcp(dhcp("")).await.unwrap_err();
    let stream = boot.wait(BootServiceWaitRequest { machine_id: "m1".to_owned() }).await.unwrap();
    let of = |method: &str, code: &str| {
        format!("grpc_service=\"api.v1.BootService\",grpc_method=\"{method}\",grpc_code=\"{code}\"")
    };
    let metrics = read(node.http).await;
    let handled = "grpc_server_handled_total";
    assert_eq!(metrics.value(handled, &of("Dhcp", "OK")), 1.0);
    assert_eq!(metrics.value(handled, &of("Dhcp", "Unknown")), 1.0);
    assert_eq!(metrics.value("grpc_server_in_flight", ""), 1.0, "a stream that waits");
    let dhcp = "grpc_service=\"api.v1.BootService\",grpc_method=\"Dhcp\"";
    assert_eq!(metrics.value("grpc_server_handling_seconds_count", dhcp), 2.0);
    drop(stream);
    within(PATIENCE, "the stream ends", async || {
        let metrics = read(node.http).await;
        (metrics.value("grpc_server_in_flight", "") == 0.0).then_some(())
    })
    .await;
    assert_eq!(read(node.http).await.value(handled, &of("Wait", "Canceled")), 1.0);
    let channel = tonic::transport::Endpoint::from_shared(format!("http://{}", node.grpc)).unwrap();
    let mut anything = tonic::client::Grpc::new(channel.connect().await.unwrap());
    for number in 0..3 {
        anything.ready().await.unwrap();
        let path = format!("/api.v1.BootService/Made{number}").parse().unwrap();
        let codec = tonic_prost::ProstCodec::<BootServiceDhcpRequest, BootServiceDhcpRequest>::default();
        let request = tonic::Request::new(BootServiceDhcpRequest::default());
        let error = anything.unary::<_, BootServiceDhcpRequest, _>(request, path, codec).await.unwrap_err();
        assert_eq!(error.code(), tonic::Code::Unimplemented);
    }
    let unknown = "grpc_service=\"unknown\",grpc_method=\"unknown\",grpc_code=\"Unimplemented\"";
    assert_eq!(read(node.http).await.value(handled, unknown), 3.0, "unknown names are not kept");
}
