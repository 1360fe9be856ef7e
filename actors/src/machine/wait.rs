//! The flag of a waiting stream (api-machines 5.5). The stream itself is the gRPC service's.

use super::events::booted_since_reclaim;
use super::record::{Events, Machine};
use super::{expectation, rows};
use crate::command::Answer;
use crate::decision::{Decided, Decision, DecisionContext};
use crate::ids::MachineId;
use crate::refusal::Refusal;
use crate::world::{Versioned, World};

/// Whether a waiting installer may be told that its machine is allocated (steps 1, 2 and 4). One that was already waiting
/// when the machine was freed may not, whoever has the machine now: it is about to be reset, in the midst of installing.
pub fn may_install(world: &World, id: &MachineId) -> Result<bool, Refusal> {
    let read = rows::read(world, id)?;
    let events = world.events.get(id.as_str());
    Ok(read.allocation.is_some() && events.is_none_or(|events| booted_since_reclaim(&events)))
}

/// `StartWaiting`: steps 2 and 3. A machine that was allocated meanwhile does not wait: its stream ends by step 2. An
/// installer asks to wait after it has wiped the disks.
pub(super) fn start(world: &World, id: &MachineId, context: &DecisionContext<'_>) -> Decided<Answer> {
    let read = rows::read(world, id)?;
    let events = world.events.get(id.as_str());
    let booted = events.as_ref().is_none_or(|events| booted_since_reclaim(events));
    // One that is about to be reset is not offered to anybody: it would never be told.
    let waiting = (read.allocation.is_none() && booted) || read.waiting;
    let events = events.as_deref().map(|events| &*events.value);
    Ok(saved(&read, events, (waiting, read.wiped || booted), context))
}

/// `StopWaiting`: step 6, after the stream told the machine that it is allocated.
pub(super) fn stop(world: &World, id: &MachineId, context: &DecisionContext<'_>) -> Decided<Answer> {
    let read = rows::read(world, id)?;
    let events = world.events.get(id.as_str());
    let events = events.as_deref().map(|events| &*events.value);
    Ok(saved(&read, events, (false, read.wiped), context))
}

/// Nothing that is shown changes. Streams come again and again, and most change nothing at all.
fn saved(
    read: &Versioned<Machine>,
    events: Option<&Events>,
    (waiting, wiped): (bool, bool),
    context: &DecisionContext<'_>,
) -> Decision<Answer> {
    let mut decision = Decision::new(context.now, Answer::Done);
    if (read.waiting, read.wiped) != (waiting, wiped) {
        let mut machine = Machine { waiting, wiped, ..(*read.value).clone() };
        expectation::settle(&mut machine, events, context.now);
        decision.update(read, machine);
    }
    decision
}

#[cfg(test)]
mod tests {
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

    /// It would be reset in the midst of installing, and what it reports would be about an allocation that is gone.
    #[test]
    fn an_installer_of_the_past_is_not_told_of_the_new_allocation() {
        use crate::machine::record::EventKind;
        let mut bench = Bench::waiting();
        let told = |bench: &Bench| super::may_install(&bench.world, &ID.into()).unwrap();
        assert!(!told(&bench), "nobody has it");
        bench.does(MachineCommand::Free { machine: ID.into() });
        bench.edit(|machine| machine.allocation = Some(crate::machine::bench::allocation()));
        bench.does(start());
        assert!(!told(&bench) && !bench.machine().wiped);
        bench.event(EventKind::PxeBooting);
        assert!(told(&bench));
        bench.does(start());
        assert!(bench.machine().wiped);
    }
}
