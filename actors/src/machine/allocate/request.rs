//! Phase 1 of an allocation: the entities in the request exist and fit together (api-machines 3.2). Every failure is a
//! bad request, also "not found".

use super::rules;
use crate::ids::{PartitionId, SizeId};
use crate::machine::command::AllocateRequest;
use crate::machine::rows;
use crate::masterdata::image;
use crate::masterdata::servers::{self, DnsServer, NtpServer};
use crate::record::machine::{FirewallRules, Machine, Role};
use crate::record::masterdata::{Image, ImageFeature, Partition, Size};
use crate::refusal::{Refusal, RefusalKind};
use crate::world::{Versioned, World};
use std::sync::Arc;

/// Maximal bytes of user data as stored, with its quotes: the row has room for them besides the largest hardware.
const USER_DATA_BYTES_MAX: usize = (512 << 10) + 2;

/// Maximum of networks and addresses in one request. Each takes a step or two of one transaction, also when they are
/// freed.
pub(super) const PARTS_MAX: usize = 256;

/// The entities that the request names.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) image: Arc<Versioned<Image>>,
    pub(super) rules: Option<FirewallRules>,
    /// The machine that the request names; partition and size are its own then.
    pub(super) machine: Option<Arc<Versioned<Machine>>>,
    pub(super) size: Arc<Versioned<Size>>,
    pub(super) partition: Arc<Versioned<Partition>>,
    pub(super) dns_servers: Vec<String>,
    pub(super) ntp_servers: Vec<String>,
}

pub(super) fn check(world: &World, role: Role, request: &AllocateRequest) -> Result<Named, Refusal> {
    resolve(world, role, request).map_err(|refusal| refusal.with_kind(RefusalKind::BadRequest))
}

fn resolve(world: &World, role: Role, request: &AllocateRequest) -> Result<Named, Refusal> {
    check_networks(request)?;
    let image = image::resolve(world, &request.imageid)?;
    let rules = match role {
        Role::Machine => None,
        Role::Firewall => rules::check(request.firewall_rules.as_ref())?,
    };
    check_feature(role, &image)?;
    if request.uuid.is_empty() && request.partitionid.is_empty() {
        return Err(Refusal::bad_request("when no machine id is given, a partition id must be specified"));
    }
    if request.uuid.is_empty() && request.sizeid.is_empty() {
        return Err(Refusal::bad_request("when no machine id is given, a size id must be specified"));
    }
    let machine = named_machine(world, &request.uuid)?;
    let (partition, size) = match &machine {
        Some(machine) => (machine.partition.clone(), machine.size.clone()),
        None => (PartitionId::from(request.partitionid.as_str()), SizeId::from(request.sizeid.as_str())),
    };
    let size = world
        .sizes
        .get(size.as_str())
        .ok_or_else(|| Refusal::not_found("size", &size).within(&format!("size:{size} not found err:")))?;
    let partition = world.partitions.get(partition.as_str()).ok_or_else(|| {
        Refusal::not_found("partition", &partition).within(&format!("partition:{partition} not found err:"))
    })?;
    servers::check_dns(&request.dns_servers)?;
    servers::check_ntp(&request.ntp_servers)?;
    rows::bounded("user_data", &request.user_data, USER_DATA_BYTES_MAX)?;
    servers::check_hostname(request.hostname.as_deref().unwrap_or_default())?;
    Ok(Named {
        image,
        rules,
        machine,
        size,
        dns_servers: dns_servers(&request.dns_servers, &partition),
        ntp_servers: ntp_servers(&request.ntp_servers, &partition),
        partition,
    })
}

fn check_networks(request: &AllocateRequest) -> Result<(), Refusal> {
    let Some(networks) = &request.networks else {
        return Err(Refusal::bad_request("network ids cannot be nil"));
    };
    if networks.is_empty() {
        return Err(Refusal::bad_request("network ids cannot be empty"));
    }
    if networks.len() + request.ips.len() > PARTS_MAX {
        return Err(Refusal::bad_request(format!(
            "a machine can have at most {PARTS_MAX} networks and ips together"
        )));
    }
    Ok(())
}

fn check_feature(role: Role, image: &Image) -> Result<(), Refusal> {
    let wanted = match role {
        Role::Machine => ImageFeature::Machine,
        Role::Firewall => ImageFeature::Firewall,
    };
    if image.features.contains(&wanted) {
        return Ok(());
    }
    let features: Vec<_> = image
        .features
        .iter()
        .map(|feature| match feature {
            ImageFeature::Machine => "machine",
            ImageFeature::Firewall => "firewall",
        })
        .collect();
    Err(Refusal::bad_request(format!(
        "given image is not usable for a {}, features: {}",
        role.as_str(),
        features.join(", ")
    )))
}

fn named_machine(world: &World, uuid: &str) -> Result<Option<Arc<Versioned<Machine>>>, Refusal> {
    if uuid.is_empty() {
        return Ok(None);
    }
    let machine = world.machines.get(uuid).ok_or_else(|| {
        let prefix = format!("uuid given but no machine found with uuid:{uuid} err:");
        Refusal::not_found("machine", uuid).within(&prefix)
    })?;
    Ok(Some(machine))
}

fn dns_servers(request: &[DnsServer], partition: &Partition) -> Vec<String> {
    if request.is_empty() {
        return partition.dns_servers.clone();
    }
    request.iter().map(|server| server.ip.clone()).collect()
}

fn ntp_servers(request: &[NtpServer], partition: &Partition) -> Vec<String> {
    if request.is_empty() {
        return partition.ntp_servers.clone();
    }
    request.iter().map(|server| server.address.clone()).collect()
}
