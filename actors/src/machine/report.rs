//! The installer has finished (api-machines 5.6): from here on the machine is installed and must not be wiped.

use super::{events, expectation, orders, rows};
use crate::answer::Answer;
use crate::decision::{Decided, Decision, DecisionContext};
use crate::ids::MachineId;
use crate::record::machine::{Allocation, Awaits, BmcAction, BootInfo, Events, Machine, Role};
use crate::refusal::Refusal;
use crate::switch;
use crate::world::World;

/// Maximal bytes of boot info and console password together.
const REPORT_BYTES_MAX: usize = 16 << 10;

/// `Report`.
pub(super) fn decide(
    world: &World,
    id: &MachineId,
    console_password: &str,
    boot_info: Option<&BootInfo>,
    context: &mut DecisionContext<'_>,
) -> Decided<Answer> {
    let read = rows::read(world, id)?;
    let mut machine = (*read.value).clone();
    let Some(allocation) = &mut machine.allocation else {
        return Err(Refusal::unprocessable(format!("the machine \"{id}\" is not allocated")));
    };
    let Some(boot_info) = boot_info else {
        return Err(Refusal::unprocessable(format!("the machine \"{id}\" bootinfo is nil")));
    };
    rows::bounded("the report", &(console_password, boot_info), REPORT_BYTES_MAX)?;
    if let Some(events) = world.events.get(id.as_str()) {
        is_of_the_present(&read, &events)?;
    }
    let vrf = vrf(allocation).ok_or_else(|| {
        Refusal::unprocessable(format!(
            "the machine \"{id}\" could not be enslaved into the vrf because no vrf was found"
        ))
    })?;
    console_password.clone_into(&mut allocation.console_password);
    allocation.boot_info = Some(BootInfo { image_id: allocation.image.0.clone(), ..boot_info.clone() });
    allocation.reinstall = false;
    allocation.installed = true;
    machine.waiting = false;
    machine.changed = context.now;
    to_own_system(&mut machine, context);
    let mut decision = Decision::new(context.now, Answer::Done);
    switch::set_vrf(world, &machine, &vrf, &mut decision);
    rows::save(&mut decision, &read, machine);
    Ok(decision)
}

/// A report does not name its installation, and it may come late: after its sender gave up and started again.
///
/// A boot event after a free may be late as well. Whether the machine waits is known without delay, because its stream
/// is open.
fn is_of_the_present(machine: &Machine, events: &Events) -> Result<(), Refusal> {
    let fault = if !events::booted_since_reclaim(events) {
        "was freed and has not booted since, its report is about an ended allocation"
    } else if !machine.wiped && expectation::never_waited_since_reclaim(events) {
        "was freed and has not waited since, its report is about an ended allocation"
    } else if events::came_up_anew(events) {
        "booted again and got no installation since, its report is about an ended installation"
    } else {
        return Ok(());
    };
    Err(Refusal::unprocessable(format!("the machine \"{}\" {fault}", machine.id)))
}

/// The machine boots its own system next, and that system's first phone home must come.
pub(super) fn to_own_system(machine: &mut Machine, context: &mut DecisionContext<'_>) {
    expectation::expect(machine, Awaits::PhoneHome, context.now);
    orders::order(machine, BmcAction::Disk, context);
}

/// The VRF of the machine's switch ports once it is installed (api-machines 4.9); `None`: it has no private network.
pub(super) fn vrf(allocation: &Allocation) -> Option<String> {
    match allocation.role {
        Role::Firewall => Some("default".to_owned()),
        Role::Machine => {
            let private = allocation.networks.iter().find(|network| network.private)?;
            Some(format!("vrf{}", private.vrf))
        }
    }
}

#[cfg(test)]
mod tests;
