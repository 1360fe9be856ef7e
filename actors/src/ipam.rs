//! IP address management: the owners of addresses and numbers.
//!
//! Rows determine what is free: an address is used because its row exists, a child prefix because its network does, a
//! VRF or ASN because its claim does. [`index`](crate::index) finds free ones without a scan.

mod allocate;
mod attach;
pub mod children;
pub mod command;
mod decide;
pub mod find;
#[cfg(test)]
pub(crate) mod fixture;
pub mod gauge;
mod mend;
pub mod pick;
mod quarantine;
pub mod right;
#[cfg(test)]
mod tests;
mod update;
pub mod usage;

pub use crate::record::ipam::*;
pub use attach::{attach, detach};
pub use command::{AddressAllocate, AddressCommand, AddressUpdate, AddressesAllocate};
pub use decide::decide;
pub(crate) use mend::is_without_project;
pub use mend::orphans;
pub use quarantine::{ENDED_MAX, release};
