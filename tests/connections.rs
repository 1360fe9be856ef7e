//! More connections than the process's limit of open files.

use crate::goipam::Door;
use crate::serve::answers;
use crate::support::client::Client;
use crate::support::process::{Node, PROGRAM, Process, free_address, within};
use futures_util::future::join_all;
use serde_json::json;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

const PATIENCE: Duration = Duration::from_secs(30);

/// Limit of open files, also the hard limit.
const FILES: usize = 256;

/// A node with a low limit of open files.
fn confined(folder: &Path) -> (Process, SocketAddr, SocketAddr) {
    let (http, grpc) = (free_address(), free_address());
    let mut command = Command::new("sh");
    let line =
        format!("ulimit -n {FILES}; exec {PROGRAM} dev --empty --data-dir data --http {http} --grpc {grpc}");
    command.args(["-c", &line]).current_dir(folder).env_clear().stdin(Stdio::null());
    (Process::spawn(command, &folder.join("node.log")), http, grpc)
}

/// Opens many silent connections; returns how many were closed at once.
async fn connect_many(address: SocketAddr) -> (Vec<TcpStream>, usize) {
    let streams = join_all((0..FILES).map(|_| TcpStream::connect(address))).await;
    let mut streams: Vec<TcpStream> = streams.into_iter().filter_map(Result::ok).collect();
    let mut closed = 0;
    for stream in &mut streams {
        let read = tokio::time::timeout(Duration::from_millis(20), stream.read_u8()).await;
        closed += usize::from(matches!(read, Ok(Err(_))));
    }
    (streams, closed)
}

/// CPU time in hundredths of a second.
fn ticks(process: &Process) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", process.id())).unwrap();
    let (_, fields) = stat.rsplit_once(") ").unwrap();
    fields.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap()).sum()
}

/// The store and open connections are not affected, and no thread spins.
#[tokio::test]
async fn a_node_whose_ports_are_full_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (mut node, http, grpc) = confined(folder.path());
    let client = Client::new(&format!("http://{http}/metal"));
    answers(&client).await;
    let door = Door::new(grpc);
    door.ok("CreatePrefix", json!({"cidr": "10.0.0.0/24"})).await;
    let (streams, closed) = connect_many(http).await;
    assert!(closed > FILES / 4, "{closed} were closed at once");
    let (others, closed) = connect_many(grpc).await;
    assert!(closed > FILES / 4, "{closed} were closed at once");
    // On an existing connection.
    door.ok("AcquireIP", json!({"prefixCidr": "10.0.0.0/24"})).await;
    let before = ticks(&node);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let busy = ticks(&node) - before;
    assert!(busy < 50, "{busy} ms of ten each in a second of silence");
    drop((streams, others));
    within(PATIENCE, "there is room again", async || {
        client.get("/v1/health").await.body.is_object().then_some(())
    })
    .await;
    assert_eq!(node.terminate().await, Some(0));
}

/// Machines that connect at the same moment after a power cut.
const BOOT_STORM: usize = 700;

/// A refused connection would retry only after a second.
#[tokio::test]
async fn all_who_come_at_once_are_taken_before_the_node_gets_to_them() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start_empty(folder.path());
    answers(&Client::new(&node.url())).await;
    // The system's limit may be lower.
    let allowed = std::fs::read_to_string("/proc/sys/net/core/somaxconn").unwrap_or_default();
    let storm = allowed.trim().parse().map_or(BOOT_STORM, |allowed: usize| allowed.min(BOOT_STORM));
    node.process.signal("-STOP");
    for address in [node.http, node.grpc] {
        let connected = async || {
            let streams = join_all((0..storm).map(|_| TcpStream::connect(address))).await;
            streams.into_iter().filter_map(Result::ok).count()
        };
        let connected = tokio::time::timeout(Duration::from_millis(900), connected()).await;
        assert_eq!(connected, Ok(storm), "{address}");
    }
    node.process.signal("-CONT");
}
