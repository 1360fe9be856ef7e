//! Addresses and the ASN of an allocation (api-machines 3.4.3). The decision that writes the machine claims all of
//! them: no claim exists without its allocation.

use super::networks::{Chosen, Class};
use crate::addressing::Family;
use crate::answer::Answer;
use crate::decision::{Decision, DecisionContext};
use crate::ids::{MachineId, ProjectId};
use crate::ipam;
use crate::record::ipam::{ASN_BASE, Address, AddressType, Attachment, Claim, ClaimOwner, Pool};
use crate::record::machine::AllocationNetwork;
use crate::record::network::Network;
use crate::refusal::Refusal;
use crate::world::World;
use std::collections::BTreeSet;
use uuid::Uuid;

/// The allocation that makes the claims.
#[derive(Debug)]
pub(super) struct Owner<'a> {
    pub(super) allocation: Uuid,
    pub(super) machine: &'a MachineId,
    pub(super) project: &'a ProjectId,
    pub(super) name: &'a str,
}

impl Owner<'_> {
    fn attachment(&self) -> Attachment {
        Attachment { allocation: self.allocation, machine: self.machine.clone() }
    }
}

/// Claims what the networks need, and describes them for the machine.
pub(super) fn claim(
    world: &World,
    chosen: &[Chosen],
    owner: &Owner<'_>,
    context: &mut DecisionContext<'_>,
    decision: &mut Decision<Answer>,
) -> Result<Vec<AllocationNetwork>, Refusal> {
    let number = ipam::pick::number(world, Pool::Asn)?;
    let mut networks = Vec::with_capacity(chosen.len());
    for network in chosen {
        let mut ips = Vec::new();
        for given in &network.given {
            decision.update(given, ipam::attach(given, owner.attachment(), context.now));
            ips.push(given.address.to_string());
        }
        if network.auto {
            for address in acquire(world, &network.network, owner, context)? {
                ips.push(address.address.to_string());
                decision.create(address);
            }
        }
        // Keeps the network from being freed between this decision and its commit.
        decision.unchanged(&network.network);
        networks.push(describe(&network.network, network.class, ips, ASN_BASE + number));
    }
    let owner = ClaimOwner::Allocation { allocation: owner.allocation, machine: owner.machine.clone() };
    decision.create(Claim { pool: Pool::Asn, number, owners: vec![owner] });
    Ok(networks)
}

/// One free address of each family of the network. Networks never overlap, so the picks of a decision are distinct.
fn acquire(
    world: &World,
    network: &Network,
    owner: &Owner<'_>,
    context: &mut DecisionContext<'_>,
) -> Result<Vec<Address>, Refusal> {
    if network.prefixes.is_empty() {
        let text = format!("given network {} does not have prefixes configured", network.id);
        return Err(Refusal::unprocessable(text));
    }
    let mut families: Vec<_> = network.prefixes.iter().map(Family::of).collect();
    families.sort_unstable();
    families.dedup();
    let mut acquired = Vec::with_capacity(families.len());
    for family in families {
        let (address, parent_prefix) = ipam::pick::any(world, network, family, &BTreeSet::new(), context.rng)
            .map_err(|why| why.within(&format!("unable to allocate an ip in network: {} ", network.id)))?;
        let bare = Address {
            address,
            parent_prefix,
            network: network.id.clone(),
            project: owner.project.clone(),
            allocation_uuid: context.uuid(),
            request: Some(context.key),
            name: owner.name.to_owned(),
            description: "autoassigned".to_owned(),
            kind: AddressType::Ephemeral,
            tags: Vec::new(),
            created: context.now,
            changed: context.now,
            attachments: Vec::new(),
            held_since: None,
        };
        acquired.push(ipam::attach(&bare, owner.attachment(), context.now));
    }
    Ok(acquired)
}

fn describe(network: &Network, class: Class, ips: Vec<String>, asn: u32) -> AllocationNetwork {
    AllocationNetwork {
        network: network.id.clone(),
        prefixes: network.prefixes.iter().map(ToString::to_string).collect(),
        destination_prefixes: network.destination_prefixes.iter().map(ToString::to_string).collect(),
        ips,
        vrf: network.vrf,
        asn,
        nat: network.nat,
        private: class.is_private(),
        private_primary: class.is_primary(),
        shared: class.is_shared(),
        underlay: class == Class::Underlay,
        project: network.project.clone(),
        network_type: Some(network.network_type),
    }
}
