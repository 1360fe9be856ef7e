//! Commands to the masterdata room with the answers that they have: what was written, or what was removed as it was.

use super::MasterdataCommand as Command;
use super::command::{ImageRequest, PartitionRequest, SizeRequest};
use super::record::{Image, Layout, Partition, Project, Size, Tenant};
use crate::command::ask::Ask;
use crate::ids::ImageId;

pub fn create_partition(request: PartitionRequest) -> Ask<Box<Partition>> {
    Ask::new(Command::PartitionCreate(Box::new(request)))
}

pub fn update_partition(request: PartitionRequest) -> Ask<Box<Partition>> {
    Ask::new(Command::PartitionUpdate(Box::new(request)))
}

pub fn delete_partition(id: String) -> Ask<Box<Partition>> {
    Ask::new(Command::PartitionDelete(id))
}

pub fn create_size(request: SizeRequest) -> Ask<Box<Size>> {
    Ask::new(Command::SizeCreate(Box::new(request)))
}

pub fn update_size(request: SizeRequest) -> Ask<Box<Size>> {
    Ask::new(Command::SizeUpdate(Box::new(request)))
}

pub fn delete_size(id: String) -> Ask<Box<Size>> {
    Ask::new(Command::SizeDelete(id))
}

pub fn create_image(request: ImageRequest) -> Ask<Box<Image>> {
    Ask::new(Command::ImageCreate(Box::new(request)))
}

pub fn update_image(request: ImageRequest) -> Ask<Box<Image>> {
    Ask::new(Command::ImageUpdate(Box::new(request)))
}

pub fn delete_image(id: String) -> Ask<Box<Image>> {
    Ask::new(Command::ImageDelete(id))
}

/// Removes an image that is of no use any more (api-resources 5.5, housekeeping). `None`: it is of use.
pub fn sweep_image(id: ImageId) -> Ask<Option<Box<Image>>> {
    Ask::new(Command::ImageSweep(id))
}

pub fn create_layout(layout: Layout) -> Ask<Box<Layout>> {
    Ask::new(Command::LayoutCreate(Box::new(layout)))
}

pub fn update_layout(layout: Layout) -> Ask<Box<Layout>> {
    Ask::new(Command::LayoutUpdate(Box::new(layout)))
}

pub fn delete_layout(id: String) -> Ask<Box<Layout>> {
    Ask::new(Command::LayoutDelete(id))
}

pub fn create_project(project: Project) -> Ask<Box<Project>> {
    Ask::new(Command::ProjectCreate(Box::new(project)))
}

pub fn update_project(project: Project) -> Ask<Box<Project>> {
    Ask::new(Command::ProjectUpdate(Box::new(project)))
}

pub fn delete_project(id: String) -> Ask<Box<Project>> {
    Ask::new(Command::ProjectDelete(id))
}

pub fn create_tenant(tenant: Tenant) -> Ask<Box<Tenant>> {
    Ask::new(Command::TenantCreate(Box::new(tenant)))
}

pub fn update_tenant(tenant: Tenant) -> Ask<Box<Tenant>> {
    Ask::new(Command::TenantUpdate(Box::new(tenant)))
}

pub fn delete_tenant(id: String) -> Ask<Box<Tenant>> {
    Ask::new(Command::TenantDelete(id))
}
