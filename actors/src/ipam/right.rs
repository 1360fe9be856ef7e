//! The state of an address: which partition may allocate it, and its state there (ipam 5.2).
//!
//! Two parties decide the state. The root of a pool grants the right to an address, and the partition with the right
//! decides the rest. A pool of one partition got all rights at its creation: its root never has to be asked, and the
//! network determines its answer. `Free`, `Recalling` and `Returning` belong to pools that partitions share.

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

/// The right to an address, as granted by the root of its pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Right {
    /// No partition may allocate it yet.
    Free,
    /// This partition may allocate it.
    Held(PartitionId),
    /// This partition may still allocate it, and was asked to return it.
    Recalling(PartitionId),
    /// No partition may allocate it before this time.
    Quarantined(Timestamp),
    /// It is never allocated, and why.
    Reserved(Reserve),
}

/// Why an address is never allocated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reserve {
    /// Its network's policy excludes it.
    Policy,
    /// Its prefix has child prefixes.
    ForChildren,
}

/// The state at the partition that has the right.
#[derive(Clone, Debug)]
pub enum Standing {
    Available,
    Allocated(Arc<Versioned<Address>>),
    /// In quarantine until then.
    Quarantined(Timestamp),
    /// It is being returned to the root.
    Returning,
}

/// An address in its pool, with its state.
#[derive(Clone, Debug)]
pub struct AddressState {
    pub network: NetworkId,
    pub prefix: IpNet,
    pub right: Right,
    /// `None` when no partition has the right and the address has no owner.
    pub standing: Option<Standing>,
}

/// Looks an address up; `None` outside of all networks. `partition`: this partition.
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
        // An address that was allocated before the policy excluded it keeps its owner.
        Some(reserve) if standing.is_none() => Right::Reserved(reserve),
        // The partition that has the row of a network without a partition serves it.
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
