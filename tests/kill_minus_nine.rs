//! Kills the node at random points, again and again, under load; then audits from outside through the API.
//!
//! Clients do as careful clients do: every write has a key, and is sent again with that key until there is an answer.

use crate::client::{Client, Reply, text};
use crate::lab::{self, PROJECT};
use crate::process::{Node, start_rack, within};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use uuid::Uuid;

const KILLS: u32 = 20;
const MACHINES: u32 = 6;
/// All workers together stay far below what the network has.
const ADDRESSES_PER_WORKER_MAX: usize = 5;
const PATIENCE: Duration = Duration::from_secs(60);

/// What one worker was told: the truth that the audit compares with.
#[derive(Debug, Default)]
struct Ledger {
    /// Machine to allocation, acknowledged and not freed since.
    machines: BTreeMap<String, String>,
    /// Addresses, acknowledged and not freed since.
    addresses: BTreeSet<String>,
    acknowledged: u32,
}

/// Sends a write until it is answered; the key makes it apply once.
async fn insist(
    client: &Client,
    method: Method,
    path: &str,
    body: Option<&Value>,
    rng: &mut ChaCha8Rng,
) -> Reply {
    let key = uuid::Builder::from_random_bytes(rng.random()).into_uuid().to_string();
    within(PATIENCE, path, async || {
        let reply = client.send(method.clone(), path, body, Some(&key)).await.ok()?;
        // 503: refused for now, or the outcome is unknown; either way the key tells.
        (reply.status != 503).then_some(reply)
    })
    .await
}

/// Allocates and frees a machine and an address, for as long as the test runs.
async fn work(client: Client, network: String, worker: u64, stop: Arc<AtomicBool>) -> Ledger {
    let mut rng = ChaCha8Rng::seed_from_u64(worker);
    let mut ledger = Ledger::default();
    while !stop.load(Ordering::Relaxed) {
        let request = lab::machine_request(&format!("w{worker}"), &network);
        let reply = insist(&client, Method::POST, "/v1/machine/allocate", Some(&request), &mut rng).await;
        if reply.status == 200 {
            let machine = text(&reply.body, "/id");
            ledger.machines.insert(machine, text(&reply.body, "/allocation/allocationuuid"));
            ledger.acknowledged += 1;
        } else {
            assert_eq!(reply.body, json!("no machine available"), "{reply:?}");
        }
        let request =
            json!({"networkid": "internet-mini-lab", "projectid": PROJECT, "name": format!("w{worker}")});
        let reply =
            insist(&client, Method::POST, "/v1/ip/allocate", Some(&request), &mut rng).await.expect(201);
        ledger.addresses.insert(text(&reply, "/ipaddress"));
        ledger.acknowledged += 1;
        if rng.random_bool(0.6)
            && let Some((machine, _)) = ledger.machines.pop_first()
        {
            let path = format!("/v1/machine/{machine}/free");
            insist(&client, Method::DELETE, &path, None, &mut rng).await.expect(200);
            ledger.acknowledged += 1;
        }
        if (ledger.addresses.len() > ADDRESSES_PER_WORKER_MAX || rng.random_bool(0.7))
            && let Some(address) = ledger.addresses.pop_first()
        {
            let path = format!("/v1/ip/free/{address}");
            insist(&client, Method::DELETE, &path, None, &mut rng).await.expect(200);
            ledger.acknowledged += 1;
        }
    }
    ledger
}

/// Every acknowledged write is there, nothing is held twice, nothing is held by nobody.
async fn audit(client: &Client, ledgers: &[Ledger]) {
    let machines = client.get("/v1/machine").await.expect(200);
    let machines: BTreeMap<String, Value> =
        machines.as_array().unwrap().iter().map(|machine| (text(machine, "/id"), machine.clone())).collect();
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

    let mut holders: BTreeMap<String, String> = BTreeMap::new();
    let mut asns = BTreeSet::new();
    for (id, machine) in machines.iter().filter(|(id, _)| allocated.contains_key(*id)) {
        for network in machine["allocation"]["networks"].as_array().unwrap() {
            for ip in network["ips"].as_array().unwrap() {
                let before = holders.insert(ip.as_str().unwrap().to_owned(), id.clone());
                assert_eq!(before, None, "{ip} is held twice");
            }
        }
        assert!(asns.insert(machine["allocation"]["networks"][0]["asn"].as_u64()), "an ASN is held twice");
    }
    let rows = client.post("/v1/ip/find", &json!({"projectid": PROJECT})).await.expect(200);
    let by_hand: BTreeSet<String> = ledgers.iter().flat_map(|ledger| ledger.addresses.clone()).collect();
    let rows: BTreeSet<String> = rows.as_array().unwrap().iter().map(|row| text(row, "/ipaddress")).collect();
    let owned: BTreeSet<String> = holders.keys().cloned().chain(by_hand.iter().cloned()).collect();
    assert_eq!(holders.len() + by_hand.len(), owned.len(), "an address is held twice");
    assert_eq!(rows, owned, "every address has an owner, and every owner its address");
}

#[tokio::test]
async fn kill_minus_nine() {
    tokio::task::LocalSet::new().run_until(kill_again_and_again()).await;
}

async fn kill_again_and_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut node = Node::start_empty(folder.path());
    let client = Client::new(&node.url());
    let answers = async || client.send(Method::GET, "/v1/health", None, None).await.ok();
    within(PATIENCE, "the node answers", answers).await.expect(200);
    lab::create_entities(&client).await;
    let _rack = start_rack(&node, MACHINES, 200, folder.path());
    let network = text(&lab::allocate_network(&client).await, "/id");
    within(PATIENCE, "machines wait", async || {
        let waiting = client.newest_events().await.iter().filter(|(_, newest)| newest == "Waiting").count();
        (waiting >= 2).then_some(())
    })
    .await;

    let stop = Arc::new(AtomicBool::new(false));
    let workers: Vec<_> = (0..4)
        .map(|worker| {
            tokio::task::spawn_local(work(client.clone(), network.clone(), worker, Arc::clone(&stop)))
        })
        .collect();
    let mut rng = ChaCha8Rng::seed_from_u64(Uuid::from_u128(9).as_u64_pair().1);
    for _ in 0..KILLS {
        let moment = Duration::from_millis(rng.random_range(150..900));
        tokio::time::sleep(moment).await;
        node.kill_and_start_again(folder.path());
    }
    within(PATIENCE, "the node answers", answers).await.expect(200);
    stop.store(true, Ordering::Relaxed);
    let mut ledgers = Vec::new();
    for worker in workers {
        ledgers.push(worker.await.unwrap());
    }
    let acknowledged: u32 = ledgers.iter().map(|ledger| ledger.acknowledged).sum();
    assert!(acknowledged > 20, "too little happened to prove anything: {acknowledged} writes");
    audit(&client, &ledgers).await;
    assert_eq!(node.process.interrupt().await, Some(0));
}
