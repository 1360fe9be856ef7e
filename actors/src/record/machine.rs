//! The machine's rows: the machine itself and its provisioning events (api-machines 1 and 2.1).

mod allocation;
mod events;
mod fit;
mod hardware;
mod refused;

pub use allocation::{Allocation, AllocationNetwork, BootInfo, FirewallRule, FirewallRules, Role, Vpn};
pub use events::{Event, EventKind, Events, Liveliness, ProvisioningState};
pub use fit::HARDWARE_BYTES_MAX;
pub use hardware::{Bios, Disk, Fru, Gpu, Hardware, Ipmi, Nic, PowerMetric, PowerSupply, Processor};
pub use refused::Refused;

use crate::ids::{MachineId, PartitionId, RackId, SizeId};
use crate::record::Record;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    pub id: MachineId,
    pub created: Timestamp,
    pub changed: Timestamp,
    /// Empty until the machine has registered or its BMC was reported.
    #[serde(default)]
    pub partition: PartitionId,
    /// Empty until the machine has registered; `unknown` when no size matched.
    #[serde(default)]
    pub size: SizeId,
    #[serde(default)]
    pub rack: RackId,
    /// A waiting stream is or was open since the last allocation (api-machines 5.5). Not shown.
    #[serde(default)]
    pub waiting: bool,
    /// The installer has asked to wait since the machine was last freed: its disks hold no data of a former user. Not
    /// shown.
    #[serde(default)]
    pub wiped: bool,
    /// `None`: the last registration was accepted, or there was none. Shown only by `why`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refused>,
    #[serde(default)]
    pub hardware: Hardware,
    #[serde(default)]
    pub state: MachineState,
    #[serde(default)]
    pub led: Led,
    #[serde(default)]
    pub tags: Vec<String>,
    #[serde(default)]
    pub ipmi: Ipmi,
    #[serde(default)]
    pub bios: Bios,
    #[serde(default)]
    pub allocation: Option<Allocation>,
    /// Pending orders for the BMC, oldest first. Part of the row, so that a crash loses no power command.
    #[serde(default)]
    pub orders: Vec<BmcOrder>,
    /// What this machine waits for; `None`: nothing, because it can be allocated, or a user's system runs.
    #[serde(default)]
    pub expectation: Option<Expectation>,
}

impl Machine {
    /// A machine with only its id.
    pub fn new(id: MachineId, now: Timestamp) -> Self {
        Self {
            id,
            created: now,
            changed: now,
            partition: PartitionId::default(),
            size: SizeId::default(),
            rack: RackId::default(),
            waiting: false,
            wiped: false,
            refused: None,
            hardware: Hardware::default(),
            state: MachineState::default(),
            led: Led::default(),
            tags: Vec::new(),
            ipmi: Ipmi::default(),
            bios: Bios::default(),
            allocation: None,
            orders: Vec::new(),
            expectation: None,
        }
    }

    /// Whether the row allows an allocation by size: the machine waits, has no allocation and no reservation by an
    /// operator, its switches agree, and no reset is pending after a free.
    pub fn is_offered(&self) -> bool {
        self.waiting
            && self.allocation.is_none()
            && self.refused.is_none()
            && self.state.value == StateValue::Available
            && !self.leaves_soon()
    }

    /// True while an order is queued that resets the unallocated machine.
    pub fn leaves_soon(&self) -> bool {
        self.orders.iter().any(|queued| queued.action == BmcAction::Delete)
    }
}

impl Record for Machine {
    fn id(&self) -> String {
        self.id.0.clone()
    }

    fn owner(&self) -> String {
        self.allocation.as_ref().map(|allocation| allocation.project.0.clone()).unwrap_or_default()
    }

    fn parent(&self) -> String {
        self.partition.to_string()
    }
}

/// An operator's setting for the machine (api-machines 3.9).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MachineState {
    pub value: StateValue,
    pub description: String,
    /// E-mail of the operator; empty when available.
    pub issuer: String,
    pub metal_hammer_version: String,
}

