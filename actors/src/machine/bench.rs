//! One machine at two leaves, for tests of a machine's life.

use super::command::{MachineCommand, Registration};
use super::record::*;
use super::why::{Why, why};
use super::{decide, events};
use crate::command::Answer;
use crate::decision::{DecisionContext, Principal};
use crate::ids::{MachineId, PartitionId};
use crate::masterdata::{BootConfig, Constraint, Layout, Partition, Size};
use crate::refusal::Refusal;
use crate::store::{Generation, Key, Kind};
use crate::switch::{Switch, SwitchMode, SwitchOs, SwitchPort, SwitchVendor};
use crate::time::Timestamp;
use crate::world::{Record, World};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

pub(super) const START: Timestamp = Timestamp::from_millis(1_767_261_600_000);
pub(super) const ID: &str = "00000000-0000-0000-0000-000000000001";
pub(super) const MINUTE: Duration = Duration::from_secs(60);

/// A world, a clock and a caller.
pub(super) struct Bench {
    pub(super) world: World,
    pub(super) now: Timestamp,
    rng: ChaCha8Rng,
    principal: Principal,
    home: PartitionId,
}

/// The result of a command.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) answer: Result<Answer, Refusal>,
    pub(super) written: Vec<Key>,
}

impl Step {
    pub(super) fn kinds(&self) -> Vec<Kind> {
        let mut kinds: Vec<Kind> = self.written.iter().map(|key| key.kind).collect();
        kinds.sort_unstable();
        kinds
    }

    /// The text of the refusal, with its class.
    pub(super) fn refusal(self) -> String {
        let refusal = self.answer.unwrap_err();
        format!("{:?}: {}", refusal.kind, refusal.message)
    }
}

impl Bench {
    /// Partition `p`, rack `r` with `leaf01` and `leaf02`, size `v1` for [`registration`]; no machine.
    pub(super) fn new() -> Self {
        let bench = Self {
            world: World::default(),
            now: START,
            rng: ChaCha8Rng::seed_from_u64(1),
            principal: Principal {
                email: "metal-edit@metal-stack.io".to_owned(),
                role: crate::decision::Role::Admin,
            },
            home: "p".into(),
        };
        bench.put(partition("p"));
        bench.put(size());
        bench.put(switch("leaf01"));
        bench.put(switch("leaf02"));
        bench
    }

    /// With a registered machine that waits since now.
    pub(super) fn waiting() -> Self {
        let mut bench = Self::new();
        bench.does(MachineCommand::Register(Box::new(registration())));
        for kind in [EventKind::Preparing, EventKind::Registering, EventKind::Waiting] {
            bench.event(kind);
        }
        bench.does(MachineCommand::StartWaiting { machine: ID.into() });
        bench
    }

    /// Like [`Bench::waiting`], and allocated.
    pub(super) fn allocated() -> Self {
        let bench = Self::waiting();
        bench.edit(|machine| machine.allocation = Some(allocation()));
        bench
    }

    /// Like [`Bench::allocated`], installed and running.
    pub(super) fn installed() -> Self {
        let mut bench = Self::allocated();
        bench.event(EventKind::Installing);
        bench.does(report());
        bench.event(EventKind::BootingNewKernel);
        bench.event(EventKind::PhonedHome);
        bench.edit(|machine| {
            machine.orders.clear();
            machine.expectation = None;
        });
        bench
    }

    /// Without a log, in this state, with the allocation that `change` sets.
    pub(super) fn standing(state: events::State, change: impl FnOnce(&mut Machine)) -> Self {
        let bench = Self::new();
        let mut machine = Machine::new(ID.into(), START);
        machine.partition = "p".into();
        change(&mut machine);
        bench.put(machine);
        let mut events = Events::new(ID.into());
        let kind = EventKind::ALL.iter().copied().find(|kind| events::State::after(*kind) == state);
        if let Some(event) = kind {
            Arc::make_mut(&mut events.log).push_front(Event { time: START, event, message: String::new() });
            events.last_event_time = Some(START);
        }
        bench.put(events);
        bench
    }

