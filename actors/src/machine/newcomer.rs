//! Whether an unknown machine may be created. Every client of the machines' port can invent machines, one per UUID, and
//! each becomes a permanent row.

use crate::decision::DecisionContext;
use crate::ids::MachineId;
use crate::naming;
use crate::refusal::Refusal;
use crate::store::Kind;
use crate::world::World;

/// Maximum of new machines in ten seconds: a partition whose BMCs are all reported for the first time in one message.
const IN_TEN_SECONDS_MAX: usize = 10_000;

pub(super) fn admit(world: &World, id: &MachineId, context: &DecisionContext<'_>) -> Result<(), Refusal> {
    naming::check(Kind::Machine, id.as_str())?;
    let (machines_max, lately) =
        world.newcomers(|newcomers| (newcomers.machines_max, newcomers.lately(context.now)));
    if world.machines.len() >= machines_max {
        return Err(Refusal::unprocessable(format!(
            "partition {} has {machines_max} machines, the maximum of machines_max in its configuration: delete those \
             that are gone, or raise it",
            context.partition
        )));
    }
    if lately >= IN_TEN_SECONDS_MAX {
        return Err(Refusal::unavailable(format!(
            "{lately} new machines registered in partition {} within ten seconds: try again later",
            context.partition
        )));
    }
    Ok(())
}
