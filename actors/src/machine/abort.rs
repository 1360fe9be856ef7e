//! The installer gave up a reinstallation (api-machines 5.7).

use super::events::booted_since_reclaim;
use super::expectation::{self, InstallPhase};
use super::{orders, report, rows};
use crate::answer::Answer;
use crate::decision::{Decided, Decision, DecisionContext};
use crate::ids::{ImageId, MachineId};
use crate::record::machine::{BmcAction, BootInfo, Machine};
use crate::switch;
use crate::world::World;

/// `AbortReinstall`. If the disk is intact, the machine returns to its installed system, and its switch ports return
/// with it: a reinstall had moved them into the installer's network. A machine that was never installed for this
/// allocation has nothing to return to: it is ordered to boot the installer again, for its first installation.
pub(super) fn decide(
    world: &World,
    id: &MachineId,
    primary_disk_wiped: bool,
    context: &mut DecisionContext<'_>,
) -> Decided<Answer> {
    let read = rows::read(world, id)?;
    let mut machine = (*read.value).clone();
    if world.events.get(id.as_str()).is_some_and(|events| !booted_since_reclaim(&events)) {
        // Freed and not booted since: the aborted installation belongs to no allocation any more.
        return Ok(Decision::new(context.now, Answer::BootInfo(None)));
    }
    let boot_info = if primary_disk_wiped { None } else { go_back(&mut machine) };
    let mut decision = Decision::new(context.now, Answer::BootInfo(boot_info.map(Box::new)));
    match (InstallPhase::of(&read), InstallPhase::of(&machine)) {
        (InstallPhase::Reinstall, InstallPhase::Installed) => {
            machine.changed = context.now;
            report::to_own_system(&mut machine, context);
            if let Some(vrf) = machine.allocation.as_ref().and_then(report::vrf) {
                switch::set_vrf(world, &machine, &vrf, &mut decision);
            }
        }
        (InstallPhase::Reinstall, InstallPhase::Pending) => {
            machine.changed = context.now;
            let events = world.events.get(id.as_str());
            expectation::restart(&mut machine, events.as_deref().map(|events| &*events.value), context.now);
            // Not from its disk, unlike the contract: the disk may hold a system whose installation was never reported,
            // and it would run unnoticed.
            orders::order(&mut machine, BmcAction::Reinstall, context);
        }
        _ => orders::order(&mut machine, BmcAction::Disk, context),
    }
    rows::save(&mut decision, &read, machine);
    Ok(decision)
}

/// Cancels the reinstallation; the boot info has the image again.
fn go_back(machine: &mut Machine) -> Option<BootInfo> {
    let allocation = machine.allocation.as_mut()?;
    allocation.reinstall = false;
    if let Some(boot_info) = &allocation.boot_info {
        allocation.image = ImageId::from(boot_info.image_id.as_str());
    }
    allocation.boot_info.clone()
}

#[cfg(test)]
mod tests;
