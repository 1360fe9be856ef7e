//! Commands to machines.
//!
//! User requests have the wire's shape, with lower-case keys and without a difference between absent, null and zero
//! (api-resources 1.10); the API passes them on unchanged.

use crate::ids::{MachineId, PartitionId};
use crate::masterdata::servers::{DnsServer, NtpServer};
use crate::record::machine::{Bios, BmcAction, BootInfo, EventKind, Fru, Hardware, Ipmi, PowerMetric, Role};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A command to machines.
#[derive(Clone, Debug, PartialEq)]
pub enum MachineCommand {
    /// A provisioning event (api-machines 2.3); creates the machine when it is unknown.
    Event { machine: MachineId, event: EventKind, message: String },
    /// An event of an unknown type: it creates the machine, without an event container (api-machines 5.8).
    Discover { machine: MachineId },
    /// The machine reported its hardware (api-machines 5.4).
    Register(Box<Registration>),
    /// A wait stream was opened (api-machines 5.5, step 3).
    StartWaiting { machine: MachineId },
    /// A wait stream ended because the machine was allocated (step 6).
    StopWaiting { machine: MachineId },
    /// The installer has finished (api-machines 5.6).
    Report { machine: MachineId, console_password: String, boot_info: Option<Box<BootInfo>> },
    /// The installer gave up (api-machines 5.7).
    AbortReinstall { machine: MachineId, primary_disk_wiped: bool },
    /// api-machines 3.1 to 3.5. `role` decides between machine and firewall.
    Allocate { role: Role, request: Box<AllocateRequest> },
    /// api-machines 3.7
    Free { machine: MachineId },
    /// Reboot an unallocated machine that fell silent (api-machines 2.7).
    Resurrect { machine: MachineId },
    /// api-machines 3.8
    Delete { machine: MachineId },
    /// api-machines 3.6
    Reinstall { machine: MachineId, image: String },
    /// api-machines 3.9; `value` as sent.
    SetState { machine: MachineId, value: String, description: String },
    /// api-machines 3.10
    Update { machine: MachineId, description: Option<String>, tags: Vec<String>, ssh_pub_keys: Vec<String> },
    /// api-machines 6.2
    Power { machine: MachineId, action: BmcAction },
    /// api-machines 6.3
    Led { machine: MachineId, on: bool, description: String },
    /// One entry of a BMC report (api-machines 6.1).
    IpmiReport { machine: MachineId, partition: PartitionId, report: Box<IpmiReport> },
    /// The agent carried out BMC orders.
    OrdersDone { machine: MachineId, orders: Vec<Uuid> },
    /// Check for overdue events: liveliness and resurrection (api-machines 2.6 and 2.7), expectations.
    Inspect { machine: MachineId },
    /// Release claims of ended allocations (invariant 4).
    Reconcile,
}

impl MachineCommand {
    /// The machine that the command names; `None`: it names none, and its decision chooses one or checks all. An
    /// allocation that names a machine is also `None`.
    pub fn machine(&self) -> Option<&MachineId> {
        match self {
            Self::Allocate { .. } | Self::Reconcile => None,
            Self::Register(registration) => Some(&registration.machine),
            Self::Event { machine, .. }
            | Self::Discover { machine }
            | Self::StartWaiting { machine }
            | Self::StopWaiting { machine }
            | Self::Report { machine, .. }
            | Self::AbortReinstall { machine, .. }
            | Self::Free { machine }
            | Self::Resurrect { machine }
            | Self::Delete { machine }
            | Self::Reinstall { machine, .. }
            | Self::SetState { machine, .. }
            | Self::Update { machine, .. }
            | Self::Power { machine, .. }
            | Self::Led { machine, .. }
            | Self::IpmiReport { machine, .. }
            | Self::OrdersDone { machine, .. }
            | Self::Inspect { machine } => Some(machine),
        }
    }
}

/// api-machines 5.4
#[derive(Clone, Debug, PartialEq)]
pub struct Registration {
    pub machine: MachineId,
    pub partition: PartitionId,
    pub hardware: Hardware,
    pub bios: Bios,
    pub ipmi: Option<Ipmi>,
    pub tags: Vec<String>,
    pub metal_hammer_version: String,
}

/// api-machines 3.1
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AllocateRequest {
    pub uuid: String,
    pub name: String,
    pub description: String,
    /// `None`: `metal`.
    pub hostname: Option<String>,
    pub projectid: String,
    pub partitionid: String,
    pub sizeid: String,
    pub imageid: String,
    pub filesystemlayoutid: Option<String>,
    pub ssh_pub_keys: Vec<String>,
    pub user_data: String,
    pub tags: Vec<String>,
    /// `None` and empty are different (checks 1 and 2 of api-machines 3.2).
    pub networks: Option<Vec<NetworkChoice>>,
    pub ips: Vec<String>,
    pub placement_tags: Vec<String>,
    pub dns_servers: Vec<DnsServer>,
    pub ntp_servers: Vec<NtpServer>,
    pub firewall_rules: Option<RuleRequests>,
}

impl std::fmt::Debug for AllocateRequest {
    /// Omits user data and keys: debug output ends up in logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AllocateRequest")
            .field("uuid", &self.uuid)
            .field("projectid", &self.projectid)
            .field("partitionid", &self.partitionid)
            .field("sizeid", &self.sizeid)
            .field("imageid", &self.imageid)
            .finish_non_exhaustive()
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NetworkChoice {
    pub networkid: String,
    /// `None`: true.
    pub autoacquire: Option<bool>,
}

/// api-machines 3.5, unchecked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RuleRequests {
    pub egress: Vec<RuleRequest>,
    pub ingress: Vec<RuleRequest>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RuleRequest {
    pub protocol: String,
    pub ports: Vec<i32>,
    pub from: Vec<String>,
    pub to: Vec<String>,
    pub comment: String,
}

/// api-machines 6.1; keys in lower case.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct IpmiReport {
    pub bmcip: String,
    pub fru: Option<FruReport>,
    pub biosversion: String,
    pub bmcversion: String,
    pub powerstate: String,
    pub indicatorledstate: String,
    pub powermetric: Option<PowerMetric>,
    pub powersupplies: Vec<SupplyReport>,
}

/// Only given fields overwrite.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FruReport {
    pub chassis_part_number: Option<String>,
    pub chassis_part_serial: Option<String>,
    pub board_mfg: Option<String>,
    pub board_mfg_serial: Option<String>,
    pub board_part_number: Option<String>,
    pub product_manufacturer: Option<String>,
    pub product_part_number: Option<String>,
    pub product_serial: Option<String>,
}

impl FruReport {
    /// `known` with the values of this report.
    pub fn over(self, known: &Fru) -> Fru {
        let pick = |new: Option<String>, old: &String| new.unwrap_or_else(|| old.clone());
        Fru {
            chassis_part_number: pick(self.chassis_part_number, &known.chassis_part_number),
            chassis_part_serial: pick(self.chassis_part_serial, &known.chassis_part_serial),
            board_mfg: pick(self.board_mfg, &known.board_mfg),
            board_mfg_serial: pick(self.board_mfg_serial, &known.board_mfg_serial),
            board_part_number: pick(self.board_part_number, &known.board_part_number),
            product_manufacturer: pick(self.product_manufacturer, &known.product_manufacturer),
            product_part_number: pick(self.product_part_number, &known.product_part_number),
            product_serial: pick(self.product_serial, &known.product_serial),
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SupplyReport {
    pub status: SupplyStatus,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SupplyStatus {
    pub health: String,
    pub state: String,
}
