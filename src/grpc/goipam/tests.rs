//! The service on a loopback port, over the real domain: gRPC with a generated client, Connect as curl would send it.

mod bodies;
mod grpc;
mod http;
mod nonsense;

use super::GoIpam;
use crate::door::PlaceMetrics;
use crate::door::budget::Budget;
use crate::grpc::GrpcMetrics;
use crate::grpc::api::ipam_service_client::IpamServiceClient;
use crate::grpc::tests::{endpoint, on_loopback, settings};
use crate::grpc::{Grpc, start};
use crate::version::VersionInfo;
use actors::gateway::Gateway;
use actors::runtime::{Env, LocalPartition, LocalPartitionConfig, PausedClock};
use actors::store::Store;
use actors::store::memory::MemoryStore;
use actors::time::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tonic::transport::Channel;

struct Fixture {
    local: LocalPartition,
    store: Arc<MemoryStore>,
    grpc: Grpc,
    channel: Channel,
}

/// A response.
#[derive(Debug)]
struct Response {
    status: u16,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl Response {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Status and body of an answer in JSON.
    fn shown(&self) -> (u16, String) {
        assert_eq!(self.headers["content-type"], "application/json", "{self:?}");
        (self.status, self.text())
    }
}

impl Fixture {
    async fn start() -> Self {
        let store = Arc::new(MemoryStore::default());
        let config = LocalPartitionConfig {
            partition: "plant-a".into(),
            store: Arc::clone(&store) as Arc<dyn Store>,
            env: Env::new(Arc::new(PausedClock::starting_at(Timestamp::from_millis(1_700_000_000_000))), 7),
            domain: actors::decide::DOMAIN,
        };
        let local = LocalPartition::start(config).await.unwrap();
        let grpc = start(
            Gateway::alone(local.clone()),
            settings(None),
            PlaceMetrics::default(),
            GrpcMetrics::default(),
        )
        .await
        .unwrap();
        let channel = endpoint(&grpc, "http").connect().await.unwrap();
        Self { local, store, grpc, channel }
    }

    fn client(&self) -> IpamServiceClient<Channel> {
        IpamServiceClient::new(self.channel.clone()).max_decoding_message_size(32 << 20)
    }

    /// The service without a server.
    fn ipam(&self) -> GoIpam {
        GoIpam::new(Gateway::alone(self.local.clone()), VersionInfo::default(), Budget::default())
    }

    /// One request over HTTP/1.1, on a connection of its own.
    async fn send(&self, verb: &str, procedure: &str, headers: &[(&str, &str)], body: &[u8]) -> Response {
        let mut head =
            format!("{verb} /api.v1.IpamService/{procedure} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n");
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
        let mut stream = TcpStream::connect(self.grpc.address()).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        // A client that is refused early may not read the rest.
        stream.write_all(body).await.ok();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.ok();
        read(&answer)
    }

    async fn json(&self, procedure: &str, body: &str) -> Response {
        self.send("POST", procedure, &[("Content-Type", "application/json")], body.as_bytes()).await
    }

    /// The number of rows, which refusals must not change.
    fn rows(&self) -> (usize, usize, usize) {
        let world = self.local.world();
        (world.namespaces.len(), world.prefixes.len(), world.prefix_addresses.len())
    }
}

fn read(answer: &[u8]) -> Response {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
    let head = std::str::from_utf8(&answer[..end]).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let header = |line: &str| {
        let (name, value) = line.split_once(':').unwrap();
        (name.to_ascii_lowercase(), value.trim().to_owned())
    };
    Response { status, headers: lines.map(header).collect(), body: answer[end + 4..].to_vec() }
}
