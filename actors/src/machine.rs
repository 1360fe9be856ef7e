//! The machine room: what a machine is, what may happen to it, and why.

pub mod command;
pub mod record;

pub use command::MachineCommand;
pub use record::*;
