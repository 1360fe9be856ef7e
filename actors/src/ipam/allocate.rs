//! Allocation of an address on request (api-resources 3.2). The rows are numbered as there.

use super::command::{AddressAllocate, AddressesAllocate, MANY_MAX};
use super::{pick, quarantine};
use crate::addressing::spelling::{self, invalid_family};
use crate::addressing::{Family, block};
use crate::answer::Answer;
use crate::decision::{Decided, Decision, DecisionContext};
use crate::ids::MachineId;
use crate::masterdata::project;
use crate::record::ipam::{Address, AddressType, tags};
use crate::record::masterdata::Project;
use crate::record::network::Network;
use crate::refusal::Refusal;
use crate::store::BODY_BYTES_MAX;
use crate::world::{Versioned, World};
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

pub(super) fn allocate(
    world: &World,
    request: &AddressAllocate,
    context: &mut DecisionContext<'_>,
) -> Decided<Answer> {
    let network = network(world, request)?;
    let family = family(request, &network)?;
    let project = project(world, request, &network)?;
    // 10 to 15
    let (address, parent_prefix) = match &request.specific {
        Some(text) => specific(world, &network, text)?,
        None => pick::any(world, &network, family, &BTreeSet::new(), context.rng)?,
    };
    let record = record(request, &network, address, parent_prefix, context);
    let mut decision = Decision::new(context.now, Answer::Address(Box::new(record.clone())));
    decision.create(record).unchanged(&project);
    depend_on(&mut decision, &network);
    Ok(decision)
}

/// The checks are those for one address, with 5 to 7 for the counts.
pub(super) fn allocate_many(
    world: &World,
    request: &AddressesAllocate,
    context: &mut DecisionContext<'_>,
) -> Decided<Answer> {
    let each = &request.each;
    let network = network(world, each)?;
    let numbers = numbers(request, &network)?;
    let project = project(world, each, &network)?;
    let mut taken = BTreeSet::new();
    let mut records = Vec::new();
    for (family, count) in numbers {
        for _ in 0..count {
            let (address, parent_prefix) = pick::any(world, &network, family, &taken, context.rng)?;
            taken.insert(address);
            records.push(record(each, &network, address, parent_prefix, context));
        }
    }
    let mut decision = Decision::new(context.now, Answer::Addresses(records.clone()));
    for record in records {
        decision.create(record);
    }
    decision.unchanged(&project);
    depend_on(&mut decision, &network);
    Ok(decision)
}

fn numbers(request: &AddressesAllocate, network: &Network) -> Result<BTreeMap<Family, u32>, Refusal> {
    let AddressesAllocate { each, count } = request;
    if each.specific.is_some() || each.addressfamily.is_some() {
        let why = "count names the number per family, it cannot be combined with an address or addressfamily";
        return Err(Refusal::bad_request(why));
    }
    let all = count.values().fold(0_u32, |all, count| all.saturating_add(*count));
    if !(1..=MANY_MAX).contains(&all) {
        return Err(Refusal::bad_request(format!("count is {all} in total, 1 to {MANY_MAX} are possible")));
    }
    // Each row is a copy, and the stored answer contains all of them.
    let bytes: usize = [&each.name, &each.description].into_iter().chain(&each.tags).map(String::len).sum();
    let bytes = usize::try_from(all).unwrap_or(usize::MAX).saturating_mul(bytes);
    if bytes > BODY_BYTES_MAX {
        let why =
            format!("{bytes} bytes of names, descriptions and tags, at most {BODY_BYTES_MAX} are possible");
        return Err(Refusal::unprocessable(why));
    }
    let mut numbers = BTreeMap::new();
    for (text, count) in count {
        let family = Family::parse(text).ok_or_else(|| Refusal::unprocessable(invalid_family(text)))?;
        if *count > 0 {
            refuse_family(family, network)?;
        }
        *numbers.entry(family).or_insert(0) += count;
    }
    Ok(numbers)
}

fn depend_on(decision: &mut Decision<Answer>, network: &Arc<Versioned<Network>>) {
    if network.private_super {
        // Of an address and a child prefix in it, only one may be created at the same time.
        decision.update(network, Network::clone(&network.value));
    } else {
        decision.unchanged(network);
    }
}

/// Rows 8 and 9.
fn project(
    world: &World,
    request: &AddressAllocate,
    network: &Network,
) -> Result<Arc<Versioned<Project>>, Refusal> {
    let project = project::get(world, &request.projectid)?;
    let foreign = network.project.as_str() != request.projectid;
    if network.parent.is_some() && !network.shared && foreign {
        return Err(Refusal::unprocessable(format!(
            "can not allocate ip for project {:?} because network belongs to {:?} and the network is not shared",
            request.projectid,
            network.project.as_str()
        )));
    }
    Ok(project)
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

/// Rows 5 to 7, and the default family: the only one of the network, or IPv4.
fn family(request: &AddressAllocate, network: &Network) -> Result<Family, Refusal> {
    let Some(text) = &request.addressfamily else {
        return Ok(if has(network, Family::IPv4) { Family::IPv4 } else { Family::IPv6 });
    };
    let Some(family) = Family::parse(text) else {
        return Err(Refusal::unprocessable(invalid_family(text)));
    };
    refuse_family(family, network)?;
    if request.specific.is_some() {
        return Err(Refusal::bad_request("it is not possible to specify specificIP and addressfamily"));
    }
    Ok(family)
}

fn has(network: &Network, family: Family) -> bool {
    network.prefixes.iter().any(|prefix| Family::of(prefix) == family)
}

/// Row 6.
fn refuse_family(family: Family, network: &Network) -> Result<(), Refusal> {
    if has(network, family) {
        return Ok(());
    }
    Err(Refusal::bad_request(format!(
        "there is no prefix for the given addressfamily:{} present in network:{}",
        family.as_str(),
        network.id
    )))
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
    context: &mut DecisionContext<'_>,
) -> Address {
    // Generated clients send an empty text for "none".
    let machine = request.machineid.as_deref().filter(|id| !id.is_empty()).map(MachineId::from);
    Address {
        address,
        parent_prefix,
        network: network.id.clone(),
        project: request.projectid.as_str().into(),
        allocation_uuid: context.uuid(),
        request: Some(context.key),
        name: request.name.clone(),
        description: request.description.clone(),
        kind: if request.kind == "static" { AddressType::Static } else { AddressType::Ephemeral },
        tags: match machine {
            Some(machine) => tags::with_machine(&request.tags, &machine),
            None => tags::tidy(request.tags.clone()),
        },
        created: context.now,
        changed: context.now,
        attachments: Vec::new(),
        held_since: None,
    }
}
