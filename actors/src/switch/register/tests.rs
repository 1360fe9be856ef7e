//! The rows of api-machines 4.2, in its order.

use super::super::fixture::*;
use super::*;
use crate::refusal::RefusalKind;
use crate::switch::{BgpPortState, OsReport, PortState, SwitchCommand};

fn reported(port: &SwitchPort) -> SwitchNic {
    let SwitchPort { name, mac, identifier, vrf, .. } = port.clone();
    SwitchNic { mac, name, identifier, vrf }
}

/// What metal-core sends for `leaf01` (api-machines 8, step 1).
fn leaf01() -> SwitchRegistration {
    SwitchRegistration {
        id: "leaf01".to_owned(),
        name: Some("leaf01".to_owned()),
        description: None,
        partition_id: "mini-lab".to_owned(),
        rack_id: "test-rack".to_owned(),
        nics: (0..3).map(|line| reported(&port(line))).collect(),
        os: Some(os("SONiC")),
        management_ip: "172.17.0.2".to_owned(),
        management_user: "admin".to_owned(),
        console_command: String::new(),
    }
}

fn os(vendor: &str) -> OsReport {
    OsReport { vendor: vendor.to_owned(), version: "1".to_owned(), metal_core_version: "v0.18.0".to_owned() }
}

fn registered(world: &World, registration: SwitchRegistration) -> Result<Answer, Refusal> {
    done(world, &SwitchCommand::Register(Box::new(registration)))
}

fn leaf(world: &World) -> Switch {
    Switch::clone(&world.switches.get("leaf01").unwrap())
}

#[test]
fn the_steps_that_refuse() {
    let bad = RefusalKind::BadRequest;
    let cannot = RefusalKind::Unprocessable;
    let twice = vec![reported(&port(0)), reported(&port(1)), reported(&port(0))];
    let by_mac = SwitchNic { mac: "m".to_owned(), ..SwitchNic::default() };
    let many = (0..=1024).map(|line| reported(&port(line))).collect();
    let renamed = SwitchNic { name: "Ethernet8".to_owned(), mac: "other".to_owned(), ..reported(&port(0)) };
    let gone = vec![reported(&port(1)), reported(&port(2))];
    let duplicate = "duplicate identifier found in nics";
    let table = [
        ("no id", world([]), SwitchRegistration::default(), bad, "uuid cannot be empty"),
        (
            "partition missing",
            world([]),
            SwitchRegistration { partition_id: "nowhere".to_owned(), os: None, ..leaf01() },
            RefusalKind::NotFound,
            "NotFound no partition with id \"nowhere\" found",
        ),
        (
            "os missing",
            world([]),
            SwitchRegistration { os: None, ..leaf01() },
            bad,
            "switch os must be given",
        ),
        (
            "vendor",
            world([]),
            SwitchRegistration { os: Some(os("sonic")), nics: twice.clone(), ..leaf01() },
            cannot,
            "unknown switch os vendor sonic",
        ),
        ("new, duplicate", world([]), SwitchRegistration { nics: twice.clone(), ..leaf01() }, bad, duplicate),
        (
            "new, the MAC stands in for the identifier",
            world([]),
            SwitchRegistration { nics: vec![by_mac.clone(), by_mac], ..leaf01() },
            bad,
            duplicate,
        ),
        (
            "new, more ports than a row can hold",
            world([]),
            SwitchRegistration { nics: many, ..leaf01() },
            bad,
            "a switch can have at most 1024 nics",
        ),
        ("known, duplicate", leaves(&[]), SwitchRegistration { nics: twice, ..leaf01() }, bad, duplicate),
        (
            "known, a connected nic disappears",
            leaves(&["1"]),
            SwitchRegistration { nics: gone, ..leaf01() },
            cannot,
            "nic with identifier Eth1(Port1) gets removed but the machine with id \"00000000-0000-0000-0000-000000000001\" is already connected to this nic, which is currently not supported",
        ),
        (
            "known, a connected nic is renamed",
            leaves(&["1"]),
            SwitchRegistration { nics: vec![renamed], ..leaf01() },
            cannot,
            "nic with mac address  and identifier Eth1(Port1) wants to be renamed from \"Ethernet0\" to \"Ethernet8\", but already has a connection to machine with id \"00000000-0000-0000-0000-000000000001\", which is currently not supported",
        ),
    ];
    for (row, world, registration, kind, message) in table {
        let before = world.switches.all();
        let refused = registered(&world, registration).unwrap_err();
        assert_eq!((refused.kind, refused.message.as_str()), (kind, message), "{row}");
        assert_eq!(world.switches.all(), before, "{row}");
    }
}

