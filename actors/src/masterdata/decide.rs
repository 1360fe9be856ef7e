//! Which decision answers which command.

use super::MasterdataCommand as Command;
use super::{image, layout, partition, project, size, tenant};
use crate::command::Answer;
use crate::decision::{Decided, DecisionContext};
use crate::world::World;

/// Decides a command to the masterdata room.
pub fn decide(world: &World, command: &Command, context: &mut DecisionContext<'_>) -> Decided<Answer> {
    match command {
        Command::PartitionCreate(request) => partition::create(world, request, context),
        Command::PartitionUpdate(request) => partition::update(world, request, context),
        Command::PartitionDelete(id) => partition::delete(world, id, context),
        Command::SizeCreate(request) => size::create(world, request, context),
        Command::SizeUpdate(request) => size::update(world, request, context),
        Command::SizeDelete(id) => size::delete(world, id, context),
        Command::ImageCreate(request) => image::create(world, request, context),
        Command::ImageUpdate(request) => image::update(world, request, context),
        Command::ImageDelete(id) => image::delete(world, id, context),
        Command::ImageSweep(id) => image::sweep(world, id, context),
        Command::LayoutCreate(layout) => layout::create(world, layout, context),
        Command::LayoutUpdate(layout) => layout::update(world, layout, context),
        Command::LayoutDelete(id) => layout::delete(world, id, context),
        Command::ProjectCreate(project) => project::create(world, project, context),
        Command::ProjectUpdate(project) => project::update(world, project, context),
        Command::ProjectDelete(id) => project::delete(world, id, context),
        Command::TenantCreate(tenant) => tenant::create(world, tenant, context),
        Command::TenantUpdate(tenant) => tenant::update(world, tenant, context),
        Command::TenantDelete(id) => tenant::delete(world, id, context),
    }
}
