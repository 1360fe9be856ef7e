//! Inspects machines whose events are overdue: liveliness, resurrection, repeated orders (api-machines 2.6, 2.7).
//!
//! Runs for every machine periodically. It writes only when something changes, and changes nothing of an allocated
//! machine except its liveliness and its inspection times. At the next try of its expectation, a machine without an
//! allocation is ordered to boot if that helps; any other is only inspected, and the row records the time of this and
//! of the next inspection.

use super::expectation::{self, InstallPhase, is_told_to_boot};
use super::{free, orders, rows, set_back};
use crate::answer::Answer;
use crate::decision::{Decided, Decision, DecisionContext};
use crate::ids::MachineId;
use crate::masterdata::size;
use crate::planted::{Bug, planted};
use crate::record::machine::{Awaits, BmcAction, Events, Expectation, Liveliness, Machine, StateValue};
use crate::time::Timestamp;
use crate::world::World;

/// `Inspect`.
pub(super) fn decide(world: &World, id: &MachineId, context: &mut DecisionContext<'_>) -> Decided<Answer> {
    let now = context.now;
    let mut decision = Decision::new(now, Answer::Done);
    let Some(read) = world.machines.get(id.as_str()) else { return Ok(decision) };
    let known = world.events.get(id.as_str());
    let events = known.as_ref().map(|known| &*known.value);
    if is_at_rest(&read, events, now) {
        return Ok(decision);
    }
    let is_ahead = set_back::is_ahead(&read, events, now);
    let lively = is_lively(&read, events, now);
    if !is_ahead
        && lively
        && acts_on(&read)
        && is_due(&read, now)
        && (to_resurrect(events, now) || is_stuck(world, &read))
    {
        return free::resurrect(world, id, context).map(|decision| decision.map(|_| Answer::Done));
    }
    let mut machine = (*read.value).clone();
    let mut container = events.cloned();
    if is_ahead {
        set_back::correct(&mut machine, container.as_mut(), now);
    }
    if let Some(events) = &mut container {
        events.liveliness = liveliness(events, machine.allocation.is_some(), now);
    }
    orders::prune(&mut machine, now);
    if ignores_reinstall(&machine, now) {
        orders::order(&mut machine, BmcAction::Reinstall, context);
    } else if acts_on(&machine) && awaits(&machine) == Some(Awaits::NetworkBoot) && is_due(&machine, now) {
        orders::order(&mut machine, BmcAction::Delete, context);
    }
    expectation::settle(&mut machine, container.as_ref(), now);
    expectation::note_silence(&mut machine, container.as_ref(), now);
    if is_due(&machine, now) && !(acts_on(&machine) && awaits(&machine).is_some_and(is_told_to_boot)) {
        expectation::look_again(&mut machine, now);
    }
    rows::save(&mut decision, &read, machine);
    if let Some(container) = container {
        rows::save_events(&mut decision, known.as_deref(), container);
    }
    Ok(decision)
}

/// True when there is nothing to do. Nearly every inspection ends here without copying a row; a scan over all machines
/// needs commands only for the others.
pub fn is_at_rest(machine: &Machine, events: Option<&Events>, now: Timestamp) -> bool {
    if planted(Bug::ForgetDeadline) {
        return true;
    }
    !is_due(machine, now)
        && !set_back::is_ahead(machine, events, now)
        && expectation::fits(machine, events)
        && !expectation::fell_silent(machine, events)
        && is_lively(machine, events, now)
        && orders::due(machine, now).count() == machine.orders.len()
}

/// The expectation of a late machine that should be reported: at the time of the next try or inspection.
pub fn late(machine: &Machine, now: Timestamp) -> Option<&Expectation> {
    machine.expectation.as_ref().filter(|it| it.next_try <= now && it.deadline < now)
}

/// The machine has no allocation and no lock: it may be ordered to boot.
fn acts_on(machine: &Machine) -> bool {
    machine.allocation.is_none() && machine.state.value != StateValue::Locked
}

/// True when the container's liveliness is up to date.
fn is_lively(machine: &Machine, events: Option<&Events>, now: Timestamp) -> bool {
    events.is_none_or(|events| liveliness(events, machine.allocation.is_some(), now) == events.liveliness)
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

/// The condition of api-machines 2.7 for a machine without an allocation.
fn to_resurrect(events: Option<&Events>, now: Timestamp) -> bool {
    events.is_some_and(|events| {
        let dead_for_long = events.liveliness == Liveliness::Dead
            && events.last_event_time.is_some_and(|last| now.since(last) > expectation::RESURRECT_AFTER);
        dead_for_long || (events.failed_machine_reclaim && events.last_event_time.is_some())
    })
}

/// True for a machine that sends events but never arrives: it boots again and again, or its installer hangs. Another
/// boot may help; without it, the machine would stay so for ever. A machine without a size registers again once a size
/// matches.
fn is_stuck(world: &World, machine: &Machine) -> bool {
    match awaits(machine) {
        Some(Awaits::NextStep | Awaits::Comeback | Awaits::Cabling | Awaits::Stream) => true,
        Some(Awaits::Size) => size::matching(world, &machine.hardware).as_str() != size::UNKNOWN,
        _ => false,
    }
}

/// Its user wants it reinstalled, its BMC was ordered to, and it did not boot: the order is repeated. It carries the
/// allocation's token like the first one.
fn ignores_reinstall(machine: &Machine, now: Timestamp) -> bool {
    awaits(machine) == Some(Awaits::Reinstallation)
        && InstallPhase::of(machine) == InstallPhase::Reinstall
        && machine.state.value != StateValue::Locked
        && is_due(machine, now)
}

fn awaits(machine: &Machine) -> Option<Awaits> {
    machine.expectation.as_ref().map(|it| it.awaits)
}

/// True when it is time for the next boot order or inspection. A dead machine is due only after it was found dead and
/// had its time to send an event.
fn is_due(machine: &Machine, now: Timestamp) -> bool {
    machine.expectation.as_ref().is_some_and(|it| it.next_try <= now)
}

#[cfg(test)]
mod tests;
