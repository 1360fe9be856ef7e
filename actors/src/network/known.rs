//! Entities that a network or an address may name: they must exist.

use crate::refusal::Refusal;
use crate::world::World;

/// Refuses an unknown project (text of api-resources 6.2).
pub(crate) fn project(world: &World, id: &str) -> Result<(), Refusal> {
    if world.projects.contains(id) {
        return Ok(());
    }
    Err(Refusal::missing(format!(
        "rpc error: code = NotFound desc = project with id:{id} not found sql: no rows in result set"
    )))
}

/// Refuses an unknown partition.
pub(crate) fn partition(world: &World, id: &str) -> Result<(), Refusal> {
    if world.partitions.contains(id) { Ok(()) } else { Err(Refusal::not_found("partition", id)) }
}
