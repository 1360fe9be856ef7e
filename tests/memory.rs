//! The memory that clients can make a node use.

use crate::serve::answers;
use crate::support::process::{Node, Process};
use actors::decision::Role;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::future::join_all;
use metalmesh::cli::sign::signature;
use metalmesh::grpc::api::event_service_client::EventServiceClient;
use metalmesh::grpc::api::{EventServiceSendRequest, MachineProvisioningEvent};
use reqwest::RequestBuilder;
use std::io::Write;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const PATIENCE: Duration = Duration::from_secs(60);

/// Concurrent requests.
const CROWD: usize = 64;

/// Twice the budget of both ports: memory is not returned at once. Half of what a single bomb decompresses to.
const GROWTH_BYTES_MAX: usize = 512 << 20;

/// A megabyte of gzip that decompresses to a gigabyte, in members of 64 MiB.
fn bomb() -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    let zeros = vec![0; 1 << 20];
    for _ in 0..64 {
        packer.write_all(&zeros).unwrap();
    }
    let member = packer.finish().unwrap();
    member.repeat((1 << 20) / member.len() + 1)
}

/// Resident bytes: current, or the peak.
fn resident(process: &Process, field: &str) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap();
    line.trim_start_matches(':').trim().trim_end_matches(" kB").parse::<usize>().unwrap() << 10
}

/// Sends the same request many times concurrently; returns the statuses.
async fn send_many(request: impl Fn() -> RequestBuilder) -> Vec<u16> {
    let answers = join_all((0..CROWD).map(|_| async { request().send().await })).await;
    // A node that refuses a body need not read the rest of it.
    answers.into_iter().filter_map(Result::ok).map(|answer| answer.status().as_u16()).collect()
}

/// Before and after authentication.
#[tokio::test]
async fn bodies_that_unpack_to_gigabytes_are_refused_before_they_do() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start_empty(folder.path());
    answers(&crate::support::client::Client::new(&node.url())).await;
    let http = metalmesh::tls::http_client(PATIENCE).unwrap();
    let (bomb, before) = (bomb(), resident(&node.process, "VmRSS"));
    let packed = |url: String| {
        http.post(url)
            .header("Content-Type", "application/json")
            .header("Content-Encoding", "gzip")
            .body(bomb.clone())
    };
    let find = format!("{}/v1/machine/find", node.url());
    let signed = || {
        let headers = signature(Role::Admin, b"metal-admin", "POST");
        headers.into_iter().fold(packed(find.clone()), |request, (name, value)| request.header(name, value))
    };
    let seen = send_many(signed).await;
    assert!(!seen.is_empty() && seen.iter().all(|status| *status == 413), "{seen:?}");
    for (door, refusals) in [(node.http, [413, 429]), (node.grpc, [413, 429])] {
        let seen = send_many(|| packed(format!("http://{door}/api.v1.IpamService/CreatePrefix"))).await;
        assert!(!seen.is_empty() && seen.iter().all(|status| refusals.contains(status)), "{seen:?}");
    }
    let most = resident(&node.process, "VmHWM");
    assert!(most < before + GROWTH_BYTES_MAX, "{before} bytes became {most}");
    assert_eq!(http.get(format!("{}/v1/health", node.url())).send().await.unwrap().status(), 200);
}

/// Machines with full logs: their list has about 10 MB.
async fn crowd_of_machines(node: &Node) {
    let mut client = EventServiceClient::connect(format!("http://{}", node.grpc)).await.unwrap();
    for number in 0..32 {
        let event = if number % 2 == 0 { "PXE Booting" } else { "Preparing" };
        let event = MachineProvisioningEvent {
            event: event.to_owned(),
            message: "x".repeat(1000),
            ..MachineProvisioningEvent::default()
        };
        let machine = |number: u32| format!("00000000-0000-0000-0000-{number:012}");
        let events = (0..400).map(|number| (machine(number), event.clone())).collect();
        client.send(EventServiceSendRequest { events }).await.unwrap();
    }
}

/// Requests all machines and reads one byte.
async fn asks_and_does_not_read(http: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(http).await.unwrap();
    let mut request = "GET /metal/v1/machine HTTP/1.1\r\nHost: x\r\n".to_owned();
    for (name, value) in signature(Role::Admin, b"metal-admin", "GET") {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{request}\r\n").as_bytes()).await.unwrap();
    assert_eq!(stream.read_u8().await.unwrap(), b'H');
    stream
}

/// 150 copies of the list would need more than a gigabyte.
#[tokio::test]
async fn those_who_do_not_read_share_what_they_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start_empty(folder.path());
    let client = crate::support::client::Client::new(&node.url());
    answers(&client).await;
    crowd_of_machines(&node).await;
    let length = client.get("/v1/machine").await.expect(200).to_string().len();
    assert!(length > 8 << 20, "{length}");
    let before = resident(&node.process, "VmRSS");
    let unread = join_all((0..150).map(|_| asks_and_does_not_read(node.http))).await;
    let meanwhile = resident(&node.process, "VmRSS");
    assert!(meanwhile < before + (64 << 20), "{before} bytes became {meanwhile}");
    drop(unread);
    client.get("/v1/machine").await.expect(200);
    let after = resident(&node.process, "VmRSS");
    assert!(after < before + before / 5, "{before} bytes became {after}");
}
