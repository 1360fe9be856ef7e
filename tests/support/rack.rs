//! The mini-lab's entities, created over the API as an operator would.

use crate::support::client::{Client, text};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

/// The project that machines are allocated for.
pub(crate) const PROJECT: &str = "00000000-0000-0000-0000-000000000001";

/// The entities of the mini-lab's own documents, in the order of their creation.
pub(crate) async fn create_entities(client: &Client) {
    for document in documents("masterdata.yaml") {
        let kind = document.pointer("/meta/kind").and_then(Value::as_str).unwrap().to_lowercase();
        client.put(&format!("/v1/{kind}"), &document).await.expect(201);
    }
    let kinds = [
        ("partition.yaml", "partition"),
        ("sizes.yaml", "size"),
        ("images.yaml", "image"),
        ("filesystemlayouts.yaml", "filesystemlayout"),
        ("networks.yaml", "network"),
    ];
    for (file, kind) in kinds {
        for document in documents(file) {
            client.put(&format!("/v1/{kind}"), &document).await.expect(201);
        }
    }
    for document in documents("ips.yaml") {
        let address = document["ipaddress"].as_str().unwrap().to_owned();
        client.post(&format!("/v1/ip/allocate/{address}"), &document).await.expect(201);
    }
}

fn documents(file: &str) -> Vec<Value> {
    let path = format!("{}/configs/mini-lab/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    serde_norway::Deserializer::from_str(&text)
        .map(|document| Value::deserialize(document).unwrap())
        .collect()
}

/// A network for the project, from the partition's super network.
pub(crate) async fn allocate_network(client: &Client) -> Value {
    let request = json!({"name": "ours", "projectid": PROJECT, "partitionid": "mini-lab"});
    client.post("/v1/network/allocate", &request).await.expect(201)
}

pub(crate) fn machine_request(name: &str, network: &str) -> Value {
    json!({
        "name": name, "hostname": name, "projectid": PROJECT, "partitionid": "mini-lab", "sizeid": "v1-small-x86",
        "imageid": "ubuntu-26.4", "networks": [{"networkid": network}], "ssh_pub_keys": [], "uuid": null,
    })
}

/// Ten seconds.
const TRIES_MAX: u32 = 200;

/// Sends an allocation until a machine is available: a machine reports that it waits a moment before its installer
/// opens the wait stream, and only then it can be allocated.
pub(crate) async fn when_available(client: &Client, path: &str, request: &Value) -> Value {
    for _ in 0..TRIES_MAX {
        let reply = client.post(path, request).await;
        if reply.body != json!("no machine available") {
            return reply.expect(200);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no machine became available")
}

pub(crate) async fn allocate_machine(client: &Client, request: &Value) -> Value {
    when_available(client, "/v1/machine/allocate", request).await
}

/// Between the network and the internet.
pub(crate) fn firewall_request(name: &str, network: &str) -> Value {
    let mut request = machine_request(name, network);
    request["imageid"] = json!("firewall-ubuntu-3.0");
    request["networks"] = json!([{"networkid": network}, {"networkid": "internet-mini-lab"}]);
    request
}

pub(crate) async fn allocate_firewall(client: &Client, name: &str, network: &str) -> Value {
    when_available(client, "/v1/firewall/allocate", &firewall_request(name, network)).await
}

/// The machine's network of this type.
pub(crate) fn network<'a>(machine: &'a Value, kind: &str) -> &'a Value {
    let networks = machine.pointer("/allocation/networks").and_then(Value::as_array).unwrap();
    networks
        .iter()
        .find(|network| network["networktype"] == kind)
        .unwrap_or_else(|| panic!("no {kind} in {machine}"))
}

/// A network's addresses.
pub(crate) fn ips(network: &Value) -> Vec<String> {
    network["ips"].as_array().unwrap().iter().map(|ip| ip.as_str().unwrap().to_owned()).collect()
}

/// Ports of the leaves with a machine: name of the leaf, vrf, filter.
pub(crate) async fn ports_of(client: &Client, machine: &str) -> Vec<(String, Value, Value)> {
    let switches = client.get("/v1/switch").await.expect(200);
    let mut ports = Vec::new();
    for switch in switches.as_array().unwrap() {
        for connection in switch["connections"].as_array().unwrap() {
            if connection["machine_id"] == machine {
                let name = &connection["nic"]["name"];
                let nics = switch["nics"].as_array().unwrap();
                let nic = nics.iter().find(|nic| &nic["name"] == name).unwrap();
                ports.push((text(switch, "/id"), nic["vrf"].clone(), nic["filter"].clone()));
            }
        }
    }
    ports
}
