//! After every commit, no claim is without an owner, and no owner without its claims (invariant 4). Checks the rows
//! that a commit changes; [`super::audit`] checks all rows, less often.

use super::{Commit, Held, audit};
use actors::ids::PartitionId;
use actors::ipam::{Claim, Pool};
use actors::machine::Machine;
use actors::network::Network;
use actors::store::{Key, Kind, Row};
use actors::world::{Versioned, World};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Kinds that own or are claimed. A machine is read when its allocation changes.
const LOOKED_AT: [Kind; 3] = [Kind::Address, Kind::Claim, Kind::Network];

#[derive(Debug, Default)]
pub struct Steps {
    partitions: BTreeMap<PartitionId, Durable>,
}

/// The relevant rows of a partition.
#[derive(Debug, Default)]
struct Durable {
    world: World,
    /// By machine.
    held: BTreeMap<String, Held>,
}

impl Steps {
    pub fn committed(&mut self, commit: &Commit<'_>) -> Result<(), String> {
        self.partitions.entry(commit.partition.clone()).or_default().committed(commit)
    }
}

impl Durable {
    fn committed(&mut self, commit: &Commit<'_>) -> Result<(), String> {
        let puts = commit.transaction.puts.iter().map(|put| &put.row);
        let mut written: Vec<&Row> = puts.clone().filter(|row| LOOKED_AT.contains(&row.key.kind)).collect();
        for machine in &commit.machines {
            if self.held.get(machine.id) != machine.held.as_ref() {
                written.extend(
                    puts.clone().find(|row| row.key.kind == Kind::Machine && row.key.id == machine.id),
                );
                match &machine.held {
                    Some(held) => self.held.insert(machine.id.to_owned(), held.clone()),
                    None => self.held.remove(machine.id),
                };
            }
        }
        let is_kept = |kind: &Kind| LOOKED_AT.contains(kind) || *kind == Kind::Machine;
        let deletes = commit.transaction.deletes.iter().map(|delete| &delete.key);
        let deleted: Vec<&Key> = deletes.filter(|key| is_kept(&key.kind)).collect();
        let keys = written.iter().map(|row| &row.key).chain(deleted.iter().copied());
        let before: Vec<Before> = keys.filter_map(|key| Before::of(&self.world, key)).collect();
        written.iter().try_for_each(|row| self.load(&row.key, Some(row)))?;
        deleted.iter().try_for_each(|key| self.load(key, None))?;
        before.iter().try_for_each(|before| before.left_nothing(&self.world))?;
        written.iter().try_for_each(|row| self.fits(&row.key))
    }

    /// A row that was removed and created again need not be newer than the last one.
    fn load(&self, key: &Key, row: Option<&Row>) -> Result<(), String> {
        let damaged = |error| format!("a durable row is damaged: {error}");
        self.world.load(key, None).map_err(damaged)?;
        self.world.load(key, row).map_err(damaged)
    }

    fn fits(&self, key: &Key) -> Result<(), String> {
        let (world, id) = (&self.world, key.id.as_str());
        match key.kind {
            Kind::Address => {
                world.addresses.get(id).map_or(Ok(()), |address| audit::address_is_used(world, &address))
            }
            Kind::Claim => {
                world.claims.get(id).map_or(Ok(()), |claim| audit::claim_has_its_owners(world, &claim))
            }
            Kind::Network => {
                world.networks.get(id).map_or(Ok(()), |network| audit::network_has_its_vrf(world, &network))
            }
            _ => world.machines.get(id).map_or(Ok(()), |it| audit::allocation_has_its_claims(world, &it)),
        }
    }
}

/// The previous state of an owner.
enum Before {
    Machine(Arc<Versioned<Machine>>),
    Network(Arc<Versioned<Network>>),
}

impl Before {
    fn of(world: &World, key: &Key) -> Option<Self> {
        match key.kind {
            Kind::Machine => world.machines.get(&key.id).map(Self::Machine),
            Kind::Network => world.networks.get(&key.id).map(Self::Network),
            _ => None,
        }
    }

    /// What it owned is still its own, another's, or free.
    fn left_nothing(&self, world: &World) -> Result<(), String> {
        match self {
            Self::Machine(machine) => {
                let Some(allocation) = &machine.allocation else { return Ok(()) };
                for ip in allocation.networks.iter().flat_map(|network| &network.ips) {
                    let address = world.addresses.get(ip);
                    address.map_or(Ok(()), |address| audit::address_is_used(world, &address))?;
                }
                let asn = allocation.networks.first().map(|network| network.asn).unwrap_or_default();
                claim(world, Pool::Asn, asn.saturating_sub(actors::ipam::ASN_BASE))
            }
            Self::Network(network) => claim(world, Pool::Vrf, network.vrf),
        }
    }
}

fn claim(world: &World, pool: Pool, number: u32) -> Result<(), String> {
    let claim = world.claims.get(&Claim::row_id(pool, number));
    claim.map_or(Ok(()), |claim| audit::claim_has_its_owners(world, &claim))
}
