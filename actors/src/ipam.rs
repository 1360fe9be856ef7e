//! IP address management: the owners of addresses and numbers.
//!
//! Rows determine what is free: an address is used because its row exists, a child prefix because its network does, a
//! VRF or ASN because its claim does. [`index`] finds free ones without a scan.

mod allocate;
pub mod ask;
mod attach;
pub mod block;
pub mod check;
pub mod children;
pub mod command;
mod decide;
pub mod find;
#[cfg(test)]
pub(crate) mod fixture;
pub mod gauge;
pub mod history;
pub mod index;
mod mend;
pub mod pick;
mod quarantine;
pub mod record;
pub mod right;
pub mod space;
pub mod spelling;
pub mod tags;
#[cfg(test)]
mod tests;
mod update;
pub mod usage;

pub use attach::{attach, detach};
pub use command::{AddressAllocate, AddressCommand, AddressUpdate, AddressesAllocate};
pub use decide::decide;
pub use mend::orphans;
pub use quarantine::{ENDED_MAX, QuarantinedAddress, release};
pub use record::*;
