//! A rack with two leaves and any number of machines.

use super::stage::Stage;
use actors::command::{Answer, Body};
use actors::ids::{MachineId, PartitionId};
use actors::machine::command::Registration;
use actors::machine::{
    Bios, BootInfo, Disk, EventKind, Fru, Hardware, Ipmi, MachineCommand, Nic, PowerMetric, PowerSupply,
    Processor,
};
use serde_json::{Value, json};

pub(super) const M1: &str = "00000000-0000-0000-0000-000000000001";
pub(super) const M2: &str = "00000000-0000-0000-0000-000000000002";

/// Everything but hardware.
pub(super) async fn masterdata() -> Stage {
    masterdata_of(Stage::new().await).await
}

pub(super) async fn masterdata_of(stage: Stage) -> Stage {
    let boot = json!({"imageurl": "http://i", "kernelurl": "http://k", "commandline": "quiet"});
    let size = json!({"id": "v1-small-x86", "constraints": [{"type": "cores", "min": 1, "max": 4},
        {"type": "memory", "min": 1, "max": 8_589_934_592_u64}, {"type": "storage", "min": 1, "max": 1_000_000_000_000_u64}]});
    let layout = json!({"id": "default", "constraints": {"sizes": ["v1-small-x86"], "images": {"ubuntu": "*", "fw": "*"}},
        "filesystems": [{"path": "/", "device": "/dev/sda1", "format": "ext4"}],
        "disks": [{"device": "/dev/sda", "wipeonreinstall": true, "partitions": [{"number": 1, "size": 0}]}]});
    let private = json!({"id": "super", "privatesuper": true, "partitionid": "mini-lab", "prefixes": ["10.0.0.0/16"],
        "defaultchildprefixlength": {"IPv4": 22}});
    let underlay =
        json!({"id": "underlay", "underlay": true, "partitionid": "mini-lab", "prefixes": ["10.1.0.0/24"]});
    let internet = json!({"id": "internet", "prefixes": ["1.2.0.0/24"], "destinationprefixes": ["0.0.0.0/0"], "vrf": 104_009});
    for (path, body) in [
        ("v1/partition", json!({"id": "mini-lab", "bootconfig": boot})),
        ("v1/size", size),
        ("v1/image", json!({"id": "ubuntu-24.04.20260101", "url": "http://u", "features": ["machine"]})),
        ("v1/image", json!({"id": "fw-3.0.20260101", "url": "http://f", "features": ["firewall"]})),
        ("v1/filesystemlayout", layout),
        ("v1/tenant", json!({"meta": {"id": "t1"}})),
        ("v1/project", json!({"meta": {"id": "p1"}, "tenant_id": "t1"})),
        ("v1/network", private),
        ("v1/network", underlay),
        ("v1/network", internet),
    ] {
        stage.put(path, body).await.ok();
    }
    stage
}

/// Two leaves with two ports each; one machine per name.
pub(super) async fn rack(machines: &[&str]) -> Stage {
    rack_of(Stage::new().await, machines).await
}

pub(super) async fn rack_of(stage: Stage, machines: &[&str]) -> Stage {
    let stage = masterdata_of(stage).await;
    for leaf in ["leaf01", "leaf02"] {
        let reply = stage.post("v1/switch/register", leaf_registration(leaf)).await;
        assert_eq!(reply.status, 201);
    }
    for (port, machine) in machines.iter().enumerate() {
        stage.ask(Body::Machine(registration(machine, port))).await;
        for event in [EventKind::Preparing, EventKind::Registering, EventKind::Waiting] {
            event_of(&stage, machine, event).await;
        }
        stage.ask(Body::Machine(MachineCommand::StartWaiting { machine: MachineId::from(*machine) })).await;
    }
    stage
}

