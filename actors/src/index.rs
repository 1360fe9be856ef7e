//! Indexes of addresses, numbers and prefixes: they find what is free without a scan.
//!
//! Pure and in memory. They are derived from rows ([`crate::world::Kept::reindex`]) and from pending commits
//! ([`crate::world::World::hold`]). A restart rebuilds them from rows, and they are never stored. Every query of a
//! decision takes O(log n) steps for n rows.
//!
//! - [`Bitmap`], [`Runs`], [`Taken`]: sets of numbers of one range, small or large.
//! - [`Stock`]: such a set with what is in flight. [`Occupancy`], [`Numbers`]: stocks of networks and of number pools.
//! - [`Buddy`]: the free blocks of a prefix. [`Prefixes`]: whose prefixes overlap. [`Registry`]: both for all networks.
//! - [`space`]: which free block a child gets. [`namespace`]: what is free in the namespaces of go-ipam's clients.

mod bitmap;
mod buddy;
#[cfg(test)]
pub(crate) mod cover;
mod cut;
pub mod namespace;
mod numbers;
mod occupancy;
mod prefixes;
mod registry;
mod runs;
pub mod space;
mod stock;
mod taken;

pub use bitmap::Bitmap;
pub use buddy::{Buddy, Misfit};
pub use cut::{Cut, Space};
pub use numbers::Numbers;
pub use occupancy::{Addresses, Occupancy, Place};
pub use prefixes::Prefixes;
pub use registry::Registry;
pub use runs::Runs;
pub use stock::Stock;
pub use taken::Taken;
