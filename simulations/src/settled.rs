//! Whether all is well: nodes up, partitions in sight of each other, machines either waiting or installed for their
//! owner, and users and stores agree about who has what.

use crate::hardware::{Case, Running};
use crate::stage::Stage;
use actors::federation::PeerState;
use actors::ids::MachineId;
use actors::world::World;

/// What is not well yet. `owned`: the machines that users hold, in order.
pub async fn look(stage: &Stage, owned: &[MachineId]) -> Result<(), String> {
    let mut held = Vec::new();
    for plant in stage.plants.values() {
        let partition = &plant.node.partition;
        let inside = plant.node.look().await.ok_or_else(|| format!("{partition} is not ready"))?;
        let peers = inside.federation.peers();
        if let Some((away, _)) = peers.iter().find(|(_, state)| **state != PeerState::There) {
            return Err(format!("{partition} does not reach {away}"));
        }
        let world = inside.federation.site().world();
        stage.cases(partition.as_str()).try_for_each(|case| machine_is_well(world, case))?;
        let allocated = world.machines.filter(|machine| machine.allocation.is_some());
        held.extend(allocated.iter().map(|machine| machine.id.clone()));
    }
    held.sort_unstable();
    if held == owned {
        return Ok(());
    }
    Err(format!("users hold {owned:?}, the stores say {held:?}"))
}

fn machine_is_well(world: &World, case: &Case) -> Result<(), String> {
    let id = &case.plan.id;
    let machine = world.machines.get(id.as_str()).ok_or_else(|| format!("machine {id} is not known"))?;
    let well = match &machine.allocation {
        Some(held) => {
            let own_disk = case.disk().is_some_and(|disk| disk.allocation == held.uuid);
            held.installed && !held.reinstall && own_disk && matches!(case.running(), Running::System(_))
        }
        None => machine.waiting && case.running() == Running::Installer,
    };
    if well && case.is_powered() {
        return Ok(());
    }
    let allocation = machine.allocation.as_ref().map(|held| (held.uuid, held.installed, held.reinstall));
    let events = world.events.get(id.as_str());
    let log: Vec<_> =
        events.iter().flat_map(|events| events.log.iter().take(4).map(|event| event.event)).collect();
    Err(format!(
        "machine {id} runs {:?} with {:?}, allocation {allocation:?}, waiting {}, orders {:?}, events {log:?}",
        case.running(),
        case.disk(),
        machine.waiting,
        machine.orders
    ))
}
