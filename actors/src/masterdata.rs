//! Masterdata: entities that operators define and all others read: partitions, sizes, images, filesystem layouts,
//! projects and tenants.
//!
//! **Architecture invariant:** masterdata knows that machines, networks and addresses refer to it (an entity in use is
//! not removed), but never changes them. It fetches nothing: the API checks whether URLs answer ([`urls`] lists them).

pub mod command;
pub mod find;
#[cfg(test)]
mod fixture;
pub mod image;
pub mod image_constraint;
pub mod layout;
mod lookup;
mod meta;
mod partition;
pub mod project;
pub mod reservation;
pub mod servers;
pub mod size;
pub mod tenant;
pub mod urls;
pub mod version;

pub use crate::record::masterdata::*;

use crate::answer::Answer;
use crate::decision::{Decided, DecisionContext};
use crate::ids::ImageId;
use crate::store::Kind;
use crate::world::World;
use command::{About, ImageRequest, PartitionRequest, SizeRequest};

/// Calls the macro `$generate` with the table of commands: the content of each, its answer, its function in
/// [`crate::command::ask::masterdata`], the kind of the row that it writes, and its decision.
macro_rules! command_table {
    ($generate:ident) => {
        $generate! {
            PartitionCreate(Box<PartitionRequest>) -> Box<Partition>, asked by create_partition,
                writes Partition as partition::create;
            PartitionUpdate(Box<PartitionRequest>) -> Box<Partition>, asked by update_partition,
                writes Partition as partition::update;
            PartitionDelete(String) -> Box<Partition>, asked by delete_partition,
                writes Partition as partition::delete;
            SizeCreate(Box<SizeRequest>) -> Box<Size>, asked by create_size,
                writes Size as size::create;
            SizeUpdate(Box<SizeRequest>) -> Box<Size>, asked by update_size,
                writes Size as size::update;
            SizeDelete(String) -> Box<Size>, asked by delete_size,
                writes Size as size::delete;
            SizeReservationCreate(Box<reservation::SizeReservationRequest>) -> Written<SizeReservation>, asked by create_size_reservation,
                writes SizeReservation as reservation::create;
            SizeReservationUpdate(Box<reservation::SizeReservationRequest>) -> Written<SizeReservation>, asked by update_size_reservation,
                writes SizeReservation as reservation::update;
            SizeReservationDelete(String) -> Written<SizeReservation>, asked by delete_size_reservation,
                writes SizeReservation as reservation::delete;
            SizeImageConstraintCreate(Box<image_constraint::SizeImageConstraintRequest>) -> Written<SizeImageConstraint>,
                asked by create_size_image_constraint, writes SizeImageConstraint as image_constraint::create;
            SizeImageConstraintUpdate(Box<image_constraint::SizeImageConstraintRequest>) -> Written<SizeImageConstraint>,
                asked by update_size_image_constraint, writes SizeImageConstraint as image_constraint::update;
            SizeImageConstraintDelete(String) -> Written<SizeImageConstraint>,
                asked by delete_size_image_constraint, writes SizeImageConstraint as image_constraint::delete;
            ImageCreate(Box<ImageRequest>) -> Box<Image>, asked by create_image,
                writes Image as image::create;
            ImageUpdate(Box<ImageRequest>) -> Box<Image>, asked by update_image,
                writes Image as image::update;
            ImageDelete(String) -> Box<Image>, asked by delete_image,
                writes Image as image::delete;
            /// Removes an unused expired image, if it still is one (api-resources 5.5, housekeeping).
            ImageSweep(ImageId) -> Option<Box<Image>>, asked by sweep_image,
                writes Image as image::sweep;
            LayoutCreate(Box<Layout>) -> Box<Layout>, asked by create_layout,
                writes Layout as layout::create;
            LayoutUpdate(Box<Layout>) -> Box<Layout>, asked by update_layout,
                writes Layout as layout::update;
            LayoutDelete(String) -> Box<Layout>, asked by delete_layout,
                writes Layout as layout::delete;
            ProjectCreate(Box<Project>) -> Box<Project>, asked by create_project,
                writes Project as project::create;
            ProjectUpdate(Box<Project>) -> Box<Project>, asked by update_project,
                writes Project as project::update;
            ProjectDelete(String) -> Box<Project>, asked by delete_project,
                writes Project as project::delete;
            TenantCreate(Box<Tenant>) -> Box<Tenant>, asked by create_tenant,
                writes Tenant as tenant::create;
            TenantUpdate(Box<Tenant>) -> Box<Tenant>, asked by update_tenant,
                writes Tenant as tenant::update;
            TenantDelete(String) -> Box<Tenant>, asked by delete_tenant,
                writes Tenant as tenant::delete;
        }
    };
}

pub(crate) use command_table;

macro_rules! commands {
    ($(
        $(#[$meta:meta])*
        $command:ident($about:ty) -> $answer:ty, asked by $ask:ident, writes $kind:ident as $decide:path;
    )+) => {
        /// A command about masterdata. The API checks whether URLs answer before it sends a command.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum MasterdataCommand {
            $($(#[$meta])* $command($about),)+
        }

        impl MasterdataCommand {
            /// The kind of row that it writes.
            pub const fn kind(&self) -> Kind {
                match self {
                    $(Self::$command(_) => Kind::$kind,)+
                }
            }

            /// The caller's id; empty for none.
            pub fn target(&self) -> &str {
                match self {
                    $(Self::$command(about) => about.target(),)+
                }
            }
        }

        /// Decides a command about masterdata. Where the contract says so, an entity in use is not removed.
        pub fn decide(
            world: &World,
            command: &MasterdataCommand,
            context: &mut DecisionContext<'_>,
        ) -> Decided<Answer> {
            let decision = match command {
                $(MasterdataCommand::$command(about) => $decide(world, about, context)?,)+
            };
            let refusal = decision.removed().find_map(|key| world.refuses_removal(key));
            refusal.map_or(Ok(decision), Err)
        }
    };
}

command_table!(commands);
