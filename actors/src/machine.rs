//! Machines: their records, commands and decisions.

mod abort;
mod allocate;
pub mod command;
mod decide;
mod delete;
pub mod events;
pub mod expectation;
#[cfg(test)]
pub(crate) mod fixture;
mod free;
mod inspect;
mod ipmi;
mod life;
mod newcomer;
pub mod orders;
mod power;
mod reconcile;
mod register;
mod reinstall;
mod report;
mod rows;
mod set_back;
mod state;
#[cfg(test)]
mod tests;
mod update;
mod wait;
pub mod why;

pub use crate::record::machine::*;
pub use command::MachineCommand;
pub use decide::decide;
pub use inspect::{is_at_rest, late};
pub use orders::order;
pub use wait::may_install;