    /// Stores a row as if it had existed before.
    pub(super) fn put<R: Record>(&self, record: R) {
        let known = R::table(&self.world).get(&record.id());
        self.world.insert(known.map_or(Generation(1), |row| row.generation.next()), record);
    }

    pub(super) fn edit(&self, change: impl FnOnce(&mut Machine)) {
        let mut machine = self.machine();
        change(&mut machine);
        self.put(machine);
    }

    pub(super) fn edit_events(&self, change: impl FnOnce(&mut Events)) {
        let mut events = self.events();
        change(&mut events);
        self.put(events);
    }

    /// Forgets the events, as for a machine that only its BMC reported.
    pub(super) fn forget_events(&self) {
        self.world.load(&Key::new(Kind::Events, ID), None).unwrap();
    }

    pub(super) fn is_at_rest(&self) -> bool {
        let events = self.world.events.get(ID);
        super::is_at_rest(&self.machine(), events.as_ref().map(|events| &*events.value), self.now)
    }

    pub(super) fn machine(&self) -> Machine {
        Machine::clone(&self.world.machines.get(ID).unwrap())
    }

    pub(super) fn events(&self) -> Events {
        Events::clone(&self.world.events.get(ID).unwrap())
    }

    pub(super) fn switch(&self, id: &str) -> Switch {
        Switch::clone(&self.world.switches.get(id).unwrap())
    }

    pub(super) fn vrfs(&self) -> Vec<String> {
        ["leaf01", "leaf02"].map(|leaf| self.switch(leaf).nics[0].vrf.clone()).to_vec()
    }

    pub(super) fn awaits(&self) -> Option<Awaits> {
        self.machine().expectation.map(|expectation| expectation.awaits)
    }

    pub(super) fn actions(&self) -> Vec<BmcAction> {
        self.machine().orders.iter().map(|order| order.action).collect()
    }

    pub(super) fn why(&self) -> Why {
        let events = self.world.events.get(ID);
        why(&self.machine(), events.as_ref().map(|events| &*events.value), self.now)
    }

    pub(super) fn pass(&mut self, length: Duration) {
        self.now = self.now + length;
    }

    /// Decides a second later; applies the decision like a commit.
    pub(super) fn ask(&mut self, command: MachineCommand) -> Step {
        self.pass(Duration::from_secs(1));
        let Self { world, now, rng, principal, home } = self;
        match decide(
            world,
            &command,
            &mut DecisionContext { now: *now, rng, principal, key: Uuid::nil(), home, again: false },
        ) {
            Err(refusal) => Step { answer: Err(refusal), written: Vec::new() },
            Ok(decision) => {
                let written = decision.written().cloned().collect();
                Step { answer: Ok(decision.apply(world)), written }
            }
        }
    }

    /// Executes a command that must succeed.
    pub(super) fn does(&mut self, command: MachineCommand) -> Step {
        let step = self.ask(command);
        assert!(step.answer.is_ok(), "{step:?}");
        step
    }

    pub(super) fn event(&mut self, event: EventKind) -> Step {
        self.ask(MachineCommand::Event { machine: ID.into(), event, message: String::new() })
    }

    pub(super) fn inspect(&mut self) -> Step {
        self.does(MachineCommand::Inspect { machine: ID.into() })
    }

    /// Its BMC has carried out all orders.
    pub(super) fn acknowledge(&mut self) {
        let orders = self.machine().orders.iter().map(|order| order.id).collect();
        self.does(MachineCommand::OrdersDone { machine: ID.into(), orders });
    }

    /// Queues an order by hand.
    pub(super) fn order(&mut self, action: BmcAction) {
        let mut machine = self.machine();
        let Self { now, rng, principal, home, .. } = self;
        super::order(
            &mut machine,
            action,
            &mut DecisionContext { now: *now, rng, principal, key: Uuid::nil(), home, again: false },
        );
        self.put(machine);
    }
}

