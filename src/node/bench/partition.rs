//! A partition to measure: the mini-lab's entities and any number of machines, written into the store as if they had
//! just booted.

use super::server::Server;
use super::support::client::{Client, text};
use super::support::rack::{self, PROJECT};
use actors::command::Body;
use actors::decision::{Principal, Role};
use actors::ids::{PartitionId, RackId, SizeId};
use actors::machine::command::{AllocateRequest, NetworkChoice};
use actors::machine::{Event, EventKind, Events, Machine, MachineCommand};
use actors::network::{NetworkAllocate, NetworkCommand};
use actors::record::Record;
use actors::runtime::{Clock, Env, LocalPartition, LocalPartitionConfig};
use actors::store::{Generation, Put, Store, Transaction};
use anyhow::{Context, ensure};
use metalmesh::clock::SystemClock;
use metalmesh::store::{Postgres, Sqlite};
use simulations::hardware::{MachinePlan, Profile, RackPlan};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

const PARTITION: &str = "mini-lab";
const MACHINES_PER_RACK: u32 = 20;

/// Machines of one project network; the mini-lab's networks have room for 1,000.
const MACHINES_PER_NETWORK: usize = 500;

/// The events of a machine's log, oldest first, twice over.
const LIFE: [EventKind; 10] = [
    EventKind::PxeBooting,
    EventKind::Preparing,
    EventKind::Registering,
    EventKind::Waiting,
    EventKind::Installing,
    EventKind::BootingNewKernel,
    EventKind::PhonedHome,
    EventKind::MachineReclaim,
    EventKind::PlannedReboot,
    EventKind::Waiting,
];

/// Where a node's data is.
pub(crate) struct MeasuredPartition {
    dir: PathBuf,
    postgres: Option<String>,
}

impl MeasuredPartition {
    pub(crate) fn sqlite(dir: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(dir)?;
        Ok(Self { dir: dir.canonicalize()?, postgres: None })
    }

    pub(crate) fn postgres(dir: &Path, url: &str) -> anyhow::Result<Self> {
        std::fs::create_dir_all(dir)?;
        for (file, content) in [
            ("url", url),
            ("view", "metal-view"),
            ("edit", "metal-edit"),
            ("admin", "metal-admin"),
            ("node.toml", NODE),
        ] {
            std::fs::write(dir.join(file), content)?;
        }
        Ok(Self { dir: dir.canonicalize()?, postgres: Some(url.to_owned()) })
    }

    /// Starts the node, without hardware.
    pub(crate) async fn start(&self) -> anyhow::Result<Server> {
        self.start_at("127.0.0.1:0").await
    }

    /// Starts the node with SQLite; gRPC listens at `grpc`.
    pub(crate) async fn start_at(&self, grpc: &str) -> anyhow::Result<Server> {
        let sqlite = ["dev", "--empty", "--data-dir", ".", "--http", "127.0.0.1:0", "--grpc", grpc];
        let postgres = ["serve", "--config", "node.toml"];
        let arguments = if self.postgres.is_some() { postgres.as_slice() } else { sqlite.as_slice() };
        Server::node(arguments, &self.dir).await
    }

    /// Opens the store while no node runs.
    pub(crate) async fn open(&self) -> anyhow::Result<Arc<dyn Store>> {
        let (partition, now) = (PartitionId::from(PARTITION), SystemClock.now());
        Ok(match &self.postgres {
            Some(url) => Arc::new(Postgres::open(url, &partition, now).await?),
            None => Arc::new(Sqlite::open(self.dir.join("mini-lab.db"), &partition, now).await?),
        })
    }

    /// The number of the last writing transaction, if the database has such numbers.
    pub(crate) async fn commits(&self) -> anyhow::Result<u32> {
        match &self.postgres {
            Some(url) => super::cycles::transactions(url).await,
            None => {
                // `iChange` of the index of SQLite's journal (walformat.html, section 2.1).
                let index = std::fs::read(self.dir.join("mini-lab.db-shm"))?;
                let count = index.get(8..12).context("the index has a head")?;
                Ok(u32::from_ne_bytes(count.try_into()?))
            }
        }
    }
}

const NODE: &str = r#"
partition = "mini-lab"
[store]
kind = "postgres"
url_file = "url"
[http]
listen = "127.0.0.1:0"
check_urls = false
[http.hmac]
view_key_file = "view"
edit_key_file = "edit"
admin_key_file = "admin"
[grpc]
listen = "127.0.0.1:0"
insecure = true
"#;

