//! The steps and the table of api-machines 4.5.

use super::super::fixture::*;
use super::*;
use crate::switch::SwitchCommand;

fn command(ports: &[(&str, &str)]) -> SwitchCommand {
    let ports = ports.iter().map(|(port, state)| ((*port).to_owned(), (*state).to_owned()));
    SwitchCommand::Notify {
        id: "leaf01".into(),
        sync_duration_ns: 123,
        error: None,
        port_states: Some(ports.collect()),
        bgp_port_states: None,
    }
}

fn synced(error: Option<&str>) -> SwitchCommand {
    SwitchCommand::Notify {
        id: "leaf01".into(),
        sync_duration_ns: 123,
        error: error.map(ToOwned::to_owned),
        port_states: None,
        bgp_port_states: None,
    }
}

fn sync(error: Option<&str>) -> Option<Sync> {
    Some(Sync { time: NOW, duration_ns: 123, error: error.map(ToOwned::to_owned) })
}

#[test]
fn step_1_keeps_the_last_sync_and_the_last_error_side_by_side() {
    let world = leaves(&[]);
    let table = [
        (None, sync(None), None),
        (Some("no route"), sync(None), sync(Some("no route"))),
        (None, sync(None), sync(Some("no route"))),
        (Some(""), sync(None), sync(Some(""))),
    ];
    for (error, last_sync, last_sync_error) in table {
        let answer = done(&world, &synced(error)).unwrap();
        let expected = SwitchStatus { id: "leaf01".into(), last_sync, last_sync_error };
        assert_eq!(answer, Answer::SwitchStatus(Box::new(expected.clone())));
        assert_eq!(*world.switch_statuses.get("leaf01").unwrap().value, expected);
    }
    assert_eq!(world.switches.get("leaf01").unwrap().changed, BEFORE, "nothing else was said");
}

#[test]
fn step_2_an_unknown_switch_gets_a_status_and_is_unknown() {
    let world = world([]);
    assert_eq!(done(&world, &synced(None)), Ok(Answer::SwitchUnknown("leaf01".into())));
    assert_eq!(done(&world, &synced(Some("lost"))), Ok(Answer::SwitchUnknown("leaf01".into())));
    let status = world.switch_statuses.get("leaf01").unwrap();
    assert_eq!((&status.last_sync, &status.last_sync_error), (&sync(None), &sync(Some("lost"))));
}

#[test]
fn every_row_of_the_table_in_4_5() {
    let state = |desired: Option<&str>, actual: &str| {
        Some(PortState { desired: desired.map(ToOwned::to_owned), actual: actual.to_owned() })
    };
    let table = [
        ("none, s", None, state(None, "UP"), true),
        ("(-, s), s", state(None, "UP"), state(None, "UP"), false),
        ("(s, s), s", state(Some("UP"), "UP"), state(None, "UP"), true),
        ("(d, s), s", state(Some("DOWN"), "UP"), state(Some("DOWN"), "UP"), false),
        ("(-, a), s", state(None, "DOWN"), state(None, "UP"), true),
        ("(s, a), s", state(Some("UP"), "DOWN"), state(None, "UP"), true),
        ("(d, a), s", state(Some("DOWN"), "UNKNOWN"), state(Some("DOWN"), "UP"), true),
    ];
    for (row, before, after, written) in table {
        let world = leaves(&["1"]);
        let mut leaf = Switch::clone(&world.switches.get("leaf01").unwrap());
        leaf.changed = BEFORE;
        leaf.nics[0].state = before;
        insert(&world, leaf);
        done(&world, &command(&[("Ethernet0", "UP")])).unwrap();
        let leaf = world.switches.get("leaf01").unwrap();
        assert_eq!(leaf.nics[0].state, after, "{row}");
        assert_eq!(leaf.changed == NOW, written, "{row}");
    }
}

#[test]
fn step_3_leaves_other_ports_alone_and_takes_any_value() {
    let world = leaves(&[]);
    done(&world, &command(&[("Ethernet0", "UP"), ("Ethernet1", "DOWN")])).unwrap();
    done(&world, &command(&[("Ethernet1", "flapping"), ("Ethernet9", "UP"), ("ethernet0", "DOWN")])).unwrap();
    let actual: Vec<Option<String>> = {
        let leaf = world.switches.get("leaf01").unwrap();
        leaf.nics.iter().map(|nic| nic.state.clone().map(|state| state.actual)).collect()
    };
    assert_eq!(actual, [Some("UP".to_owned()), Some("flapping".to_owned()), None]);
}

#[test]
fn step_4_a_bgp_map_replaces_all_states_and_none_touches_nothing() {
    let world = leaves(&[]);
    let with = |ports: Option<&[&str]>| SwitchCommand::Notify {
        id: "leaf01".into(),
        sync_duration_ns: 1,
        error: None,
        port_states: None,
        bgp_port_states: ports.map(|ports| {
            let of = |port: &&str| BgpPortState { neighbor: format!("at {port}"), ..BgpPortState::default() };
            ports.iter().map(|port| ((*port).to_owned(), of(port))).collect()
        }),
    };
    let neighbors = || -> Vec<Option<String>> {
        let leaf = world.switches.get("leaf01").unwrap();
        leaf.nics.iter().map(|nic| nic.bgp.clone().map(|bgp| bgp.neighbor)).collect()
    };
    let at = |port: &str| Some(format!("at {port}"));
    let check = |ports: Option<&[&str]>, expected: [Option<String>; 3]| {
        done(&world, &with(ports)).unwrap();
        assert_eq!(neighbors(), expected, "{ports:?}");
    };
    check(Some(&["Ethernet0", "Ethernet1"]), [at("Ethernet0"), at("Ethernet1"), None]);
    check(None, [at("Ethernet0"), at("Ethernet1"), None]);
    check(Some(&["Ethernet2", "Ethernet9"]), [None, None, at("Ethernet2")]);
    check(Some(&[]), [None, None, None]);
}
