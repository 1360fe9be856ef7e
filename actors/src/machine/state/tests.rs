use super::*;
use crate::machine::bench::{Bench, ID};
use crate::machine::command::MachineCommand;

fn set(value: &str, description: &str) -> MachineCommand {
    let machine = ID.into();
    MachineCommand::SetState { machine, value: value.to_owned(), description: description.to_owned() }
}

/// api-machines 3.9
#[test]
fn refusals() {
    let mut bench = Bench::waiting();
    for (value, description, text) in [
        ("locked", "x", "BadRequest: unknown MachineState:locked"),
        ("LOCKED", "", "BadRequest: you must supply a description"),
        ("RESERVED", "", "BadRequest: you must supply a description"),
        ("TAINTED", "", "BadRequest: you must supply a description"),
    ] {
        assert_eq!(bench.ask(set(value, description)).refusal(), text);
    }
    let text = format!("NotFound: NotFound no machine with id \"{ID}\" found");
    assert_eq!(Bench::new().ask(set("", "")).refusal(), text);
    let long = bench.ask(set("LOCKED", &"x".repeat(5000))).refusal();
    assert!(long.starts_with("BadRequest: description has 5002 bytes"), "{long}");
}

/// api-machines 3.9; the installer's version stays, against the row's `[bug]`.
#[test]
fn a_state_names_its_issuer_until_it_is_cleared() {
    let mut bench = Bench::waiting();
    let issuer = "metal-edit@metal-stack.io";
    for (value, stored, issuer) in [
        ("RESERVED", StateValue::Tainted, issuer),
        ("TAINTED", StateValue::Tainted, issuer),
        ("LOCKED", StateValue::Locked, issuer),
        ("", StateValue::Available, ""),
    ] {
        bench.does(set(value, "because"));
        let expected = MachineState {
            value: stored,
            description: "because".to_owned(),
            issuer: issuer.to_owned(),
            metal_hammer_version: "v0.13.16".to_owned(),
        };
        assert_eq!(bench.machine().state, expected);
        assert_eq!(bench.machine().changed, bench.now);
    }
}

#[test]
fn locking_changes_what_is_said_to_happen_next() {
    use crate::machine::record::EventKind;
    let mut bench = Bench::waiting();
    bench.event(EventKind::PlannedReboot);
    bench.does(set("LOCKED", "because"));
    assert!(bench.why().next.starts_with("a locked machine gets no orders"), "{:?}", bench.why());
    bench.does(set("", ""));
    assert!(bench.why().next.starts_with("it is ordered to boot"), "{:?}", bench.why());
}
