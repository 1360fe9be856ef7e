//! Users' operations besides machines: they acquire addresses and networks and release them, sometimes by mistake those
//! of others.

use super::User;
use crate::entities::{PROJECT, internet};
use crate::sometimes as seen;
use actors::answer::Answer;
use actors::command::Body;
use actors::ids::NetworkId;
use actors::ipam::{AddressAllocate, AddressCommand, AddressesAllocate};
use actors::network::{NetworkAllocate, NetworkCommand};
use rand::RngExt;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Prefix length of a user's network.
const NETWORK_BITS: u8 = 26;

/// An address of a user.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OwnAddress {
    pub ip: String,
    /// New with every allocation of the same address.
    pub allocation: Uuid,
}

impl User {
    /// One operation on addresses.
    pub(super) async fn tend(&mut self) {
        let room = self.cluster.scenario.workload.addresses_max.saturating_sub(self.addresses.len());
        match self.rng.random_range(0..10) {
            0..3 if room >= 1 => self.take_address().await,
            3 if room >= 2 => self.take_two().await,
            0..6 => self.give_back().await,
            6 => self.take_network().await,
            7 => self.free_network().await,
            _ => self.reach_for_others().await,
        }
    }

    fn any_pool(&mut self) -> String {
        let partition = self.any_partition();
        let is_public = self.cluster.scenario.workload.public_prefix > 0 && self.rng.random_bool(0.5);
        let own = self.cluster.partitions.get(&partition).map(|played| played.network.to_string());
        if is_public { internet(partition.as_str()) } else { own.unwrap_or_default() }
    }

    fn address_request(&mut self) -> AddressAllocate {
        AddressAllocate {
            networkid: self.any_pool(),
            projectid: PROJECT.to_owned(),
            name: self.signature(),
            kind: if self.rng.random_bool(0.5) { "static" } else { "ephemeral" }.to_owned(),
            ..AddressAllocate::default()
        }
    }

    async fn take_address(&mut self) {
        let request = Box::new(self.address_request());
        match self.write("take address", Body::Address(AddressCommand::Allocate(request))).await {
            Some(Answer::Address(address)) => {
                self.cluster.trace.saw(seen::ADDRESS_TAKEN);
                self.addresses.push(OwnAddress {
                    ip: address.address.to_string(),
                    allocation: address.allocation_uuid,
                });
            }
            Some(answer) => self.unfit("an address", &answer),
            None => {}
        }
    }

    async fn take_two(&mut self) {
        let each = self.address_request();
        let request = AddressesAllocate { each, count: BTreeMap::from([("ipv4".to_owned(), 2)]) };
        match self.write("take two", Body::Address(AddressCommand::AllocateMany(Box::new(request)))).await {
            Some(Answer::Addresses(two)) if two.len() == 2 => {
                self.addresses.extend(two.iter().map(|address| OwnAddress {
                    ip: address.address.to_string(),
                    allocation: address.allocation_uuid,
                }));
            }
            Some(answer) => self.unfit("two addresses", &answer),
            None => {}
        }
    }

    async fn give_back(&mut self) {
        if self.addresses.is_empty() {
            return;
        }
        let index = self.rng.random_range(0..self.addresses.len());
        let OwnAddress { ip, allocation } = self.addresses.swap_remove(index);
        let key = self.new_key();
        // Whatever happens to the request, it must end this allocation of the address and no later one.
        self.cluster.monitor.gives_back(key, allocation);
        let body = Body::Address(AddressCommand::Free(ip.clone()));
        match self.write_with(key, "give back", body).await {
            Some(_) => self.cluster.trace.saw(seen::ADDRESS_GIVEN_BACK),
            None => {
                let what = format!("user {} could not give back {ip}, which is his", self.number);
                self.cluster.monitor.object("no-lost-acknowledged-write", what);
            }
        }
    }

    async fn take_network(&mut self) {
        if self.networks.len() * 2 >= self.cluster.scenario.workload.addresses_max {
            return;
        }
        let request = NetworkAllocate {
            name: self.signature(),
            partitionid: self.any_partition().to_string(),
            projectid: PROJECT.to_owned(),
            length: BTreeMap::from([("IPv4".to_owned(), NETWORK_BITS)]),
            ..NetworkAllocate::default()
        };
        match self.write("take network", Body::Network(NetworkCommand::Allocate(Box::new(request)))).await {
            Some(Answer::Network(network)) => {
                self.cluster.trace.saw(seen::NETWORK_TAKEN);
                self.networks.push(network.id.clone());
            }
            Some(answer) => self.unfit("a network", &answer),
            None => {}
        }
    }

    async fn free_network(&mut self) {
        if self.networks.is_empty() {
            return;
        }
        let index = self.rng.random_range(0..self.networks.len());
        let id: NetworkId = self.networks.swap_remove(index);
        if self.write("free network", Body::Network(NetworkCommand::Free(id.clone()))).await.is_none() {
            let what = format!("user {} could not free network {id}, which is his and empty", self.number);
            self.cluster.monitor.object("no-lost-acknowledged-write", what);
        }
    }

    /// Requests that must change nothing: an address twice, an address without an owner, and a pool that still has
    /// networks.
    async fn reach_for_others(&mut self) {
        self.cluster.trace.saw(seen::BLUNDER);
        let (what, body) = match self.rng.random_range(0..3) {
            0 if !self.addresses.is_empty() => {
                let index = self.rng.random_range(0..self.addresses.len());
                let specific = Some(self.addresses[index].ip.clone());
                let request = AddressAllocate { specific, ..self.address_request() };
                ("take a taken address", Body::Address(AddressCommand::Allocate(Box::new(request))))
            }
            0 | 1 => {
                let ip = format!("192.0.2.{}", self.rng.random_range(0..256_u32));
                ("free a stranger", Body::Address(AddressCommand::Free(ip)))
            }
            _ => {
                let id = NetworkId(format!("super-{}", self.any_partition()));
                ("free the pool", Body::Network(NetworkCommand::Free(id)))
            }
        };
        if let Some(answer) = self.write(what, body).await {
            let what = format!("to {what} was answered with {answer:?}");
            self.cluster.monitor.object("nonsense-is-refused", what);
        }
    }

    fn unfit(&self, wanted: &str, answer: &Answer) {
        let what = format!("user {} asked for {wanted} and was answered with {answer:?}", self.number);
        self.cluster.monitor.object("answers-fit", what);
    }
}
