//! Which decision answers which command.

use super::MasterdataCommand as Command;
use super::{image, layout, partition, project, size, tenant};
use crate::command::Answer;
use crate::decision::{Decided, Moment};
use crate::world::World;

/// Decides a command to the masterdata room.
pub fn decide(world: &World, command: &Command, moment: &mut Moment<'_>) -> Decided<Answer> {
    match command {
        Command::PartitionCreate(request) => partition::create(world, request, moment),
        Command::PartitionUpdate(request) => partition::update(world, request, moment),
        Command::PartitionDelete(id) => partition::delete(world, id, moment),
        Command::SizeCreate(request) => size::create(world, request, moment),
        Command::SizeUpdate(request) => size::update(world, request, moment),
        Command::SizeDelete(id) => size::delete(world, id, moment),
        Command::ImageCreate(request) => image::create(world, request, moment),
        Command::ImageUpdate(request) => image::update(world, request, moment),
        Command::ImageDelete(id) => image::delete(world, id, moment),
        Command::ImageSweep(id) => image::sweep(world, id, moment),
        Command::LayoutCreate(layout) => layout::create(world, layout, moment),
        Command::LayoutUpdate(layout) => layout::update(world, layout, moment),
        Command::LayoutDelete(id) => layout::delete(world, id, moment),
        Command::ProjectCreate(project) => project::create(world, project, moment),
        Command::ProjectUpdate(project) => project::update(world, project, moment),
        Command::ProjectDelete(id) => project::delete(world, id, moment),
        Command::TenantCreate(tenant) => tenant::create(world, tenant, moment),
        Command::TenantUpdate(tenant) => tenant::update(world, tenant, moment),
        Command::TenantDelete(id) => tenant::delete(world, id, moment),
    }
}
