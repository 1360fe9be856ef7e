//! Whether the cluster has converged: nodes up, partitions connected, machines waiting or installed for their owner,
//! and users and stores agree about allocations.

use crate::cluster::Cluster;
use crate::hardware::{Chassis, Rack, Running};
use crate::workload::{OF_USER, OwnAddress};
use actors::gateway::PeerState;
use actors::ids::{MachineId, NetworkId};
use actors::switch::{Switch, SwitchMode};
use actors::world::World;
use std::collections::BTreeSet;

/// The holdings of users, as users or stores know them.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Holdings {
    pub machines: BTreeSet<MachineId>,
    pub addresses: BTreeSet<OwnAddress>,
    pub networks: BTreeSet<NetworkId>,
}

impl Holdings {
    /// Adds the holdings in this partition's rows.
    fn add(&mut self, world: &World) {
        let allocated = world.machines.filter(|machine| machine.allocation.is_some());
        self.machines.extend(allocated.iter().map(|machine| machine.id.clone()));
        let own = world.addresses.filter(|address| address.attachments.is_empty());
        self.addresses.extend(own.iter().map(|address| OwnAddress {
            ip: address.address.to_string(),
            allocation: address.allocation_uuid,
        }));
        let own = world.networks.filter(|network| network.name.starts_with(OF_USER));
        self.networks.extend(own.iter().map(|network| network.id.clone()));
    }
}

/// What has not converged yet. `owned`: the users' holdings.
pub async fn look(cluster: &Cluster, owned: &Holdings) -> Result<(), String> {
    let mut held = Holdings::default();
    for played in cluster.partitions.values() {
        let partition = &played.node.partition;
        let inside = played.node.look().await.ok_or_else(|| format!("{partition} is not ready"))?;
        let peers = inside.gateway.peers();
        if let Some((away, _)) = peers.iter().find(|(_, state)| **state != PeerState::There) {
            return Err(format!("{partition} does not reach {away}"));
        }
        let world = inside.gateway.local().world();
        cluster.cases(partition.as_str()).try_for_each(|chassis| machine_is_well(world, chassis))?;
        played.racks.iter().try_for_each(|rack| leaves_are_well(world, rack))?;
        held.add(world);
    }
    if held == *owned {
        return Ok(());
    }
    Err(format!("users hold {owned:?}, the stores say {held:?}"))
}

/// Each leaf is configured as its row says, and both leaves of a rack are equal.
fn leaves_are_well(world: &World, rack: &Rack) -> Result<(), String> {
    let rows = rack.leaves.iter().map(|leaf| {
        let id = &leaf.plan.id;
        let row = world.switches.get(id.as_str()).ok_or_else(|| format!("switch {id} is not known"))?;
        if row.mode == SwitchMode::Replace {
            return Err(format!("switch {id} still waits for its replacement"));
        }
        match row.nics.iter().find(|nic| leaf.vrf(&nic.name).as_ref() != Some(&nic.vrf)) {
            Some(nic) => {
                let (port, wanted) = (&nic.name, &nic.vrf);
                Err(format!("port {port} of {id} should be in {wanted:?}, is in {:?}", leaf.vrf(port)))
            }
            None => Ok(row),
        }
    });
    let rows = rows.collect::<Result<Vec<_>, String>>()?;
    let vrfs =
        |row: &Switch| -> Vec<_> { row.nics.iter().map(|nic| (nic.name.clone(), nic.vrf.clone())).collect() };
    let wired = |row: &Switch| row.connections.keys().cloned().collect::<Vec<_>>();
    match rows.as_slice() {
        [left, right] if vrfs(left) != vrfs(right) || wired(left) != wired(right) => {
            Err(format!("switches {} and {} differ", left.id, right.id))
        }
        _ => Ok(()),
    }
}

fn machine_is_well(world: &World, chassis: &Chassis) -> Result<(), String> {
    let id = &chassis.plan.id;
    let machine = world.machines.get(id.as_str()).ok_or_else(|| format!("machine {id} is not known"))?;
    let well = match &machine.allocation {
        Some(held) => {
            let own_disk = chassis.disk().is_some_and(|disk| disk.allocation == held.uuid);
            held.installed && !held.reinstall && own_disk && matches!(chassis.running(), Running::System(_))
        }
        None => machine.waiting && chassis.running() == Running::Installer,
    };
    if well && chassis.is_powered() {
        return Ok(());
    }
    let allocation = machine.allocation.as_ref().map(|held| (held.uuid, held.installed, held.reinstall));
    let events = world.events.get(id.as_str());
    let log: Vec<_> =
        events.iter().flat_map(|events| events.log.iter().take(4).map(|event| event.event)).collect();
    Err(format!(
        "machine {id} runs {:?} with {:?}, allocation {allocation:?}, waiting {}, orders {:?}, events {log:?}",
        chassis.running(),
        chassis.disk(),
        machine.waiting,
        machine.orders
    ))
}
