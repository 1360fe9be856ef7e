//! Taking an address on request (api-resources 3.2). The rows are numbered as there.

use super::command::AddressAllocate;
use super::record::{Address, AddressType};
use super::{block, pick, quarantine, spelling, tags};
use crate::command::Answer;
use crate::decision::{Decided, Decision, Moment};
use crate::ids::MachineId;
use crate::network::{Family, Network, invalid_family, known};
use crate::refusal::Refusal;
use crate::world::{Versioned, World};
use ipnet::IpNet;
use std::net::IpAddr;
use std::sync::Arc;

pub(super) fn allocate(world: &World, request: &AddressAllocate, moment: &mut Moment<'_>) -> Decided<Answer> {
    let network = network(world, request)?;
    let family = family(request, &network)?;
    // 8
    let project = known::project(world, &request.projectid)?;
    // 9
    let foreign = network.project.as_str() != request.projectid;
    if network.parent.is_some() && !network.shared && foreign {
        return Err(Refusal::unprocessable(format!(
            "can not allocate ip for project {:?} because network belongs to {:?} and the network is not shared",
            request.projectid,
            network.project.as_str()
        )));
    }
    // 10 to 15
    let (address, parent_prefix) = match &request.specific {
        Some(text) => specific(world, &network, text)?,
        None => pick::any(world, &network, family, moment.rng)?,
    };
    let record = record(request, &network, address, parent_prefix, moment);
    let mut decision = Decision::new(moment.now, Answer::Address(Box::new(record.clone())));
    decision.create(record).unchanged(&project);
    if network.private_super {
        // Of an address and a child prefix taken from it at the same time, only one may come to be.
        decision.update(&network, Network::clone(&network.value));
    } else {
        decision.unchanged(&network);
    }
    Ok(decision)
}

/// Rows 1 to 4.
fn network(world: &World, request: &AddressAllocate) -> Result<Arc<Versioned<Network>>, Refusal> {
    if request.networkid.is_empty() {
        return Err(Refusal::bad_request("networkid should not be empty"));
    }
    if request.projectid.is_empty() {
        return Err(Refusal::bad_request("projectid should not be empty"));
    }
    let Some(network) = world.networks.get(&request.networkid) else {
        return Err(Refusal::not_found("network", &request.networkid));
    };
    if network.prefixes.is_empty() {
        let why = format!("given network {} does not have prefixes configured", network.id);
        return Err(Refusal::unprocessable(why));
    }
    Ok(network)
}

/// Rows 5 to 7, and the family when none was asked for: the only one of the network, else IPv4.
fn family(request: &AddressAllocate, network: &Network) -> Result<Family, Refusal> {
    let has = |family| network.prefixes.iter().any(|prefix| Family::of(prefix) == family);
    let Some(text) = &request.addressfamily else {
        return Ok(if has(Family::IPv4) { Family::IPv4 } else { Family::IPv6 });
    };
    let Some(family) = Family::parse(text) else {
        return Err(Refusal::unprocessable(invalid_family(text)));
    };
    if !has(family) {
        return Err(Refusal::bad_request(format!(
            "there is no prefix for the given addressfamily:{} present in network:{}",
            family.as_str(),
            network.id
        )));
    }
    if request.specific.is_some() {
        return Err(Refusal::bad_request("it is not possible to specify specificIP and addressfamily"));
    }
    Ok(family)
}

/// Rows 10 to 13.
fn specific(world: &World, network: &Network, text: &str) -> Result<(IpAddr, IpNet), Refusal> {
    let address = spelling::address(text)
        .map_err(|why| Refusal::unprocessable(format!("unable to parse specific ip: {why}")))?;
    let Some(prefix) = network.prefixes.iter().find(|prefix| prefix.contains(&address)) else {
        return Err(Refusal::unprocessable("specific ip not contained in any of the defined prefixes"));
    };
    if !network.pool.allows(prefix, block::number(address)) || world.addresses.contains(&address.to_string())
    {
        return Err(Refusal::conflict("Conflict ip already allocated"));
    }
    quarantine::refuse(world, address)?;
    pick::refuse_children(world, network, prefix)?;
    Ok((address, *prefix))
}

fn record(
    request: &AddressAllocate,
    network: &Network,
    address: IpAddr,
    parent_prefix: IpNet,
    moment: &mut Moment<'_>,
) -> Address {
    // Generated clients send an empty text for "none".
    let machine = request.machineid.as_deref().filter(|id| !id.is_empty()).map(MachineId::from);
    Address {
        address,
        parent_prefix,
        network: network.id.clone(),
        project: request.projectid.as_str().into(),
        allocation_uuid: moment.uuid(),
        name: request.name.clone(),
        description: request.description.clone(),
        kind: if request.kind == "static" { AddressType::Static } else { AddressType::Ephemeral },
        tags: match machine {
            Some(machine) => tags::with_machine(&request.tags, &machine),
            None => tags::tidy(request.tags.clone()),
        },
        created: moment.now,
        changed: moment.now,
        attachments: Vec::new(),
        held_since: None,
    }
}
