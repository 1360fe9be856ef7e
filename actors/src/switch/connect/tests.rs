//! The rows of api-machines 4.3.

use super::super::fixture::*;
use super::*;
use crate::refusal::RefusalKind;

#[test]
fn a_machine_is_connected_to_both_leaves_and_learns_its_rack() {
    let world = world([sonic("leaf01"), sonic("leaf02")]);
    let mut machine = machine("2");
    let mut decision = Decision::new(NOW, Answer::Done);
    connect(&world, &mut machine, &mut decision).unwrap();
    decision.apply(&world);

    assert_eq!((machine.rack.as_str(), machine.partition.as_str()), ("test-rack", "mini-lab"));
    for leaf in ["leaf01", "leaf02"] {
        assert_eq!(connected(&world, leaf), ["Ethernet1=2"]);
        assert_eq!(world.switches.get(leaf).unwrap().changed, NOW);
    }
}

/// The kind: a MAC address in another case. Cumulus has nothing else to know a port by.
#[test]
fn a_port_is_known_by_its_mac_in_either_case() {
    let mac = |line: u32, upper: bool| {
        let mac = format!("aa:bb:cc:dd:ee:{line:02x}");
        if upper { mac.to_uppercase() } else { mac }
    };
    for (switch_says_upper, by_identifier) in [(true, true), (false, true), (true, false), (false, false)] {
        let said = |mac: String| {
            let identifier = if by_identifier { mac.clone() } else { String::new() };
            SwitchPort { identifier, mac, ..SwitchPort::default() }
        };
        let leaf = |id: &str| {
            let ports = (0..3).map(|line| SwitchPort {
                name: format!("swp{}", line + 1),
                ..said(mac(line, switch_says_upper))
            });
            Switch { nics: ports.collect(), ..cumulus(id, &[]) }
        };
        let world = world([leaf("leaf01"), leaf("leaf02")]);
        let mut machine = machine("1");
        let heard = said(mac(1, !switch_says_upper));
        machine.hardware.nics = vec![nic("eth0", "leaf01", &heard), nic("eth1", "leaf02", &heard)];
        register(&world, machine).unwrap();
        assert_eq!(connected(&world, "leaf01"), ["swp2=1"]);
    }
}

#[test]
fn registering_again_unchanged_writes_no_switch() {
    let world = leaves(&["1"]);
    let mut decision = Decision::new(NOW, Answer::Done);
    connect(&world, &mut machine("1"), &mut decision).unwrap();
    assert!(decision.is_empty());
}

#[test]
fn the_copy_takes_the_vrf_and_not_the_state_of_the_port() {
    let mut leaf = sonic("leaf01");
    leaf.nics[0].vrf = "vrf7".to_owned();
    leaf.nics[0].state = Some(crate::switch::PortState { desired: None, actual: "UP".to_owned() });
    let world = world([leaf, sonic("leaf02")]);
    register(&world, machine("1")).unwrap();
    let nic = world.switches.get("leaf01").unwrap().connections[&machine_id("1")][0].nic.clone();
    assert_eq!((nic.vrf.as_str(), nic.state), ("vrf7", None));
}

/// The ports of leaf01 and leaf02 that a machine sees.
fn wired(one: &[u32], two: &[u32]) -> Machine {
    let mut machine = machine("1");
    let at = |leaf: &'static str, lines: &[u32]| -> Vec<Nic> {
        lines.iter().map(|line| nic(&format!("{leaf}-{line}"), leaf, &port(*line))).collect()
    };
    machine.hardware.nics = [at("leaf01", one), at("leaf02", two)].concat();
    machine
}

#[test]
fn steps_1_to_5_refuse_with_their_texts() {
    const ID: &str = "00000000-0000-0000-0000-000000000001";
    let both = || world([sonic("leaf01"), sonic("leaf02")]);
    let no_partition = Machine { partition: "".into(), ..machine("1") };
    let elsewhere = Machine { partition: "other".into(), ..machine("1") };
    let torn = || Switch { rack: "rack-b".into(), ..sonic("leaf02") };
    let table = [
        ("1: no partition", both(), no_partition, format!("partitionID is empty in machine:{ID}")),
        ("2: switches of other partitions do not count", both(), elsewhere, exactly_two(ID, 0)),
        (
            "3: a connection is stored, but not there",
            leaves(&["1"]),
            wired(&[0], &[]),
            format!(
                "machine connection between machine {ID} and switch leaf02 exists in the database but not physically; if you are attempting migrate the machine from one rack to another delete it first"
            ),
        ),
        ("4: none", both(), wired(&[], &[]), exactly_two(ID, 0)),
        ("4: one", both(), wired(&[0], &[]), exactly_two(ID, 1)),
        (
            "4: three",
            {
                let third = Switch { name: "leaf02".to_owned(), ..sonic("leaf03") };
                world([sonic("leaf01"), sonic("leaf02"), third])
            },
            wired(&[0], &[0]),
            exactly_two(ID, 3),
        ),
        (
            "5: not the same number",
            both(),
            wired(&[0, 1], &[0]),
            crosswise(ID, "Ethernet0 Ethernet1", "Ethernet0"),
        ),
        (
            "5: two racks",
            world([sonic("leaf01"), torn()]),
            wired(&[0], &[0]),
            format!(
                "connected switches of a machine must reside in the same rack, rack of switch leaf01: test-rack, rack of switch leaf02: rack-b, machine: {ID}"
            ),
        ),
        ("5: not mirrored", both(), wired(&[0], &[1]), crosswise(ID, "Ethernet0", "Ethernet1")),
        (
            "5: two ports, not mirrored",
            both(),
            wired(&[0, 1], &[0, 2]),
            crosswise(ID, "Ethernet0 Ethernet1", "Ethernet0 Ethernet2"),
        ),
        (
            "5: a port claimed by two machines",
            leaves(&["2"]),
            wired(&[1], &[1]),
            "switch port Ethernet1 is connected to more than one machine".to_owned(),
        ),
    ];
    for (row, world, machine, text) in table {
        let refused = register(&world, machine).unwrap_err();
        assert_eq!((refused.kind, refused.message), (RefusalKind::Unprocessable, text), "{row}");
    }
}

