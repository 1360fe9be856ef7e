//! A rack against a real partition on a memory store, on paused time: the hardware's way from bare metal to phone home,
//! and no action of the rack or its BMCs wipes an allocated machine.

mod life;
mod mishaps;
mod pretend_api;

use super::{Chassis, Faults, Pace, Profile, Rack, RackConfig, Running};
use crate::entities::{self, IMAGE, PROJECT, SIZE};
use crate::scenario::WorkloadSpec;
use actors::answer::Answer;
use actors::command::Body;
use actors::decision::{Principal, Role};
use actors::ids::MachineId;
use actors::machine::command::{AllocateRequest, NetworkChoice};
use actors::machine::{BmcAction, EventKind, Machine, MachineCommand, Role as MachineRole};
use actors::runtime::{Env, LocalPartition, LocalPartitionConfig, PausedClock};
use actors::store::memory::MemoryStore;
use actors::time::Timestamp;
use pretend_api::PretendApi;
use std::sync::Arc;
use std::time::Duration;

/// The mini-lab and a rack in it.
struct Fixture {
    api: Arc<PretendApi>,
    clock: Arc<PausedClock>,
    rack: Rack,
    /// The project's network.
    network: String,
}

impl Fixture {
    async fn start(machines: u32, faults: Faults) -> Self {
        Self::start_with(&rack_config(machines, faults)).await
    }

    async fn start_with(rack: &RackConfig) -> Self {
        let clock = Arc::new(PausedClock::starting_at(Timestamp::from_millis(1_750_000_000_000)));
        let config = LocalPartitionConfig {
            partition: "mini-lab".into(),
            store: Arc::new(MemoryStore::default()),
            env: Env::new(Arc::clone(&clock) as _, 7),
            domain: actors::decide::DOMAIN,
        };
        let local = LocalPartition::start(config).await.unwrap();
        actors::background::start(&local, actors::background::Settings::default());
        let api = Arc::new(PretendApi::new(local));
        let mut last = None;
        for entity in entities::commands("mini-lab", 0, &WorkloadSpec::default()) {
            last = Some(tell(&api, entity).await);
        }
        let Some(Answer::Network(network)) = last else { panic!("no network but {last:?}") };
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
        (*self.api.local.world().machines.get(id.as_str()).unwrap().value).clone()
    }

    /// Kinds of the logged events, newest first.
    fn log(&self, index: usize) -> Vec<EventKind> {
        let id = &self.chassis(index).plan.id;
        let events = self.api.local.world().events.get(id.as_str());
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
            sizeid: SIZE.to_owned(),
            imageid: IMAGE.to_owned(),
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

fn start_rack(api: &Arc<PretendApi>, clock: &Arc<PausedClock>, config: &RackConfig) -> Rack {
    Rack::start(config, Arc::clone(api) as _, Arc::clone(clock) as _)
}

async fn tell(api: &PretendApi, body: Body) -> Answer {
    let admin = Principal { email: "metal-admin@metal-stack.io".to_owned(), role: Role::Admin };
    let text = format!("{body:?}");
    api.local.ask(&admin, None, body).await.unwrap_or_else(|error| panic!("{error}: {text}"))
}
