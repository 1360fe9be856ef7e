//! A broken switch was replaced, and the new one registers under the old id (api-machines 4.7.1). Its connections are
//! derived from its twin, to which the same machines are connected.

use super::adopt;
use crate::answer::Answer;
use crate::decision::{Decided, Decision};
use crate::record::switch::{Switch, SwitchMode};
use crate::refusal::Refusal;
use crate::time::Timestamp;
use crate::world::{Versioned, World};
use std::sync::Arc;

/// `old` is the stored switch; `requested` is the new one as registered: without connections and mode, as the answer
/// shows it. `kept` has missing values filled in from `old`.
pub(super) fn replace(
    world: &World,
    old: &Versioned<Switch>,
    requested: Switch,
    kept: Switch,
    now: Timestamp,
) -> Decided<Answer> {
    let twin = twin(world, &kept).map_err(|why| {
        Refusal::unprocessable(format!(
            "could not determine twin brother for switch {}, err: {why}",
            kept.name
        ))
    })?;
    if old.partition != kept.partition {
        return Err(Refusal::unprocessable(format!(
            "old and new switch belong to different partitions, old: {}, new: {}",
            old.partition, kept.partition
        )));
    }
    if old.rack != kept.rack {
        return Err(Refusal::unprocessable(format!(
            "old and new switch belong to different racks, old: {}, new: {}",
            old.rack, kept.rack
        )));
    }
    check_pair(world, old, &twin)?;

    let mut next = kept;
    adopt::adopt(&twin, &mut next)?;
    // The twin determines connections; the operators' orders are those of the old switch.
    adopt::adopt_orders(old, &mut next);
    next.mode = SwitchMode::Operational;
    let mut decision =
        Decision::new(now, Answer::SwitchShown { switch: Box::new(requested), created: false });
    adopt::rewire(world, old, &next, &mut decision);
    decision.unchanged(&twin);
    decision.update(old, next);
    Ok(decision)
}

/// The one other switch of the rack that has machines and is not being replaced itself.
fn twin(world: &World, switch: &Switch) -> Result<Arc<Versioned<Switch>>, String> {
    let mut candidates = world.switches.filter(|other| {
        let same_rack = (&other.partition, &other.rack) == (&switch.partition, &switch.rack);
        same_rack
            && other.id != switch.id
            && other.mode != SwitchMode::Replace
            && !other.connections.is_empty()
    });
    if let [first, second, ..] = candidates.as_slice() {
        return Err(format!(
            "found multiple twin switches for {} ({} and {})",
            switch.id, first.id, second.id
        ));
    }
    candidates.pop().ok_or_else(|| {
        format!(
            "no twin brother found for switch {}, partition: {}, rack: {}",
            switch.id, switch.partition, switch.rack
        )
    })
}

/// Each machine is connected to two switches. If a machine of the twin or of the broken switch is connected to a third
/// one, these two are no twins, and the transfer would connect it three times or once.
fn check_pair(world: &World, old: &Switch, twin: &Switch) -> Result<(), Refusal> {
    let others = world.switches.filter(|other| other.id != old.id && other.id != twin.id);
    for other in others {
        let mut machines = twin.connections.keys().chain(old.connections.keys());
        if let Some(machine) = machines.find(|machine| other.connections.contains_key(machine)) {
            return Err(adopt::not_adopted(&format!(
                "machine {machine} is also connected to switch {}, which is neither {} nor its twin {}",
                other.id, old.id, twin.id
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