/// Fills the store with the entities and with `machines`, the first `allocated` of them allocated; returns a project
/// network with room.
pub(crate) async fn build(
    partition: &MeasuredPartition,
    machines: u32,
    allocated: usize,
) -> anyhow::Result<String> {
    let node = partition.start().await?;
    let client = Client::new(&node.url());
    rack::create_entities(&client).await;
    let network = text(&rack::allocate_network(&client).await, "/id");
    node.stop().await?;
    let store = partition.open().await?;
    let racks = machines.div_ceil(MACHINES_PER_RACK);
    let mut ids = Vec::new();
    for rack in 0..racks {
        let rack = RackId(format!("rack-{rack:03}"));
        let plan = RackPlan::new(&PARTITION.into(), &rack, MACHINES_PER_RACK, &Profile::default());
        ids.extend(plan.machines.iter().map(|machine| machine.id.to_string()));
        boot(store.as_ref(), plan).await?;
    }
    if allocated > 0 {
        allocate(Arc::clone(&store), &ids[..allocated]).await?;
    }
    store.close().await;
    Ok(network)
}

/// Writes the machines of a rack and their events, waiting and alive.
async fn boot(store: &dyn Store, rack: RackPlan) -> anyhow::Result<()> {
    let generation = Generation::first(SystemClock.now());
    let put = |row| Put { row, expected: None };
    let rows = rack.machines.into_iter().flat_map(|plan| {
        let (machine, events) = waiting(plan, rack.rack.clone());
        [put(machine.row(generation)), put(events.row(generation))]
    });
    store.commit(Transaction { puts: rows.collect(), ..Transaction::default() }).await?;
    Ok(())
}

fn waiting(plan: MachinePlan, rack: RackId) -> (Machine, Events) {
    let (now, registration) = (SystemClock.now(), plan.registration);
    let mut machine = Machine::new(plan.id.clone(), now);
    machine.partition = plan.partition;
    machine.rack = rack;
    machine.size = SizeId("v1-small-x86".to_owned());
    machine.waiting = true;
    machine.hardware = registration.hardware;
    machine.bios = registration.bios;
    machine.ipmi = registration.ipmi.unwrap_or_default();
    machine.ipmi.last_updated = Some(now);
    machine.state.metal_hammer_version = registration.metal_hammer_version;
    let mut events = Events::new(plan.id);
    for event in LIFE.into_iter().chain(LIFE) {
        Arc::make_mut(&mut events.log).push_front(Event {
            time: now,
            event,
            message: format!("machine is now {event:?}"),
        });
    }
    events.last_event_time = Some(now);
    (machine, events)
}

/// Allocates through the actors, as users do.
async fn allocate(store: Arc<dyn Store>, machines: &[String]) -> anyhow::Result<()> {
    let local = LocalPartition::start(LocalPartitionConfig {
        partition: PARTITION.into(),
        store: Arc::clone(&store),
        env: Env::new(Arc::new(SystemClock), 1),
        domain: actors::decide::DOMAIN,
    })
    .await?;
    let principal = Principal { email: "metal-admin@metal-stack.io".to_owned(), role: Role::Admin };
    for machines in machines.chunks(MACHINES_PER_NETWORK) {
        let known = local.world().networks.all();
        let request = NetworkAllocate {
            name: "tenants".to_owned(),
            partitionid: PARTITION.to_owned(),
            projectid: PROJECT.to_owned(),
            ..NetworkAllocate::default()
        };
        local.ask(&principal, None, Body::Network(NetworkCommand::Allocate(Box::new(request)))).await?;
        let new = local.world().networks.all();
        let network = new.iter().find(|network| !known.iter().any(|known| known.id == network.id));
        let network = network.context("a network was allocated")?.id.to_string();
        for machines in machines.chunks(64) {
            let asks = machines.iter().map(|id| {
                let request = Box::new(wanted(id, &network));
                let command = MachineCommand::Allocate { role: actors::machine::Role::Machine, request };
                local.ask(&principal, None, Body::Machine(command))
            });
            futures_util::future::try_join_all(asks).await?;
        }
    }
    let addresses = local.world().addresses.len();
    ensure!(addresses >= 2 * machines.len(), "two addresses each, not {addresses}");
    local.stop(Duration::from_secs(1)).await;
    Ok(())
}

fn wanted(machine: &str, network: &str) -> AllocateRequest {
    AllocateRequest {
        uuid: machine.to_owned(),
        name: format!("worker-{machine}"),
        hostname: Some("worker".to_owned()),
        projectid: PROJECT.to_owned(),
        partitionid: PARTITION.to_owned(),
        sizeid: "v1-small-x86".to_owned(),
        imageid: "ubuntu-26.4".to_owned(),
        networks: Some(vec![NetworkChoice { networkid: network.to_owned(), autoacquire: Some(true) }]),
        user_data: "#cloud-config\n".repeat(40),
        ..AllocateRequest::default()
    }
}
