//! Looking after machines whose news are overdue: liveliness, resurrection, repeated orders (api-machines 2.6, 2.7).
//!
//! Runs for every machine again and again. Writes only when something changes, and never touches a machine that
//! somebody has beyond saying how it is.

use super::expectation::{self, Stance};
use super::record::{Awaits, BmcAction, Events, Liveliness, Machine, StateValue};
use super::{free, orders, rows};
use crate::command::Answer;
use crate::decision::{Decided, Decision, Moment};
use crate::ids::MachineId;
use crate::planted::{Bug, planted};
use crate::time::Timestamp;
use crate::world::World;

/// `Inspect`.
pub(super) fn decide(world: &World, id: &MachineId, moment: &mut Moment<'_>) -> Decided<Answer> {
    let now = moment.now;
    let mut decision = Decision::new(now, Answer::Done);
    let Some(read) = world.machines.get(id.as_str()) else { return Ok(decision) };
    let known = world.events.get(id.as_str());
    let events = known.as_ref().map(|known| &*known.value);
    if is_at_rest(&read, events, now) {
        return Ok(decision);
    }
    let lively = is_lively(&read, events, now);
    if lively && acts_on(&read) && is_due(&read, now) && (to_resurrect(events, now) || is_stuck(&read)) {
        return free::resurrect(world, id, moment).map(|decision| decision.map(|_| Answer::Done));
    }
    let mut machine = (*read.value).clone();
    let mut container = events.cloned();
    if let Some(events) = &mut container {
        events.liveliness = liveliness(events, machine.allocation.is_some(), now);
    }
    orders::prune(&mut machine, now);
    if ignores_reinstall(&machine, now) {
        orders::order(&mut machine, BmcAction::Reinstall, moment);
    }
    if acts_on(&machine) {
        nudge(&mut machine, container.as_ref(), moment);
    }
    if machine.expectation.is_none() && Stance::of(&machine) != Stance::Installed {
        expectation::restart(&mut machine, container.as_ref(), now);
    }
    rows::save(&mut decision, &read, machine);
    if let Some(container) = container {
        rows::save_events(&mut decision, known.as_deref(), container);
    }
    Ok(decision)
}

/// True when there is nothing to do. Nearly every look ends here, and costs no copy of a row; whoever looks at all
/// machines needs to ask only about the others.
pub fn is_at_rest(machine: &Machine, events: Option<&Events>, now: Timestamp) -> bool {
    let patient = match &machine.expectation {
        Some(_) if ignores_reinstall(machine, now) => false,
        Some(_) => !acts_on(machine) || (!is_due(machine, now) && !fell_silent(machine, events)),
        None if Stance::of(machine) == Stance::Installed => true,
        None => {
            machine.orders.is_empty()
                && expectation::awaits(machine, events).is_none()
                && !(acts_on(machine) && fell_silent(machine, events))
        }
    };
    if planted(Bug::ForgetDeadline) {
        return true;
    }
    patient && is_lively(machine, events, now) && orders::due(machine, now).count() == machine.orders.len()
}

/// Nobody has the machine and no operator locked it: it may be told to boot.
fn acts_on(machine: &Machine) -> bool {
    machine.allocation.is_none() && machine.state.value != StateValue::Locked
}

/// True when the container's verdict on liveliness stands.
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

/// The condition of api-machines 2.7 for a machine that nobody has.
fn to_resurrect(events: Option<&Events>, now: Timestamp) -> bool {
    events.is_some_and(|events| {
        let dead_for_long = events.liveliness == Liveliness::Dead
            && events.last_event_time.is_some_and(|last| now.since(last) > expectation::RESURRECT_AFTER);
        dead_for_long || (events.failed_machine_reclaim && events.last_event_time.is_some())
    })
}

/// True for a machine that lives but never arrives: it boots over and over again, or its installer hangs. What a boot
/// more could help, nobody knows; without it, it stays so for ever.
fn is_stuck(machine: &Machine) -> bool {
    let awaits = machine.expectation.as_ref().map(|it| it.awaits);
    matches!(awaits, Some(Awaits::NextStep | Awaits::Comeback))
}

/// Its user wants it installed again, its BMC was told so, and it did not come: it is told again. The order carries the
/// allocation's token like the first.
fn ignores_reinstall(machine: &Machine, now: Timestamp) -> bool {
    let awaits = machine.expectation.as_ref().map(|it| it.awaits);
    awaits == Some(Awaits::Reinstallation)
        && Stance::of(machine) == Stance::Reinstall
        && machine.state.value != StateValue::Locked
        && is_due(machine, now)
}

/// True when it is time for the next attempt to get the machine to boot. A dead machine is due only after it was seen
/// to be dead and had its time to speak up.
fn is_due(machine: &Machine, now: Timestamp) -> bool {
    machine.expectation.as_ref().is_some_and(|it| it.next_try <= now)
}

/// True when the machine is dead, or goes on after it was freed, and its expectation does not say so yet.
fn fell_silent(machine: &Machine, events: Option<&Events>) -> bool {
    let awaits = machine.expectation.as_ref().map(|it| it.awaits);
    let told = matches!(awaits, Some(Awaits::SignOfLife | Awaits::NetworkBoot));
    events.is_some_and(|events| {
        (events.liveliness == Liveliness::Dead && !told)
            || (events.failed_machine_reclaim && awaits.is_none())
    })
}

/// Repeats the order to boot, or notes that the machine fell silent.
fn nudge(machine: &mut Machine, events: Option<&Events>, moment: &mut Moment<'_>) {
    let now = moment.now;
    let boots = machine.expectation.as_ref().is_some_and(|it| it.awaits == Awaits::NetworkBoot);
    if boots && is_due(machine, now) {
        orders::order(machine, BmcAction::Delete, moment);
    } else if fell_silent(machine, events) {
        match events.filter(|events| events.liveliness == Liveliness::Dead) {
            Some(dead) => {
                expectation::expect_sign_of_life(machine, dead.last_event_time.unwrap_or(now), now);
            }
            None => expectation::expect(machine, Awaits::NetworkBoot, now),
        }
    }
}

#[cfg(test)]
#[path = "inspect_tests.rs"]
mod tests;
