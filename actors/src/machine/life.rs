//! The effect of a provisioning event on a machine's row: it is created, is installed, or waits for something else.
//!
//! [`super::events`] handles the log. A heartbeat of a machine in a steady state writes only the container's row.

use super::events::{self, EventOutcome};
use super::expectation::{self, InstallPhase};
use super::{newcomer, orders, rows};
use crate::answer::Answer;
use crate::decision::{Decided, Decision, DecisionContext};
use crate::ids::MachineId;
use crate::record::machine::{Awaits, BmcAction, EventKind, Events, Machine, ProvisioningState};
use crate::world::World;

/// `Event`: api-machines 2.3 and 5.8; also the `PXE Booting` of 5.3.
pub(super) fn event(
    world: &World,
    id: &MachineId,
    kind: EventKind,
    message: &str,
    context: &DecisionContext<'_>,
) -> Decided<Answer> {
    rows::check_id(id)?;
    let now = context.now;
    let known = world.events.get(id.as_str());
    let none = Events::new(id.clone());
    let before = known.as_ref().map_or(&none, |known| &*known.value);
    let mut after = before.clone();
    let outcome = events::record(&mut after, kind, message, now);
    let mut decision = Decision::new(now, Answer::Done);
    match world.machines.get(id.as_str()) {
        // Nearly every event is a heartbeat, and needs no copy of the machine.
        Some(read) if is_heartbeat(&read, kind, outcome) => {}
        Some(read) => {
            let mut machine = (*read.value).clone();
            follow(&mut machine, kind, before, &after, outcome, context);
            rows::save(&mut decision, &read, machine);
        }
        None => {
            newcomer::admit(world, id, context)?;
            let mut machine = Machine::new(id.clone(), now);
            follow(&mut machine, kind, before, &after, outcome, context);
            decision.create(machine);
        }
    }
    rows::save_events(&mut decision, known.as_deref(), after);
    Ok(decision)
}

/// `Discover`: api-machines 5.8. The meaning of the event is unknown, so it creates no expectation.
pub(super) fn discover(world: &World, id: &MachineId, context: &DecisionContext<'_>) -> Decided<Answer> {
    rows::check_id(id)?;
    let mut decision = Decision::new(context.now, Answer::Done);
    if !world.machines.contains(id.as_str()) {
        newcomer::admit(world, id, context)?;
        decision.create(Machine::new(id.clone(), context.now));
    }
    Ok(decision)
}

/// True when there is nothing to [`follow`]: the event is not new, and the expectation does not wait for it.
fn is_heartbeat(machine: &Machine, kind: EventKind, outcome: EventOutcome) -> bool {
    !outcome.logged() && !events::comes_up(kind) && machine.expectation.is_none() && machine.orders.is_empty()
}

/// Updates the machine after an event that its container accepted. Does not change `changed`: users see no difference.
fn follow(
    machine: &mut Machine,
    kind: EventKind,
    before: &Events,
    after: &Events,
    outcome: EventOutcome,
    context: &DecisionContext<'_>,
) {
    // It was ordered to boot from the network and its disk was faster, or it never began. The log does not show this:
    // there the machine is still booting (api-machines 2.3), for hours.
    let did_not_boot = kind == EventKind::PhonedHome
        && outcome == EventOutcome::Touched
        && ProvisioningState::of(after) == ProvisioningState::PxeBooting;
    let installed = (outcome.logged() || did_not_boot) && shows_installed(machine, kind, before);
    if let (Some(allocation), true) = (&mut machine.allocation, installed) {
        allocation.installed = true;
    }
    let is_home = kind == EventKind::PhonedHome && InstallPhase::of(machine) == InstallPhase::Installed;
    if is_home && outcome.accepted() {
        machine.orders.retain(|order| order.action != BmcAction::BootDisk);
    }
    let came_up = events::comes_up(kind) && outcome.accepted();
    if came_up && outcome.logged() {
        orders::drop_obeyed(machine);
    }
    let ended = machine.expectation.as_ref().is_some_and(|it| match it.awaits {
        Awaits::SignOfLife => true,
        Awaits::OwnSystem | Awaits::PhoneHome => is_home,
        _ => false,
    });
    // The event of a machine that boots again and again is not new, but it shows that the machine obeyed the order.
    let obeyed = came_up && machine.expectation.as_ref().is_some_and(|it| it.awaits == Awaits::NetworkBoot);
    let boot = match InstallPhase::of(machine) {
        InstallPhase::Free if expectation::never_waited_since_reclaim(after) => Some(Awaits::NetworkBoot),
        InstallPhase::Reinstall => Some(Awaits::Reinstallation),
        _ => None,
    };
    let told = machine.expectation.as_ref().map(|it| it.awaits);
    if did_not_boot && boot.is_some() && boot != told {
        match boot {
            Some(Awaits::Reinstallation) => expectation::expect_reinstallation(machine, context.now),
            _ => expectation::expect_network_boot(machine, context.now),
        }
    } else if outcome.logged() || obeyed {
        expectation::restart(machine, Some(after), context.now);
    } else {
        if outcome.accepted() && ended {
            machine.expectation = None;
        }
        expectation::settle(machine, Some(after), context.now);
    }
}

/// True when the event shows that an operating system was installed for the machine's allocation.
///
/// Until the machine has booted after a free, its events are about the allocation before. A system that phones home
/// counts only if the disks were wiped since; otherwise it may be a former user's.
fn shows_installed(machine: &Machine, kind: EventKind, before: &Events) -> bool {
    if machine.allocation.is_none() {
        return false;
    }
    match kind {
        EventKind::BootingNewKernel => events::booted_since_reclaim(before),
        EventKind::PhonedHome => machine.wiped || events::wiped_since_reclaim(before),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
