use super::*;
use crate::machine::bench::{Bench, ID};
use crate::machine::command::MachineCommand;
use crate::store::Kind;

fn delete(bench: &mut Bench) -> crate::machine::bench::Step {
    bench.ask(MachineCommand::Delete { machine: ID.into() })
}

/// api-machines 3.8
#[test]
fn refusals() {
    let missing = format!("NotFound: NotFound no machine with id \"{ID}\" found");
    assert_eq!(delete(&mut Bench::new()).refusal(), missing);
    let text = "Unprocessable: cannot delete machine that is allocated";
    assert_eq!(delete(&mut Bench::allocated()).refusal(), text);
    let text = "Unprocessable: can only delete dead machines, if you power off this machine it will reach dead state.";
    let mut bench = Bench::waiting();
    for liveliness in [Liveliness::Alive, Liveliness::Unknown] {
        bench.edit_events(|events| events.liveliness = liveliness);
        assert_eq!(delete(&mut bench).refusal(), text);
    }
}

/// api-machines 3.8: gone from all switches, the events stay.
#[test]
fn a_dead_machine_goes() {
    let mut bench = Bench::waiting();
    bench.edit_events(|events| events.liveliness = Liveliness::Dead);
    let machine = bench.machine();
    assert!(bench.switch("leaf01").connections.contains_key(&machine.id));
    let step = delete(&mut bench);
    assert_eq!(step.kinds(), [Kind::Switch, Kind::Switch, Kind::Machine]);
    assert_eq!(step.answer, Ok(Answer::MachineRemoved(Box::new(machine.clone()))));
    assert!(!bench.world.machines.contains(ID) && bench.world.events.contains(ID));
    for leaf in ["leaf01", "leaf02"] {
        assert!(!bench.switch(leaf).connections.contains_key(&machine.id));
    }
}

/// api-machines 3.8: a machine without a container counts as not alive.
#[test]
fn a_machine_without_events_goes() {
    let mut bench = Bench::new();
    bench.put(crate::machine::Machine::new(ID.into(), bench.now));
    assert_eq!(delete(&mut bench).kinds(), [Kind::Machine]);
}
