//! The installer's report is stored and its answer is lost, because the connection broke or the node died. The machine
//! then boots its installer again, and that installer must not wipe the installation (the never-wipe rule).

use crate::support::client::{Client, Response, text};
use crate::support::process::{Node, within};
use crate::support::rack;
use actors::decision::Role;
use actors::ids::{MachineId, PartitionId, SwitchId};
use actors::machine::command::{IpmiReport, Registration};
use actors::machine::{BootInfo, EventKind};
use actors::switch::SwitchRegistration;
use async_trait::async_trait;
use metalmesh::client::{GrpcTarget, HttpTarget, Key};
use metalmesh::clock::SystemClock;
use parking_lot::Mutex;
use reqwest::Method;
use serde_json::Value;
use simulations::hardware::{
    ApiError, BootConfig, Chassis, Faults, MachineView, MetalApi, Notification, Order, Pace, Profile, Rack,
    RackConfig, Report, Running, Sent, SwitchView,
};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

const PATIENCE: Duration = Duration::from_secs(30);

/// The fate of the first report's answer.
#[derive(Clone, Copy, Debug)]
enum Loss {
    /// The node continues; the installer got no answer.
    Answer,
    /// The node was killed after it had committed.
    Node,
}

/// The real client over real sockets, except for the answer to the first report.
struct Lossy {
    wire: metalmesh::client::Client,
    loss: Mutex<Option<Loss>>,
    node: Arc<Mutex<Node>>,
    folder: PathBuf,
    refused: Mutex<Vec<String>>,
}

#[async_trait]
impl MetalApi for Lossy {
    async fn report(&self, report: Report) -> Result<(), ApiError> {
        let answer = self.wire.report(report).await;
        let loss = self.loss.lock().take();
        match loss {
            None => return answer,
            Some(Loss::Answer) => {}
            Some(Loss::Node) => self.node.lock().kill_and_start_again(&self.folder),
        }
        answer.expect("the report was stored");
        Err(ApiError::Failed("the connection broke".to_owned()))
    }

    async fn register(&self, told: Registration) -> Result<(), ApiError> {
        let answer = self.wire.register(told).await;
        if let Err(error) = &answer {
            self.refused.lock().push(error.to_string());
        }
        answer
    }

    async fn dhcp(&self, machine: &MachineId) -> Result<(), ApiError> {
        self.wire.dhcp(machine).await
    }

    async fn boot(&self, mac: &str, partition: &PartitionId) -> Result<BootConfig, ApiError> {
        self.wire.boot(mac, partition).await
    }

    async fn super_user_password(&self) -> Result<String, ApiError> {
        self.wire.super_user_password().await
    }

    async fn wait(&self, machine: &MachineId) -> Result<(), ApiError> {
        self.wire.wait(machine).await
    }

    async fn abort_reinstall(&self, machine: &MachineId, wiped: bool) -> Result<Option<BootInfo>, ApiError> {
        self.wire.abort_reinstall(machine, wiped).await
    }

    async fn send_events(&self, events: BTreeMap<MachineId, (EventKind, String)>) -> Result<Sent, ApiError> {
        self.wire.send_events(events).await
    }

    async fn machine_get(&self, machine: &MachineId) -> Result<MachineView, ApiError> {
        self.wire.machine_get(machine).await
    }

    async fn switch_register(&self, told: SwitchRegistration) -> Result<(), ApiError> {
        self.wire.switch_register(told).await
    }

    async fn switch_get(&self, switch: &SwitchId) -> Result<SwitchView, ApiError> {
        self.wire.switch_get(switch).await
    }

    async fn switch_notify(&self, switch: &SwitchId, notification: Notification) -> Result<(), ApiError> {
        self.wire.switch_notify(switch, notification).await
    }

    async fn ipmi_report(
        &self,
        partition: &PartitionId,
        reports: BTreeMap<MachineId, IpmiReport>,
    ) -> Result<(), ApiError> {
        self.wire.ipmi_report(partition, reports).await
    }

