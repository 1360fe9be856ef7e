use crate::machine::bench::{Bench, ID};
use crate::machine::command::MachineCommand;
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
    assert_eq!(Bench::new().ask(start()).refusal(), text);
    assert_eq!(Bench::new().ask(stop()).refusal(), text);
    let mut bench = Bench::waiting();
    let changed = bench.machine().changed;
    assert_eq!(bench.does(stop()).kinds(), [Kind::Machine]);
    assert!(!bench.machine().waiting);
    assert_eq!(bench.does(start()).kinds(), [Kind::Machine]);
    assert!(bench.machine().waiting);
    assert_eq!(bench.does(start()).kinds(), []);
    assert_eq!(bench.machine().changed, changed, "the flag is not shown");
}

/// api-machines 5.5, step 2: allocated between the look of the stream and this decision.
#[test]
fn an_allocated_machine_does_not_begin_to_wait() {
    let mut bench = Bench::allocated();
    assert_eq!(bench.does(start()).kinds(), [], "a flag that is set stays until the stream has ended");
    bench.does(stop());
    assert_eq!(bench.does(start()).kinds(), []);
    assert!(!bench.machine().waiting);
}

/// A BMC may acknowledge the reset of a freed machine without doing it: its installer keeps waiting, and would never
/// learn of the next allocation.
#[test]
fn an_installer_of_the_past_does_not_offer_its_machine() {
    use crate::machine::record::EventKind;
    let mut bench = Bench::allocated();
    bench.does(stop());
    bench.does(MachineCommand::Free { machine: ID.into() });
    let orders = bench.machine().orders.iter().map(|order| order.id).collect();
    bench.does(MachineCommand::OrdersDone { machine: ID.into(), orders });
    assert!(!bench.machine().is_offered(), "it did not wait since");
    bench.does(start());
    assert!(!bench.machine().is_offered(), "it did not boot since");
    bench.event(EventKind::PxeBooting);
    bench.does(start());
    assert!(bench.machine().is_offered());
}

/// It would be reset in the midst of installing, and what it reports would be about an allocation that is gone.
#[test]
fn an_installer_of_the_past_is_not_told_of_the_new_allocation() {
    use crate::machine::record::EventKind;
    let mut bench = Bench::waiting();
    let told = |bench: &Bench| super::may_install(&bench.world, &ID.into()).unwrap();
    assert!(!told(&bench), "it has no allocation");
    bench.does(MachineCommand::Free { machine: ID.into() });
    bench.edit(|machine| machine.allocation = Some(crate::machine::bench::allocation()));
    bench.does(start());
    assert!(!told(&bench) && !bench.machine().wiped);
    bench.event(EventKind::PxeBooting);
    assert!(told(&bench));
    bench.does(start());
    assert!(bench.machine().wiped);
}
