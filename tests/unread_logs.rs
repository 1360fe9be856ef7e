//! A log without a reader: its pipe is closed, or full.

use crate::goipam::Door;
use crate::serve::answers;
use crate::support::client::Client;
use crate::support::process::{Process, command, free_address};
use serde_json::json;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ChildStderr;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(30);

/// Each produces at least one log line.
const BAD_REQUESTS: usize = 6000;

/// A node with all logging on.
fn talkative(folder: &Path) -> (Process, ChildStderr, SocketAddr) {
    let (http, grpc) = (free_address(), free_address());
    let [own, other] = [http.to_string(), grpc.to_string()];
    let mut command =
        command(&["dev", "--empty", "--data-dir", "data", "--http", &own, "--grpc", &other], folder);
    command.env("RUST_LOG", "debug");
    let (node, log) = Process::spawn_with_pipe(command);
    (node, log, http)
}

/// Unauthorised requests, repeated.
async fn refuse(http: SocketAddr, count: usize) {
    let client = metalmesh::tls::http_client(PATIENCE).unwrap();
    for _ in 0..count {
        let answer = client.get(format!("http://{http}/metal/v1/machine")).send().await.unwrap();
        assert_eq!(answer.status(), 403);
    }
}

async fn lost(http: SocketAddr) -> u64 {
    let url = format!("http://{http}/metrics");
    let client = metalmesh::tls::http_client(PATIENCE).unwrap();
    let text = client.get(url).send().await.unwrap().text().await.unwrap();
    let line = text.lines().find(|line| line.starts_with("metalmesh_log_lines_lost_total "));
    line.and_then(|line| line.split(' ').next_back()?.parse().ok()).unwrap_or_else(|| panic!("{text}"))
}

async fn writes(http: SocketAddr) {
    let door = Door::new(http);
    door.ok("CreatePrefix", json!({"cidr": "10.0.0.0/24"})).await;
    door.ok("AcquireIP", json!({"prefixCidr": "10.0.0.0/24"})).await;
}

/// As in `metalmesh dev 2> >(head -1)`.
#[tokio::test]
async fn a_log_whose_reader_left_takes_nothing_down() {
    let folder = tempfile::tempdir().unwrap();
    let (mut node, log, http) = talkative(folder.path());
    drop(log);
    answers(&Client::new(&format!("http://{http}/metal"))).await;
    refuse(http, 50).await;
    writes(http).await;
    assert!(lost(http).await > 50, "lines without a reader are counted");
    assert_eq!(node.terminate().await, Some(0));
}

/// As with a service manager that hangs.
#[tokio::test]
async fn a_log_that_is_full_stops_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let (mut node, _log, http) = talkative(folder.path());
    answers(&Client::new(&format!("http://{http}/metal"))).await;
    refuse(http, BAD_REQUESTS).await;
    writes(http).await;
    assert!(lost(http).await > 0, "lines without room are counted");
    assert_eq!(node.terminate().await, Some(0));
}
