use crate::machine::command::MachineCommand;
use crate::machine::fixture::alone::{Fixture, ID};
use crate::store::Kind;

fn start() -> MachineCommand {
    MachineCommand::StartWaiting { machine: ID.into() }
}

fn stop() -> MachineCommand {
    MachineCommand::StopWaiting { machine: ID.into() }
}

/// api-machines 5.5, steps 1, 3 and 6; a stream that reconnects writes nothing.
#[test]
fn a_stream_sets_and_clears_the_flag() {
    let text = format!("NotFound: NotFound no machine with id \"{ID}\" found");
    assert_eq!(Fixture::new().ask(start()).refusal(), text);
    assert_eq!(Fixture::new().ask(stop()).refusal(), text);
    let mut fixture = Fixture::waiting();
    let changed = fixture.machine().changed;
    assert_eq!(fixture.does(stop()).kinds(), [Kind::Machine]);
    assert!(!fixture.machine().waiting);
    assert_eq!(fixture.does(start()).kinds(), [Kind::Machine]);
    assert!(fixture.machine().waiting);
    assert_eq!(fixture.does(start()).kinds(), []);
    assert_eq!(fixture.machine().changed, changed, "the flag is not shown");
}

/// api-machines 5.5, step 2: allocated between the look of the stream and this decision.
#[test]
fn an_allocated_machine_does_not_begin_to_wait() {
    let mut fixture = Fixture::allocated();
    assert_eq!(fixture.does(start()).kinds(), [], "a flag that is set stays until the stream has ended");
    fixture.does(stop());
    assert_eq!(fixture.does(start()).kinds(), []);
    assert!(!fixture.machine().waiting);
}

/// A BMC may acknowledge the reset of a freed machine without doing it: its installer keeps waiting, and would never
/// learn of the next allocation.
#[test]
fn an_installer_of_the_past_does_not_offer_its_machine() {
    use crate::record::machine::EventKind;
    let mut fixture = Fixture::allocated();
    fixture.does(stop());
    fixture.does(MachineCommand::Free { machine: ID.into() });
    let orders = fixture.machine().orders.iter().map(|order| order.id).collect();
    fixture.does(MachineCommand::OrdersDone { machine: ID.into(), orders });
    assert!(!fixture.machine().is_offered(), "it did not wait since");
    fixture.does(start());
    assert!(!fixture.machine().is_offered(), "it did not boot since");
    fixture.event(EventKind::PxeBooting);
    fixture.does(start());
    assert!(fixture.machine().is_offered());
}

/// It would be reset in the midst of installing, and what it reports would be about an allocation that is gone.
#[test]
fn an_installer_of_the_past_is_not_told_of_the_new_allocation() {
    use crate::record::machine::EventKind;
    let mut fixture = Fixture::waiting();
    let told = |fixture: &Fixture| super::may_install(&fixture.world, &ID.into()).unwrap();
    assert!(!told(&fixture), "it has no allocation");
    fixture.does(MachineCommand::Free { machine: ID.into() });
    fixture.edit(|machine| machine.allocation = Some(crate::machine::fixture::alone::allocation()));
    fixture.does(start());
    assert!(!told(&fixture) && !fixture.machine().wiped);
    fixture.event(EventKind::PxeBooting);
    assert!(told(&fixture));
    fixture.does(start());
    assert!(fixture.machine().wiped);
}
