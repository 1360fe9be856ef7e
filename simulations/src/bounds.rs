//! Bounds that a description of hardware keeps as well as the hardware itself.

/// Maximum of machines of one rack.
pub const MACHINES_MAX: u32 = 20_000;
