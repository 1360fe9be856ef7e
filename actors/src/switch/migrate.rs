//! Moves a rack's machines from one switch to another (api-machines 4.7), in one transaction.

use super::adopt;
use super::decide::known;
use crate::answer::Answer;
use crate::decision::{Decided, Decision};
use crate::ids::SwitchId;
use crate::record::switch::{Switch, SwitchMode};
use crate::refusal::Refusal;
use crate::time::Timestamp;
use crate::world::World;
use std::sync::Arc;

pub(super) fn migrate(world: &World, old: &SwitchId, new: &SwitchId, now: Timestamp) -> Decided<Answer> {
    if old.is_empty() {
        return Err(Refusal::bad_request("old switch id cannot be empty"));
    }
    if new.is_empty() {
        return Err(Refusal::bad_request("new switch id cannot be empty"));
    }
    let old = known(world, old)?;
    let new = known(world, new)?;
    if (&old.partition, &old.rack) != (&new.partition, &new.rack) {
        return Err(Refusal::bad_request("new switch must be in the same rack as the old one"));
    }
    if !new.connections.is_empty() {
        return Err(Refusal::bad_request("target switch already has machine connections"));
    }
    if old.id == new.id {
        return Err(Refusal::bad_request("old and new switch must be two switches"));
    }

    let mut target = Switch::clone(&new);
    adopt::adopt(&old, &mut target)?;
    adopt::adopt_orders(&old, &mut target);
    target.mode = SwitchMode::Operational;
    target.changed = now;
    let mut emptied = Switch::clone(&old);
    emptied.connections = Arc::default();
    emptied.changed = now;

    let mut decision = Decision::new(now, Answer::Switch { id: new.id.clone(), created: false });
    adopt::rewire(world, &old, &target, &mut decision);
    decision.update(&old, emptied);
    decision.update(&new, target);
    Ok(decision)
}

#[cfg(test)]
mod tests;
