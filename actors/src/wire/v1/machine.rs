//! Commands to machines.

use crate::ids::{MachineId, PartitionId};
use crate::machine::{self as domain, command};
use crate::machine::{BmcAction, BootInfo, EventKind, Hardware, Role};
use crate::masterdata::servers;
use crate::wire::travel::{as_it_is, wire_enum, wire_struct};
use uuid::Uuid;

as_it_is!(BmcAction, BootInfo, domain::Bios, EventKind, Hardware, domain::Ipmi, domain::PowerMetric, Role);

wire_enum! {
    #[serde(rename_all = "snake_case")]
    MachineCommand = domain::MachineCommand {
        Event { machine: MachineId, event: EventKind, message: String },
        Discover { machine: MachineId },
        Register(registration: Box<Registration>),
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
        Update {
            machine: MachineId,
            description: Option<String>,
            tags: Vec<String>,
            ssh_pub_keys: Vec<String>,
        },
        Power { machine: MachineId, action: BmcAction },
        Led { machine: MachineId, on: bool, description: String },
        IpmiReport { machine: MachineId, partition: PartitionId, report: Box<IpmiReport> },
        OrdersDone { machine: MachineId, orders: Vec<Uuid> },
        Inspect { machine: MachineId },
        Reconcile,
    }
}

wire_struct! {
    Registration = command::Registration {
        machine: MachineId,
        partition: PartitionId,
        hardware: Hardware,
        bios: domain::Bios,
        ipmi: Option<domain::Ipmi>,
        tags: Vec<String>,
        metal_hammer_version: String,
    }

    #[derive(Default)]
    #[serde(default)]
    AllocateRequest = command::AllocateRequest {
        uuid: String,
        name: String,
        description: String,
        hostname: Option<String>,
        projectid: String,
        partitionid: String,
        sizeid: String,
        imageid: String,
        filesystemlayoutid: Option<String>,
        ssh_pub_keys: Vec<String>,
        user_data: String,
        tags: Vec<String>,
        networks: Option<Vec<NetworkChoice>>,
        ips: Vec<String>,
        placement_tags: Vec<String>,
        dns_servers: Vec<DnsServer>,
        ntp_servers: Vec<NtpServer>,
        firewall_rules: Option<RuleRequests>,
    }

    #[derive(Default)]
    #[serde(default)]
    NetworkChoice = command::NetworkChoice { networkid: String, autoacquire: Option<bool> }

    #[derive(Default)]
    #[serde(default)]
    DnsServer = servers::DnsServer { ip: String }

    #[derive(Default)]
    #[serde(default)]
    NtpServer = servers::NtpServer { address: String }

    #[derive(Default)]
    #[serde(default)]
    RuleRequests = command::RuleRequests { egress: Vec<RuleRequest>, ingress: Vec<RuleRequest> }

    #[derive(Default)]
    #[serde(default)]
    RuleRequest = command::RuleRequest {
        protocol: String,
        ports: Vec<i32>,
        from: Vec<String>,
        to: Vec<String>,
        comment: String,
    }

    #[derive(Default)]
    #[serde(default)]
    IpmiReport = command::IpmiReport {
        bmcip: String,
        fru: Option<FruReport>,
        biosversion: String,
        bmcversion: String,
        powerstate: String,
        indicatorledstate: String,
        powermetric: Option<domain::PowerMetric>,
        powersupplies: Vec<SupplyReport>,
    }

    #[derive(Default)]
    #[serde(default)]
    FruReport = command::FruReport {
        chassis_part_number: Option<String>,
        chassis_part_serial: Option<String>,
        board_mfg: Option<String>,
        board_mfg_serial: Option<String>,
        board_part_number: Option<String>,
        product_manufacturer: Option<String>,
        product_part_number: Option<String>,
        product_serial: Option<String>,
    }

    #[derive(Default)]
    #[serde(default)]
    SupplyReport = command::SupplyReport { status: SupplyStatus }

    #[derive(Default)]
    #[serde(default)]
    SupplyStatus = command::SupplyStatus { health: String, state: String }
}
