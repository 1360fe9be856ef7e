//! The switch room: leaves, their ports, and which machine hangs where.

pub mod command;
pub mod record;

pub use command::{OsReport, SwitchCommand, SwitchNic, SwitchRegistration};
pub use record::*;
