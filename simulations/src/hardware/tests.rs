//! A rack against a real partition on a memory store, on paused time: the hardware's way from bare metal to phone home,
//! and no action of the rack or its BMCs wipes an allocated machine.

mod life;
mod mishaps;
mod site_api;

use super::{Chassis, Faults, Pace, Profile, Rack, RackConfig, Running};
use actors::command::{Answer, Body};
use actors::decision::{Principal, Role};
use actors::ids::MachineId;
use actors::machine::command::{AllocateRequest, NetworkChoice};
use actors::machine::{BmcAction, EventKind, Machine, MachineCommand, Role as MachineRole};
use actors::runtime::{Env, PausedClock, Site, SiteConfig};
use actors::store::memory::MemoryStore;
use actors::time::Timestamp;
use serde_json::{Value, json};
use site_api::SiteApi;
use std::sync::Arc;
use std::time::Duration;

const PROJECT: &str = "00000000-0000-0000-0000-000000000001";

/// The mini-lab and a rack in it.
struct Lab {
    api: Arc<SiteApi>,
    clock: Arc<PausedClock>,
    rack: Rack,
    /// The project's network.
    network: String,
}

impl Lab {
    async fn start(machines: u32, faults: Faults) -> Self {
        Self::start_with(&rack_config(machines, faults)).await
    }

    async fn start_with(rack: &RackConfig) -> Self {
        let clock = Arc::new(PausedClock::starting_at(Timestamp::from_millis(1_750_000_000_000)));
        let config = SiteConfig {
            home: "mini-lab".into(),
            store: Arc::new(MemoryStore::default()),
            env: Env::new(Arc::clone(&clock) as _, 7),
            domain: actors::decide::DOMAIN,
        };
        let site = Site::start(config).await.unwrap();
        actors::background::start(&site, actors::background::Settings::default());
        let api = Arc::new(SiteApi::new(site));
        for entity in entities() {
            ask(&api, entity).await;
        }
        let network = json!({"network": {"allocate": {"partitionid": "mini-lab", "projectid": PROJECT}}});
        let Answer::Network(network) = ask(&api, network).await else { panic!("no network") };
        let rack = start_rack(&api, &clock, rack);
        Self { api, clock, rack, network: network.id.0.clone() }
    }

    /// The simulator's process ends and another one starts.
    async fn restart_rack(&mut self, faults: Faults) {
        let machines = u32::try_from(self.rack.machines.len()).unwrap();
        let empty = start_rack(&self.api, &self.clock, &rack_config(0, faults));
        std::mem::replace(&mut self.rack, empty).stop().await;
        self.rack = start_rack(&self.api, &self.clock, &rack_config(machines, faults));
    }

    fn chassis(&self, index: usize) -> &Chassis {
        &self.rack.machines[index]
    }

    fn row(&self, index: usize) -> Machine {
        let id = &self.chassis(index).plan.id;
        (*self.api.site.world().machines.get(id.as_str()).unwrap().value).clone()
    }

    /// Kinds of the logged events, newest first.
    fn log(&self, index: usize) -> Vec<EventKind> {
        let id = &self.chassis(index).plan.id;
        let events = self.api.site.world().events.get(id.as_str());
        events.map(|events| events.log.iter().map(|event| event.event).collect()).unwrap_or_default()
    }

    /// Waits until the newest event of a machine is `kind`; fails after two simulated hours.
    async fn reaches(&self, index: usize, kind: EventKind) {
        self.until(&format!("machine {index} is {kind:?}"), || self.log(index).first() == Some(&kind)).await;
    }

