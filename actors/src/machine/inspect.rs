//! Looking after machines whose news are overdue: liveliness, resurrection, repeated orders (api-machines 2.6, 2.7).
//!
//! Runs for every machine again and again. Writes only when something changes, and never touches a machine that
//! somebody has beyond saying how it is.

use super::record::{Awaits, BmcAction, Events, Liveliness, Machine, StateValue};
use super::{expectation, free, orders, rows};
use crate::command::Answer;
use crate::decision::{Decided, Decision, Moment};
use crate::ids::MachineId;
use crate::time::Timestamp;
use crate::world::World;

/// `Inspect`.
pub(super) fn decide(world: &World, id: &MachineId, moment: &mut Moment<'_>) -> Decided<Answer> {
    let now = moment.now;
    let mut decision = Decision::new(now, Answer::Done);
    let Some(read) = world.machines.get(id.as_str()) else { return Ok(decision) };
    let known = world.events.get(id.as_str());
    let mut machine = (*read.value).clone();
    let mut container = known.as_ref().map(|known| (*known.value).clone());

    if let Some(events) = &mut container {
        events.liveliness = liveliness(events, machine.allocation.is_some(), now);
    }
    orders::prune(&mut machine, now);
    if machine.allocation.is_none() && machine.state.value != StateValue::Locked {
        let found_dead = container.as_ref() == known.as_ref().map(|known| &*known.value);
        if found_dead && is_due(&machine, now) && to_resurrect(container.as_ref(), now) {
            return free::resurrect(world, id, moment).map(|decision| decision.map(|_| Answer::Done));
        }
        nudge(&mut machine, container.as_ref(), moment);
    }
    if machine.expectation.is_none() {
        expectation::restart(&mut machine, container.as_ref(), now);
    }
    rows::save(&mut decision, &read, machine);
    if let Some(container) = container {
        rows::save_events(&mut decision, known.as_deref(), container);
    }
    Ok(decision)
}

/// The table of api-machines 2.6.
fn liveliness(events: &Events, allocated: bool, now: Timestamp) -> Liveliness {
    match events.last_event_time {
        None => events.liveliness,
        Some(last) if now.since(last) <= expectation::SILENCE => Liveliness::Alive,
        Some(_) if allocated => Liveliness::Unknown,
        Some(_) => Liveliness::Dead,
    }
}

/// The condition of api-machines 2.7 for a machine that nobody has.
fn to_resurrect(events: Option<&Events>, now: Timestamp) -> bool {
    events.is_some_and(|events| {
        let dead_for_long = events.liveliness == Liveliness::Dead
            && events.last_event_time.is_some_and(|last| now.since(last) > expectation::RESURRECT_AFTER);
        dead_for_long || (events.failed_machine_reclaim && events.last_event_time.is_some())
    })
}

/// True when it is time for the next attempt to get the machine to boot. A dead machine is due only after it was seen
/// to be dead and had its time to speak up.
fn is_due(machine: &Machine, now: Timestamp) -> bool {
    machine.expectation.as_ref().is_some_and(|it| it.next_try <= now)
}

/// Repeats the order to boot, or notes that the machine fell silent.
fn nudge(machine: &mut Machine, events: Option<&Events>, moment: &mut Moment<'_>) {
    let now = moment.now;
    let awaits = machine.expectation.as_ref().map(|it| it.awaits);
    if awaits == Some(Awaits::NetworkBoot) {
        if is_due(machine, now) {
            orders::order(machine, BmcAction::Delete, moment);
        }
        return;
    }
    let Some(events) = events else { return };
    let last = events.last_event_time.unwrap_or(now);
    let dead = events.liveliness == Liveliness::Dead;
    let reclaim_failed = events.failed_machine_reclaim;
    if (dead && awaits != Some(Awaits::SignOfLife)) || (reclaim_failed && awaits.is_none()) {
        expectation::expect_sign_of_life(machine, last, now);
    }
}

#[cfg(test)]
#[path = "inspect_tests.rs"]
mod tests;