/// As metal-core sends it (api-machines 8, step 1).
pub(super) fn leaf_registration(leaf: &str) -> Value {
    let nic = |port: usize| json!({"name": format!("Ethernet{port}"), "identifier": format!("Eth{}", port + 1), "mac": null, "actual": null});
    json!({"id": leaf, "name": leaf, "partition_id": "mini-lab", "rack_id": "test-rack", "nics": [nic(1), nic(0)],
        "os": {"vendor": "SONiC", "version": "4", "metal_core_version": "v0.18"}, "management_ip": "10.9.0.1",
        "management_user": "admin", "room_id": "r"})
}

fn registration(machine: &str, port: usize) -> MachineCommand {
    let neighbor = |leaf: &str| Nic {
        mac: format!("Eth{}", port + 1),
        name: format!("Ethernet{port}"),
        identifier: format!("Eth{}", port + 1),
        hostname: leaf.to_owned(),
        neighbors: Vec::new(),
    };
    let nic = |name: &str, leaf: &str| Nic {
        mac: format!("00:00:00:00:0{port}:{}", &leaf[4..]),
        name: name.to_owned(),
        neighbors: vec![neighbor(leaf)],
        ..Nic::default()
    };
    let hardware = Hardware {
        memory_bytes: 2_147_483_648,
        disks: vec![Disk { name: "/dev/sda".to_owned(), size_bytes: 5_368_709_120 }],
        cpus: vec![Processor { vendor: "V".to_owned(), model: "M".to_owned(), cores: 1, threads: 1 }],
        gpus: Vec::new(),
        nics: vec![nic("eth0", "leaf01"), nic("eth1", "leaf02")],
        left_out: 0,
    };
    let ipmi = Ipmi {
        address: format!("10.8.0.{}:623", port + 1),
        mac: "aa".to_owned(),
        user: "metal".to_owned(),
        password: "secret".to_owned(),
        interface: "lanplus".to_owned(),
        fru: Fru { board_mfg: "B".to_owned(), ..Fru::default() },
        power_metric: Some(PowerMetric { average_consumed_watts: 1.5, ..PowerMetric::default() }),
        power_supplies: vec![PowerSupply { health: "OK".to_owned(), state: "Enabled".to_owned() }],
        ..Ipmi::default()
    };
    MachineCommand::Register(Box::new(Registration {
        machine: MachineId::from(machine),
        partition: PartitionId::from("mini-lab"),
        hardware,
        bios: Bios { version: "1".to_owned(), vendor: "v".to_owned(), date: "d".to_owned() },
        ipmi: Some(ipmi),
        tags: Vec::new(),
        metal_hammer_version: "v0.13.16".to_owned(),
    }))
}

pub(super) async fn event_of(stage: &Stage, machine: &str, event: EventKind) -> Answer {
    let machine = MachineId::from(machine);
    stage
        .ask(Body::Machine(MachineCommand::Event { machine, event, message: event.as_str().to_lowercase() }))
        .await
}

/// The installer's report.
pub(super) async fn report(stage: &Stage, machine: &str) -> Answer {
    let boot_info = Some(Box::new(BootInfo { kernel: "/boot/k".to_owned(), ..BootInfo::default() }));
    let (machine, console_password) = (MachineId::from(machine), "console-secret".to_owned());
    stage.ask(Body::Machine(MachineCommand::Report { machine, console_password, boot_info })).await
}

/// A project network in the rack's partition; its id.
pub(super) async fn private_network(stage: &Stage) -> String {
    let request = json!({"name": "private", "projectid": "p1", "partitionid": "mini-lab"});
    stage.post("v1/network/allocate", request).await.ok()["id"].as_str().unwrap().to_owned()
}

/// As metalctl sends it.
pub(super) fn allocation(uuid: &str, network: &str, image: &str) -> Value {
    json!({"uuid": uuid, "name": "n", "hostname": "h", "description": "d", "projectid": "p1", "partitionid": "mini-lab",
        "sizeid": "v1-small-x86", "imageid": image, "networks": [{"networkid": network, "autoacquire": true}],
        "ips": [], "tags": ["t"], "ssh_pub_keys": [], "placement_tags": null, "dns_servers": null, "ntp_servers": null,
        "user_data": "data"})
}
