//! The rows of api-machines 4.7.

use super::super::fixture::*;
use super::*;
use crate::machine::Nic;
use crate::refusal::RefusalKind;
use crate::switch::{SwitchCommand, SwitchPort, SwitchVendor};

fn command(old: &str, new: &str) -> SwitchCommand {
    SwitchCommand::Migrate { old: old.into(), new: new.into() }
}

/// Machines 1 and 2 at both leaves, in their VRFs, and a third switch to move to.
fn rack(third: Switch) -> World {
    let world = leaves(&["1", "2"]);
    let mut leaf = Switch::clone(&world.switches.get("leaf01").unwrap());
    leaf.nics[0].vrf = "vrf42".to_owned();
    leaf.nics[1].vrf = "default".to_owned();
    insert(&world, leaf);
    insert(&world, third);
    world
}

#[test]
fn checks_come_in_order_with_their_texts() {
    let bad = RefusalKind::BadRequest;
    let missing = RefusalKind::NotFound;
    let other_rack = || Switch { rack: "rack-b".into(), ..sonic("leaf03") };
    let other_partition = || Switch { partition: "other".into(), ..sonic("leaf03") };
    let same_rack = "new switch must be in the same rack as the old one";
    let taken = "target switch already has machine connections";
    let table = [
        ("old empty", rack(sonic("leaf03")), ("", ""), bad, "old switch id cannot be empty"),
        ("new empty", rack(sonic("leaf03")), ("leaf09", ""), bad, "new switch id cannot be empty"),
        (
            "old unknown",
            rack(sonic("leaf03")),
            ("leaf08", "leaf09"),
            missing,
            "NotFound no switch with id \"leaf08\" found",
        ),
        (
            "new unknown",
            rack(sonic("leaf03")),
            ("leaf01", "leaf09"),
            missing,
            "NotFound no switch with id \"leaf09\" found",
        ),
        ("other rack", rack(other_rack()), ("leaf01", "leaf03"), bad, same_rack),
        ("same rack id elsewhere", rack(other_partition()), ("leaf01", "leaf03"), bad, same_rack),
        ("target in use", rack(sonic("leaf03")), ("leaf01", "leaf02"), bad, taken),
        (
            "to itself",
            rack(sonic("leaf03")),
            ("leaf03", "leaf03"),
            bad,
            "old and new switch must be two switches",
        ),
        (
            "missing ports",
            rack(Switch { nics: vec![port(0), port(7)], ..sonic("leaf03") }),
            ("leaf01", "leaf03"),
            RefusalKind::Unprocessable,
            "could not adopt existing nic configuration, err: new switch misses the nics [Ethernet1 Ethernet2] - check the breakout configuration of the switch ports of switch leaf03",
        ),
        (
            "missing ports, in the old one's words",
            rack(cumulus("leaf03", &["swp1", "eth0"])),
            ("leaf01", "leaf03"),
            RefusalKind::Unprocessable,
            "could not adopt existing nic configuration, err: new switch misses the nics [Ethernet1 Ethernet2] - check the breakout configuration of the switch ports of switch leaf03",
        ),
    ];
    for (row, world, (old, new), kind, message) in table {
        let refused = done(&world, &command(old, new)).unwrap_err();
        assert_eq!((refused.kind, refused.message.as_str()), (kind, message), "{row}");
    }
}

fn neighbors(world: &World, number: &str) -> Vec<Nic> {
    let machine = world.machines.get(machine_id(number).as_str()).unwrap();
    machine.hardware.nics.iter().flat_map(|nic| nic.neighbors.clone()).collect()
}

