//! `serve` as an operator runs it: it starts with everything on, refuses invalid configurations, and stops on request.

use crate::support::client::Client;
use crate::support::partition::{POSTGRES, Partition, SQLITE};
use crate::support::postgres::database;
use crate::support::process::{Process, run, within};
use crate::support::rack;
use reqwest::Method;
use serde_json::json;
use std::io::Write;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(30);

/// Longest time of a drain (`shutdown.patience_s`).
const DRAIN: Duration = Duration::from_secs(10);

pub(crate) async fn answers(client: &Client) {
    within(PATIENCE, "the node answers", async || {
        client.send(Method::GET, "/v1/health", None, None).await.ok()
    })
    .await
    .expect(200);
}

async fn all_wait(client: &Client, machines: usize) {
    within(PATIENCE, "all machines wait", async || {
        let newest = client.newest_events().await;
        (newest.len() == machines && newest.iter().all(|(_, event)| event == "Waiting")).then_some(())
    })
    .await;
}

/// Starts a write without the end of its body.
fn slow_request(http: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(http).unwrap();
    let signed = metalmesh::cli::sign::signature(actors::decision::Role::Admin, b"metal-admin", "PUT");
    let headers: String = signed.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let request = format!(
        "PUT /metal/v1/size HTTP/1.1\r\nHost: x\r\n{headers}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{"
    );
    stream.write_all(request.as_bytes()).unwrap();
    stream
}

/// All kinds of waiting calls are open when the node is asked to stop: streams of waiting machines, a long poll for
/// orders, a request that never ends.
async fn lives_and_drains(partition: &Partition) {
    let mut node = partition.serve();
    let client = Client::new(&partition.url());
    answers(&client).await;
    rack::create_entities(&client).await;
    let mut rack = partition.hardware(&["--machines", "2", "--speed", "100"]);
    all_wait(&client, 2).await;

    let slow = slow_request(partition.http);
    let poll = client.send(Method::GET, "/mesh/v1/bmc/mini-lab/orders?wait_seconds=30", None, None);
    let stop = async {
        within(PATIENCE, "both and the rack's own question for orders are open", async || {
            let open = crate::metrics::read(partition.http).await.value("metal_api_requests_in_flight", "");
            (open >= 3.0).then_some(())
        })
        .await;
        let began = tokio::time::Instant::now();
        node.signal("-TERM");
        let code = node.exit().await;
        (code, began.elapsed())
    };
    let (polled, (code, took)) = tokio::join!(poll, stop);
    assert_eq!(polled.unwrap().expect(200), json!([]), "a waiting request ends with an empty answer");
    assert_eq!(code, Some(0), "{}", partition.log());
    assert!(took <= DRAIN, "{took:?}");
    drop(slow);

    let mut node = partition.serve();
    answers(&client).await;
    all_wait(&client, 2).await;
    assert_eq!(rack.terminate().await, Some(0));
    let began = tokio::time::Instant::now();
    assert_eq!(node.terminate().await, Some(0), "{}", partition.log());
    assert!(began.elapsed() < Duration::from_secs(3), "nothing was open: {:?}", began.elapsed());
    assert!(!partition.log().contains("ERROR"), "{}", partition.log());
}

#[tokio::test]
async fn a_sqlite_partition_lives_and_drains() {
    lives_and_drains(&Partition::new(SQLITE)).await;
}

#[tokio::test]
async fn a_postgres_partition_lives_and_drains() {
    let Some(database) = database("serve").await else { return };
    let partition = Partition::new(POSTGRES);
    std::fs::write(partition.folder().join("store.url"), format!("{}\n", database.url)).unwrap();
    lives_and_drains(&partition).await;
}

/// `EX_USAGE` of sysexits.
const EXIT_USAGE: Option<i32> = Some(64);

