//! The masterdata room: what operators define once and everybody reads: partitions, sizes, images, filesystem layouts,
//! projects and tenants.
//!
//! **Architecture invariant:** this room knows that machines, networks and addresses refer to what it owns (a thing in
//! use is not removed) but never changes them, and it fetches nothing: whether a URL answers is asked by the API
//! ([`urls`] says which).

pub mod ask;
pub mod command;
mod decide;
pub mod find;
pub mod image;
pub mod layout;
mod lookup;
mod meta;
mod partition;
pub mod project;
pub mod record;
pub mod servers;
pub mod size;
#[cfg(test)]
mod stage;
pub mod tenant;
pub mod urls;
pub mod version;

pub use command::MasterdataCommand;
pub use decide::decide;
pub use record::*;
