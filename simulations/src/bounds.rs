//! Bounds that a description of hardware keeps as well as the hardware itself.

/// Machines of one rack at most.
pub const MACHINES_MAX: u32 = 20_000;
