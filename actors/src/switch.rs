//! Switches: leaves, their ports, and the machines connected to them.
//!
//! Switches send commands ([`decide()`]), and decisions about machines call this module when a machine registers, is
//! deleted or changes its VRF ([`connect()`], [`disconnect`], [`set_vrf`]).

mod adopt;
pub mod command;
mod connect;
mod decide;
mod delete;
pub mod filter;
mod find;
#[cfg(test)]
pub(crate) mod fixture;
mod migrate;
mod notify;
mod ports;
mod register;
mod replace;
#[cfg(test)]
mod tests;
mod toggle;
mod update;
mod vrf;

pub use crate::record::switch::*;
pub use command::{OsReport, SwitchCommand, SwitchNic, SwitchRegistration};
pub use connect::{Ports, connect, disconnect};
pub use decide::decide;
pub use find::SwitchFind;
pub use vrf::set_vrf;
