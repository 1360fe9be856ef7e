//! Entities that a network or an address may name: they must exist.

use crate::masterdata::{Project, project};
use crate::refusal::Refusal;
use crate::world::{Versioned, World};
use std::sync::Arc;

/// The project. Whoever creates something for it demands that it is still there when that is committed.
pub(crate) fn project(world: &World, id: &str) -> Result<Arc<Versioned<Project>>, Refusal> {
    project::get(world, id)
}

/// Refuses an unknown partition.
pub(crate) fn partition(world: &World, id: &str) -> Result<(), Refusal> {
    if world.partitions.contains(id) { Ok(()) } else { Err(Refusal::not_found("partition", id)) }
}
