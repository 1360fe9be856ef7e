//! The rack of the examples in api-machines 8, for the tests of switches: partition `mini-lab`, rack `test-rack`,
//! `leaf01` and `leaf02`; machine N is connected to line N-1 of both.

use crate::answer::Answer;
use crate::decision::{Decision, DecisionContext, Principal, Role};
use crate::fixture::rows;
use crate::ids::{MachineId, PartitionId};
use crate::machine::{Machine, Nic};
use crate::masterdata::Partition;
use crate::record::switch::*;
use crate::refusal::Refusal;
use crate::store::Generation;
use crate::switch::{SwitchCommand, connect, decide};
use crate::time::Timestamp;
use crate::world::{Kept, World};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::sync::Arc;

pub(crate) const BEFORE: Timestamp = Timestamp::from_millis(1_700_000_000_000);
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_700_000_100_000);

/// `00000000-0000-0000-0000-00000000000N`
pub(crate) fn machine_id(number: &str) -> MachineId {
    MachineId(format!("00000000-0000-0000-0000-{number:0>12}"))
}

/// Port `line` of a SONiC switch, as metal-core reports it.
pub(crate) fn port(line: u32) -> SwitchPort {
    SwitchPort {
        name: format!("Ethernet{line}"),
        identifier: format!("Eth{}(Port{})", line + 1, line + 1),
        ..SwitchPort::default()
    }
}

/// A fresh SONiC leaf with the lines 0, 1 and 2.
pub(crate) fn sonic(id: &str) -> Switch {
    Switch {
        id: id.into(),
        name: id.to_owned(),
        description: String::new(),
        created: BEFORE,
        changed: BEFORE,
        partition: "mini-lab".into(),
        rack: "test-rack".into(),
        nics: (0..3).map(port).collect(),
        connections: Arc::default(),
        mode: SwitchMode::Fresh,
        os: SwitchOs {
            vendor: SwitchVendor::Sonic,
            version: "1".to_owned(),
            metal_core_version: "v0.18.0".to_owned(),
        },
        management_ip: "172.17.0.2".to_owned(),
        management_user: "admin".to_owned(),
        console_command: String::new(),
    }
}

/// A fresh Cumulus leaf with these ports; identifiers are `id-<name>`.
pub(crate) fn cumulus(id: &str, ports: &[&str]) -> Switch {
    let nics = ports.iter().map(|name| SwitchPort {
        name: (*name).to_owned(),
        identifier: format!("id-{name}"),
        mac: format!("mac-{name}"),
        ..SwitchPort::default()
    });
    let os = SwitchOs { vendor: SwitchVendor::Cumulus, ..sonic(id).os };
    Switch { nics: nics.collect(), os, ..sonic(id) }
}

/// A machine's nic that sees a port of a switch.
pub(crate) fn nic(name: &str, hostname: &str, port: &SwitchPort) -> Nic {
    let neighbor = Nic {
        mac: port.identity().to_owned(),
        name: port.name.clone(),
        identifier: port.identity().to_owned(),
        hostname: hostname.to_owned(),
        neighbors: Vec::new(),
    };
    Nic { name: name.to_owned(), mac: format!("mac-{name}"), neighbors: vec![neighbor], ..Nic::default() }
}

/// Machine N, wired to line N-1 of `leaf01` and `leaf02`, not registered yet.
pub(crate) fn machine(number: &str) -> Machine {
    let line = number.parse::<u32>().unwrap() - 1;
    let mut machine = Machine::new(machine_id(number), BEFORE);
    machine.partition = "mini-lab".into();
    let lo = Nic { name: "lo".to_owned(), mac: "00:00:00:00:00:00".to_owned(), ..Nic::default() };
    machine.hardware.nics = vec![lo, nic("eth0", "leaf01", &port(line)), nic("eth1", "leaf02", &port(line))];
    machine
}

pub(crate) fn insert<R: Kept>(world: &World, record: R) {
    let generation =
        R::table(world).get(&record.id()).map_or(Generation(1), |known| Generation(known.generation.0 + 1));
    world.insert(generation, record);
}

/// A world with the partition `mini-lab` and these switches.
pub(crate) fn world(switches: impl IntoIterator<Item = Switch>) -> World {
    let world = World::default();
    insert(&world, partition("mini-lab"));
    for switch in switches {
        insert(&world, switch);
    }
    world
}

pub(crate) fn partition(id: &str) -> Partition {
    Partition { name: id.to_owned(), ..rows::partition(id, BEFORE) }
}

/// `leaf01` and `leaf02` with these machines connected.
pub(crate) fn leaves(machines: &[&str]) -> World {
    let world = world([sonic("leaf01"), sonic("leaf02")]);
    for number in machines {
        register(&world, machine(number)).unwrap();
    }
    world
}

/// Connects the machine like its Register does.
pub(crate) fn register(world: &World, mut machine: Machine) -> Result<(), Refusal> {
    let mut decision = Decision::new(NOW, Answer::Done);
    connect(world, &mut machine, &mut decision)?;
    decision.apply(world);
    insert(world, machine);
    Ok(())
}

/// Decides at [`NOW`]; the decision is not applied.
pub(crate) fn decided(world: &World, command: &SwitchCommand) -> Result<Decision<Answer>, Refusal> {
    let principal = Principal { email: "metal-admin@metal-stack.io".to_owned(), role: Role::Admin };
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let partition = PartitionId::from("mini-lab");
    let mut context = DecisionContext {
        now: NOW,
        rng: &mut rng,
        principal: &principal,
        key: uuid::Uuid::nil(),
        partition: &partition,
        again: false,
    };
    decide(world, command, &mut context)
}

/// Decides and applies.
pub(crate) fn done(world: &World, command: &SwitchCommand) -> Result<Answer, Refusal> {
    let decision = decided(world, command)?;
    let mut written: Vec<_> = decision.written().cloned().collect();
    let rows = written.len();
    written.sort();
    written.dedup();
    assert_eq!(written.len(), rows, "no row is written twice");
    Ok(decision.apply(world))
}

/// The ports of a switch that are connected: `name=machine number`.
pub(crate) fn connected(world: &World, switch: &str) -> Vec<String> {
    let switch = world.switches.get(switch).unwrap();
    let connections = switch.connections.values().flatten();
    connections
        .map(|connection| {
            format!("{}={}", connection.nic.name, connection.machine.0.trim_start_matches(['0', '-']))
        })
        .collect()
}
