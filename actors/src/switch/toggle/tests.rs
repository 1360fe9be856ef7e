use super::super::fixture::*;
use super::*;
use crate::refusal::RefusalKind;
use crate::switch::{SwitchCommand, SwitchPort};

fn command(nic: &str, status: &str) -> SwitchCommand {
    SwitchCommand::Toggle { id: "leaf01".into(), nic: nic.to_owned(), status: status.to_owned() }
}

#[test]
fn checks_come_in_order_with_their_texts() {
    let missing = RefusalKind::NotFound;
    let bad = RefusalKind::BadRequest;
    let table = [
        (world([]), "Ethernet9", "UNKNOWN", bad, "the status \"UNKNOWN\" must be concrete"),
        (world([]), "Ethernet9", "up", bad, "the status \"up\" must be concrete"),
        (world([]), "Ethernet9", "", bad, "the status \"\" must be concrete"),
        (world([]), "Ethernet9", "UP", missing, "NotFound no switch with id \"leaf01\" found"),
        (leaves(&[]), "Ethernet9", "UP", missing, "the nic \"Ethernet9\" does not exist in this switch"),
    ];
    for (world, nic, status, kind, message) in table {
        let refused = done(&world, &command(nic, status)).unwrap_err();
        assert_eq!((refused.kind, refused.message.as_str()), (kind, message));
    }
}

#[test]
fn every_row_of_the_table_in_4_6() {
    let state = |desired: Option<&str>, actual: &str| {
        Some(PortState { desired: desired.map(ToOwned::to_owned), actual: actual.to_owned() })
    };
    let table = [
        ("none, w", None, state(Some("UP"), "UNKNOWN"), true),
        ("(-, w), w", state(None, "UP"), state(None, "UP"), false),
        ("(d, w), w", state(Some("DOWN"), "UP"), state(None, "UP"), true),
        ("(w, w), w", state(Some("UP"), "UP"), state(None, "UP"), true),
        ("(w, a), w", state(Some("UP"), "DOWN"), state(Some("UP"), "DOWN"), false),
        ("(-, a), w", state(None, "DOWN"), state(Some("UP"), "DOWN"), true),
        ("(other, a), w", state(Some("DOWN"), "UNKNOWN"), state(Some("UP"), "UNKNOWN"), true),
    ];
    for (row, before, after, written) in table {
        let world = leaves(&["1"]);
        let mut leaf = Switch::clone(&world.switches.get("leaf01").unwrap());
        leaf.nics[0].state = before;
        leaf.nics[0].ordered = Some("UP".to_owned());
        insert(&world, leaf);
        let decision = decided(&world, &command("ethernet0", "UP")).unwrap();
        assert_eq!(!decision.is_empty(), written, "{row}");
        let answer = decision.apply(&world);
        assert_eq!(answer, Answer::Switch { id: "leaf01".into(), created: false });
        let leaf = world.switches.get("leaf01").unwrap();
        assert_eq!(leaf.nics[0].state, after, "{row}");
        let copy = &leaf.connections[&machine_id("1")][0].nic;
        assert_eq!(copy.state, None, "{row}: the connection knows no state of its own");
    }
}
/// The kind: an order that something observed takes away.
#[test]
fn an_order_stands_whatever_is_observed() {
    let world = leaves(&["1"]);
    let port = |world: &World| world.switches.get("leaf01").unwrap().nics[0].clone();
    let sees = |world: &World, state: &str| {
        let ports = std::collections::BTreeMap::from([("Ethernet0".to_owned(), state.to_owned())]);
        let notify = SwitchCommand::Notify {
            id: "leaf01".into(),
            sync_duration_ns: 1,
            error: None,
            port_states: Some(ports),
            bgp_port_states: None,
        };
        done(world, &notify).unwrap();
    };
    assert_eq!(port(&world).admin_status(), "UP", "without an order");
    sees(&world, "DOWN");
    assert_eq!(port(&world).admin_status(), "UP", "a port without carrier is no order");
    done(&world, &command("Ethernet0", "DOWN")).unwrap();
    assert_eq!(port(&world).state, Some(PortState { desired: None, actual: "DOWN".to_owned() }));
    for seen in ["UP", "DOWN", "UNKNOWN", "UP"] {
        sees(&world, seen);
        assert_eq!(port(&world).admin_status(), "DOWN", "ordered without carrier, then seen {seen}");
    }
    done(&world, &command("Ethernet0", "UP")).unwrap();
    assert_eq!(port(&world).admin_status(), "UP");
}

#[test]
fn a_port_that_nobody_hangs_on_can_be_ordered() {
    let world = leaves(&["1"]);
    done(&world, &command("Ethernet1", "DOWN")).unwrap();
    assert_eq!(world.switches.get("leaf01").unwrap().nics[1].admin_status(), "DOWN");
}

#[test]
fn a_row_of_before_has_its_pending_order() {
    let state = PortState { desired: Some("DOWN".to_owned()), actual: "UP".to_owned() };
    assert_eq!(SwitchPort { state: Some(state), ..port(0) }.admin_status(), "DOWN");
    let old: SwitchPort =
        serde_json::from_str(r#"{"name": "n", "mac": "", "identifier": "", "vrf": ""}"#).unwrap();
    assert_eq!((old.ordered.as_deref(), old.admin_status()), (None, "UP"));
    assert!(!serde_json::to_string(&old).unwrap().contains("ordered"));
}
