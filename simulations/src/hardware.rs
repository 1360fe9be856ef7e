//! A rack of machines between two switches, with the programs on and around them (api-machines 8): firmware, installer
//! and installed system on the machines, the switch agent, the BMC agent.
//!
//! Owns the behaviour and timing of hardware. Knows the control plane only as [`MetalApi`], not how it is reached.

mod bmc;
mod chassis;
mod faults;
mod installer;
mod machine;
mod pace;
mod plan;
mod port;
mod profile;
mod rack;
mod switch;

#[cfg(test)]
mod tests;

pub use chassis::{BmcHealth, BootDevice, Chassis, Disk, Running};
pub use faults::Faults;
pub use pace::Pace;
pub use plan::{MACHINES_MAX, MachinePlan, RackPlan, SwitchPlan};
pub use port::{
    AllocationView, ApiError, BootConfig, MachineView, MetalApi, Notification, Order, Report, Sent,
    SwitchView,
};
pub use profile::{BadProfile, Profile};
pub use rack::{Rack, RackConfig};
pub use switch::Leaf;