#[test]
fn a_bad_configuration_is_refused_with_the_path_of_the_key() {
    let partition = Partition::new(SQLITE);
    let tls = partition.config().find("[grpc.tls]").unwrap()..partition.config().find("[log]").unwrap();
    let without_tls = [&partition.config()[..tls.start], &partition.config()[tls.end..]].concat();
    let changed = |from: &str, to: &str| {
        assert!(partition.config().contains(from), "{from}");
        partition.config().replacen(from, to, 1)
    };
    let grpc = partition.grpc.to_string();
    let rows = [
        (changed("check_urls", "check_url"), "http.check_url: unknown field"),
        (changed("[shutdown]", "[shut]"), "shut: unknown field"),
        (changed(&grpc, "localhost"), "grpc.listen: invalid socket address"),
        (changed("patience_s = 10", "patience_s = -1"), "shutdown.patience_s: "),
        (changed("keys/admin", "keys/gone"), "http.hmac.admin_key_file: "),
        (changed("server-key.pem", "gone.pem"), "grpc.tls.key_file: "),
        (changed("\"human\"", "\"loud\""), "log.format: "),
        (changed("\"sqlite\"", "\"oracle\""), "store.kind: "),
        (changed("path = \"plant.db\"", ""), "store: missing field `path`"),
        (changed("\"mini-lab\"", "\"../mini-lab\""), "partition: is up to 63 letters"),
        (without_tls.clone(), "grpc.tls: is missing: give certificates, or write grpc.insecure = true"),
        (changed("insecure = false", "insecure = true"), "grpc.insecure: cannot be true beside grpc.tls"),
    ];
    for (config, wanted) in rows {
        partition.write(&config);
        for arguments in [["config", "check", "node.toml"], ["serve", "--config", "node.toml"]] {
            let (code, said, error) = run(&arguments, partition.folder());
            assert_eq!((code, said.as_str()), (EXIT_USAGE, ""), "{wanted}: {error}");
            assert!(error.contains(&format!("node.toml: {wanted}")), "{wanted}: {error}");
        }
    }
    partition.write(&without_tls.replacen("insecure = false", "insecure = true", 1));
    assert_eq!(
        run(&["config", "check", "node.toml"], partition.folder()).0,
        Some(0),
        "it was asked for by name"
    );
    let (code, _, error) = run(&["serve", "--config", "gone.toml"], partition.folder());
    assert_eq!(code, EXIT_USAGE);
    assert!(error.contains("gone.toml: cannot be read"), "{error}");
}

#[test]
fn what_only_the_start_can_find_is_refused_in_plain_words() {
    let partition = Partition::new(SQLITE);
    let start = || run(&["serve", "--config", "node.toml"], partition.folder());
    for address in [partition.http, partition.grpc] {
        let _taken = TcpListener::bind(address).unwrap();
        let (code, _, error) = start();
        assert_eq!(code, Some(1), "{error}");
        assert!(error.contains("cannot listen for ") && error.contains(&address.to_string()), "{error}");
        assert!(error.contains("in use"), "{error}");
    }
    let checked = || run(&["config", "check", "node.toml"], partition.folder());
    std::fs::copy(
        partition.folder().join("certs/machine-key.pem"),
        partition.folder().join("certs/server-key.pem"),
    )
    .unwrap();
    let (code, _, error) = checked();
    assert!(code == EXIT_USAGE && error.contains("do not match"), "{error}");
    std::fs::write(partition.folder().join("certs/server-key.pem"), "nonsense").unwrap();
    let (code, _, error) = checked();
    assert!(code == EXIT_USAGE && error.contains("node.toml: grpc.tls.key_file: "), "{error}");
    let (code, _, error) = start();
    assert_eq!(code, Some(1), "{error}");
    assert!(error.contains("the gRPC certificate"), "{error}");

    let partition = Partition::new("kind = \"sqlite\"\npath = \"no/such/folder.db\"");
    let (code, _, error) = run(&["serve", "--config", "node.toml"], partition.folder());
    assert_eq!(code, Some(1), "{error}");
    assert!(error.contains("store.path"), "{error}");
    let (code, _, error) = run(&["config", "check", "node.toml"], partition.folder());
    assert!(code == EXIT_USAGE && error.contains("node.toml: store.path: folder"), "{error}");
}

#[tokio::test]
async fn one_process_serves_a_sqlite_file() {
    let partition = Partition::new(SQLITE);
    let mut node: Process = partition.serve();
    answers(&Client::new(&partition.url())).await;
    let (code, _, error) = run(&["serve", "--config", "node.toml"], partition.folder());
    assert_eq!(code, Some(1), "{error}");
    assert!(error.contains("plant.db is served by another process"), "{error}");
    node.kill();
    let mut node = partition.serve();
    answers(&Client::new(&partition.url())).await;
    assert_eq!(node.terminate().await, Some(0), "a killed process holds nothing");
}
