//! Networks: their registry, their prefixes and their VRF numbers.
//!
//! # How concurrent writers are isolated
//!
//! Decisions about networks rely on *all* networks, so they run one after the other in the partition's one registry
//! actor. Rows in the store add:
//!
//! - Acquiring or releasing a child prefix also writes the super network's row, unchanged, and so does an address that
//!   is allocated from a super network. The second of two such writes finds a newer generation, and is decided again.
//! - A VRF number is a row, so it has one holder, or several that know of each other.
//! - An address relies on its network's row, so it is never created in a removed network; and a network is not removed
//!   while one of its addresses is being committed.
//!
//! If two *nodes* created overlapping networks at the same instant, no common row would refuse the second one. The
//! registry is exact because only one node at a time runs its actor, not because of the database.

mod allocate;
pub mod command;
mod create;
mod decide;
mod family;
pub mod find;
pub(crate) mod known;
mod pool;
mod prefix;
mod release;
#[cfg(test)]
mod tests;
mod update;
mod vrf;

pub use crate::record::network::*;
pub use command::{NetworkAllocate, NetworkCommand, NetworkCreate, NetworkUpdate};
pub use decide::decide;
