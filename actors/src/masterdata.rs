//! The masterdata room: what operators define once and everybody reads: partitions, sizes, images, filesystem layouts,
//! projects and tenants.
//!
//! **Architecture invariant:** this room knows that machines, networks and addresses refer to what it owns (a thing in
//! use is not removed) but never changes them, and it fetches nothing: whether a URL answers is asked by the API
//! ([`urls`] says which).

pub mod command;
pub mod find;
pub mod image;
pub mod image_constraint;
pub mod layout;
mod lookup;
mod meta;
mod partition;
pub mod project;
pub mod record;
pub mod reservation;
pub mod servers;
pub mod size;
#[cfg(test)]
mod stage;
pub mod tenant;
pub mod urls;
pub mod version;

pub use image_constraint::SizeImageConstraint;
pub use record::*;
pub use reservation::SizeReservation;

use crate::command::Answer;
use crate::decision::{Decided, DecisionContext};
use crate::ids::ImageId;
use crate::store::Kind;
use crate::world::World;
use command::{About, ImageRequest, PartitionRequest, SizeRequest};
use image_constraint::SizeImageConstraintRequest;
use reservation::SizeReservationRequest;
use serde::{Deserialize, Serialize};

macro_rules! commands {
    ($(
        $(#[$meta:meta])*
        $command:ident($about:ty) writes $kind:ident as $decide:path;
    )+) => {
        /// A command to the masterdata room. Whether URLs answer is checked by the API before it sends a command.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
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

            /// The id that the caller gave; empty for none.
            pub fn target(&self) -> &str {
                match self {
                    $(Self::$command(about) => about.target(),)+
                }
            }
        }

        /// Decides a command to the masterdata room. What a record names is not removed where the contract says so.
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

commands! {
    PartitionCreate(Box<PartitionRequest>) writes Partition as partition::create;
    PartitionUpdate(Box<PartitionRequest>) writes Partition as partition::update;
    PartitionDelete(String) writes Partition as partition::delete;
    SizeCreate(Box<SizeRequest>) writes Size as size::create;
    SizeUpdate(Box<SizeRequest>) writes Size as size::update;
    SizeDelete(String) writes Size as size::delete;
    SizeReservationCreate(Box<SizeReservationRequest>) writes SizeReservation as reservation::create;
    SizeReservationUpdate(Box<SizeReservationRequest>) writes SizeReservation as reservation::update;
    SizeReservationDelete(String) writes SizeReservation as reservation::delete;
    SizeImageConstraintCreate(Box<SizeImageConstraintRequest>) writes SizeImageConstraint as image_constraint::create;
    SizeImageConstraintUpdate(Box<SizeImageConstraintRequest>) writes SizeImageConstraint as image_constraint::update;
    SizeImageConstraintDelete(String) writes SizeImageConstraint as image_constraint::delete;
    ImageCreate(Box<ImageRequest>) writes Image as image::create;
    ImageUpdate(Box<ImageRequest>) writes Image as image::update;
    ImageDelete(String) writes Image as image::delete;
    /// Removes an image that is of no use any more, if it still is (api-resources 5.5, housekeeping).
    ImageSweep(ImageId) writes Image as image::sweep;
    LayoutCreate(Box<Layout>) writes Layout as layout::create;
    LayoutUpdate(Box<Layout>) writes Layout as layout::update;
    LayoutDelete(String) writes Layout as layout::delete;
    ProjectCreate(Box<Project>) writes Project as project::create;
    ProjectUpdate(Box<Project>) writes Project as project::update;
    ProjectDelete(String) writes Project as project::delete;
    TenantCreate(Box<Tenant>) writes Tenant as tenant::create;
    TenantUpdate(Box<Tenant>) writes Tenant as tenant::update;
    TenantDelete(String) writes Tenant as tenant::delete;
}