fn exactly_two(machine: &str, found: u32) -> String {
    format!(
        "machine {machine} is not connected to exactly two switches, found connections to {found} switches"
    )
}

fn crosswise(machine: &str, one: &str, two: &str) -> String {
    format!(
        "twin-switches do not have a connection map that is mirrored crosswise for machine {machine}, switch leaf01 (connections: [{one}]), switch leaf02 (connections: [{two}])"
    )
}

#[test]
fn several_ports_may_be_connected_when_they_are_mirrored() {
    let world = world([sonic("leaf01"), sonic("leaf02")]);
    register(&world, wired(&[0, 2], &[2, 0])).unwrap();
    for leaf in ["leaf01", "leaf02"] {
        assert_eq!(connected(&world, leaf), ["Ethernet0=1", "Ethernet2=1"]);
    }
}

#[test]
fn ports_of_two_vendors_are_mirrored_in_translation() {
    let leaf02 = cumulus("leaf02", &["swp1s0", "swp1s1", "swp1s2"]);
    let mut machine = machine("1");
    machine.hardware.nics = vec![nic("eth0", "leaf01", &port(1)), nic("eth1", "leaf02", &leaf02.nics[1])];
    let world = world([sonic("leaf01"), leaf02]);
    register(&world, machine.clone()).unwrap();
    assert_eq!(connected(&world, "leaf02"), ["swp1s1=1"]);

    let mut odd = sonic("leaf01");
    odd.nics[1].name = "eth1".to_owned();
    let world = super::super::fixture::world([odd, cumulus("leaf02", &["swp1s0", "swp1s1"])]);
    let refused = register(&world, machine).unwrap_err();
    assert_eq!(refused.message, "invalid port name eth1, expected to find prefix 'Ethernet'");
}

#[test]
fn neighbours_match_by_switch_name_and_port_identity() {
    let mut renamed = sonic("leaf01");
    renamed.name = "spine".to_owned();
    let refused = register(&world([renamed, sonic("leaf02")]), machine("1")).unwrap_err();
    assert_eq!(refused.message, exactly_two(machine_id("1").as_str(), 1), "the name counts, not the id");

    let nameless = Switch { name: String::new(), ..sonic("leaf01") };
    register(&world([nameless, sonic("leaf02")]), machine("1")).unwrap();

    let by_mac = |id: &str| {
        let mut switch = sonic(id);
        let nic = &mut switch.nics[0];
        nic.mac = std::mem::take(&mut nic.identifier);
        switch
    };
    let world = world([by_mac("leaf01"), by_mac("leaf02")]);
    let mut machine = machine("1");
    for nic in machine.hardware.nics.iter_mut().flat_map(|nic| &mut nic.neighbors) {
        nic.identifier = String::new();
    }
    register(&world, machine).unwrap();
    assert_eq!(connected(&world, "leaf01"), ["Ethernet0=1"], "the MAC stands in for the identifier");
}

#[test]
fn a_port_without_any_identity_connects_nobody() {
    let anonymous = |id: &str| Switch { nics: vec![SwitchPort::default()], ..sonic(id) };
    let mut machine = machine("1");
    for leaf in ["leaf01", "leaf02"] {
        machine.hardware.nics.push(nic("eth2", leaf, &SwitchPort::default()));
    }
    let refused = register(&world([anonymous("leaf01"), anonymous("leaf02")]), machine).unwrap_err();
    assert_eq!(refused.message, exactly_two(machine_id("1").as_str(), 0));
}

#[test]
fn a_port_seen_twice_is_one_connection() {
    let world = world([sonic("leaf01"), sonic("leaf02")]);
    register(&world, wired(&[0, 0], &[0])).unwrap();
    assert_eq!(connected(&world, "leaf01"), ["Ethernet0=1"]);
}

#[test]
fn a_deleted_machine_leaves_every_switch() {
    let world = leaves(&["1", "2"]);
    let mut decision = Decision::new(NOW, Answer::Done);
    disconnect(&world, &machine_id("1"), &mut decision);
    decision.apply(&world);
    for leaf in ["leaf01", "leaf02"] {
        assert_eq!(connected(&world, leaf), ["Ethernet1=2"]);
    }
    let mut decision = Decision::new(NOW, Answer::Done);
    disconnect(&world, &machine_id("1"), &mut decision);
    assert!(decision.is_empty());
}
