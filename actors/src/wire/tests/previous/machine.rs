//! Records of machines as of commit e7d8d3e, the last one before wire versions. Never edited.

use super::ids::*;
use super::masterdata::Layout;
use super::network::NetworkType;
use super::time::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::VecDeque;
use uuid::Uuid;

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Machine {
    pub(crate) id: MachineId,
    pub(crate) created: Timestamp,
    pub(crate) changed: Timestamp,
    #[serde(default)]
    pub(crate) partition: PartitionId,
    #[serde(default)]
    pub(crate) size: SizeId,
    #[serde(default)]
    pub(crate) rack: RackId,
    #[serde(default)]
    pub(crate) waiting: bool,
    #[serde(default)]
    pub(crate) wiped: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) refused: Option<Refused>,
    #[serde(default)]
    pub(crate) hardware: Hardware,
    #[serde(default)]
    pub(crate) state: MachineState,
    #[serde(default)]
    pub(crate) led: Led,
    #[serde(default)]
    pub(crate) tags: Vec<String>,
    #[serde(default)]
    pub(crate) ipmi: Ipmi,
    #[serde(default)]
    pub(crate) bios: Bios,
    #[serde(default)]
    pub(crate) allocation: Option<Allocation>,
    #[serde(default)]
    pub(crate) orders: Vec<BmcOrder>,
    #[serde(default)]
    pub(crate) expectation: Option<Expectation>,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MachineState {
    pub(crate) value: StateValue,
    pub(crate) description: String,
    pub(crate) issuer: String,
    pub(crate) metal_hammer_version: String,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum StateValue {
    #[default]
    #[serde(rename = "")]
    Available,
    #[serde(rename = "TAINTED")]
    Tainted,
    #[serde(rename = "LOCKED")]
    Locked,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Led {
    pub(crate) value: String,
    pub(crate) description: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum BmcAction {
    #[serde(rename = "ON")]
    On,
    #[serde(rename = "OFF")]
    Off,
    #[serde(rename = "RESET")]
    Reset,
    #[serde(rename = "CYCLE")]
    Cycle,
    #[serde(rename = "BIOS")]
    Bios,
    #[serde(rename = "DISK")]
    Disk,
    #[serde(rename = "PXE")]
    Pxe,
    #[serde(rename = "LED-ON")]
    LedOn,
    #[serde(rename = "LED-OFF")]
    LedOff,
    #[serde(rename = "REINSTALL")]
    Reinstall,
    #[serde(rename = "DELETE")]
    Delete,
    #[serde(rename = "BOOT-DISK")]
    BootDisk,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BmcOrder {
    pub(crate) id: Uuid,
    pub(crate) action: BmcAction,
    pub(crate) issued: Timestamp,
    #[serde(default)]
    pub(crate) tries: u32,
    #[serde(default)]
    pub(crate) allocation: Option<Uuid>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Awaits {
    NetworkBoot,
    NextStep,
    Comeback,
    Installation,
    Reinstallation,
    Report,
    PhoneHome,
    OwnSystem,
    SignOfLife,
    Acknowledgement,
    Release,
    PowerOn,
    Reclaim,
    FirstBoot,
    Size,
    Cabling,
    Stream,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Expectation {
    pub(crate) awaits: Awaits,
    pub(crate) reason: String,
    pub(crate) since: Timestamp,
    pub(crate) deadline: Timestamp,
    pub(crate) then: String,
    pub(crate) next_try: Timestamp,
    pub(crate) tries: u32,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Allocation {
    pub(crate) uuid: Uuid,
    pub(crate) creator: String,
    pub(crate) created: Timestamp,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) project: ProjectId,
    pub(crate) image: ImageId,
    #[serde(default)]
    pub(crate) layout: Option<Layout>,
    pub(crate) networks: Vec<AllocationNetwork>,
    pub(crate) hostname: String,
    pub(crate) ssh_pub_keys: Vec<String>,
    pub(crate) user_data: String,
    pub(crate) reinstall: bool,
    #[serde(default)]
    pub(crate) boot_info: Option<BootInfo>,
    #[serde(default)]
    pub(crate) installed: bool,
    pub(crate) role: Role,
    #[serde(default)]
    pub(crate) vpn: Option<Vpn>,
    #[serde(default)]
    pub(crate) firewall_rules: Option<FirewallRules>,
    #[serde(default)]
    pub(crate) dns_servers: Vec<String>,
    #[serde(default)]
    pub(crate) ntp_servers: Vec<String>,
    #[serde(default)]
    pub(crate) console_password: String,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AllocationNetwork {
    pub(crate) network: NetworkId,
    pub(crate) prefixes: Vec<String>,
    pub(crate) destination_prefixes: Vec<String>,
    pub(crate) ips: Vec<String>,
    pub(crate) vrf: u32,
    pub(crate) asn: u32,
    pub(crate) nat: bool,
    pub(crate) private: bool,
    pub(crate) private_primary: bool,
    pub(crate) shared: bool,
    pub(crate) underlay: bool,
    pub(crate) project: ProjectId,
    #[serde(default)]
    pub(crate) network_type: Option<NetworkType>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Role {
    Machine,
    Firewall,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct BootInfo {
    pub(crate) image_id: String,
    pub(crate) primary_disk: String,
    pub(crate) os_partition: String,
    pub(crate) initrd: String,
    pub(crate) cmdline: String,
    pub(crate) kernel: String,
    pub(crate) bootloader_id: String,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Vpn {
    pub(crate) address: String,
    pub(crate) auth_key: String,
    pub(crate) connected: bool,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct FirewallRules {
    pub(crate) egress: Vec<FirewallRule>,
    pub(crate) ingress: Vec<FirewallRule>,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct FirewallRule {
    pub(crate) protocol: String,
    pub(crate) ports: Vec<i32>,
    pub(crate) from: Vec<String>,
    pub(crate) to: Vec<String>,
    pub(crate) comment: String,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Events {
    pub(crate) machine: MachineId,
    pub(crate) log: VecDeque<Event>,
    #[serde(default)]
    pub(crate) last_event_time: Option<Timestamp>,
    #[serde(default)]
    pub(crate) last_error_event: Option<Event>,
    pub(crate) crash_loop: bool,
    pub(crate) failed_machine_reclaim: bool,
    pub(crate) liveliness: Liveliness,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) time: Timestamp,
    pub(crate) event: EventKind,
    pub(crate) message: String,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum EventKind {
    Alive,
    Crashed,
    #[serde(rename = "PXE Booting")]
    PxeBooting,
    #[serde(rename = "Planned Reboot")]
    PlannedReboot,
    Preparing,
    Registering,
    Waiting,
    Installing,
    #[serde(rename = "Booting New Kernel")]
    BootingNewKernel,
    #[serde(rename = "Phoned Home")]
    PhonedHome,
    #[serde(rename = "Machine Reclaim")]
    MachineReclaim,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Liveliness {
    Alive,
    Dead,
    Unknown,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hardware {
    pub(crate) memory_bytes: u64,
    pub(crate) disks: Vec<Disk>,
    pub(crate) cpus: Vec<Processor>,
    #[serde(default)]
    pub(crate) gpus: Vec<Gpu>,
    pub(crate) nics: Vec<Nic>,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) left_out: u32,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Disk {
    pub(crate) name: String,
    pub(crate) size_bytes: u64,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Processor {
    pub(crate) vendor: String,
    pub(crate) model: String,
    pub(crate) cores: u32,
    pub(crate) threads: u32,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Gpu {
    pub(crate) vendor: String,
    pub(crate) model: String,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Nic {
    pub(crate) mac: String,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) identifier: String,
    #[serde(default)]
    pub(crate) hostname: String,
    #[serde(default)]
    pub(crate) neighbors: Vec<Self>,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Bios {
    pub(crate) version: String,
    pub(crate) vendor: String,
    pub(crate) date: String,
}

#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Ipmi {
    pub(crate) address: String,
    pub(crate) mac: String,
    pub(crate) user: String,
    pub(crate) password: String,
    pub(crate) interface: String,
    #[serde(default)]
    pub(crate) fru: Fru,
    pub(crate) bmc_version: String,
    pub(crate) power_state: String,
    #[serde(default)]
    pub(crate) power_metric: Option<PowerMetric>,
    #[serde(default)]
    pub(crate) power_supplies: Vec<PowerSupply>,
    #[serde(default)]
    pub(crate) last_updated: Option<Timestamp>,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Fru {
    pub(crate) chassis_part_number: String,
    pub(crate) chassis_part_serial: String,
    pub(crate) board_mfg: String,
    pub(crate) board_mfg_serial: String,
    pub(crate) board_part_number: String,
    pub(crate) product_manufacturer: String,
    pub(crate) product_part_number: String,
    pub(crate) product_serial: String,
}

#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct PowerMetric {
    #[serde(rename = "averageconsumedwatts", deserialize_with = "finite")]
    pub(crate) average_consumed_watts: f32,
    #[serde(rename = "intervalinmin", deserialize_with = "finite")]
    pub(crate) interval_in_min: f32,
    #[serde(rename = "maxconsumedwatts", deserialize_with = "finite")]
    pub(crate) max_consumed_watts: f32,
    #[serde(rename = "minconsumedwatts", deserialize_with = "finite")]
    pub(crate) min_consumed_watts: f32,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct PowerSupply {
    pub(crate) health: String,
    pub(crate) state: String,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refused {
    pub(crate) at: Timestamp,
    pub(crate) why: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_zero(count: &u32) -> bool {
    *count == 0
}

fn finite<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f32, D::Error> {
    f32::deserialize(deserializer).map(|number| number.clamp(f32::MIN, f32::MAX))
}
