//! A small partition: the mini-lab's entities, a project's network with an address, and a rack with two machines, one
//! of them allocated. Every input starts from the same one.

use crate::door::{self, Response};
use actors::answer::Answer;
use actors::command::Body;
use actors::decision::{Principal, Role};
use actors::fixture::clock::StandingClock;
use actors::machine::{EventKind, MachineCommand};
use actors::runtime::{Env, LocalPartition, LocalPartitionConfig};
use actors::store::memory::MemoryStore;
use actors::store::{Kind, Put, ROWS_PER_PAGE_MAX, Row, Store, Transaction};
use actors::time::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use simulations::hardware::{Profile, RackPlan};
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};
use tokio::task::LocalSet;

/// The world's clock stands still, so one signature stays valid.
pub(crate) const NOW: &str = "2026-01-15T10:00:00Z";

pub(crate) const PROJECT: &str = "00000000-0000-0000-0000-000000000001";

/// The rows of the world, and the runtime for its partitions.
pub struct World {
    runtime: Runtime,
    rows: Vec<Row>,
}

impl Default for World {
    fn default() -> Self {
        // A wait for an event that does not come ends at once.
        let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        let rows = LocalSet::new().block_on(&runtime, async {
            let house = House::open(Vec::new()).await;
            furnish(&house).await;
            house.rows().await
        });
        Self { runtime, rows }
    }
}

impl World {
    /// Runs `visit` on a partition of the world; its changes are dropped afterwards.
    pub fn visit<T>(&self, visit: impl AsyncFnOnce(&House) -> T) -> T {
        LocalSet::new().block_on(&self.runtime, async {
            let house = House::open(self.rows.clone()).await;
            let seen = visit(&house).await;
            house.local.stop(std::time::Duration::ZERO).await;
            seen
        })
    }
}

/// A running partition.
pub struct House {
    store: Arc<MemoryStore>,
    pub local: LocalPartition,
}

impl House {
    async fn open(rows: Vec<Row>) -> Self {
        let store = Arc::new(MemoryStore::default());
        let puts = rows.into_iter().map(|row| Put { row, expected: None }).collect();
        store.commit(Transaction { puts, ..Transaction::default() }).await.unwrap();
        let config = LocalPartitionConfig {
            partition: "mini-lab".into(),
            store: Arc::clone(&store) as Arc<dyn Store>,
            env: Env::new(Arc::new(StandingClock(Timestamp::parse(NOW).unwrap())), 7),
            domain: actors::decide::DOMAIN,
        };
        Self { store, local: LocalPartition::start(config).await.unwrap() }
    }

    pub async fn rows(&self) -> Vec<Row> {
        let mut all = Vec::new();
        for &kind in Kind::ALL {
            all.extend(self.store.rows(kind, None, ROWS_PER_PAGE_MAX).await.unwrap());
        }
        all
    }

    /// Memory equals the rows, so stored data can be read again.
    pub async fn expect_readable(&self) {
        let kept: Vec<Kind> = Kind::kept().collect();
        let compared = self.local.compare(&kept).await.unwrap();
        assert_eq!(compared.different, [], "memory is not what the rows say");
    }
}

async fn furnish(house: &House) {
    for (path, document) in mini_lab() {
        good(door::json(house, "PUT", path, document.to_string().into_bytes()).await);
    }
    let network = json!({"name": "ours", "projectid": PROJECT, "partitionid": "mini-lab"});
    good(door::json(house, "POST", "v1/network/allocate", network.to_string().into_bytes()).await);
    let network = house.local.world().networks.all().into_iter().find(|network| network.parent.is_some());
    let network = network.unwrap().id.to_string();
    for specific in ["", "/203.0.113.200"] {
        let address = json!({"networkid": "internet-mini-lab", "projectid": PROJECT, "name": "a"});
        let path = format!("v1/ip/allocate{specific}");
        good(door::json(house, "POST", &path, address.to_string().into_bytes()).await);
    }
    // The calls of go-ipam's clients.
    for (procedure, request) in [
        ("CreatePrefix", json!({"cidr": "10.0.0.0/16"})),
        ("CreatePrefix", json!({"cidr": "2001:db8::/64"})),
        ("CreatePrefix", json!({"cidr": "172.16.0.0/12"})),
        ("AcquireChildPrefix", json!({"cidr": "172.16.0.0/12", "length": 24})),
        ("AcquireIP", json!({"prefixCidr": "10.0.0.0/16"})),
        ("AcquireIP", json!({"prefixCidr": "2001:db8::/64"})),
    ] {
        good(door::connect(house, procedure, request.to_string().into_bytes()).await);
    }

    let rack = RackPlan::new(&"mini-lab".into(), &"rack".into(), 2, &Profile::default());
    for switch in &rack.switches {
        let registration = serde_json::to_vec(&switch.registration).unwrap();
        good(door::json(house, "POST", "v1/switch/register", registration).await);
    }
    for plan in rack.machines {
        let machine = plan.id.clone();
        ask(house, MachineCommand::Register(Box::new(plan.registration))).await;
        for event in [EventKind::Preparing, EventKind::Registering, EventKind::Waiting] {
            let (machine, message) = (machine.clone(), String::new());
            ask(house, MachineCommand::Event { machine, event, message }).await;
        }
        ask(house, MachineCommand::StartWaiting { machine }).await;
    }
    let machine = json!({
        "name": "m", "projectid": PROJECT, "partitionid": "mini-lab", "sizeid": "v1-small-x86",
        "imageid": "ubuntu-26.4", "networks": [{"networkid": network}],
    });
    good(door::json(house, "POST", "v1/machine/allocate", machine.to_string().into_bytes()).await);
}

fn good(reply: Response) {
    assert!(reply.status < 300, "{reply:?}");
}

/// Executes a command like a peer of the gRPC port.
async fn ask(house: &House, command: MachineCommand) -> Answer {
    let peer = Principal { email: "peer@example.org".to_owned(), role: Role::Edit };
    house.local.ask(&peer, None, Body::Machine(command)).await.unwrap()
}

/// The entities of the mini-lab's own documents, in the order of their creation.
fn mini_lab() -> Vec<(&'static str, Value)> {
    let files = [
        ("", include_str!("../../configs/mini-lab/masterdata.yaml")),
        ("v1/partition", include_str!("../../configs/mini-lab/partition.yaml")),
        ("v1/size", include_str!("../../configs/mini-lab/sizes.yaml")),
        ("v1/image", include_str!("../../configs/mini-lab/images.yaml")),
        ("v1/filesystemlayout", include_str!("../../configs/mini-lab/filesystemlayouts.yaml")),
        ("v1/network", include_str!("../../configs/mini-lab/networks.yaml")),
    ];
    let documents = files.into_iter().flat_map(|(path, text)| {
        serde_norway::Deserializer::from_str(text).map(move |document| {
            let document = Value::deserialize(document).unwrap();
            let is_tenant = document.pointer("/meta/kind").is_some_and(|kind| kind == "Tenant");
            match path {
                "" if is_tenant => ("v1/tenant", document),
                "" => ("v1/project", document),
                path => (path, document),
            }
        })
    });
    documents.collect()
}
