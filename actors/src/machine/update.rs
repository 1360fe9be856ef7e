//! Changes of an allocation while it lasts (api-machines 3.10).

use super::allocate::tags;
use super::rows;
use crate::answer::Answer;
use crate::decision::{Decided, Decision, DecisionContext};
use crate::ids::MachineId;
use crate::record::machine::Machine;
use crate::refusal::Refusal;
use crate::world::World;

/// Replaces given values; empty lists change nothing.
pub(super) fn decide(
    world: &World,
    id: &MachineId,
    description: Option<&str>,
    user_tags: &[String],
    ssh_pub_keys: &[String],
    context: &DecisionContext<'_>,
) -> Decided<Answer> {
    let read = rows::read(world, id)?;
    let Some(mut allocation) = read.allocation.clone() else {
        return Err(Refusal::bad_request("only allocated machines can be updated"));
    };
    let mut machine = Machine::clone(&read.value);
    if let Some(description) = description {
        description.clone_into(&mut allocation.description);
    }
    if !user_tags.is_empty() {
        machine.tags = tags::of(user_tags, &machine, &allocation.networks);
    }
    if !ssh_pub_keys.is_empty() {
        ssh_pub_keys.clone_into(&mut allocation.ssh_pub_keys);
    }
    machine.allocation = Some(allocation);
    machine.changed = context.now;
    let mut decision = Decision::new(context.now, Answer::Machine(id.clone()));
    decision.update(&read, machine);
    Ok(decision)
}

#[cfg(test)]
mod tests;
