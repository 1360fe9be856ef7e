//! The prefixes that a machine may announce by BGP at its port (api-machines 4.9 and 10/19).
//!
//! The order matters: a switch is reconfigured when the text changes.

use crate::ids::{NetworkId, ProjectId};
use crate::record::machine::{Allocation, Machine, Role};
use crate::record::switch::{Switch, SwitchPort};
use crate::refusal::Refusal;
use crate::world::{Versioned, World};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

/// The `filter` of a nic. Unknown values are empty lists: generated clients refuse `null`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortFilter {
    pub cidrs: Vec<String>,
    pub vnis: Vec<String>,
}

/// The filter of a port; `None` when no allocated machine is connected.
pub fn port_filter(world: &World, switch: &Switch, port: &SwitchPort) -> Result<Option<PortFilter>, Refusal> {
    let Some(machine) = allocated_at(world, switch, port) else {
        return Ok(None);
    };
    let Some(allocation) = &machine.allocation else {
        return Ok(None);
    };
    let of_machine = (allocation.role == Role::Machine).then_some(&allocation.project);
    let addresses = addresses_of(world, &of_machine.into_iter().collect());
    filter(world, allocation, port, &addresses).map(Some)
}

/// The filters of all ports, in the order of `switch.nics`. Switches request all of them every ten seconds, so the
/// addresses are scanned once, not once per port.
pub fn port_filters(world: &World, switch: &Switch) -> Result<Vec<Option<PortFilter>>, Refusal> {
    let machines: Vec<_> = switch.nics.iter().map(|port| allocated_at(world, switch, port)).collect();
    let allocations = || machines.iter().map(|machine| machine.as_ref()?.allocation.as_ref());
    let of_machines = allocations().flatten().filter(|allocation| allocation.role == Role::Machine);
    let addresses = addresses_of(world, &of_machines.map(|allocation| &allocation.project).collect());
    let ports = switch.nics.iter().zip(allocations());
    ports
        .map(|(port, allocation)| allocation.map(|it| filter(world, it, port, &addresses)).transpose())
        .collect()
}

type Addresses = BTreeMap<ProjectId, Vec<IpAddr>>;

fn allocated_at(world: &World, switch: &Switch, port: &SwitchPort) -> Option<Arc<Versioned<Machine>>> {
    world.machines.get(switch.machine_at(port)?.as_str()).filter(|machine| machine.allocation.is_some())
}

fn filter(
    world: &World,
    allocation: &Allocation,
    port: &SwitchPort,
    addresses: &Addresses,
) -> Result<PortFilter, Refusal> {
    Ok(match allocation.role {
        Role::Machine => of_machine(world, allocation, addresses)?,
        Role::Firewall if port.vrf == "default" => of_firewall(allocation),
        Role::Firewall => PortFilter::default(),
    })
}

fn of_machine(world: &World, allocation: &Allocation, addresses: &Addresses) -> Result<PortFilter, Refusal> {
    let mut prefixes = private_prefixes(world, allocation)?;
    prefixes.extend(addresses.get(&allocation.project).into_iter().flatten().copied().map(IpNet::from));
    let mut cidrs: Vec<String> = IpNet::aggregate(&prefixes).iter().map(ToString::to_string).collect();
    cidrs.sort();
    Ok(PortFilter { cidrs, vnis: Vec::new() })
}

/// The current prefixes of the machine's private network, and those that its parent lets all children announce.
fn private_prefixes(world: &World, allocation: &Allocation) -> Result<Vec<IpNet>, Refusal> {
    let networks = &allocation.networks;
    let primary = networks.iter().find(|network| network.private_primary);
    let Some(private) = primary.or_else(|| networks.iter().find(|network| network.private)) else {
        return Ok(Vec::new());
    };
    let Some(network) = world.networks.get(private.network.as_str()) else {
        return Err(lost("private", &private.network));
    };
    let parent = network.parent.clone().unwrap_or_default();
    let Some(parent) = world.networks.get(parent.as_str()) else {
        return Err(lost("parent", &parent));
    };
    let announcable = parent.additional_announcable_cidrs.iter().filter_map(|cidr| cidr.parse().ok());
    Ok(network.prefixes.iter().copied().chain(announcable).collect())
}

fn lost(which: &str, network: &NetworkId) -> Refusal {
    Refusal::unprocessable(format!("no {which} network found for ID:{network}"))
}

/// The external addresses of these projects, which a machine may have besides those of its private network. Addresses
/// of other private networks, and a firewall's in the underlay, are excluded.
fn addresses_of(world: &World, projects: &BTreeSet<&ProjectId>) -> Addresses {
    let mut addresses = Addresses::new();
    if projects.is_empty() {
        return addresses;
    }
    let mut external = BTreeMap::<NetworkId, bool>::new();
    let mut is_external = |id: &NetworkId| {
        let is = || world.networks.get(id.as_str()).is_some_and(|network| network.is_external());
        *external.entry(id.clone()).or_insert_with(is)
    };
    for row in world.addresses.filter(|address| projects.contains(&address.project)) {
        if !is_external(&row.network) {
            continue;
        }
        addresses.entry(row.project.clone()).or_default().push(row.address);
    }
    addresses
}

fn of_firewall(allocation: &Allocation) -> PortFilter {
    let (underlay, others): (Vec<_>, Vec<_>) =
        allocation.networks.iter().partition(|network| network.underlay);
    let mut vnis: Vec<String> = others.iter().map(|network| network.vrf.to_string()).collect();
    vnis.sort();
    let ips = underlay.iter().flat_map(|network| &network.ips).filter_map(|ip| ip.parse::<IpAddr>().ok());
    let mut cidrs: Vec<String> = ips.map(|ip| IpNet::from(ip).to_string()).collect();
    cidrs.sort();
    PortFilter { cidrs, vnis }
}

#[cfg(test)]
mod tests;
