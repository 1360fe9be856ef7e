//! Bounds of the hardware and of its description.

/// Maximum of machines of one rack.
pub const MACHINES_MAX: u32 = 20_000;
