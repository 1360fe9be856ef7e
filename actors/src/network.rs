//! The network room: the registry of networks, their prefixes and their VRF numbers.

pub mod command;
pub mod record;

pub use command::{NetworkAllocate, NetworkCommand, NetworkCreate, NetworkUpdate};
pub use record::*;