pub(super) fn report() -> MachineCommand {
    MachineCommand::Report {
        machine: ID.into(),
        console_password: "secret".to_owned(),
        boot_info: Some(Box::new(BootInfo {
            image_id: "ignored".to_owned(),
            kernel: "vmlinuz".to_owned(),
            ..BootInfo::default()
        })),
    }
}

/// Port 0 of both leaves.
pub(super) fn registration() -> Registration {
    let nic = |name: &str, leaf: &str| {
        let neighbor = Nic { hostname: leaf.to_owned(), identifier: "port0".to_owned(), ..Nic::default() };
        Nic { name: name.to_owned(), mac: name.to_owned(), neighbors: vec![neighbor], ..Nic::default() }
    };
    Registration {
        machine: MachineId::from(ID),
        partition: "p".into(),
        hardware: Hardware {
            memory_bytes: 1 << 30,
            nics: vec![nic("eth0", "leaf01"), nic("eth1", "leaf02")],
            ..Hardware::default()
        },
        bios: Bios { version: "1".to_owned(), ..Bios::default() },
        ipmi: Some(Ipmi { address: "10.0.0.1:6230".to_owned(), ..Ipmi::default() }),
        tags: vec!["tagged".to_owned()],
        metal_hammer_version: "v0.13.16".to_owned(),
    }
}

/// An allocation of now, with a private network of VRF 42.
pub(crate) fn allocation() -> Allocation {
    let network = |id: &str, private, vrf| AllocationNetwork {
        network: id.into(),
        prefixes: Vec::new(),
        destination_prefixes: Vec::new(),
        ips: Vec::new(),
        vrf,
        asn: 4_210_000_001,
        nat: false,
        private,
        private_primary: private,
        shared: false,
        underlay: false,
        project: "project".into(),
        network_type: None,
    };
    Allocation {
        uuid: Uuid::from_u128(7),
        creator: String::new(),
        created: START,
        name: String::new(),
        description: String::new(),
        project: "project".into(),
        image: "debian-13.0".into(),
        layout: Some(Layout::default()),
        networks: vec![network("internet", false, 104_009), network("private", true, 42)],
        hostname: "metal".to_owned(),
        ssh_pub_keys: Vec::new(),
        user_data: String::new(),
        reinstall: false,
        boot_info: None,
        installed: false,
        role: Role::Machine,
        vpn: None,
        firewall_rules: None,
        dns_servers: Vec::new(),
        ntp_servers: Vec::new(),
        console_password: String::new(),
    }
}

fn partition(id: &str) -> Partition {
    Partition {
        id: id.into(),
        name: String::new(),
        description: String::new(),
        created: START,
        changed: START,
        mgmt_service_address: String::new(),
        labels: BTreeMap::new(),
        boot_config: BootConfig::default(),
        dns_servers: Vec::new(),
        ntp_servers: Vec::new(),
    }
}

fn size() -> Size {
    let memory =
        Constraint { kind: "memory".to_owned(), min: 1 << 30, max: 1 << 30, identifier: String::new() };
    Size {
        id: "v1".into(),
        name: String::new(),
        description: String::new(),
        created: START,
        changed: START,
        constraints: vec![memory],
        labels: BTreeMap::new(),
    }
}

fn switch(id: &str) -> Switch {
    let port = |line: u32| SwitchPort {
        name: format!("Ethernet{line}"),
        identifier: format!("port{line}"),
        ..SwitchPort::default()
    };
    Switch {
        id: id.into(),
        name: id.to_owned(),
        description: String::new(),
        created: START,
        changed: START,
        partition: "p".into(),
        rack: "r".into(),
        nics: vec![port(0), port(1)],
        connections: Arc::default(),
        mode: SwitchMode::Operational,
        os: SwitchOs {
            vendor: SwitchVendor::Sonic,
            version: "1".to_owned(),
            metal_core_version: "1".to_owned(),
        },
        management_ip: String::new(),
        management_user: String::new(),
        console_command: String::new(),
    }
}
