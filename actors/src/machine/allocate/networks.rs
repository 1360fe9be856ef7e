//! The networks that a machine joins, and their roles (api-machines 3.4.2).

use crate::ids::{PartitionId, ProjectId};
use crate::machine::command::{AllocateRequest, NetworkChoice};
use crate::network::known;
use crate::record::ipam::Address;
use crate::record::machine::Role;
use crate::record::network::Network;
use crate::refusal::Refusal;
use crate::world::{Versioned, World};
use std::sync::Arc;

/// The role of a network for the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    PrimaryUnshared,
    PrimaryShared,
    SecondaryShared,
    External,
    Underlay,
}

impl Class {
    pub(super) const fn is_private(self) -> bool {
        matches!(self, Self::PrimaryUnshared | Self::PrimaryShared | Self::SecondaryShared)
    }

    pub(super) const fn is_primary(self) -> bool {
        matches!(self, Self::PrimaryUnshared | Self::PrimaryShared)
    }

    pub(super) const fn is_shared(self) -> bool {
        matches!(self, Self::PrimaryShared | Self::SecondaryShared)
    }
}

/// A network that the machine joins.
#[derive(Debug)]
pub(super) struct Chosen {
    pub(super) network: Arc<Versioned<Network>>,
    pub(super) class: Class,
    /// Allocate a free address of each family.
    pub(super) auto: bool,
    /// The user's existing addresses.
    pub(super) given: Vec<Arc<Versioned<Address>>>,
}

/// The networks of the request in order, then a firewall's underlay.
pub(super) fn gather(
    world: &World,
    role: Role,
    request: &AllocateRequest,
    partition: &PartitionId,
) -> Result<Vec<Chosen>, Refusal> {
    if known::supers(world, partition.as_str()).is_empty() {
        return Err(Refusal::unprocessable(format!(
            "partition {partition} does not have a private super network"
        )));
    }
    let choices = request.networks.as_deref().unwrap_or_default();
    let mut chosen = choose(world, choices)?;
    check_privates(role, &mut chosen)?;
    let project = ProjectId::from(request.projectid.as_str());
    check_owner(&chosen, &project)?;
    attach_given(world, &request.ips, &project, &mut chosen)?;
    for private in chosen.iter().filter(|network| network.class.is_private()) {
        check_private(private, partition)?;
    }
    if role == Role::Firewall {
        chosen.push(underlay(world, partition)?);
    }
    Ok(chosen)
}

fn choose(world: &World, choices: &[NetworkChoice]) -> Result<Vec<Chosen>, Refusal> {
    let mut chosen: Vec<Chosen> = Vec::with_capacity(choices.len());
    for choice in choices {
        let id = &choice.networkid;
        let network = world.networks.get(id).ok_or_else(|| Refusal::not_found("network", id))?;
        if network.underlay {
            return Err(Refusal::unprocessable(format!(
                "underlay networks are not allowed to be set explicitly: {id}"
            )));
        }
        if network.private_super {
            return Err(Refusal::unprocessable(format!(
                "private super networks are not allowed to be set explicitly: {id}"
            )));
        }
        let parent = network.parent.as_ref().and_then(|parent| world.networks.get(parent.as_str()));
        let private = parent.is_some_and(|parent| parent.private_super);
        let class = match (private, network.shared) {
            (true, false) => Class::PrimaryUnshared,
            (true, true) => Class::SecondaryShared,
            (false, _) => Class::External,
        };
        if class == Class::PrimaryUnshared && chosen.iter().any(|other| other.class == class) {
            return Err(Refusal::unprocessable(
                "multiple private networks are specified but there must be only one primary private network \
                 that must not be shared",
            ));
        }
        let auto = choice.autoacquire.unwrap_or(true);
        chosen.push(Chosen { network, class, auto, given: Vec::new() });
    }
    let mut ids: Vec<_> = choices.iter().map(|choice| &choice.networkid).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.len() < choices.len() {
        return Err(Refusal::unprocessable("given network ids are not unique"));
    }
    Ok(chosen)
}

/// Checks the number of private networks of each kind; a single shared one becomes the primary one.
fn check_privates(role: Role, chosen: &mut [Chosen]) -> Result<(), Refusal> {
    let private = chosen.iter().filter(|network| network.class.is_private()).count();
    let unshared = chosen.iter().any(|network| network.class == Class::PrimaryUnshared);
    if private == 0 {
        return Err(Refusal::unprocessable("no private network given"));
    }
    if !unshared && private > 1 {
        return Err(Refusal::unprocessable(
            "machines and firewalls are not allowed to be placed into multiple private, shared networks \
             (firewall needs an unshared private network and machines may only reside in one private network)",
        ));
    }
    if role == Role::Machine && private > 1 {
        return Err(Refusal::unprocessable(
            "machines are not allowed to be placed into multiple private networks",
        ));
    }
    if !unshared {
        for network in chosen.iter_mut().filter(|network| network.class == Class::SecondaryShared) {
            network.class = Class::PrimaryShared;
        }
    }
    Ok(())
}

fn check_owner(chosen: &[Chosen], project: &ProjectId) -> Result<(), Refusal> {
    let foreign = |network: &&Chosen| network.class.is_primary() && network.network.project != *project;
    if chosen.iter().any(|network| foreign(&network)) {
        return Err(Refusal::unprocessable(
            "the given private network does not belong to the project, which is not allowed",
        ));
    }
    Ok(())
}

/// Assigns each given address to its network, which then allocates none.
fn attach_given(
    world: &World,
    ips: &[String],
    project: &ProjectId,
    chosen: &mut [Chosen],
) -> Result<(), Refusal> {
    for ip in ips {
        let address = world.addresses.get(ip).ok_or_else(|| Refusal::not_found("ip", ip))?;
        if address.project != *project {
            return Err(Refusal::unprocessable(format!(
                "given ip \"{ip}\" with project id \"{}\" does not belong to the project of this allocation: {project}",
                address.project
            )));
        }
        let Some(network) = chosen.iter_mut().find(|network| network.network.id == address.network) else {
            return Err(Refusal::unprocessable(format!(
                "given ip \"{ip}\" is not in any of the given networks, which is required"
            )));
        };
        network.auto = false;
        if !network.given.iter().any(|known| known.address == address.address) {
            network.given.push(address);
        }
    }
    Ok(())
}

fn check_private(private: &Chosen, partition: &PartitionId) -> Result<(), Refusal> {
    let id = &private.network.id;
    if private.network.partition != *partition {
        return Err(Refusal::unprocessable(format!(
            "private network \"{id}\" must be located in the partition where the machine is going to be placed"
        )));
    }
    if !private.auto && private.given.is_empty() {
        return Err(Refusal::unprocessable(format!(
            "the private network \"{id}\" has no auto ip acquisition, but no suitable IPs were provided, \
             which would lead into a machine having no ip address"
        )));
    }
    Ok(())
}

fn underlay(world: &World, partition: &PartitionId) -> Result<Chosen, Refusal> {
    let mut all = known::underlays(world, partition.as_str());
    let Some(network) = all.pop() else {
        return Err(Refusal::unprocessable(format!("no underlay found in the given partition:{partition}")));
    };
    if !all.is_empty() {
        return Err(Refusal::unprocessable(format!(
            "more than one underlay network in partition {partition} in the database, which should not be the case"
        )));
    }
    Ok(Chosen { network, class: Class::Underlay, auto: true, given: Vec::new() })
}
