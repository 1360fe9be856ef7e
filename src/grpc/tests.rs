//! The gRPC port with a real client on a loopback port, over a partition with fake actors: these tests cover the port,
//! not the rules behind it.

mod bounds;
mod calls;
mod machine_room;
mod tls;
mod waiting;

use super::api::boot_service_client::BootServiceClient;
use super::api::event_service_client::EventServiceClient;
use super::{Grpc, Settings, SuperUserPassword, Tls, start};
use crate::door::{Limits, PlaceMetrics};
use crate::grpc::GrpcMetrics;
use crate::version::VersionInfo;
use actors::answer::Answer;
use actors::command::Body;
use actors::decide::DOMAIN;
use actors::decision::{Principal, Role};
use actors::gateway::Gateway;
use actors::machine::command::AllocateRequest;
use actors::machine::{Machine, MachineCommand, Role as MachineRole};
use actors::runtime::{Domain, Env, LocalPartition, LocalPartitionConfig, PausedClock};
use actors::store::memory::MemoryStore;
use actors::time::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tonic::transport::{Channel, Endpoint};

/// Longer than every step of these tests.
const PATIENCE: Duration = Duration::from_secs(20);

struct Fixture {
    local: LocalPartition,
    grpc: Grpc,
    channel: Channel,
}

impl Fixture {
    async fn start() -> Self {
        let local = local().await;
        let grpc = start(
            Gateway::alone(local.clone()),
            settings(None),
            PlaceMetrics::default(),
            GrpcMetrics::default(),
        )
        .await
        .unwrap();
        let channel = endpoint(&grpc, "http").connect().await.unwrap();
        Self { local, grpc, channel }
    }

    fn boot(&self) -> BootServiceClient<Channel> {
        BootServiceClient::new(self.channel.clone())
    }

    fn event(&self) -> EventServiceClient<Channel> {
        EventServiceClient::new(self.channel.clone())
    }

    fn machine(&self, id: &str) -> Machine {
        (*self.local.world().machines.get(id).unwrap().value).clone()
    }

    async fn allocate(&self, machine: &str) {
        allocate(&self.local, machine).await;
    }
}

async fn allocate(local: &LocalPartition, machine: &str) {
    let request = AllocateRequest { uuid: machine.to_owned(), ..AllocateRequest::default() };
    let command = MachineCommand::Allocate { role: MachineRole::Machine, request: Box::new(request) };
    let somebody = Principal { email: "somebody@example.org".to_owned(), role: Role::Edit };
    assert_eq!(local.ask(&somebody, None, Body::Machine(command)).await, Ok(Answer::Done));
}

async fn local() -> LocalPartition {
    let config = LocalPartitionConfig {
        partition: "plant-a".into(),
        store: Arc::new(MemoryStore::default()),
        env: Env::new(Arc::new(PausedClock::starting_at(Timestamp::from_millis(1_700_000_000_000))), 7),
        domain: Domain { decide: machine_room::decide, ..DOMAIN },
    };
    LocalPartition::start(config).await.unwrap()
}

pub(super) fn settings(tls: Option<Tls>) -> Settings {
    let super_user_password = SuperUserPassword::default();
    let version = VersionInfo { version: "0.0.1".to_owned(), ..VersionInfo::default() };
    let listen = "127.0.0.1:0".parse().unwrap();
    Settings { listen, tls, super_user_password, version, limits: Limits::default() }
}

pub(super) fn endpoint(grpc: &Grpc, scheme: &str) -> Endpoint {
    Endpoint::from_shared(format!("{scheme}://{}", grpc.address())).unwrap().connect_timeout(PATIENCE)
}

/// Runs a test on a thread with actors and real sockets.
pub(super) fn on_loopback<F: Future<Output = ()>>(test: impl FnOnce() -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let bounded = async { tokio::time::timeout(PATIENCE, test()).await.expect("the test does not hang") };
    tokio::task::LocalSet::new().block_on(&runtime, bounded);
}
