//! The network room: the registry of networks, their prefixes and their VRF numbers.
//!
//! # What keeps two writers apart
//!
//! Decisions of this room rely on what there is of *all* networks, so they run one after the other in the partition's
//! one registry actor. The store adds what rows can say:
//!
//! - A child prefix taken or returned also writes the super network's row, unchanged, and so does an address taken from
//!   a super network. Of two such writes, the second meets a newer generation, and is decided again.
//! - A VRF number is a row, so it has one holder, or several that know of each other.
//! - An address is taken under the condition that its network's row is as it was read, so that it never lands in a
//!   network that was removed meanwhile; and a network is not removed while an address of it is being committed.
//!
//! Two *nodes* that create overlapping networks at the same instant have no row in common that would refuse the second.
//! The registry is exact because one node at a time runs the actor that writes it, not because the database checks it.

mod allocate;
pub mod ask;
pub mod command;
mod create;
mod decide;
mod family;
pub mod find;
pub(crate) mod known;
mod pool;
mod prefix;
pub mod record;
mod release;
#[cfg(test)]
mod tests;
mod update;
mod vrf;

pub use command::{NetworkAllocate, NetworkCommand, NetworkCreate, NetworkUpdate};
pub use decide::decide;
pub(crate) use family::invalid as invalid_family;
pub use record::*;
