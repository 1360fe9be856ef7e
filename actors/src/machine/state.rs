//! An operator's setting for a machine: available, reserved, locked (api-machines 3.9).

use super::{expectation, rows};
use crate::answer::Answer;
use crate::decision::{Decided, Decision, DecisionContext};
use crate::ids::MachineId;
use crate::record::machine::{MachineState, StateValue};
use crate::refusal::Refusal;
use crate::world::World;

/// Maximal bytes of an operator's description.
pub(super) const DESCRIPTION_BYTES_MAX: usize = 4096;

/// `SetState`. Keeps the installer's version, which the operator does not set.
pub(super) fn decide(
    world: &World,
    id: &MachineId,
    value: &str,
    description: &str,
    context: &DecisionContext<'_>,
) -> Decided<Answer> {
    let parsed = parse(value).ok_or_else(|| Refusal::bad_request(format!("unknown MachineState:{value}")))?;
    if parsed != StateValue::Available && description.is_empty() {
        return Err(Refusal::bad_request("you must supply a description"));
    }
    rows::bounded("description", &description, DESCRIPTION_BYTES_MAX)?;
    let read = rows::read(world, id)?;
    let mut machine = (*read.value).clone();
    machine.state = MachineState {
        value: parsed,
        description: description.to_owned(),
        issuer: if parsed == StateValue::Available { String::new() } else { context.principal.email.clone() },
        metal_hammer_version: read.state.metal_hammer_version.clone(),
    };
    machine.changed = context.now;
    expectation::reword(&mut machine);
    let events = world.events.get(id.as_str());
    expectation::settle(&mut machine, events.as_deref().map(|events| &*events.value), context.now);
    let mut decision = Decision::new(context.now, Answer::Machine(id.clone()));
    rows::save(&mut decision, &read, machine);
    Ok(decision)
}

/// `RESERVED` is stored as `TAINTED` (api-machines 1.1).
fn parse(value: &str) -> Option<StateValue> {
    match value {
        "" => Some(StateValue::Available),
        "RESERVED" | "TAINTED" => Some(StateValue::Tainted),
        "LOCKED" => Some(StateValue::Locked),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