    async fn bmc_orders(&self, partition: &PartitionId, wait: Duration) -> Result<Vec<Order>, ApiError> {
        // The BMC agent is down until the installer has run again: otherwise the machine would boot from disk at once.
        if self.refused.lock().is_empty() {
            return Ok(Vec::new());
        }
        self.wire.bmc_orders(partition, wait).await
    }

    async fn bmc_orders_done(&self, machine: &MachineId, orders: &[Uuid]) -> Result<(), ApiError> {
        self.wire.bmc_orders_done(machine, orders).await
    }
}

fn rack(api: &Arc<Lossy>) -> Rack {
    let config = RackConfig {
        partition: "mini-lab".into(),
        rack: "test-rack".into(),
        machines: 1,
        profile: Profile::default(),
        pace: Pace::new(60.0).unwrap(),
        faults: Faults::default(),
        seed: 3,
    };
    Rack::start(&config, Arc::clone(api) as _, Arc::new(SystemClock))
}

async fn healthy(client: &Client) -> Option<Response> {
    client.send(Method::GET, "/v1/health", None, None).await.ok()
}

async fn until_newest(client: &Client, machine: &str, event: &str) -> Value {
    within(PATIENCE, event, async || {
        let found = client.send(Method::GET, &format!("/v1/machine/{machine}"), None, None).await.ok()?;
        (found.body["events"]["log"][0]["event"] == event).then_some(found.body)
    })
    .await
}

async fn keeps_the_system(loss: Loss) {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start_empty(folder.path());
    let client = Client::new(&node.url());
    within(PATIENCE, "the node answers", async || healthy(&client).await).await.expect(200);
    rack::create_entities(&client).await;
    let key = |role, secret: &str| Key { role, secret: secret.to_owned() };
    let http = HttpTarget {
        url: node.url(),
        view: key(Role::View, "metal-view"),
        edit: key(Role::Edit, "metal-edit"),
    };
    let grpc = GrpcTarget { url: format!("http://{}", node.grpc), tls: None };
    let node = Arc::new(Mutex::new(node));
    let api = Arc::new(Lossy {
        wire: metalmesh::client::Client::new(http, &grpc, 1, Arc::new(SystemClock)).unwrap(),
        loss: Mutex::new(Some(loss)),
        node: Arc::clone(&node),
        folder: folder.path().to_owned(),
        refused: Mutex::default(),
    });
    let rack = rack(&api);
    let chassis: Arc<Chassis> = Arc::clone(&rack.machines[0]);
    let id = chassis.plan.id.to_string();
    until_newest(&client, &id, "Waiting").await;

    let network = text(&rack::allocate_network(&client).await, "/id");
    let machine = rack::allocate_machine(&client, &rack::machine_request("web", &network)).await;
    let allocation: Uuid = text(&machine, "/allocation/allocationuuid").parse().unwrap();
    let machine = until_newest(&client, &id, "Phoned Home").await;

    assert!(api.loss.lock().is_none(), "an answer was lost");
    let refused = api.refused.lock().clone();
    assert!(!refused.is_empty(), "the installer ran again: {machine}");
    assert!(refused.iter().all(|why| why.contains("its disks are not wiped")), "{refused:?}");
    assert_eq!(text(&machine, "/allocation/allocationuuid").parse(), Ok(allocation));
    let log = machine["events"]["log"].as_array().unwrap();
    let times = |event: &str| log.iter().filter(|entry| entry["event"] == event).count();
    assert_eq!((times("Installing"), times("Crashed") > 0), (1, true), "installed once: {machine}");
    assert_eq!(chassis.disk().map(|disk| disk.allocation), Some(allocation), "what it installed is there");
    assert!(matches!(chassis.running(), Running::System(_)));
    assert_eq!(chassis.wiped_while_installed(), 0);
    rack.stop().await;
}

#[tokio::test]
async fn an_installed_machine_is_kept_although_the_answer_to_its_report_was_lost() {
    keeps_the_system(Loss::Answer).await;
}

#[tokio::test]
async fn an_installed_machine_is_kept_although_the_node_died_after_its_report() {
    keeps_the_system(Loss::Node).await;
}