    async fn until(&self, what: &str, holds: impl Fn() -> bool) {
        for _ in 0..7200 {
            if holds() {
                return;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        panic!(
            "never: {what}; logs: {:?}",
            (0..self.rack.machines.len()).map(|i| self.log(i)).collect::<Vec<_>>()
        );
    }

    async fn allocate(&self, index: usize) {
        let request = AllocateRequest {
            uuid: self.chassis(index).plan.id.0.clone(),
            projectid: PROJECT.to_owned(),
            partitionid: "mini-lab".to_owned(),
            sizeid: "v1-small-x86".to_owned(),
            imageid: "debian-13.0".to_owned(),
            networks: Some(vec![NetworkChoice { networkid: self.network.clone(), autoacquire: None }]),
            ..AllocateRequest::default()
        };
        self.machine(MachineCommand::Allocate { role: MachineRole::Machine, request: Box::new(request) })
            .await;
    }

    async fn machine(&self, command: MachineCommand) {
        tell(&self.api, Body::Machine(command)).await;
    }

    async fn power(&self, index: usize, action: BmcAction) {
        self.machine(MachineCommand::Power { machine: self.id(index), action }).await;
    }

    fn id(&self, index: usize) -> MachineId {
        self.chassis(index).plan.id.clone()
    }

    fn has_system(&self, index: usize) -> bool {
        matches!(self.chassis(index).running(), Running::System(_))
    }

    /// From nothing to an installed system that phoned home.
    async fn install(&self, index: usize) {
        self.reaches(index, EventKind::Waiting).await;
        self.allocate(index).await;
        self.reaches(index, EventKind::PhonedHome).await;
    }

    fn nothing_was_lost(&self) {
        for chassis in &self.rack.machines {
            assert_eq!(chassis.wiped_while_installed(), 0, "{}", chassis.plan.id);
        }
    }
}

fn rack_config(machines: u32, faults: Faults) -> RackConfig {
    RackConfig {
        partition: "mini-lab".into(),
        rack: "test-rack".into(),
        machines,
        profile: Profile::default(),
        pace: Pace::default(),
        faults,
        seed: 42,
    }
}

fn start_rack(api: &Arc<SiteApi>, clock: &Arc<PausedClock>, config: &RackConfig) -> Rack {
    Rack::start(config, Arc::clone(api) as _, Arc::clone(clock) as _)
}

async fn ask(api: &SiteApi, body: Value) -> Answer {
    tell(api, actors::wire::body_from_json(&body.to_string()).unwrap()).await
}

async fn tell(api: &SiteApi, body: Body) -> Answer {
    let admin = Principal { email: "metal-admin@metal-stack.io".to_owned(), role: Role::Admin };
    let text = format!("{body:?}");
    api.site.ask(&admin, None, body).await.unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The mini-lab's entities, as far as a rack needs them.
fn entities() -> Vec<Value> {
    let masterdata = |command: &str, entity: Value| json!({"masterdata": {command: entity}});
    vec![
        masterdata("tenant_create", json!({"meta": {"id": "metal-stack"}, "name": "metal-stack"})),
        masterdata(
            "project_create",
            json!({"meta": {"id": PROJECT}, "name": "p", "tenant_id": "metal-stack"}),
        ),
        masterdata(
            "partition_create",
            json!({"id": "mini-lab", "bootconfig": {"imageurl": "http://i", "kernelurl": "http://k", "commandline": "c"}}),
        ),
        masterdata(
            "size_create",
            json!({"id": "v1-small-x86", "constraints": [
                {"type": "cores", "min": 1, "max": 4},
                {"type": "memory", "min": 500_000_000, "max": 4_000_000_000_u64},
                {"type": "storage", "min": 1_000_000_000, "max": 100_000_000_000_u64}]}),
        ),
        masterdata("image_create", json!({"id": "debian-13.0", "url": "http://d", "features": ["machine"]})),
        masterdata(
            "layout_create",
            json!({"id": "default",
                "constraints": {"sizes": ["v1-small-x86"], "images": {"debian": "*"}},
                "filesystems": [{"path": "/", "device": "/dev/sda1", "format": "ext4"}],
                "disks": [{"device": "/dev/sda", "wipeonreinstall": true,
                    "partitions": [{"number": 1, "size": 5000, "gpttype": "8300"}]}]}),
        ),
        json!({"network": {"create": {
            "id": "super", "partitionid": "mini-lab", "privatesuper": true, "prefixes": ["10.0.0.0/16"],
            "defaultchildprefixlength": {"IPv4": 22}}}}),
    ]
}

/// Runs a test on the actors' kind of runtime, with a clock that jumps when all tasks wait.
fn on_paused_time<F: Future<Output = ()>>(test: impl FnOnce() -> F) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, test());
}
