//! Checks while no write is pending: memory equals the disk, and claims and owners agree, so no claim leaked and none
//! is missing (invariants 4 and 6).

use actors::ids::MachineId;
use actors::ipam::{ASN_BASE, Address, Attachment, Claim, ClaimOwner, Pool};
use actors::machine::Machine;
use actors::network::Network;
use actors::store::memory::MemoryStore;
use actors::store::{Key, Kind, ROWS_PER_PAGE_MAX, Row, Store};
use actors::switch::Switch;
use actors::world::World;
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

/// All rows of a kind on a disk.
async fn rows(disk: &MemoryStore, kind: Kind) -> Result<Vec<Row>, String> {
    let mut all: Vec<Row> = Vec::new();
    loop {
        let after = all.last().map(|row| row.key.id.clone());
        let page = disk.rows(kind, after.as_deref(), ROWS_PER_PAGE_MAX).await;
        let page = page.map_err(|error| format!("the disk cannot be read: {error}"))?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

/// Rows that change continuously, and neither claim anything nor own a claim: [`memory_is_disk`] checks them.
const WITHOUT_CLAIMS: [Kind; 2] = [Kind::Events, Kind::SwitchStatus];

/// The rows of a disk that claim or own, loaded as by a node. A later audit only reads rows whose text has changed.
#[derive(Debug, Default)]
pub struct Durable {
    world: World,
    bodies: BTreeMap<Key, Arc<str>>,
}

impl Durable {
    /// Checks all rows.
    pub async fn look(&mut self, disk: &MemoryStore) -> Result<&World, String> {
        let mut before = std::mem::take(&mut self.bodies);
        let kinds = Kind::kept().filter(|kind| !WITHOUT_CLAIMS.contains(kind));
        for kind in kinds {
            for row in rows(disk, kind).await? {
                let read = before.remove(&row.key);
                if !read.is_some_and(|body| Arc::ptr_eq(&body, &row.body)) {
                    // A row that was removed and created again need not be newer than the last one.
                    self.read(&row.key, None)?;
                    self.read(&row.key, Some(&row))?;
                }
                self.bodies.insert(row.key, row.body);
            }
        }
        before.keys().try_for_each(|gone| self.read(gone, None))?;
        Ok(&self.world)
    }

    fn read(&self, key: &Key, row: Option<&Row>) -> Result<(), String> {
        self.world.load(key, row).map_err(|error| format!("a durable row is damaged: {error}"))
    }
}

/// Memory after all commits equals the rows (ipam 5.4, I13). Kinds that change continuously, events and switches'
/// reports, are compared when their rows are at rest.
pub async fn memory_is_disk(memory: &World, disk: &MemoryStore) -> Result<(), String> {
    for kind in Kind::kept() {
        // Both ascending by id.
        let mut known = memory.rows(kind, None, usize::MAX).into_iter().peekable();
        for row in rows(disk, kind).await? {
            while let Some(invented) = known.next_if(|known| known.key < row.key) {
                was_removed(memory, &invented.key)?;
            }
            let remembered = known.next_if(|known| known.key == row.key);
            if remembered.as_ref() == Some(&row) || memory.in_flight(&row.key) {
                continue;
            }
            let (kind, name) = (kind.entity(), &row.key.id);
            return Err(match remembered {
                Some(Row { generation, .. }) => {
                    let (memory, disk) = (generation.0, row.generation.0);
                    format!("memory has {kind} {name} at {memory}, the disk at {disk}")
                }
                None => format!("memory does not know {kind} {name}"),
            });
        }
        known.try_for_each(|invented| was_removed(memory, &invented.key))?;
    }
    totals(memory)
}

/// A row that only memory has is being written or removed.
fn was_removed(memory: &World, key: &Key) -> Result<(), String> {
    if memory.in_flight(key) {
        return Ok(());
    }
    Err(format!("memory has {} {}, the disk does not", key.kind.entity(), key.id))
}

/// Sums: a network's counter of used addresses equals the number of its address rows.
fn totals(world: &World) -> Result<(), String> {
    for network in world.networks.all() {
        let rows = world.addresses.filter(|address| address.network == network.id).len();
        let rows = rows + world.quarantined.filter(|rest| rest.network == network.id).len();
        let used = world.occupancy(&network.id, |used| {
            network.prefixes.iter().map(|prefix| used.count(&prefix.trunc())).sum::<u128>()
        });
        if used != u128::try_from(rows).unwrap_or(u128::MAX) {
            return Err(format!("network {} counts {used} addresses and has {rows} rows", network.id));
        }
    }
    Ok(())
}

/// Claims and owners agree in both directions, and pools are consistent.
pub fn claims(world: &World) -> Result<(), String> {
    super::pools::are_whole(world)?;
    world.addresses.all().iter().try_for_each(|address| address_is_used(world, address))?;
    world.machines.all().iter().try_for_each(|machine| allocation_has_its_claims(world, machine))?;
    world.claims.all().iter().try_for_each(|claim| claim_has_its_owners(world, claim))?;
    world.networks.all().iter().try_for_each(|network| network_has_its_vrf(world, network))?;
    world.switches.all().iter().try_for_each(|switch| ports_fit(world, switch))
}

fn is_in_force(world: &World, allocation: Uuid, machine: &MachineId) -> bool {
    let machine = world.machines.get(machine.as_str());
    machine.and_then(|it| it.allocation.as_ref().map(|held| held.uuid)) == Some(allocation)
}

pub(super) fn address_is_used(world: &World, address: &Address) -> Result<(), String> {
    let ip = address.address;
    let gone = |it: &&Attachment| !is_in_force(world, it.allocation, &it.machine);
    match address.attachments.iter().find(gone) {
        Some(Attachment { allocation, machine }) => {
            Err(format!("{ip} leaked: allocation {allocation} of {machine} is gone"))
        }
        None => Ok(()),
    }
}

pub(super) fn allocation_has_its_claims(world: &World, machine: &Machine) -> Result<(), String> {
    let Some(allocation) = &machine.allocation else { return Ok(()) };
    for ip in allocation.networks.iter().flat_map(|network| &network.ips) {
        let address = world.addresses.get(ip).ok_or_else(|| format!("{ip} of {} has no row", machine.id))?;
        if !address.attachments.iter().any(|attachment| attachment.allocation == allocation.uuid) {
            return Err(format!("{ip} of {} is not attached to its allocation", machine.id));
        }
    }
    let asn = allocation.networks.first().map(|network| network.asn).unwrap_or_default();
    let number = asn.checked_sub(ASN_BASE).ok_or_else(|| format!("{} has the ASN {asn}", machine.id))?;
    let claim = world.claims.get(&Claim::row_id(Pool::Asn, number));
    let owner = ClaimOwner::Allocation { allocation: allocation.uuid, machine: machine.id.clone() };
    if claim.is_some_and(|claim| claim.owners == [owner]) {
        return Ok(());
    }
    Err(format!("the ASN {asn} of {} is not claimed for it alone", machine.id))
}

pub(super) fn claim_has_its_owners(world: &World, claim: &Claim) -> Result<(), String> {
    let exists = |owner: &ClaimOwner| match owner {
        ClaimOwner::Network(id) => world.networks.contains(id.as_str()),
        ClaimOwner::Allocation { allocation, machine } => is_in_force(world, *allocation, machine),
    };
    let (pool, number) = (claim.pool.as_str(), claim.number);
    match claim.owners.iter().find(|owner| !exists(owner)) {
        Some(owner) => Err(format!("{pool} {number} leaked: {owner:?} is gone")),
        None if claim.owners.is_empty() => Err(format!("{pool} {number} leaked: it has no owner")),
        None => Ok(()),
    }
}

pub(super) fn network_has_its_vrf(world: &World, network: &Network) -> Result<(), String> {
    let owner = ClaimOwner::Network(network.id.clone());
    let claim = world.claims.get(&Claim::row_id(Pool::Vrf, network.vrf));
    if network.vrf == 0 || claim.is_some_and(|claim| claim.owners.contains(&owner)) {
        return Ok(());
    }
    Err(format!("the VRF {} of network {} is not claimed for it", network.vrf, network.id))
}

/// A port has the VRF of its machine, or none.
fn ports_fit(world: &World, switch: &Switch) -> Result<(), String> {
    for port in &switch.nics {
        let machine = switch.machine_at(port).and_then(|id| world.machines.get(id.as_str()));
        let allocation = machine.as_ref().and_then(|machine| machine.allocation.as_ref());
        // A machine stays in the PXE VLAN until its installation is reported, and during a reinstallation.
        let installed = allocation.filter(|held| held.boot_info.is_some() && !held.reinstall);
        // Its installation is known from another event than its report, so its ports may not be updated.
        if allocation.is_some_and(|held| held.installed && held.boot_info.is_none()) {
            continue;
        }
        let private = installed.and_then(|held| held.networks.iter().find(|network| network.private));
        let expected = private.map(|network| format!("vrf{}", network.vrf)).unwrap_or_default();
        if port.vrf != expected {
            let (switch, name, vrf) = (&switch.id, &port.name, &port.vrf);
            let held = allocation.map(|held| (held.uuid, held.boot_info.is_some(), held.reinstall));
            return Err(format!(
                "port {name} of {switch} is in \"{vrf}\" instead of \"{expected}\": allocation, installed and to be \
                 installed again are {held:?}"
            ));
        }
    }
    Ok(())
}
