//! What a service manager asks of a node, and the notifications it gets.

use crate::serve::answers;
use crate::support::client::Client;
use crate::support::partition::{Partition, SQLITE};
use crate::support::process::{Process, command, within};
use crate::support::skip::skipped;
use actors::decision::Role;
use metalmesh::cli::sign::signature;
use std::os::unix::net::UnixDatagram;
use std::time::Duration;
use tokio::time::Instant;

const PATIENCE: Duration = Duration::from_secs(20);

/// A node with a service manager that watches it.
fn managed(partition: &Partition) -> (Process, UnixDatagram) {
    let path = partition.folder().join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut command = command(&["serve", "--config", "node.toml"], partition.folder());
    command.env_remove("RUST_LOG").env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "900000");
    (Process::spawn(command, &partition.folder().join("node.log")), manager)
}

/// Reads until the wanted notification comes.
fn hears(manager: &UnixDatagram, wanted: &str) -> String {
    let (mut buffer, began) = ([0; 4096], Instant::now());
    loop {
        let length = manager.recv(&mut buffer).unwrap_or_else(|error| panic!("{wanted}: {error}"));
        let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
        if text.lines().any(|line| line == wanted) {
            return text;
        }
        assert!(began.elapsed() < PATIENCE, "{wanted} never came");
    }
}

#[tokio::test]
async fn the_service_manager_hears_how_the_node_is() {
    let partition = Partition::new(SQLITE);
    let (mut node, manager) = managed(&partition);
    assert!(hears(&manager, "READY=1").contains("STATUS=serving partition mini-lab"));
    answers(&Client::new(&partition.url())).await;
    let began = Instant::now();
    hears(&manager, "WATCHDOG=1");
    hears(&manager, "WATCHDOG=1");
    assert!(began.elapsed() < Duration::from_secs(5), "more often than it has to");
    node.signal("-HUP");
    assert!(hears(&manager, "RELOADING=1").contains("MONOTONIC_USEC="));
    hears(&manager, "READY=1");
    node.signal("-TERM");
    hears(&manager, "STOPPING=1");
    assert_eq!(node.exit().await, Some(0));
}

async fn status(partition: &Partition, key: &str) -> u16 {
    let http = metalmesh::tls::http_client(PATIENCE).unwrap();
    let request = http.get(format!("{}/v1/size", partition.url()));
    let headers = signature(Role::Admin, key.as_bytes(), "GET");
    let request = headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
    request.send().await.unwrap().status().as_u16()
}

/// The certificate of the gRPC port; `None`: openssl is not installed.
fn certificate(partition: &Partition) -> Option<String> {
    let address = partition.grpc.to_string();
    let mut openssl = std::process::Command::new("openssl");
    openssl.args(["s_client", "-connect", &address, "-showcerts"]).stdin(std::process::Stdio::null());
    let shown = String::from_utf8(openssl.output().ok()?.stdout).unwrap();
    let (_, from) = shown.split_once("BEGIN CERTIFICATE").unwrap();
    Some(from.split("END CERTIFICATE").next().unwrap().to_owned())
}

#[tokio::test]
async fn sighup_takes_keys_certificates_and_the_filter_anew() {
    let partition = Partition::new(SQLITE);
    let (mut node, manager) = managed(&partition);
    hears(&manager, "READY=1");
    assert_eq!(status(&partition, "metal-admin").await, 200);
    let before = certificate(&partition);
    // An invalid value leaves the old configuration in force.
    std::fs::write(partition.folder().join("keys/admin"), "another-key\n").unwrap();
    partition.write(&partition.config().replace("filter = \"info\"", "filter = \"=nonsense=\""));
    node.signal("-HUP");
    within(PATIENCE, "it says so", async || {
        partition.log().contains("the old one stays in force").then_some(())
    })
    .await;
    assert_eq!(
        (status(&partition, "metal-admin").await, status(&partition, "another-key").await),
        (200, 403)
    );
    // A certificate of the same CA, and more logging.
    for (from, to) in [("machine.pem", "server.pem"), ("machine-key.pem", "server-key.pem")] {
        let folder = partition.folder().join("certs");
        std::fs::copy(folder.join(from), folder.join(to)).unwrap();
    }
    partition.write(&partition.config().replace("filter = \"info\"", "filter = \"debug\""));
    node.signal("-HUP");
    within(PATIENCE, "it says so", async || partition.log().contains("reloaded certificates").then_some(()))
        .await;
    assert_eq!(
        (status(&partition, "metal-admin").await, status(&partition, "another-key").await),
        (403, 200)
    );
    assert!(partition.log().contains(" DEBUG "), "the filter lets more through");
    match before {
        Some(before) => assert_ne!(Some(before), certificate(&partition)),
        None => skipped("openssl is not installed", "METALMESH_REQUIRE_OPENSSL"),
    }
    assert_eq!(node.terminate().await, Some(0));
}

/// Absurdly long times are clamped.
#[tokio::test]
async fn a_patience_without_end_is_a_long_one() {
    let partition = Partition::new(SQLITE);
    let endless = i64::MAX.to_string();
    partition.write(&partition.config().replace("patience_s = 10", &format!("patience_s = {endless}")));
    let mut node = partition.serve();
    answers(&Client::new(&partition.url())).await;
    assert_eq!(node.terminate().await, Some(0), "{}", partition.log());
}
