//! A machine's chassis: power, boot device, LED, and disks. The part that its BMC controls and that survives a reboot.
//! Does not know the programs inside.

use actors::machine::BmcAction;
use actors::time::Timestamp;
use parking_lot::{Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::watch;
use uuid::Uuid;

use super::plan::MachinePlan;
use super::port::AllocationView;

/// A machine from outside.
#[derive(Debug)]
pub struct Chassis {
    pub plan: MachinePlan,
    state: Mutex<ChassisState>,
    /// Counts interruptions of the running program: power off, power on, reset.
    disturbed: watch::Sender<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct ChassisState {
    powered: bool,
    boot_device: BootDevice,
    into_bios: bool,
    has_bios_settings: bool,
    led: bool,
    disk: Option<Disk>,
    running: Running,
    wiped_while_installed: u32,
    wiped_after_free: u32,
    boots: u32,
    bmc: BmcHealth,
    bmc_slower: Duration,
}

/// The health of a BMC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BmcHealth {
    #[default]
    Well,
    /// Does nothing and reports nothing.
    Dead,
    /// Acknowledges orders without carrying them out.
    Lies,
    /// Switches power, but does not change the boot device, and acknowledges both.
    IgnoresBoot,
}

/// The first boot device of the firmware; from an empty disk it continues with the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BootDevice {
    Network,
    Disk,
}

/// The operating system on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disk {
    /// The allocation that it was installed for.
    pub allocation: Uuid,
    /// The control plane knows that it was installed.
    pub reported: bool,
}

/// The program that runs on the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Running {
    Nothing,
    Firmware,
    BiosSetup,
    Installer,
    /// The installed system, with its start time. It announces itself to the switches.
    System(Timestamp),
}

impl Chassis {
    /// A machine with power and empty disks.
    pub(super) fn new(plan: MachinePlan) -> Self {
        let state = ChassisState {
            powered: true,
            boot_device: BootDevice::Network,
            into_bios: false,
            has_bios_settings: false,
            led: false,
            disk: None,
            running: Running::Nothing,
            wiped_while_installed: 0,
            wiped_after_free: 0,
            boots: 0,
            bmc: BmcHealth::Well,
            bmc_slower: Duration::ZERO,
        };
        Self { plan, state: Mutex::new(state), disturbed: watch::Sender::new(0) }
    }

    fn state(&self) -> MutexGuard<'_, ChassisState> {
        self.state.lock()
    }

    pub fn is_powered(&self) -> bool {
        self.state().powered
    }

    pub fn is_led_on(&self) -> bool {
        self.state().led
    }

    pub fn boot_device(&self) -> BootDevice {
        self.state().boot_device
    }

    pub fn running(&self) -> Running {
        self.state().running
    }

    pub fn disk(&self) -> Option<Disk> {
        self.state().disk
    }

    /// How often an installed system was wiped although the control plane knew of it, its allocation was in force and
    /// its user had not asked to reinstall.
    /// A value other than 0 means that user data was lost.
    pub fn wiped_while_installed(&self) -> u32 {
        self.state().wiped_while_installed
    }

    /// How often a system of an ended allocation was wiped.
    pub fn wiped_after_free(&self) -> u32 {
        self.state().wiped_after_free
    }

    /// Number of boots.
    pub fn boots(&self) -> u32 {
        self.state().boots
    }

    /// Carries out an order of a BMC (api-machines 6.2 and 6.4). A machine that is off cannot be reset.
    pub fn obey(&self, action: BmcAction) {
        let mut state = self.state();
        let boots_from = state.boot_device;
        let disturbs = match action {
            BmcAction::On => !std::mem::replace(&mut state.powered, true),
            BmcAction::Off => std::mem::replace(&mut state.powered, false),
            BmcAction::Reset | BmcAction::Cycle => state.powered,
            BmcAction::Bios => {
                state.into_bios = true;
                false
            }
            BmcAction::Disk | BmcAction::BootDisk => {
                state.boot_device = BootDevice::Disk;
                action == BmcAction::BootDisk && state.powered
            }
            BmcAction::Pxe | BmcAction::Reinstall | BmcAction::Delete => {
                state.boot_device = BootDevice::Network;
                action != BmcAction::Pxe && state.powered
            }
            BmcAction::LedOn | BmcAction::LedOff => {
                state.led = action == BmcAction::LedOn;
                false
            }
        };
        if state.bmc == BmcHealth::IgnoresBoot {
            state.boot_device = boots_from;
        }
        if disturbs {
            state.running = Running::Nothing;
            self.disturbed.send_modify(|count| *count = count.wrapping_add(1));
        }
    }

    pub fn bmc(&self) -> BmcHealth {
        self.state().bmc
    }

    /// Breaks or repairs the BMC.
    pub fn set_bmc(&self, health: BmcHealth) {
        self.state().bmc = health;
    }

    /// From now on its BMC needs this additional time.
    pub fn slow_bmc_down(&self, by: Duration) {
        self.state().bmc_slower = by;
    }

    pub(super) fn bmc_slower(&self) -> Duration {
        self.state().bmc_slower
    }

    /// Wakes when the running program is interrupted.
    pub(super) fn disturbances(&self) -> watch::Receiver<u64> {
        self.disturbed.subscribe()
    }

    pub(super) fn runs(&self, running: Running) {
        let mut state = self.state();
        if running == Running::Firmware {
            state.boots = state.boots.saturating_add(1);
        }
        state.running = running;
    }

    /// True once after the BIOS setup was requested.
    pub(super) fn enters_bios(&self) -> bool {
        std::mem::take(&mut self.state().into_bios)
    }

    /// True once if the board's settings must be changed (api-machines 8, step 12); they take effect after a reboot.
    pub(super) fn configures_bios(&self) -> bool {
        self.plan.has_bios_settings && !std::mem::replace(&mut self.state().has_bios_settings, true)
    }

    /// Whether the firmware finds a system on its first boot device.
    pub(super) fn finds_system(&self) -> bool {
        let state = self.state();
        state.disk.is_some() && state.boot_device == BootDevice::Disk
    }

    /// Empties the disks; `now` is the allocation as the installer read it.
    pub(super) fn wipe(&self, now: Option<&AllocationView>) {
        let mut state = self.state();
        let kept = now.filter(|allocation| !allocation.reinstall);
        // The answer to a report may be lost; the control plane still knows the system.
        let is_kept = |disk: Disk| {
            kept.is_some_and(|it| it.uuid == disk.allocation && (disk.reported || it.boot_info.is_some()))
        };
        let Some(disk) = state.disk.take() else { return };
        if now.is_none_or(|it| it.uuid != disk.allocation) {
            state.wiped_after_free = state.wiped_after_free.saturating_add(1);
        }
        if is_kept(disk) {
            state.wiped_while_installed = state.wiped_while_installed.saturating_add(1);
            tracing::error!(machine = %self.plan.id, "an installed system was wiped while its allocation is in force");
        }
    }

    pub(super) fn install(&self, allocation: Uuid) {
        self.state().disk = Some(Disk { allocation, reported: false });
    }

    pub(super) fn reported(&self) {
        if let Some(disk) = &mut self.state().disk {
            disk.reported = true;
        }
    }

    /// Puts a system on the disk that was installed before this process started.
    pub(super) fn recall(&self, allocation: &AllocationView) {
        let mut state = self.state();
        state.disk = Some(Disk { allocation: allocation.uuid, reported: true });
        state.boot_device = if allocation.reinstall { BootDevice::Network } else { BootDevice::Disk };
    }
}

#[cfg(test)]
mod tests;
