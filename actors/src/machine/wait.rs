//! The flag of a waiting stream (api-machines 5.5). The stream itself is the gRPC service's.

use super::record::Machine;
use super::rows;
use crate::command::Answer;
use crate::decision::{Decided, Decision, Moment};
use crate::ids::MachineId;
use crate::world::{Versioned, World};

/// `StartWaiting`: step 3. A machine that was allocated meanwhile does not wait: its stream ends by step 2.
pub(super) fn start(world: &World, id: &MachineId, moment: &Moment<'_>) -> Decided<Answer> {
    let read = rows::read(world, id)?;
    let waiting = read.allocation.is_none() || read.waiting;
    set(&read, waiting, moment)
}

/// `StopWaiting`: step 6, after the stream told the machine that it is allocated.
pub(super) fn stop(world: &World, id: &MachineId, moment: &Moment<'_>) -> Decided<Answer> {
    let read = rows::read(world, id)?;
    set(&read, false, moment)
}

fn set(read: &Versioned<Machine>, waiting: bool, moment: &Moment<'_>) -> Decided<Answer> {
    let mut machine = (*read.value).clone();
    machine.waiting = waiting;
    let mut decision = Decision::new(moment.now, Answer::Done);
    rows::save(&mut decision, read, machine);
    Ok(decision)
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
}
