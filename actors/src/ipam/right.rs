//! What an address is now: who may give it, and what became of it there (ipam 5.2).
//!
//! Two parties say it. The root of a pool says who has the right to an address, and whoever has it says what became of the
//! address. A pool of one partition is one whose rights were all granted to it when it was created: its root never has to
//! be asked, and what it would say follows from the network. `Free`, `Recalling` and `Returning` are of pools that
//! partitions share.

use super::children;
use crate::addressing::block;
use crate::ids::{NetworkId, PartitionId};
use crate::record::ipam::Address;
use crate::record::network::Network;
use crate::time::Timestamp;
use crate::world::{Versioned, World};
use ipnet::IpNet;
use std::net::IpAddr;
use std::sync::Arc;

/// What the root of a pool says of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Right {
    /// Nobody may give it yet.
    Free,
    /// The partition may.
    Held(PartitionId),
    /// The partition may still, and was asked to let it go.
    Recalling(PartitionId),
    /// Nobody may before this time.
    Quarantined(Timestamp),
    /// Nobody may, and why.
    Reserved(Reserve),
}

/// Why an address is never given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reserve {
    /// Its network's policy leaves it out.
    Policy,
    /// Its prefix gives prefixes.
    ForChildren,
}

/// What whoever has the right says of it.
#[derive(Clone, Debug)]
pub enum Standing {
    Available,
    Allocated(Arc<Versioned<Address>>),
    /// It rests until then, and is given to nobody.
    Quarantined(Timestamp),
    /// It is on its way back to the root.
    Returning,
}

/// An address in its pool, and what is said of it.
#[derive(Clone, Debug)]
pub struct AddressState {
    pub network: NetworkId,
    pub prefix: IpNet,
    pub right: Right,
    /// `None` where nobody has the right and nobody has the address.
    pub standing: Option<Standing>,
}

/// Looks an address up; `None` outside of all networks. `partition` is the partition that is asked.
pub fn state_of(world: &World, partition: &PartitionId, address: IpAddr) -> Option<AddressState> {
    let (network, prefix) = world.registry(|registry| registry.holder(address))?;
    let network = world.networks.get(network.as_str())?;
    let id = address.to_string();
    let rests_until = world.quarantined.get(&id).map(|rest| rest.until);
    let standing = match (world.addresses.get(&id), rests_until) {
        (Some(row), _) => Some(Standing::Allocated(row)),
        (None, Some(until)) => Some(Standing::Quarantined(until)),
        (None, None) => None,
    };
    let right = match reserve(world, &network, &prefix, address) {
        // One that was given before the policy left it out is still somebody's.
        Some(reserve) if standing.is_none() => Right::Reserved(reserve),
        // A network of no partition is served by whoever has its row.
        _ if network.partition.as_str().is_empty() => Right::Held(partition.clone()),
        _ => Right::Held(network.partition.clone()),
    };
    let standing = match right {
        Right::Held(_) => standing.or(Some(Standing::Available)),
        _ => standing,
    };
    Some(AddressState { network: network.id.clone(), prefix, right, standing })
}

fn reserve(world: &World, network: &Network, prefix: &IpNet, address: IpAddr) -> Option<Reserve> {
    if children::count(world, network, prefix) > 0 {
        return Some(Reserve::ForChildren);
    }
    let is_given = network.pool.allows(prefix, block::number(address));
    (!is_given).then_some(Reserve::Policy)
}

#[cfg(test)]
mod tests;
