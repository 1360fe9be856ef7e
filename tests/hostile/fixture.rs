//! A real node with the mini-lab's entities, two leaves and a spare one, and machines that a test can boot.

use super::raw;
use crate::goipam::Door;
use crate::support::client::Client;
use crate::support::process::Node;
use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, MethodDescriptor};
use serde_json::{Value, json};
use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use std::collections::BTreeMap;
use tokio::sync::Mutex;
use tonic::Status;
use tonic::transport::{Channel, Endpoint};

const DESCRIPTORS: &[u8] = include_bytes!("../../src/grpc/generated/api.bin");

/// Ports of a leaf, one per machine.
const PORTS: usize = 3;

pub(super) struct Fixture {
    pub(super) node: Node,
    pub(super) client: Client,
    pub(super) ipam: Door,
    pub(super) folder: tempfile::TempDir,
    methods: BTreeMap<String, MethodDescriptor>,
    channel: Channel,
    database: Mutex<SqliteConnection>,
}

/// The id of the machine at this port of both leaves.
pub(super) fn machine(port: usize) -> String {
    format!("00000000-0000-0000-0000-0000000000a{port}")
}

/// metal-hammer's registration of the machine at this port, with all fields.
pub(super) fn registration(port: usize) -> Value {
    let leaf = |leaf: &str| {
        json!({"mac": format!("02:00:00:00:01:{port}0"), "name": format!("Ethernet{port}"), "identifier": format!("Eth{port}"),
            "hostname": leaf, "neighbors": [{"name": "beyond"}]})
    };
    let nic = |number: u32| {
        json!({"mac": format!("02:00:00:00:00:{port}{number}"), "name": format!("eth{number}"), "identifier": "i", "hostname": "h",
            "neighbors": [leaf(&format!("leaf0{number}"))]})
    };
    let fru = json!({"chassisPartNumber": "a", "chassisPartSerial": "b", "boardMfg": "c", "boardMfgSerial": "d", "boardPartNumber": "e",
        "productManufacturer": "f", "productPartNumber": "g", "productSerial": "h"});
    let hardware = json!({"memory": "2147483648", "disks": [{"name": "/dev/sda", "size": "10737418240"}],
        "cpus": [{"vendor": "v", "model": "m", "cores": 1, "threads": 1}], "gpus": [{"vendor": "v", "model": "m"}], "nics": [nic(1), nic(2)]});
    let ipmi = json!({"address": format!("10.0.0.{}:623", port + 1), "mac": format!("02:00:00:00:00:{port}9"), "user": "metal",
        "password": "secret", "interface": "lanplus", "fru": fru, "bmcVersion": "1", "powerState": "ON"});
    json!({"uuid": machine(port), "partitionId": "mini-lab", "hardware": hardware, "ipmi": ipmi, "tags": ["t"],
        "metalHammerVersion": "v1", "bios": {"version": "1", "vendor": "v", "date": "2026"}})
}

/// metal-core's registration of a leaf, with all fields in the contract.
pub(super) fn leaf(id: &str) -> Value {
    let bgp = json!({"Neighbor": "n", "PeerGroup": "p", "VrfName": "v", "BgpState": "s", "BgpTimerUpEstablished": 1,
        "SentPrefixCounter": 1, "AcceptedPrefixCounter": 1});
    let nic = |port: usize| {
        json!({"name": format!("Ethernet{port}"), "identifier": format!("Eth{port}"), "mac": null, "actual": "UP", "vrf": "",
            "bgp_port_state": bgp, "filter": {"cidrs": [], "vnis": []}})
    };
    json!({"id": id, "name": id, "description": "d", "partition_id": "mini-lab", "rack_id": "rack", "mode": "operational",
        "nics": (0..PORTS).map(nic).collect::<Vec<_>>(), "os": {"vendor": "SONiC", "version": "4", "metal_core_version": "1"},
        "management_ip": "10.9.0.1", "management_user": "admin", "console_command": "c"})
}

/// All methods of the protobuf descriptors, by service and name.
pub(super) fn methods() -> BTreeMap<String, MethodDescriptor> {
    let pool = DescriptorPool::decode(DESCRIPTORS).unwrap();
    let methods = pool.services().flat_map(|service| {
        let short = service.name().to_owned();
        service
            .methods()
            .map(move |method| (format!("{short}/{}", method.name()), method))
            .collect::<Vec<_>>()
    });
    methods.collect()
}

impl Fixture {
    pub(super) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (node, client) = crate::largest::node(folder.path()).await;
        for id in ["leaf01", "leaf02", "leaf03"] {
            client.post("/v1/switch/register", &leaf(id)).await.expect(201);
        }
        let channel =
            Endpoint::from_shared(format!("http://{}", node.grpc)).unwrap().connect().await.unwrap();
        let mut size = client.get("/v1/size/v1-small-x86").await.expect(200);
        let gpu = json!({"type": "gpu", "min": 1, "max": 1, "identifier": "*"});
        size["constraints"].as_array_mut().unwrap().push(gpu);
        client.post("/v1/size", &size).await.expect(200);
        let file = folder.path().join("data/mini-lab.db");
        let database = SqliteConnectOptions::new().filename(file).read_only(true).connect().await.unwrap();
        Self {
            ipam: Door::new(node.http),
            database: database.into(),
            node,
            client,
            folder,
            methods: methods(),
            channel,
        }
    }

    /// The machine at this port boots and waits for an allocation.
    pub(super) async fn boots(&self, port: usize) {
        let id = machine(port);
        self.says(&id, "PXE Booting").await;
        self.call("BootService/Dhcp", &json!({"uuid": id})).await.unwrap();
        self.says(&id, "Preparing").await;
        self.call("BootService/Register", &registration(port)).await.unwrap();
        self.says(&id, "Waiting").await;
        self.call("BootService/Wait", &json!({"machineId": id})).await.unwrap();
    }

    pub(super) async fn says(&self, machine: &str, event: &str) {
        self.call("EventService/Send", &json!({"events": {machine: {"event": event}}})).await.unwrap();
    }

    pub(super) async fn call(&self, method: &str, message: &Value) -> Result<(), Status> {
        let message = DynamicMessage::deserialize(self.methods[method].input(), message).unwrap();
        self.send(method, message.encode_to_vec()).await
    }

    pub(super) async fn send(&self, method: &str, message: Vec<u8>) -> Result<(), Status> {
        let is_stream = self.methods[method].is_server_streaming();
        raw::call(&self.channel, &format!("/api.v1.{method}"), is_stream, message).await
    }

    /// Changes after each commit.
    pub(super) async fn store_version(&self) -> i64 {
        let mut database = self.database.lock().await;
        sqlx::query_scalar("PRAGMA data_version").fetch_one(&mut *database).await.unwrap()
    }

    /// Stops the node as its operator would; checks that nothing panicked.
    pub(super) async fn stop(mut self) {
        assert_eq!(self.node.process.terminate().await, Some(0));
        let log = std::fs::read_to_string(self.folder.path().join("node.log")).unwrap();
        assert!(!log.contains("panicked"), "{log}");
    }
}
