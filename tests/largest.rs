//! The largest reports of real hardware: a board with the neighbours of a whole data centre, and the BMCs of ten
//! thousand machines at once.

use crate::serve::answers;
use crate::support::client::{Client, text};
use crate::support::process::Node;
use crate::support::rack;
use metalmesh::grpc::api;
use metalmesh::grpc::api::boot_service_client::BootServiceClient;
use metalmesh::grpc::api::event_service_client::EventServiceClient;
use serde_json::{Map, Value, json};
use simulations::hardware::Profile;
use std::collections::BTreeMap;
use std::path::Path;
use tonic::transport::Channel;

const MACHINE: &str = "00000000-0000-0000-0000-0000000000aa";

/// A node without hardware that has the mini-lab's entities.
pub(crate) async fn node(folder: &Path) -> (Node, Client) {
    let node = Node::start_empty(folder);
    let client = Client::new(&node.url());
    answers(&client).await;
    rack::create_entities(&client).await;
    (node, client)
}

/// With one port.
pub(crate) async fn register_switch(client: &Client, id: &str) {
    let nics = [json!({"name": "Ethernet0", "identifier": "Eth1(Port1)", "mac": "", "vrf": ""})];
    let os = json!({"vendor": "SONiC", "version": "1", "metal_core_version": "1"});
    let switch = json!({"id": id, "name": id, "partition_id": "mini-lab", "rack_id": "rack", "nics": nics, "os": os,
        "management_ip": "10.0.0.1", "management_user": "admin", "console_command": ""});
    client.post("/v1/switch/register", &switch).await.expect(201);
}

/// A machine at both leaves with `cards` additional interfaces, each with a hundred neighbours.
fn registration(cards: usize) -> api::BootServiceRegisterRequest {
    let leaf = |name: &str| api::MachineNic {
        identifier: "Eth1(Port1)".to_owned(),
        hostname: name.to_owned(),
        ..api::MachineNic::default()
    };
    let port = |name: &str, mac: &str, leafs: Vec<api::MachineNic>| api::MachineNic {
        name: name.to_owned(),
        mac: mac.to_owned(),
        neighbors: leafs,
        ..api::MachineNic::default()
    };
    let stranger = |card: usize, number: usize| api::MachineNic {
        mac: format!("02:00:00:00:{card:02x}:{number:02x}"),
        name: format!("Ethernet{number}"),
        identifier: "x".repeat(100),
        hostname: format!("somebody-{card}-{number}"),
        ..api::MachineNic::default()
    };
    let mut nics = vec![
        port("eth0", "02:00:00:00:00:01", vec![leaf("leaf01")]),
        port("eth1", "02:00:00:00:00:02", vec![leaf("leaf02")]),
    ];
    nics.extend((0..cards).map(|card| {
        let strangers = (0..100).map(|number| stranger(card, number)).collect();
        port(&format!("card{card}"), &format!("02:00:00:01:00:{card:02x}"), strangers)
    }));
    let hardware = Profile::default().hardware(Vec::new());
    let cpu = &hardware.cpus[0];
    let (vendor, model) = (cpu.vendor.clone(), cpu.model.clone());
    api::BootServiceRegisterRequest {
        uuid: MACHINE.to_owned(),
        partition_id: "mini-lab".to_owned(),
        hardware: Some(api::MachineHardware {
            memory: hardware.memory_bytes,
            disks: hardware
                .disks
                .iter()
                .map(|disk| api::MachineBlockDevice { name: disk.name.clone(), size: disk.size_bytes })
                .collect(),
            cpus: vec![api::MachineCpu { vendor, model, cores: cpu.cores, threads: cpu.threads }],
            nics,
            ..api::MachineHardware::default()
        }),
        bios: Some(api::MachineBios::default()),
        ..api::BootServiceRegisterRequest::default()
    }
}

async fn says(events: &mut EventServiceClient<Channel>, event: &str) {
    let event =
        api::MachineProvisioningEvent { event: event.to_owned(), ..api::MachineProvisioningEvent::default() };
    let events_of = BTreeMap::from([(MACHINE.to_owned(), event)]);
    assert_eq!(
        events.send(api::EventServiceSendRequest { events: events_of }).await.unwrap().into_inner().events,
        1
    );
}

