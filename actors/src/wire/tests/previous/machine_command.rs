//! Commands about machines and switches as of commit e7d8d3e, the last one before wire versions. Never edited.

use super::ids::*;
use super::machine::{Bios, BmcAction, BootInfo, EventKind, Hardware, Ipmi, PowerMetric, Role};
use super::switch::BgpPortState;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MachineCommand {
    Event { machine: MachineId, event: EventKind, message: String },
    Discover { machine: MachineId },
    Register(Box<Registration>),
    StartWaiting { machine: MachineId },
    StopWaiting { machine: MachineId },
    Report { machine: MachineId, console_password: String, boot_info: Option<Box<BootInfo>> },
    AbortReinstall { machine: MachineId, primary_disk_wiped: bool },
    Allocate { role: Role, request: Box<AllocateRequest> },
    Free { machine: MachineId },
    Resurrect { machine: MachineId },
    Delete { machine: MachineId },
    Reinstall { machine: MachineId, image: String },
    SetState { machine: MachineId, value: String, description: String },
    Update { machine: MachineId, description: Option<String>, tags: Vec<String>, ssh_pub_keys: Vec<String> },
    Power { machine: MachineId, action: BmcAction },
    Led { machine: MachineId, on: bool, description: String },
    IpmiReport { machine: MachineId, partition: PartitionId, report: Box<IpmiReport> },
    OrdersDone { machine: MachineId, orders: Vec<Uuid> },
    Inspect { machine: MachineId },
    Reconcile,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Registration {
    pub(crate) machine: MachineId,
    pub(crate) partition: PartitionId,
    pub(crate) hardware: Hardware,
    pub(crate) bios: Bios,
    pub(crate) ipmi: Option<Ipmi>,
    pub(crate) tags: Vec<String>,
    pub(crate) metal_hammer_version: String,
}

#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct AllocateRequest {
    pub(crate) uuid: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) hostname: Option<String>,
    pub(crate) projectid: String,
    pub(crate) partitionid: String,
    pub(crate) sizeid: String,
    pub(crate) imageid: String,
    pub(crate) filesystemlayoutid: Option<String>,
    pub(crate) ssh_pub_keys: Vec<String>,
    pub(crate) user_data: String,
    pub(crate) tags: Vec<String>,
    pub(crate) networks: Option<Vec<NetworkChoice>>,
    pub(crate) ips: Vec<String>,
    pub(crate) placement_tags: Vec<String>,
    pub(crate) dns_servers: Vec<DnsServer>,
    pub(crate) ntp_servers: Vec<NtpServer>,
    pub(crate) firewall_rules: Option<RuleRequests>,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct NetworkChoice {
    pub(crate) networkid: String,
    pub(crate) autoacquire: Option<bool>,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct DnsServer {
    pub(crate) ip: String,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct NtpServer {
    pub(crate) address: String,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct RuleRequests {
    pub(crate) egress: Vec<RuleRequest>,
    pub(crate) ingress: Vec<RuleRequest>,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct RuleRequest {
    pub(crate) protocol: String,
    pub(crate) ports: Vec<i32>,
    pub(crate) from: Vec<String>,
    pub(crate) to: Vec<String>,
    pub(crate) comment: String,
}

#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct IpmiReport {
    pub(crate) bmcip: String,
    pub(crate) fru: Option<FruReport>,
    pub(crate) biosversion: String,
    pub(crate) bmcversion: String,
    pub(crate) powerstate: String,
    pub(crate) indicatorledstate: String,
    pub(crate) powermetric: Option<PowerMetric>,
    pub(crate) powersupplies: Vec<SupplyReport>,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct FruReport {
    pub(crate) chassis_part_number: Option<String>,
    pub(crate) chassis_part_serial: Option<String>,
    pub(crate) board_mfg: Option<String>,
    pub(crate) board_mfg_serial: Option<String>,
    pub(crate) board_part_number: Option<String>,
    pub(crate) product_manufacturer: Option<String>,
    pub(crate) product_part_number: Option<String>,
    pub(crate) product_serial: Option<String>,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct SupplyReport {
    pub(crate) status: SupplyStatus,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct SupplyStatus {
    pub(crate) health: String,
    pub(crate) state: String,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SwitchCommand {
    Register(Box<SwitchRegistration>),
    Update {
        id: SwitchId,
        description: Option<String>,
        console_command: String,
        mode: String,
    },
    Notify {
        id: SwitchId,
        sync_duration_ns: i64,
        error: Option<String>,
        port_states: Option<BTreeMap<String, String>>,
        bgp_port_states: Option<BTreeMap<String, BgpPortState>>,
    },
    Toggle {
        id: SwitchId,
        nic: String,
        status: String,
    },
    Migrate {
        old: SwitchId,
        new: SwitchId,
    },
    Delete {
        id: SwitchId,
        force: bool,
    },
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct SwitchRegistration {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) partition_id: String,
    pub(crate) rack_id: String,
    pub(crate) nics: Vec<SwitchNic>,
    pub(crate) os: Option<OsReport>,
    pub(crate) management_ip: String,
    pub(crate) management_user: String,
    pub(crate) console_command: String,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct SwitchNic {
    pub(crate) mac: String,
    pub(crate) name: String,
    pub(crate) identifier: String,
    pub(crate) vrf: String,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct OsReport {
    pub(crate) vendor: String,
    pub(crate) version: String,
    pub(crate) metal_core_version: String,
}
