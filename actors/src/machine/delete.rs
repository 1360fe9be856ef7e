//! Deletion of a machine (api-machines 3.8).

use super::rows;
use crate::answer::Answer;
use crate::decision::{Decided, Decision, DecisionContext};
use crate::ids::MachineId;
use crate::record::machine::Liveliness;
use crate::refusal::Refusal;
use crate::switch;
use crate::world::World;

/// `Delete`: only a dead machine without an allocation. Its events stay.
pub(super) fn decide(world: &World, id: &MachineId, context: &DecisionContext<'_>) -> Decided<Answer> {
    let read = rows::read(world, id)?;
    if read.allocation.is_some() {
        return Err(Refusal::unprocessable("cannot delete machine that is allocated"));
    }
    let events = world.events.get(id.as_str());
    if events.as_ref().is_some_and(|events| events.liveliness != Liveliness::Dead) {
        return Err(Refusal::unprocessable(
            "can only delete dead machines, if you power off this machine it will reach dead state.",
        ));
    }
    let mut decision = Decision::new(context.now, Answer::MachineRemoved(Box::new((*read.value).clone())));
    if let Some(events) = events {
        decision.unchanged(&events);
    }
    switch::disconnect(world, id, &mut decision);
    decision.delete(&read);
    Ok(decision)
}

#[cfg(test)]
mod tests;
