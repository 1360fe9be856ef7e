//! The rows of api-machines 4.7.1.

use super::super::fixture::*;
use super::*;
use crate::machine::Machine;
use crate::refusal::RefusalKind;
use crate::switch::{OsReport, SwitchCommand, SwitchNic, SwitchPort, SwitchRegistration, SwitchVendor};

/// Machines 1 and 2 at both leaves, machine 1 in a VRF; `leaf01` broke and waits for its replacement.
fn broken(others: impl IntoIterator<Item = Switch>) -> World {
    let world = leaves(&["1", "2"]);
    insert(&world, partition("other"));
    for leaf in ["leaf01", "leaf02"] {
        let mut switch = Switch::clone(&world.switches.get(leaf).unwrap());
        switch.nics[0].vrf = "vrf42".to_owned();
        insert(&world, switch);
    }
    let mut leaf = Switch::clone(&world.switches.get("leaf01").unwrap());
    leaf.mode = SwitchMode::Replace;
    leaf.description = "left".to_owned();
    leaf.console_command = "telnet 1".to_owned();
    insert(&world, leaf);
    for other in others {
        insert(&world, other);
    }
    world
}

fn registration(ports: &[SwitchPort]) -> SwitchRegistration {
    let nics = ports.iter().cloned().map(|port| SwitchNic {
        mac: port.mac,
        name: port.name,
        identifier: port.identifier,
        vrf: port.vrf,
    });
    SwitchRegistration {
        id: "leaf01".to_owned(),
        name: Some("leaf01".to_owned()),
        partition_id: "mini-lab".to_owned(),
        rack_id: "test-rack".to_owned(),
        nics: nics.collect(),
        os: Some(OsReport {
            vendor: "SONiC".to_owned(),
            version: "2".to_owned(),
            metal_core_version: "v0.18.0".to_owned(),
        }),
        ..SwitchRegistration::default()
    }
}

fn replaced(world: &World, registration: SwitchRegistration) -> Result<Answer, Refusal> {
    done(world, &SwitchCommand::Register(Box::new(registration)))
}

fn fourth() -> SwitchRegistration {
    registration(&[port(0), port(1), port(2), port(3)])
}

fn with_machine(switch: Switch, number: &str) -> Switch {
    let nic = switch.nics[2].clone();
    let machine = machine_id(number);
    let connection = crate::switch::Connection { nic, machine: machine.clone() };
    Switch { connections: Arc::new([(machine, vec![connection])].into()), ..switch }
}

#[test]
fn the_rows_that_refuse() {
    let gone = |leaf: &str| {
        let world = broken([]);
        insert(
            &world,
            Switch { mode: SwitchMode::Replace, ..Switch::clone(&world.switches.get(leaf).unwrap()) },
        );
        world
    };
    let table = [
        (
            "no twin: it is being replaced too",
            gone("leaf02"),
            fourth(),
            "could not determine twin brother for switch leaf01, err: no twin brother found for switch leaf01, partition: mini-lab, rack: test-rack",
        ),
        (
            "no twin: no machine in the new rack",
            broken([Switch { rack: "rack-b".into(), ..sonic("leaf03") }]),
            SwitchRegistration { rack_id: "rack-b".to_owned(), ..fourth() },
            "could not determine twin brother for switch leaf01, err: no twin brother found for switch leaf01, partition: mini-lab, rack: rack-b",
        ),
        (
            "several",
            broken([with_machine(sonic("leaf03"), "9")]),
            fourth(),
            "could not determine twin brother for switch leaf01, err: found multiple twin switches for leaf01 (leaf02 and leaf03)",
        ),
        (
            "other partition",
            broken([with_machine(Switch { partition: "other".into(), ..sonic("leaf03") }, "9")]),
            SwitchRegistration { partition_id: "other".to_owned(), ..fourth() },
            "old and new switch belong to different partitions, old: mini-lab, new: other",
        ),
        (
            "other rack",
            broken([with_machine(Switch { rack: "rack-b".into(), ..sonic("leaf03") }, "9")]),
            SwitchRegistration { rack_id: "rack-b".to_owned(), ..fourth() },
            "old and new switch belong to different racks, old: test-rack, new: rack-b",
        ),
        (
            "missing ports",
            broken([]),
            registration(&[port(0), port(2)]),
            "could not adopt existing nic configuration, err: new switch misses the nics [Ethernet1] - check the breakout configuration of the switch ports of switch leaf01",
        ),
        (
            "the twin's machines hang at two other switches",
            broken([Switch { mode: SwitchMode::Replace, ..with_machine(sonic("leaf03"), "1") }]),
            fourth(),
            "could not adopt existing nic configuration, err: machine 00000000-0000-0000-0000-000000000001 is also connected to switch leaf03, which is neither leaf01 nor its twin leaf02",
        ),
    ];
    for (row, world, registration, message) in table {
        let refused = replaced(&world, registration).unwrap_err();
        assert_eq!((refused.kind, refused.message.as_str()), (RefusalKind::Unprocessable, message), "{row}");
    }
}

