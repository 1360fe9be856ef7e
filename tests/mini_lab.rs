//! The mini-lab's acceptance test over real processes: boot, wait, allocate, install, phone home, free, wait again.

use crate::support::client::{Client, text};
use crate::support::process::{Node, start_rack, within};
use crate::support::rack::{self, PROJECT, ips, network, ports_of};
use serde_json::{Value, json};
use std::time::Duration;

/// Time limit of the whole test.
const WHOLE: Duration = Duration::from_secs(60);

const PATIENCE: Duration = Duration::from_secs(25);

async fn all_machines_are(client: &Client, event: &str) {
    within(PATIENCE, event, async || {
        let newest = client.newest_events().await;
        (newest.len() == 2 && newest.iter().all(|(_, newest)| newest == event)).then_some(())
    })
    .await;
}

fn check_firewall(firewall: &Value, private: &Value) -> u64 {
    let allocation = &firewall["allocation"];
    assert_eq!(allocation["role"], "firewall");
    assert_eq!(text(allocation, "/image/id"), "firewall-ubuntu-3.0");
    let inside = network(firewall, "privateprimaryunshared");
    assert_eq!(inside["networkid"], private["id"]);
    assert_eq!(inside["vrf"], private["vrf"]);
    assert_eq!(ips(inside), ["10.0.0.1", "2001:db8:0:10::1"], "the lowest of each family");
    let outside = network(firewall, "external");
    assert_eq!(outside["nat"], true);
    assert_eq!(ips(outside), ["203.0.113.129", "2001:db8:0:113::1"]);
    assert_eq!(ips(network(firewall, "underlay")), ["10.1.0.1"], "the underlay comes by itself");
    let asns: Vec<u64> = allocation["networks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|network| network["asn"].as_u64().unwrap())
        .collect();
    assert!(asns.iter().all(|asn| *asn == asns[0]), "one ASN per machine: {asns:?}");
    assert!((4_210_000_001..=4_210_131_072).contains(&asns[0]));
    asns[0]
}

async fn check_switches(client: &Client, firewall: &str, machine: &str, private: &Value) {
    let vrf = format!("vrf{}", private["vrf"]);
    let ports = ports_of(client, firewall).await;
    assert_eq!(ports.len(), 2, "{ports:?}");
    for (leaf, port_vrf, filter) in ports {
        assert_eq!(port_vrf, "default", "{leaf}");
        assert_eq!(filter["cidrs"], json!(["10.1.0.1/32"]), "{leaf}");
        let vnis = filter["vnis"].as_array().unwrap();
        assert!(
            vnis.contains(&json!("104009")) && vnis.contains(&json!(private["vrf"].to_string())),
            "{vnis:?}"
        );
    }
    let ports = ports_of(client, machine).await;
    assert_eq!(ports.len(), 2, "{ports:?}");
    for (leaf, port_vrf, filter) in ports {
        assert_eq!(port_vrf, json!(vrf), "{leaf}");
        assert_eq!(filter["vnis"], json!([]), "{leaf}");
        let cidrs: Vec<&str> =
            filter["cidrs"].as_array().unwrap().iter().map(|cidr| cidr.as_str().unwrap()).collect();
        assert!(cidrs.contains(&"10.0.0.0/22") && cidrs.contains(&"10.240.0.0/12"), "{cidrs:?}");
        assert!(cidrs.contains(&"203.0.113.129/32"), "every address of the project: {cidrs:?}");
        assert!(cidrs.is_sorted(), "{cidrs:?}");
    }
}

/// Every port of every switch: none has a VRF or a filter.
async fn every_port_has_returned(client: &Client) {
    let switches = client.get("/v1/switch").await.expect(200);
    let switches = switches.as_array().unwrap();
    assert_eq!(switches.len(), 2);
    for switch in switches {
        let nics = switch["nics"].as_array().unwrap();
        assert!(nics.len() >= 2, "{switch}");
        for nic in nics {
            assert!(nic["vrf"] == "" && nic["filter"].is_null(), "{}: {nic}", switch["id"]);
        }
    }
}

/// The lowest numbers are allocated again: both ASNs, and with its network the VRF.
async fn every_number_has_returned(client: &Client, private: &Value) {
    let id = text(private, "/id");
    let firewall = rack::allocate_firewall(client, "fw2", &id).await;
    let machine = rack::allocate_machine(client, &rack::machine_request("web2", &id)).await;
    let second = network(&machine, "privateprimaryunshared")["asn"].as_u64().unwrap();
    let asns = (check_firewall(&firewall, private), second);
    assert_eq!(asns, (4_210_000_001, 4_210_000_002), "the lowest ASNs have returned");
    free(client, &[&text(&firewall, "/id"), &text(&machine, "/id")]).await;
    client.delete(&format!("/v1/network/free/{id}")).await.expect(200);
    let again = rack::allocate_network(client).await;
    assert_eq!((&again["vrf"], &again["prefixes"]), (&private["vrf"], &private["prefixes"]));
    let check = client.get("/mesh/v1/ipam/check").await.expect(200);
    assert_eq!(check["findings"], json!([]));
}

/// Frees them, and waits until they have no addresses.
async fn free(client: &Client, machines: &[&str]) {
    for id in machines {
        let freed = client.delete(&format!("/v1/machine/{id}/free")).await.expect(200);
        assert_eq!(freed["allocation"], Value::Null);
    }
    within(PATIENCE, "every address has returned", async || {
        let taken = client.post("/v1/ip/find", &json!({"projectid": PROJECT})).await.expect(200);
        taken.as_array().unwrap().is_empty().then_some(())
    })
    .await;
}

#[tokio::test]
async fn mini_lab() {
    tokio::time::timeout(WHOLE, whole_flow()).await.expect("the whole flow ends within a minute");
}

async fn whole_flow() {
    let folder = tempfile::tempdir().unwrap();
    let mut node = Node::start_empty(folder.path());
    let client = Client::new(&node.url());
    within(PATIENCE, "the node answers", async || {
        client.send(reqwest::Method::GET, "/v1/health", None, None).await.ok()
    })
    .await
    .expect(200);
    rack::create_entities(&client).await;
    let _rack = start_rack(&node, 2, 60, folder.path());
    all_machines_are(&client, "Waiting").await;

    let private = rack::allocate_network(&client).await;
    let id = text(&private, "/id");
    let firewall = rack::allocate_firewall(&client, "fw", &id).await;
    let machine = rack::allocate_machine(&client, &rack::machine_request("web", &id)).await;
    let (firewall_id, machine_id) = (text(&firewall, "/id"), text(&machine, "/id"));
    assert_ne!(firewall_id, machine_id);
    let full = client.post("/v1/machine/allocate", &rack::machine_request("late", &id)).await;
    assert_eq!((full.status, full.body), (422, json!("no machine available")));
    all_machines_are(&client, "Phoned Home").await;

    let firewall = client.get(&format!("/v1/firewall/{firewall_id}")).await.expect(200);
    let asn = check_firewall(&firewall, &private);
    let machine = client.get(&format!("/v1/machine/{machine_id}")).await.expect(200);
    let inside = network(&machine, "privateprimaryunshared");
    assert_eq!(ips(inside), ["10.0.0.2", "2001:db8:0:10::2"]);
    assert_ne!(inside["asn"].as_u64().unwrap(), asn);
    check_switches(&client, &firewall_id, &machine_id, &private).await;
    let taken = client.post("/v1/ip/find", &json!({"projectid": PROJECT})).await.expect(200);
    assert_eq!(taken.as_array().unwrap().len(), 7, "{taken}");

    free(&client, &[&firewall_id, &machine_id]).await;
    every_port_has_returned(&client).await;
    all_machines_are(&client, "Waiting").await;
    every_number_has_returned(&client, &private).await;
    assert_eq!(node.process.interrupt().await, Some(0), "Ctrl-C drains and ends well");
}
