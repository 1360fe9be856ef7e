//! The audit: compares what the API shows with the answers that clients got.

use super::PATIENCE;
use super::clients::Ledger;
use crate::support::client::{Client, newest_events, text};
use crate::support::process::within;
use crate::support::rack::{self, PROJECT, ports_of};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const LOWEST_ASN: u64 = 4_210_000_001;

/// Every acknowledged write is there, nothing is allocated twice or without an owner, and every machine is in its
/// expected state.
pub(super) async fn holds_what_was_acknowledged(client: &Client, network: &Value, ledgers: &[Ledger]) {
    settled(client).await;
    let machines = machines(client).await;
    let allocated: BTreeMap<String, String> = machines
        .iter()
        .filter(|(_, machine)| !machine["allocation"].is_null())
        .map(|(id, machine)| (id.clone(), text(machine, "/allocation/allocationuuid")))
        .collect();
    let expected: BTreeMap<String, String> =
        ledgers.iter().flat_map(|ledger| ledger.machines.clone()).collect();
    let told: usize = ledgers.iter().map(|ledger| ledger.machines.len()).sum();
    assert_eq!(expected.len(), told, "one machine was given to two workers");
    assert_eq!(allocated, expected, "allocations are those that were acknowledged");
    let uuids: BTreeSet<&String> = allocated.values().collect();
    assert_eq!(uuids.len(), allocated.len(), "two machines have the same allocation");

    addresses(client, &machines, ledgers).await;
    networks(client, network, ledgers).await;
    switches(client, &machines).await;
    agrees(client).await;
}

/// After all releases: no address, number or port is in use, and the lowest ones are allocated again.
pub(super) async fn holds_nothing(client: &Client, network: &Value) {
    settled(client).await;
    let machines = machines(client).await;
    assert!(machines.values().all(|machine| machine["allocation"].is_null()), "{machines:?}");
    let rows = client.post("/v1/ip/find", &json!({"projectid": PROJECT})).await.expect(200);
    assert_eq!(rows, json!([]), "every address has returned");
    switches(client, &machines).await;
    agrees(client).await;

    let own = text(network, "/id");
    let pair = [
        rack::allocate_firewall(client, "after", &own).await,
        rack::allocate_machine(client, &rack::machine_request("after", &own)).await,
    ];
    let asns: BTreeSet<u64> = pair.iter().map(asn).collect();
    assert_eq!(asns, BTreeSet::from([LOWEST_ASN, LOWEST_ASN + 1]), "every ASN has returned");
    for machine in pair {
        client.delete(&format!("/v1/machine/{}/free", text(&machine, "/id"))).await.expect(200);
    }
    within(PATIENCE, "the network can be freed", async || {
        let reply = client.delete(&format!("/v1/network/free/{own}")).await;
        (reply.status == 200).then_some(())
    })
    .await;
    let again = rack::allocate_network(client).await;
    assert_eq!(
        (&again["vrf"], &again["prefixes"]),
        (&network["vrf"], &network["prefixes"]),
        "every VRF and every prefix has returned"
    );
    agrees(client).await;
}

/// The state is final: allocated machines have phoned home, all others wait.
async fn settled(client: &Client) {
    within(PATIENCE, "all machines have arrived", async || {
        let list = client.get("/v1/machine").await.expect(200);
        let newest: BTreeMap<String, String> = newest_events(&list).into_iter().collect();
        let arrived = list.as_array().unwrap().iter().all(|machine| {
            let event = if machine["allocation"].is_null() { "Waiting" } else { "Phoned Home" };
            newest[&text(machine, "/id")] == event
        });
        arrived.then_some(())
    })
    .await;
}

async fn machines(client: &Client) -> BTreeMap<String, Value> {
    let machines = client.get("/v1/machine").await.expect(200);
    machines.as_array().unwrap().iter().map(|machine| (text(machine, "/id"), machine.clone())).collect()
}