#[test]
fn idle_switches_and_other_racks_are_no_twins() {
    let elsewhere = with_machine(Switch { rack: "rack-b".into(), ..sonic("leaf04") }, "9");
    replaced(&broken([sonic("leaf03"), elsewhere]), fourth()).unwrap();
}

#[test]
fn vrf_and_connections_come_from_the_twin_and_the_answer_shows_the_request() {
    let ports: Vec<SwitchPort> =
        (0..4).map(|line| SwitchPort { identifier: format!("new-{line}"), ..port(line) }).collect();
    let world = broken([]);
    let answer = replaced(&world, registration(&ports)).unwrap();

    let Answer::SwitchShown { switch: shown, created: false } = answer else { panic!("{answer:?}") };
    assert_eq!((shown.connections.len(), shown.mode), (0, SwitchMode::Fresh));
    assert_eq!((shown.nics.as_slice(), shown.description.as_str()), (ports.as_slice(), ""));
    assert_eq!((shown.created, shown.changed), (BEFORE, NOW));

    let stored = world.switches.get("leaf01").unwrap();
    assert_eq!((stored.mode, stored.created, stored.changed), (SwitchMode::Operational, BEFORE, NOW));
    assert_eq!(stored.os.version, "2");
    assert_eq!((stored.description.as_str(), stored.console_command.as_str()), ("left", "telnet 1"));
    let vrfs: Vec<&str> = stored.nics.iter().map(|nic| nic.vrf.as_str()).collect();
    assert_eq!(vrfs, ["vrf42", "", "", ""]);
    assert_eq!(connected(&world, "leaf01"), ["Ethernet0=1", "Ethernet1=2"]);
    assert_eq!(stored.connections[&machine_id("2")][0].nic.identifier, "new-1");

    for number in ["1", "2"] {
        let machine = Machine::clone(&world.machines.get(machine_id(number).as_str()).unwrap());
        register(&world, machine).unwrap();
    }
    assert_eq!(connected(&world, "leaf01"), ["Ethernet0=1", "Ethernet1=2"], "the machines see the new ports");
}

#[test]
fn the_replacement_may_be_of_another_vendor() {
    let world = broken([]);
    let mut request = registration(&cumulus("leaf01", &["swp1s0", "swp1s1", "swp1s2", "swp2"]).nics);
    request.os.as_mut().unwrap().vendor = "Cumulus".to_owned();
    request.console_command = "ssh 2".to_owned();
    replaced(&world, request).unwrap();
    let stored = world.switches.get("leaf01").unwrap();
    assert_eq!((stored.os.vendor, stored.console_command.as_str()), (SwitchVendor::Cumulus, "ssh 2"));
    assert_eq!(connected(&world, "leaf01"), ["swp1s0=1", "swp1s1=2"]);

    let machine = Machine::clone(&world.machines.get(machine_id("1").as_str()).unwrap());
    let neighbor = &machine.hardware.nics[1].neighbors[0];
    assert_eq!((neighbor.name.as_str(), neighbor.identifier.as_str()), ("swp1s0", "id-swp1s0"));
    register(&world, machine).unwrap();
}

#[test]
fn the_next_registration_is_an_ordinary_one() {
    let world = broken([]);
    replaced(&world, fourth()).unwrap();
    let answer = replaced(&world, fourth()).unwrap();
    assert_eq!(answer, Answer::Switch { id: "leaf01".into(), created: false });
    assert_eq!(connected(&world, "leaf01"), ["Ethernet0=1", "Ethernet1=2"]);
}

/// An order of an operator is about the port of this switch, not of its twin.
#[test]
fn what_was_ordered_of_a_port_stays_ordered() {
    let world = broken([]);
    for (id, nic) in [("leaf01", "Ethernet1"), ("leaf02", "Ethernet2")] {
        let (nic, status) = (nic.to_owned(), "DOWN".to_owned());
        done(&world, &SwitchCommand::Toggle { id: id.into(), nic, status }).unwrap();
    }
    replaced(&world, fourth()).unwrap();
    let leaf = world.switches.get("leaf01").unwrap();
    let down: Vec<&str> = leaf
        .nics
        .iter()
        .filter(|port| port.admin_status() == "DOWN")
        .map(|port| port.name.as_str())
        .collect();
    assert_eq!(down, ["Ethernet1"]);
}
