//! Operators' orders to a BMC: power, boot device, identify LED (api-machines 6.2 and 6.3).

use super::{events, expectation, orders, rows, state};
use crate::answer::Answer;
use crate::decision::{Decided, Decision, DecisionContext};
use crate::ids::MachineId;
use crate::record::machine::{BmcAction, EventKind, Events, Led};
use crate::refusal::Refusal;
use crate::world::World;

/// Message of the `Planned Reboot` that a power off records.
pub(super) const OFF: &str = "OFF";

/// `Power`: the event of the table in api-machines 6.2 and the order, in one transaction.
pub(super) fn power(
    world: &World,
    id: &MachineId,
    action: BmcAction,
    context: &mut DecisionContext<'_>,
) -> Decided<Answer> {
    let reboot = match action {
        BmcAction::On | BmcAction::Bios | BmcAction::Disk | BmcAction::Pxe => None,
        BmcAction::Off => Some(OFF),
        BmcAction::Reset => Some("RESET"),
        BmcAction::Cycle => Some("CYCLE"),
        BmcAction::LedOn
        | BmcAction::LedOff
        | BmcAction::Reinstall
        | BmcAction::Delete
        | BmcAction::BootDisk => return Err(Refusal::bad_request("this is not a power command")),
    };
    let read = rows::read(world, id)?;
    let mut machine = (*read.value).clone();
    let mut decision = Decision::new(context.now, Answer::Machine(id.clone()));
    if let Some(message) = reboot {
        let known = world.events.get(id.as_str());
        let mut container =
            known.as_ref().map_or_else(|| Events::new(id.clone()), |known| (*known.value).clone());
        let outcome = events::record(&mut container, EventKind::PlannedReboot, message, context.now);
        if outcome.logged() {
            expectation::restart(&mut machine, Some(&container), context.now);
            rows::save_events(&mut decision, known.as_deref(), container);
        }
    }
    orders::order(&mut machine, action, context);
    rows::save(&mut decision, &read, machine);
    Ok(decision)
}

/// `Led`: shown at once, corrected by the next BMC report.
pub(super) fn led(
    world: &World,
    id: &MachineId,
    on: bool,
    description: &str,
    context: &mut DecisionContext<'_>,
) -> Decided<Answer> {
    rows::bounded("description", &description, state::DESCRIPTION_BYTES_MAX)?;
    let read = rows::read(world, id)?;
    let mut machine = (*read.value).clone();
    let (value, action) = if on { ("LED-ON", BmcAction::LedOn) } else { ("LED-OFF", BmcAction::LedOff) };
    machine.led = Led { value: value.to_owned(), description: description.to_owned() };
    machine.changed = context.now;
    orders::order(&mut machine, action, context);
    let mut decision = Decision::new(context.now, Answer::Machine(id.clone()));
    rows::save(&mut decision, &read, machine);
    Ok(decision)
}

#[cfg(test)]
mod tests;