fn asn(machine: &Value) -> u64 {
    let networks = machine["allocation"]["networks"].as_array().unwrap();
    let asns: BTreeSet<u64> = networks.iter().map(|network| network["asn"].as_u64().unwrap()).collect();
    assert_eq!(asns.len(), 1, "one ASN per machine: {machine}");
    asns.into_iter().next().unwrap()
}

/// Addresses and ASNs: one holder and one row for each.
async fn addresses(client: &Client, machines: &BTreeMap<String, Value>, ledgers: &[Ledger]) {
    let mut holders: BTreeMap<String, String> = BTreeMap::new();
    let mut asns = BTreeSet::new();
    for (id, machine) in machines.iter().filter(|(_, machine)| !machine["allocation"].is_null()) {
        for ip in machine["allocation"]["networks"].as_array().unwrap().iter().flat_map(rack::ips) {
            let before = holders.insert(ip.clone(), id.clone());
            assert_eq!(before, None, "{ip} is held twice");
        }
        assert!(asns.insert(asn(machine)), "an ASN is held twice");
    }
    let rows = client.post("/v1/ip/find", &json!({"projectid": PROJECT})).await.expect(200);
    let by_hand: BTreeSet<String> = ledgers.iter().flat_map(|ledger| ledger.addresses.clone()).collect();
    let told: usize = ledgers.iter().map(|ledger| ledger.addresses.len()).sum();
    assert_eq!(by_hand.len(), told, "one address was given to two workers");
    let rows: BTreeSet<String> = rows.as_array().unwrap().iter().map(|row| text(row, "/ipaddress")).collect();
    let owned: BTreeSet<String> = holders.keys().cloned().chain(by_hand.iter().cloned()).collect();
    assert_eq!(holders.len() + by_hand.len(), owned.len(), "an address is held twice");
    assert_eq!(rows, owned, "every address has an owner, and every owner its address");
}

/// The project's networks are the acknowledged ones, each with its acknowledged and unique VRF.
async fn networks(client: &Client, network: &Value, ledgers: &[Ledger]) {
    let rows = client.post("/v1/network/find", &json!({"projectid": PROJECT})).await.expect(200);
    let shown: BTreeMap<String, u64> =
        rows.as_array().unwrap().iter().map(|row| (text(row, "/id"), row["vrf"].as_u64().unwrap())).collect();
    let common = (text(network, "/id"), network["vrf"].as_u64().unwrap());
    let expected: BTreeMap<String, u64> =
        ledgers.iter().flat_map(|ledger| ledger.networks.clone()).chain([common]).collect();
    assert_eq!(shown, expected, "networks are those that were acknowledged");
    let vrfs: BTreeSet<&u64> = shown.values().collect();
    assert_eq!(vrfs.len(), shown.len(), "a VRF is held twice: {shown:?}");
}

/// Every port is in the VRF of its machine's allocation, or in none.
async fn switches(client: &Client, machines: &BTreeMap<String, Value>) {
    for (id, machine) in machines {
        let ports = ports_of(client, id).await;
        assert_eq!(ports.len(), 2, "{ports:?}");
        let allocation = &machine["allocation"];
        let vrf = match allocation["role"].as_str() {
            None => String::new(),
            Some("firewall") => "default".to_owned(),
            Some(_) => format!("vrf{}", rack::network(machine, "privateprimaryunshared")["vrf"]),
        };
        for (leaf, port_vrf, filter) in ports {
            assert_eq!(port_vrf, json!(vrf), "{leaf} of {id}");
            assert_eq!(filter.is_null(), allocation.is_null(), "{leaf} of {id}: {filter}");
        }
    }
}

/// Claims and owners, memory and store.
async fn agrees(client: &Client) {
    let check = client.get("/mesh/v1/ipam/check").await.expect(200);
    assert_eq!(check["findings"], json!([]));
}
