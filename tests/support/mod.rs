//! Shared by tests and benchmarks: real processes, folders, databases and clients.

pub(crate) mod client;
pub(crate) mod partition;
pub(crate) mod postgres;
pub(crate) mod process;
pub(crate) mod rack;
pub(crate) mod skip;
