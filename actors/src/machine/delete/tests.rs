use super::*;
use crate::machine::command::MachineCommand;
use crate::machine::fixture::alone::{Fixture, ID};
use crate::store::Kind;

fn delete(fixture: &mut Fixture) -> crate::machine::fixture::alone::Step {
    fixture.ask(MachineCommand::Delete { machine: ID.into() })
}

/// api-machines 3.8
#[test]
fn refusals() {
    let missing = format!("NotFound: NotFound no machine with id \"{ID}\" found");
    assert_eq!(delete(&mut Fixture::new()).refusal(), missing);
    let text = "Unprocessable: cannot delete machine that is allocated";
    assert_eq!(delete(&mut Fixture::allocated()).refusal(), text);
    let text = "Unprocessable: can only delete dead machines, if you power off this machine it will reach dead state.";
    let mut fixture = Fixture::waiting();
    for liveliness in [Liveliness::Alive, Liveliness::Unknown] {
        fixture.edit_events(|events| events.liveliness = liveliness);
        assert_eq!(delete(&mut fixture).refusal(), text);
    }
}

/// api-machines 3.8: gone from all switches, the events stay.
#[test]
fn a_dead_machine_goes() {
    let mut fixture = Fixture::waiting();
    fixture.edit_events(|events| events.liveliness = Liveliness::Dead);
    let machine = fixture.machine();
    assert!(fixture.switch("leaf01").connections.contains_key(&machine.id));
    let step = delete(&mut fixture);
    assert_eq!(step.kinds(), [Kind::Switch, Kind::Switch, Kind::Machine]);
    assert_eq!(step.answer, Ok(Answer::MachineRemoved(Box::new(machine.clone()))));
    assert!(!fixture.world.machines.contains(ID) && fixture.world.events.contains(ID));
    for leaf in ["leaf01", "leaf02"] {
        assert!(!fixture.switch(leaf).connections.contains_key(&machine.id));
    }
}

/// api-machines 3.8: a machine without a container counts as not alive.
#[test]
fn a_machine_without_events_goes() {
    let mut fixture = Fixture::new();
    fixture.put(crate::machine::Machine::new(ID.into(), fixture.now));
    assert_eq!(delete(&mut fixture).kinds(), [Kind::Machine]);
}
