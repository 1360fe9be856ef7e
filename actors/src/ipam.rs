//! The IPAM room: who holds which address and which number.
//!
//! What is free follows from rows: an address is used because its row exists, a child prefix because its network does,
//! a VRF or ASN because its claim does.

pub mod command;
pub mod occupancy;
pub mod record;

pub use command::{AddressAllocate, AddressCommand, AddressUpdate};
pub use occupancy::Occupancy;
pub use record::*;