#[test]
fn everything_moves_at_once_to_a_switch_of_another_vendor() {
    let ports = ["swp1s2", "swp1s1", "swp1s0", "swp9", "eth0"];
    let mut third = cumulus("leaf03", &ports);
    third.nics[3].vrf = "vrf9".to_owned();
    let world = rack(third.clone());
    let before = Switch::clone(&world.switches.get("leaf01").unwrap());

    let decision = decided(&world, &command("leaf01", "leaf03")).unwrap();
    assert_eq!(decision.written().count(), 4, "two switches and two machines, one transaction");
    let answer = decision.apply(&world);
    assert_eq!(answer, Answer::Switch { id: "leaf03".into(), created: false });

    let old = world.switches.get("leaf01").unwrap();
    let emptied = Switch { connections: Arc::default(), changed: NOW, ..before };
    assert_eq!(*old.value, emptied);

    let new = world.switches.get("leaf03").unwrap();
    let vrfs: Vec<&str> = new.nics.iter().map(|nic| nic.vrf.as_str()).collect();
    assert_eq!(vrfs, ["", "default", "vrf42", "vrf9", ""], "by name, not by place; others keep theirs");
    assert_eq!(new.mode, SwitchMode::Operational);
    assert_eq!(connected(&world, "leaf03"), ["swp1s0=1", "swp1s1=2"]);
    let nic = &new.connections[&machine_id("1")][0].nic;
    assert_eq!((nic.mac.as_str(), nic.identifier.as_str()), ("mac-swp1s0", "id-swp1s0"));
    assert_eq!(nic.vrf, "", "as it was when the machine registered");

    let expected = Nic {
        mac: "mac-swp1s0".to_owned(),
        name: "swp1s0".to_owned(),
        identifier: "id-swp1s0".to_owned(),
        hostname: "leaf03".to_owned(),
        neighbors: Vec::new(),
    };
    let untouched = nic_of("leaf02", &port(0));
    assert_eq!(neighbors(&world, "1"), [expected, untouched]);
    assert_eq!(world.machines.get(machine_id("1").as_str()).unwrap().changed, NOW);
}

fn nic_of(hostname: &str, port: &SwitchPort) -> Nic {
    nic("any", hostname, port).neighbors.remove(0)
}

#[test]
fn a_moved_machine_registers_at_its_new_ports() {
    let world = rack(sonic("leaf03"));
    done(&world, &command("leaf01", "leaf03")).unwrap();
    let stored = world.machines.get(machine_id("1").as_str()).unwrap();
    register(&world, crate::machine::Machine::clone(&stored)).unwrap();
    assert_eq!(connected(&world, "leaf03"), ["Ethernet0=1", "Ethernet1=2"]);
}

#[test]
fn machines_may_move_back() {
    let world = rack(cumulus("leaf03", &["swp1s0", "swp1s1", "swp1s2"]));
    let before = world.machines.all();
    done(&world, &command("leaf01", "leaf03")).unwrap();
    done(&world, &command("leaf03", "leaf01")).unwrap();
    assert_eq!(connected(&world, "leaf01"), ["Ethernet0=1", "Ethernet1=2"]);
    assert_eq!(connected(&world, "leaf03"), Vec::<String>::new());
    let names = |machines: &[Arc<crate::world::Versioned<crate::machine::Machine>>]| {
        let nics = machines.iter().flat_map(|machine| machine.hardware.nics.clone());
        nics.flat_map(|nic| nic.neighbors).map(|n| (n.hostname, n.name, n.identifier)).collect::<Vec<_>>()
    };
    assert_eq!(names(&world.machines.all()), names(&before));
}

#[test]
fn two_ports_with_one_name_never_become_one_port() {
    let world = rack(sonic("leaf03"));
    let mut leaf = Switch::clone(&world.switches.get("leaf01").unwrap());
    leaf.nics[1].name = "Ethernet0".to_owned();
    Arc::make_mut(&mut leaf.connections).get_mut(&machine_id("2")).unwrap()[0].nic.name =
        "Ethernet0".to_owned();
    insert(&world, leaf);
    let refused = done(&world, &command("leaf01", "leaf03")).unwrap_err();
    assert_eq!(refused.message, "switch port Ethernet0 is connected to more than one machine");
}

#[test]
fn a_connected_machine_that_is_gone_does_not_stop_the_move() {
    let world = rack(sonic("leaf03"));
    world.forget::<crate::machine::Machine>(machine_id("1").as_str());
    done(&world, &command("leaf01", "leaf03")).unwrap();
    assert_eq!(connected(&world, "leaf03"), ["Ethernet0=1", "Ethernet1=2"]);
    assert_eq!(world.switches.get("leaf03").unwrap().os.vendor, SwitchVendor::Sonic);
}

/// An operator's order is transferred, also to a port with another name.
#[test]
fn what_was_ordered_of_a_port_stays_ordered() {
    let world = rack(cumulus("leaf03", &["swp1s0", "swp1s1", "swp1s2"]));
    let order = |id: &str, nic: &str| {
        let status = "DOWN".to_owned();
        done(&world, &SwitchCommand::Toggle { id: id.into(), nic: nic.to_owned(), status }).unwrap();
    };
    order("leaf01", "Ethernet1");
    order("leaf03", "swp1s2");
    done(&world, &command("leaf01", "leaf03")).unwrap();
    let leaf = world.switches.get("leaf03").unwrap();
    assert_eq!(leaf.nics.iter().map(SwitchPort::admin_status).collect::<Vec<_>>(), ["UP", "DOWN", "DOWN"]);
}
