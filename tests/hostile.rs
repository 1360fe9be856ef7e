//! One wild value in a message that is good otherwise: in every field of every gRPC method, one after the other, sent to a real
//! node. The answer is one of the contract's, no connection is dropped, nobody panics, and what the door refuses changes nothing.

mod mutants;
mod raw;

use crate::client::{Client, text};
use crate::goipam::Door;
use crate::lab;
use crate::process::Node;
use mutants::{fields, mutants};
use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, MethodDescriptor};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};

const DESCRIPTORS: &[u8] = include_bytes!("../src/grpc/generated/api.bin");

const MACHINE: &str = "00000000-0000-0000-0000-0000000000aa";

/// What each method takes, in an order in which each can be had, every field of it set.
fn good() -> Vec<(&'static str, Value)> {
    let leaf = |leaf: &str, number: u32| {
        json!({"mac": format!("02:00:00:00:01:0{number}"), "name": "Ethernet0", "identifier": "Eth1(Port1)", "hostname": leaf,
            "neighbors": [{"name": "beyond"}]})
    };
    let nic = |number: u32| {
        json!({"mac": format!("02:00:00:00:00:0{number}"), "name": format!("eth{number}"), "identifier": "i", "hostname": "h",
            "neighbors": [leaf(&format!("leaf0{number}"), number)]})
    };
    let fru = json!({"chassisPartNumber": "a", "chassisPartSerial": "b", "boardMfg": "c", "boardMfgSerial": "d", "boardPartNumber": "e",
        "productManufacturer": "f", "productPartNumber": "g", "productSerial": "h"});
    let hardware = json!({"memory": "2147483648", "disks": [{"name": "/dev/sda", "size": "10737418240"}],
        "cpus": [{"vendor": "v", "model": "m", "cores": 1, "threads": 1}], "gpus": [{"vendor": "v", "model": "m"}], "nics": [nic(1), nic(2)]});
    let ipmi = json!({"address": "10.0.0.1:623", "mac": "02:00:00:00:00:09", "user": "metal", "password": "secret", "interface": "lanplus",
        "fru": fru, "bmcVersion": "1", "powerState": "ON"});
    let register = json!({"uuid": MACHINE, "partitionId": "mini-lab", "hardware": hardware, "ipmi": ipmi, "tags": ["t"],
        "metalHammerVersion": "v1", "bios": {"version": "1", "vendor": "v", "date": "2026"}});
    let info = json!({"imageId": "i", "primaryDisk": "/dev/sda", "osPartition": "/dev/sda1", "initrd": "i", "cmdline": "c", "kernel": "k",
        "bootloaderId": "b"});
    let event = json!({"time": "2026-01-01T00:00:00.5Z", "event": "Alive", "message": "m"});
    let (space, one, two) = ("hostile", "10.0.0.0/24", "10.1.0.0/24");
    vec![
        ("BootService/Dhcp", json!({"uuid": MACHINE})),
        ("BootService/Boot", json!({"mac": "02:00:00:00:00:01", "partitionId": "mini-lab"})),
        ("BootService/SuperUserPassword", json!({})),
        ("BootService/Register", register),
        ("BootService/Wait", json!({"machineId": MACHINE})),
        ("BootService/AbortReinstall", json!({"uuid": MACHINE, "primaryDiskWiped": true})),
        (
            "BootService/Report",
            json!({"uuid": MACHINE, "consolePassword": "c", "bootInfo": info, "success": true, "message": "m"}),
        ),
        ("EventService/Send", json!({"events": {MACHINE: event}})),
        ("IpamService/CreateNamespace", json!({"namespace": space})),
        ("IpamService/ListNamespaces", json!({})),
        ("IpamService/CreatePrefix", json!({"cidr": one, "namespace": space})),
        ("IpamService/GetPrefix", json!({"cidr": one, "namespace": space})),
        ("IpamService/ListPrefixes", json!({"namespace": space})),
        ("IpamService/PrefixUsage", json!({"cidr": one, "namespace": space})),
        ("IpamService/AcquireIP", json!({"prefixCidr": one, "ip": "10.0.0.7", "namespace": space})),
        ("IpamService/ReleaseIP", json!({"prefixCidr": one, "ip": "10.0.0.7", "namespace": space})),
        ("IpamService/DeletePrefix", json!({"cidr": "10.2.0.0/24", "namespace": space})),
        ("IpamService/Load", json!({"dump": format!(r#"[{{"Cidr":"{two}"}}]"#), "namespace": "loaded"})),
        (
            "IpamService/AcquireChildPrefix",
            json!({"cidr": two, "length": 28, "childCidr": "10.1.0.16/28", "namespace": "loaded"}),
        ),
        ("IpamService/ReleaseChildPrefix", json!({"cidr": "10.1.0.16/28", "namespace": "loaded"})),
        ("IpamService/Dump", json!({"namespace": space})),
        ("IpamService/Version", json!({})),
        ("IpamService/DeleteNamespace", json!({"namespace": "emptied"})),
    ]
}

fn methods() -> BTreeMap<String, MethodDescriptor> {
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

struct Rig {
    node: Node,
    client: Client,
    ipam: Door,
    channel: Channel,
    folder: tempfile::TempDir,
}

impl Rig {
    /// With a machine that is registered at two switches and allocated, not yet installed.
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (node, client) = crate::largest::node(folder.path()).await;
        for leaf in ["leaf01", "leaf02"] {
            crate::largest::register_switch(&client, leaf).await;
        }
        let channel =
            Endpoint::from_shared(format!("http://{}", node.grpc)).unwrap().connect().await.unwrap();
        let rig = Self { ipam: Door::new(node.http), node, client, channel, folder };
        for namespace in ["emptied", "loaded", "hostile"] {
            rig.call("IpamService/CreateNamespace", &json!({"namespace": namespace})).await.unwrap();
        }
        let gone = json!({"cidr": "10.2.0.0/24", "namespace": "hostile"});
        rig.call("IpamService/CreatePrefix", &gone).await.unwrap();
        let register = good().into_iter().find(|(method, _)| method.ends_with("Register")).unwrap().1;
        let mut size = rig.client.get("/v1/size/v1-small-x86").await.expect(200);
        size["constraints"]
            .as_array_mut()
            .unwrap()
            .push(json!({"type": "gpu", "min": 1, "max": 1, "identifier": "*"}));
        rig.client.post("/v1/size", &size).await.expect(200);
        for (event, method, message) in [
            ("PXE Booting", "BootService/Dhcp", json!({"uuid": MACHINE})),
            ("Preparing", "BootService/Register", register),
        ] {
            rig.says(event).await;
            rig.call(method, &message).await.unwrap();
        }
        rig.says("Waiting").await;
        let wait = json!({"machineId": MACHINE});
        rig.call("BootService/Wait", &wait).await.unwrap();
        let network = text(&lab::allocate_network(&rig.client).await, "/id");
        lab::allocate_machine(&rig.client, &lab::machine_request("hostile", &network)).await;
        rig
    }

    async fn says(&self, event: &str) {
        self.call("EventService/Send", &json!({"events": {MACHINE: {"event": event}}})).await.unwrap();
    }

    async fn call(&self, method: &str, message: &Value) -> Result<(), Status> {
        let descriptor = &methods()[method];
        let message = DynamicMessage::deserialize(descriptor.input(), message).unwrap();
        self.send(method, descriptor, message.encode_to_vec()).await
    }

    async fn send(
        &self,
        method: &str,
        descriptor: &MethodDescriptor,
        message: Vec<u8>,
    ) -> Result<(), Status> {
        raw::call(&self.channel, &format!("/api.v1.{method}"), descriptor.is_server_streaming(), message)
            .await
    }

    /// What the service of `method` knows.
    async fn known(&self, method: &str) -> Value {
        if !method.starts_with("Ipam") {
            return self.client.get("/v1/machine").await.expect(200);
        }
        let mut known = vec![self.ipam.ok("ListNamespaces", json!({})).await];
        for namespace in ["root", "hostile", "loaded"] {
            known.push(
                self.ipam
                    .ask("Dump", &json!({"namespace": namespace}))
                    .await
                    .map_or(Value::Null, |(_, dump)| dump),
            );
        }
        known.into()
    }
}

/// Codes with which a caller is told of his mistake; `Internal` is said of messages that are none.
fn is_defined(status: &Status) -> bool {
    match status.code() {
        Code::Internal => status.message().contains("decode"),
        Code::InvalidArgument | Code::NotFound | Code::AlreadyExists | Code::Unknown | Code::OutOfRange => {
            true
        }
        _ => false,
    }
}

/// What hardware says of itself is never a reason to refuse what else is said; who set up the machine set these.
fn is_of_hardware(method: &str, place: &[String]) -> bool {
    let set = ["user", "password", "uuid", "partition_id", "tags"];
    method.ends_with("Register") && !place.iter().any(|name| set.contains(&name.as_str()))
}

#[tokio::test]
async fn one_wild_value_at_a_time_in_every_field_of_every_method() {
    let rig = Rig::start().await;
    let (methods, good) = (methods(), good());
    let named: BTreeSet<&str> = good.iter().map(|(method, _)| *method).collect();
    assert_eq!(methods.keys().map(String::as_str).collect::<BTreeSet<_>>(), named, "every method is here");
    let (mut cases, mut count) = (0, 0);
    for (method, body) in &good {
        let descriptor = &methods[*method];
        let message = DynamicMessage::deserialize(descriptor.input(), body).unwrap();
        let [set, known] = fields(&message);
        assert_eq!(set, known, "{method}: every field is set");
        count += known.values().map(BTreeSet::len).sum::<usize>();
        if method.ends_with("Report") {
            for event in ["Waiting", "Installing"] {
                rig.says(event).await;
            }
        }
        let answer = rig.send(method, descriptor, message.encode_to_vec()).await;
        assert!(answer.is_ok(), "{method}, as it is good: {answer:?}");
        for mutant in mutants(&message) {
            cases += 1;
            let before = rig.known(method).await;
            let answer = rig.send(method, descriptor, mutant.bytes).await;
            let about = format!("{method}: {}: {answer:?}", mutant.about);
            let Err(status) = answer else { continue };
            assert!(is_defined(&status) && !status.message().contains("panic"), "{about}");
            if mutant.is_spoken && is_of_hardware(method, &mutant.place) {
                assert_eq!(status.code(), Code::Unknown, "what hardware says is taken as it is: {about}");
            }
            // A registration that its switches refuse is kept, to be shown (api-machines 4.3).
            if status.code() != Code::Unknown {
                assert_eq!(rig.known(method).await, before, "a refusal changes nothing: {about}");
            }
        }
    }
    assert!(count > 90 && cases > 1_800, "{count} fields, {cases} cases");
    let log = std::fs::read_to_string(rig.folder.path().join("node.log")).unwrap();
    assert!(!log.contains("panicked"), "{log}");
    let mut process = rig.node.process;
    assert_eq!(process.terminate().await, Some(0));
}