#[test]
fn a_new_switch_is_stored_fresh_and_without_connections() {
    let world = world([]);
    let answer = registered(&world, leaf01()).unwrap();
    assert_eq!(answer, Answer::Switch { id: "leaf01".into(), created: true });
    assert_eq!(leaf(&world), Switch { created: NOW, changed: NOW, ..sonic("leaf01") });
}

#[test]
fn a_mode_and_unknown_keys_of_the_body_are_ignored() {
    let registration: SwitchRegistration =
        serde_json::from_str(r#"{"id":"leaf01","mode":"replace","room_id":"r"}"#).unwrap();
    assert_eq!(registration, SwitchRegistration { id: "leaf01".to_owned(), ..SwitchRegistration::default() });
}

#[test]
fn a_known_switch_keeps_what_the_row_says_and_takes_the_rest() {
    let world = leaves(&["1"]);
    insert(&world, partition("other"));
    let state = Some(PortState { desired: Some("DOWN".to_owned()), actual: "UP".to_owned() });
    let bgp = Some(BgpPortState { bgp_state: "established".to_owned(), ..BgpPortState::default() });
    let mut before = leaf(&world);
    before.description = "left".to_owned();
    before.console_command = "telnet 1".to_owned();
    before.mode = SwitchMode::Operational;
    for nic in &mut before.nics {
        nic.vrf = "vrf42".to_owned();
        nic.mac = "kept".to_owned();
        nic.state.clone_from(&state);
        nic.bgp.clone_from(&bgp);
    }
    insert(&world, before.clone());

    let renamed = SwitchNic { name: "Ethernet8".to_owned(), ..reported(&port(1)) };
    let added = SwitchNic { vrf: "vrf7".to_owned(), mac: "new".to_owned(), ..reported(&port(9)) };
    let answer = registered(
        &world,
        SwitchRegistration {
            name: None,
            partition_id: "other".to_owned(),
            rack_id: "rack-b".to_owned(),
            os: Some(OsReport { version: "2".to_owned(), ..os("SONiC") }),
            management_ip: "10.0.0.1".to_owned(),
            management_user: "root".to_owned(),
            console_command: "ignored".to_owned(),
            nics: vec![reported(&port(0)), renamed, added],
            ..leaf01()
        },
    )
    .unwrap();

    assert_eq!(answer, Answer::Switch { id: "leaf01".into(), created: false });
    let after = leaf(&world);
    let kept = |line: usize, name: &str| SwitchPort { name: name.to_owned(), ..before.nics[line].clone() };
    let new = SwitchPort { mac: "new".to_owned(), vrf: "vrf7".to_owned(), ..port(9) };
    assert_eq!(after.nics, [kept(0, "Ethernet0"), kept(1, "Ethernet8"), new]);
    let expected = Switch {
        partition: "other".into(),
        rack: "rack-b".into(),
        os: SwitchOs { version: "2".to_owned(), ..before.os.clone() },
        management_ip: "10.0.0.1".to_owned(),
        management_user: "root".to_owned(),
        changed: NOW,
        nics: after.nics.clone(),
        ..before
    };
    assert_eq!(after, expected);
}

#[test]
fn name_and_description_change_only_when_sent() {
    let world = leaves(&[]);
    let text = |text: &str| Some(text.to_owned());
    let table = [
        (None, None, "leaf01", ""),
        (None, text("left"), "leaf01", "left"),
        (text("leaf-a"), None, "leaf-a", "left"),
        (text(""), text(""), "", ""),
    ];
    for (name, description, shown_name, shown_description) in table {
        registered(&world, SwitchRegistration { name, description, ..leaf01() }).unwrap();
        let leaf = leaf(&world);
        assert_eq!((leaf.name.as_str(), leaf.description.as_str()), (shown_name, shown_description));
    }
}

/// An order of an operator outlives a start of the switch, and a new name of the port.
#[test]
fn what_was_ordered_of_a_port_stays_ordered() {
    let world = leaves(&["1"]);
    let toggle =
        SwitchCommand::Toggle { id: "leaf01".into(), nic: "Ethernet2".to_owned(), status: "DOWN".to_owned() };
    done(&world, &toggle).unwrap();
    let renamed = SwitchPort { name: "Ethernet7".to_owned(), ..port(2) };
    let nics = [port(0), port(1), renamed].iter().map(reported).collect();
    registered(&world, SwitchRegistration { nics, ..leaf01() }).unwrap();
    let leaf = world.switches.get("leaf01").unwrap();
    assert_eq!((leaf.nics[2].name.as_str(), leaf.nics[2].admin_status()), ("Ethernet7", "DOWN"));
}
