use super::*;
use crate::machine::command::MachineCommand;
use crate::machine::fixture::alone::{Fixture, ID};

fn set(value: &str, description: &str) -> MachineCommand {
    let machine = ID.into();
    MachineCommand::SetState { machine, value: value.to_owned(), description: description.to_owned() }
}

/// api-machines 3.9
#[test]
fn refusals() {
    let mut fixture = Fixture::waiting();
    for (value, description, text) in [
        ("locked", "x", "BadRequest: unknown MachineState:locked"),
        ("LOCKED", "", "BadRequest: you must supply a description"),
        ("RESERVED", "", "BadRequest: you must supply a description"),
        ("TAINTED", "", "BadRequest: you must supply a description"),
    ] {
        assert_eq!(fixture.ask(set(value, description)).refusal(), text);
    }
    let text = format!("NotFound: NotFound no machine with id \"{ID}\" found");
    assert_eq!(Fixture::new().ask(set("", "")).refusal(), text);
    let long = fixture.ask(set("LOCKED", &"x".repeat(5000))).refusal();
    assert!(long.starts_with("BadRequest: description has 5002 bytes"), "{long}");
}

/// api-machines 3.9; the installer's version stays, against the row's `[bug]`.
#[test]
fn a_state_names_its_issuer_until_it_is_cleared() {
    let mut fixture = Fixture::waiting();
    let issuer = "metal-edit@metal-stack.io";
    for (value, stored, issuer) in [
        ("RESERVED", StateValue::Tainted, issuer),
        ("TAINTED", StateValue::Tainted, issuer),
        ("LOCKED", StateValue::Locked, issuer),
        ("", StateValue::Available, ""),
    ] {
        fixture.does(set(value, "because"));
        let expected = MachineState {
            value: stored,
            description: "because".to_owned(),
            issuer: issuer.to_owned(),
            metal_hammer_version: "v0.13.16".to_owned(),
        };
        assert_eq!(fixture.machine().state, expected);
        assert_eq!(fixture.machine().changed, fixture.now);
    }
}

#[test]
fn locking_changes_what_is_said_to_happen_next() {
    use crate::record::machine::EventKind;
    let mut fixture = Fixture::waiting();
    fixture.event(EventKind::PlannedReboot);
    fixture.does(set("LOCKED", "because"));
    assert!(fixture.why().next.starts_with("a locked machine gets no orders"), "{:?}", fixture.why());
    fixture.does(set("", ""));
    assert!(fixture.why().next.starts_with("it is ordered to boot"), "{:?}", fixture.why());
}