/// Stored values; `Tainted` is shown as `RESERVED`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum StateValue {
    #[default]
    #[serde(rename = "")]
    Available,
    #[serde(rename = "TAINTED")]
    Tainted,
    #[serde(rename = "LOCKED")]
    Locked,
}

/// The chassis identify LED: `LED-ON`, `LED-OFF` or empty if never reported.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Led {
    pub value: String,
    pub description: String,
}

/// The actions of a BMC (api-machines 6.2 and 6.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BmcAction {
    #[serde(rename = "ON")]
    On,
    #[serde(rename = "OFF")]
    Off,
    #[serde(rename = "RESET")]
    Reset,
    #[serde(rename = "CYCLE")]
    Cycle,
    /// Next boot into the BIOS.
    #[serde(rename = "BIOS")]
    Bios,
    /// Next boot from disk.
    #[serde(rename = "DISK")]
    Disk,
    /// Next boot from the network.
    #[serde(rename = "PXE")]
    Pxe,
    #[serde(rename = "LED-ON")]
    LedOn,
    #[serde(rename = "LED-OFF")]
    LedOff,
    /// Boot from the network and power cycle, to install for the allocation, again or for the first time.
    #[serde(rename = "REINSTALL")]
    Reinstall,
    /// Boot from the network and reset: the machine was freed. Leads to a wipe.
    #[serde(rename = "DELETE")]
    Delete,
    /// Boot from disk and reset: an installed machine came up in the installer and must not be wiped.
    #[serde(rename = "BOOT-DISK")]
    BootDisk,
}

/// A pending order for a BMC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BmcOrder {
    pub id: Uuid,
    pub action: BmcAction,
    pub issued: Timestamp,
    /// How often the order was handed out; a BMC agent acknowledges it after carrying it out.
    #[serde(default)]
    pub tries: u32,
    /// For orders that lead to a wipe: the allocation that must still be in force. It must not be installed, or must
    /// have a pending reinstallation (`Reinstall`). `None`: no allocation may be in force (`Delete`). An order whose
    /// token does not match the machine is dropped, never carried out.
    #[serde(default)]
    pub allocation: Option<Uuid>,
}

/// The next event of a machine. [`crate::machine::expectation`] has the table of who expects what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Awaits {
    /// Its network boot, after an order because it was freed or silent.
    NetworkBoot,
    /// The next step of the installer.
    NextStep,
    /// The network boot after a crash or a planned reboot.
    Comeback,
    /// The installer's start, for an allocation.
    Installation,
    /// The network boot of a reinstallation.
    Reinstallation,
    /// The installer's report.
    Report,
    /// The installed system's first phone home.
    PhoneHome,
    /// A boot of its own system: an installed machine came up in the installer.
    OwnSystem,
    /// Any event of a machine that fell silent.
    SignOfLife,
    /// The BMC agent's acknowledgement of an order.
    Acknowledgement,
    /// An operator who releases it: it could be allocated, but is locked or reserved.
    Release,
    /// An operator who powers it on again.
    PowerOn,
    /// An operator who frees it: it runs an installed system without an allocation.
    Reclaim,
    /// The first network boot of a machine that only its BMC reported.
    FirstBoot,
    /// A size that its hardware matches.
    Size,
    /// A registration that its switches confirm.
    Cabling,
    /// The installer's waiting stream.
    Stream,
}

/// What a machine waits for, since when, its deadline, and the next step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expectation {
    pub awaits: Awaits,
    /// What must happen, for people.
    pub reason: String,
    pub since: Timestamp,
    /// After this time it is late, and `metalmesh why` shows it.
    pub deadline: Timestamp,
    /// The next step, or what an operator must do, for people.
    pub then: String,
    /// Time of the next boot order, if this node may send one, or of the next inspection.
    pub next_try: Timestamp,
    /// Number of orders or inspections since `since`.
    pub tries: u32,
}
