//! An installer that gets an installation has booted since its machine was last freed: a reset is pending for older
//! installers, and would interrupt an installation for the next user.

use actors::ids::MachineId;
use actors::machine::EventKind;
use actors::world::World;

/// Checked at the moment when the installer gets the allocation.
pub fn may_begin(world: &World, machine: &MachineId) -> Result<(), String> {
    let Some(row) = world.machines.get(machine.as_str()) else {
        return Err(format!("machine {machine} is ordered to install and does not exist"));
    };
    if row.allocation.is_none() {
        return Err(format!("machine {machine} is ordered to install without an allocation"));
    }
    let Some(events) = world.events.get(machine.as_str()) else { return Ok(()) };
    let newest = events.log.iter().map(|event| event.event).find(|event| {
        matches!(event, EventKind::PxeBooting | EventKind::Preparing | EventKind::MachineReclaim)
    });
    if newest == Some(EventKind::MachineReclaim) {
        return Err(format!(
            "an installer of machine {machine} that booted before it was freed is ordered to install"
        ));
    }
    Ok(())
}
