//! A partition that a network may refer to, and a partition's networks of a kind.

use crate::ids::{NetworkId, PartitionId};
use crate::record::network::Network;
use crate::refusal::Refusal;
use crate::world::{Versioned, World};
use std::sync::Arc;

/// Refuses an unknown partition.
pub(crate) fn partition(world: &World, id: &str) -> Result<(), Refusal> {
    if world.partitions.contains(id) { Ok(()) } else { Err(Refusal::not_found("partition", id)) }
}

/// The super networks of a partition, ascending.
pub(crate) fn supers(world: &World, partition: &str) -> Vec<Arc<Versioned<Network>>> {
    let partition = PartitionId::from(partition);
    rows(world, &world.registry(|registry| registry.supers(&partition).cloned().collect::<Vec<_>>()))
}

/// The underlay networks of a partition, ascending.
pub(crate) fn underlays(world: &World, partition: &str) -> Vec<Arc<Versioned<Network>>> {
    let partition = PartitionId::from(partition);
    rows(world, &world.registry(|registry| registry.underlays(&partition).cloned().collect::<Vec<_>>()))
}

fn rows(world: &World, ids: &[NetworkId]) -> Vec<Arc<Versioned<Network>>> {
    ids.iter().filter_map(|id| world.networks.get(id.as_str())).collect()
}
