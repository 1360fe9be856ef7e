//! The clients that allocate and free while the node is killed.

use super::PATIENCE;
use crate::support::client::{Client, Response, newest_events, text};
use crate::support::process::within;
use crate::support::rack::{self, PROJECT};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// All workers together use far less than the network has.
const ADDRESSES_PER_WORKER_MAX: usize = 5;

/// The answers that one worker got: the truth for the audit.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// Machine to allocation, acknowledged and not freed since.
    pub(super) machines: BTreeMap<String, String>,
    /// Addresses, acknowledged and not freed since.
    pub(super) addresses: BTreeSet<String>,
    /// Network to VRF, acknowledged and not freed since.
    pub(super) networks: BTreeMap<String, u64>,
    pub(super) acknowledged: u32,
}

/// One client of the node.
pub(super) struct Worker {
    client: Client,
    network: String,
    name: String,
    rng: ChaCha8Rng,
    stop: Arc<AtomicBool>,
}

impl Worker {
    pub(super) fn new(client: Client, network: String, seed: u64, stop: Arc<AtomicBool>) -> Self {
        let rng = ChaCha8Rng::seed_from_u64(seed);
        Self { client, network, name: format!("w{seed}"), rng, stop }
    }

    fn stops(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Repeats a write until it is answered; the key makes it apply once.
    async fn insist(&mut self, method: Method, path: &str, body: Option<&Value>) -> Response {
        let key = uuid::Builder::from_random_bytes(self.rng.random()).into_uuid().to_string();
        within(PATIENCE, path, async || {
            let reply = self.client.send(method.clone(), path, body, Some(&key)).await.ok()?;
            // 503: refused for now, or the outcome is unknown; a retry with the key clarifies both.
            (reply.status != 503).then_some(reply)
        })
        .await
    }

    /// Reads until the node answers.
    async fn read(&self, path: &str) -> Value {
        within(PATIENCE, path, async || {
            let reply = self.client.send(Method::GET, path, None, None).await.ok()?;
            (reply.status != 503).then(|| reply.expect(200))
        })
        .await
    }

    /// A machine or a firewall; `None` when none is available now.
    async fn allocate(&mut self, is_firewall: bool) -> Option<(String, String)> {
        let (path, request) = match is_firewall {
            true => ("/v1/firewall/allocate", rack::firewall_request(&self.name, &self.network)),
            false => ("/v1/machine/allocate", rack::machine_request(&self.name, &self.network)),
        };
        let reply = self.insist(Method::POST, path, Some(&request)).await;
        if reply.status == 200 {
            return Some((text(&reply.body, "/id"), text(&reply.body, "/allocation/allocationuuid")));
        }
        assert_eq!(reply.body, json!("no machine available"), "{reply:?}");
        None
    }

    async fn free(&mut self, machine: &str) {
        let path = format!("/v1/machine/{machine}/free");
        self.insist(Method::DELETE, &path, None).await.expect(200);
    }

    /// Allocates and frees a machine, addresses and networks, for as long as the test runs.
    pub(super) async fn allocate_and_free(mut self) -> Ledger {
        let mut ledger = Ledger::default();
        while !self.stops() {
            let is_firewall = self.rng.random_bool(0.3);
            if ledger.machines.is_empty()
                && let Some((machine, allocation)) = self.allocate(is_firewall).await
            {
                ledger.machines.insert(machine, allocation);
                ledger.acknowledged += 1;
            }
            self.address(&mut ledger).await;
            if self.rng.random_bool(0.3) {
                self.network(&mut ledger).await;
            }
            if self.rng.random_bool(0.6)
                && let Some((machine, _)) = ledger.machines.pop_first()
            {
                self.free(&machine).await;
                ledger.acknowledged += 1;
            }
        }
        ledger
    }

    async fn address(&mut self, ledger: &mut Ledger) {
        let request =
            json!({"networkid": "internet-mini-lab", "projectid": PROJECT, "name": self.name.clone()});
        let reply = self.insist(Method::POST, "/v1/ip/allocate", Some(&request)).await.expect(201);
        ledger.addresses.insert(text(&reply, "/ipaddress"));
        ledger.acknowledged += 1;
        if (ledger.addresses.len() > ADDRESSES_PER_WORKER_MAX || self.rng.random_bool(0.7))
            && let Some(address) = ledger.addresses.pop_first()
        {
            let path = format!("/v1/ip/free/{address}");
            self.insist(Method::DELETE, &path, None).await.expect(200);
            ledger.acknowledged += 1;
        }
    }

    /// Holds one network of its own, or none: its VRF number comes and goes with it.
    async fn network(&mut self, ledger: &mut Ledger) {
        if let Some((network, _)) = ledger.networks.pop_first() {
            let path = format!("/v1/network/free/{network}");
            self.insist(Method::DELETE, &path, None).await.expect(200);
        } else {
            let request = json!({"name": self.name.clone(), "projectid": PROJECT, "partitionid": "mini-lab"});
            let reply = self.insist(Method::POST, "/v1/network/allocate", Some(&request)).await.expect(201);
            ledger.networks.insert(text(&reply, "/id"), reply["vrf"].as_u64().unwrap());
        }
        ledger.acknowledged += 1;
    }

    /// The mini-lab's flow, repeatedly: a firewall and a machine are allocated, phone home, are freed and wait again.
    /// Returns the number of complete flows; the last one completes after the last kill.
    pub(super) async fn whole_flows(mut self) -> u32 {
        let mut flows = 0;
        while flows == 0 || !self.stops() {
            let firewall = self.allocate_surely(true).await;
            let machine = self.allocate_surely(false).await;
            let ids = [firewall.0.clone(), machine.0.clone()];
            self.until_newest(&ids, "Phoned Home").await;
            for ((id, allocation), role) in [(&firewall, "firewall"), (&machine, "machine")] {
                let seen = self.read(&format!("/v1/machine/{id}")).await;
                assert_eq!(&text(&seen, "/allocation/allocationuuid"), allocation, "{id}");
                assert_eq!(text(&seen, "/allocation/role"), role, "{id}");
            }
            for id in &ids {
                self.free(id).await;
            }
            self.until_waited(&ids).await;
            flows += 1;
        }
        flows
    }

    async fn allocate_surely(&mut self, is_firewall: bool) -> (String, String) {
        let until = tokio::time::Instant::now() + PATIENCE;
        loop {
            if let Some(allocated) = self.allocate(is_firewall).await {
                return allocated;
            }
            assert!(tokio::time::Instant::now() < until, "no machine became available");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn until_newest(&self, ids: &[String], event: &str) {
        within(PATIENCE, event, async || {
            let newest = newest_events(&self.read("/v1/machine").await);
            let arrived = newest.iter().filter(|(id, newest)| ids.contains(id) && newest == event);
            (arrived.count() == ids.len()).then_some(())
        })
        .await;
    }

    /// Until each waits, or is allocated by another worker before the list shows that it waits.
    async fn until_waited(&self, ids: &[String]) {
        within(PATIENCE, "they wait again", async || {
            let machines = self.read("/v1/machine").await;
            let again = machines.as_array().unwrap().iter().filter(|machine| {
                ids.contains(&text(machine, "/id"))
                    && (!machine["allocation"].is_null() || newest_is_waiting(machine))
            });
            (again.count() == ids.len()).then_some(())
        })
        .await;
    }

    /// Frees everything that is left.
    pub(super) async fn give_back(mut self, ledger: Ledger) {
        for machine in ledger.machines.keys() {
            self.free(machine).await;
        }
        for address in &ledger.addresses {
            self.insist(Method::DELETE, &format!("/v1/ip/free/{address}"), None).await.expect(200);
        }
        for network in ledger.networks.keys() {
            self.insist(Method::DELETE, &format!("/v1/network/free/{network}"), None).await.expect(200);
        }
    }
}

fn newest_is_waiting(machine: &Value) -> bool {
    machine.pointer("/events/log/0/event").is_some_and(|newest| newest == "Waiting")
}
