//! The masterdata room: what operators define once and everybody reads: partitions, sizes, images, filesystem layouts,
//! projects and tenants.

pub mod command;
pub mod record;

pub use command::MasterdataCommand;
pub use record::*;