#[tokio::test]
async fn the_largest_hardware_with_the_largest_user_data_is_allocated_and_installed_again() {
    let folder = tempfile::tempdir().unwrap();
    let (node, client) = node(folder.path()).await;
    for leaf in ["leaf01", "leaf02"] {
        register_switch(&client, leaf).await;
    }
    let grpc = format!("http://{}", node.grpc);
    let mut boot = BootServiceClient::connect(grpc.clone()).await.unwrap();
    let mut events = EventServiceClient::connect(grpc).await.unwrap();
    let too_much = boot.register(registration(80)).await.unwrap_err();
    assert_eq!(too_much.code(), tonic::Code::OutOfRange, "{too_much:?}");
    for event in ["PXE Booting", "Preparing", "Registering"] {
        says(&mut events, event).await;
    }
    // More than a MiB.
    boot.register(registration(60)).await.unwrap();
    says(&mut events, "Waiting").await;
    let _stream = boot.wait(api::BootServiceWaitRequest { machine_id: MACHINE.to_owned() }).await.unwrap();

    let network = text(&rack::allocate_network(&client).await, "/id");
    let mut request = rack::machine_request("large", &network);
    request["user_data"] = json!("x".repeat(512 << 10));
    let machine = rack::allocate_machine(&client, &request).await;
    assert_eq!(text(&machine, "/id"), MACHINE);
    let neighbors = |nic: &Value| nic["neighbors"].as_array().unwrap().len();
    let nics: Vec<usize> = machine["hardware"]["nics"].as_array().unwrap().iter().map(neighbors).collect();
    assert_eq!(
        (nics.len(), nics[0], nics[1], nics[2], nics[61]),
        (62, 1, 1, 100, 0),
        "the farthest are left out"
    );
    let report = api::BootServiceReportRequest {
        uuid: MACHINE.to_owned(),
        boot_info: Some(api::BootInfo { cmdline: "x".repeat(10_000), ..api::BootInfo::default() }),
        success: true,
        ..api::BootServiceReportRequest::default()
    };
    for event in ["Installing", "Booting New Kernel", "Phoned Home"] {
        says(&mut events, event).await;
        if event == "Installing" {
            boot.report(report.clone()).await.unwrap();
        }
    }
    let again = json!({"imageid": "ubuntu-26.4"});
    let machine = client.post(&format!("/v1/machine/{MACHINE}/reinstall"), &again).await.expect(200);
    assert_eq!(machine["allocation"]["reinstall"], true);
}

/// The report of a partition of ten thousand machines. An invalid one does not affect the others.
#[tokio::test]
async fn the_bmcs_of_a_whole_partition_come_in_one_message() {
    let folder = tempfile::tempdir().unwrap();
    let (_node, client) = node(folder.path()).await;
    let supply = json!({"status": {"health": "OK", "state": "Enabled"}});
    let metric = json!({"averageconsumedwatts": 240.5, "intervalinmin": 1.0, "maxconsumedwatts": 300.0, "minconsumedwatts": 200.0});
    let fru = json!({"chassis_part_number": "CSE-217BHQ+-R2K20BP3", "chassis_part_serial": "C217BAH31AG0535", "board_mfg": "Supermicro",
        "board_mfg_serial": "HM188S012423", "board_part_number": "X11DPT-B", "product_manufacturer": "Supermicro",
        "product_part_number": "SYS-2029BT-HNTR", "product_serial": "A328789X9108135"});
    let report = |number: usize| {
        json!({"BMCIp": format!("10.{}.{}.{}", number / 65_536, number / 256 % 256, number % 256),
        "FRU": fru, "BIOSVersion": "3.3", "BMCVersion": "1.73.11", "PowerState": "ON", "IndicatorLEDState": "LED-OFF",
        "PowerMetric": metric, "PowerSupplies": [supply, supply]})
    };
    let mut reports: Map<String, Value> =
        (0..9_997).map(|number| (format!("00000000-0000-0000-0001-{number:012}"), report(number))).collect();
    for (id, wrong) in [
        ("not-a-report", json!("what")),
        ("no-metric", json!({"PowerMetric": 7})),
        ("too-many", json!({"PowerSupplies": vec![&supply; 2000]})),
    ] {
        reports.insert(id.to_owned(), wrong);
    }
    let body = json!({"partitionid": "mini-lab", "reports": reports});
    assert!(body.to_string().len() > 4 << 20, "more than any other body may have");
    let told = client.post("/v1/machine/ipmi", &body).await.expect(200);
    let count = |told: &Value, what: &str| told[what].as_array().unwrap().len();
    assert_eq!((count(&told, "created"), count(&told, "updated")), (9_997, 0));
    let told = client.post("/v1/machine/ipmi", &body).await.expect(200);
    assert_eq!((count(&told, "created"), count(&told, "updated")), (0, 9_997));
}
