//! Partitions (api-resources 5.1). Other effects of their creation are not here.

use super::command::PartitionRequest;
use super::lookup::{existing, free, named};
use super::servers::{check_dns, check_ntp};
use crate::answer::Answer;
use crate::decision::{Decided, Decision, DecisionContext};
use crate::masterdata::servers::{DnsServer, NtpServer};
use crate::record::masterdata::{BootConfig, Partition};
use crate::world::World;

pub(super) fn create(
    world: &World,
    request: &PartitionRequest,
    context: &DecisionContext<'_>,
) -> Decided<Answer> {
    named::<Partition>(world, &request.id)?;
    let request = request.clone();
    let dns_servers = request.dns_servers.unwrap_or_default();
    let ntp_servers = request.ntp_servers.unwrap_or_default();
    check_dns(&dns_servers)?;
    check_ntp(&ntp_servers)?;
    free::<Partition>(world, &request.id)?;
    let boot_config = request.bootconfig.unwrap_or_default();
    let partition = Partition {
        id: request.id.into(),
        name: request.name.unwrap_or_default(),
        description: request.description.unwrap_or_default(),
        created: context.now,
        changed: context.now,
        mgmt_service_address: request.mgmtserviceaddress.unwrap_or_default(),
        labels: request.labels.unwrap_or_default(),
        boot_config: BootConfig {
            image_url: boot_config.imageurl.unwrap_or_default(),
            kernel_url: boot_config.kernelurl.unwrap_or_default(),
            command_line: boot_config.commandline.unwrap_or_default(),
        },
        dns_servers: ips(dns_servers),
        ntp_servers: addresses(ntp_servers),
    };
    let mut decision = Decision::new(context.now, Answer::Partition(Box::new(partition.clone())));
    decision.create(partition);
    Ok(decision)
}

/// Absent fields stay; empty lists of servers clear them.
pub(super) fn update(
    world: &World,
    request: &PartitionRequest,
    context: &DecisionContext<'_>,
) -> Decided<Answer> {
    let read = existing::<Partition>(world, &request.id)?;
    let old = (*read.value).clone();
    let request = request.clone();
    check_dns(request.dns_servers.as_deref().unwrap_or_default())?;
    check_ntp(request.ntp_servers.as_deref().unwrap_or_default())?;
    let boot_config = request.bootconfig.unwrap_or_default();
    let partition = Partition {
        name: request.name.unwrap_or(old.name),
        description: request.description.unwrap_or(old.description),
        changed: context.now,
        mgmt_service_address: request.mgmtserviceaddress.unwrap_or(old.mgmt_service_address),
        labels: request.labels.unwrap_or(old.labels),
        boot_config: BootConfig {
            image_url: boot_config.imageurl.unwrap_or(old.boot_config.image_url),
            kernel_url: boot_config.kernelurl.unwrap_or(old.boot_config.kernel_url),
            command_line: boot_config.commandline.unwrap_or(old.boot_config.command_line),
        },
        dns_servers: request.dns_servers.map_or(old.dns_servers, ips),
        ntp_servers: request.ntp_servers.map_or(old.ntp_servers, addresses),
        ..old
    };
    let mut decision = Decision::new(context.now, Answer::Partition(Box::new(partition.clone())));
    decision.update(&read, partition);
    Ok(decision)
}

/// Also with content in the partition: this is the contract.
pub(super) fn delete(world: &World, id: &str, context: &DecisionContext<'_>) -> Decided<Answer> {
    let read = existing::<Partition>(world, id)?;
    let mut decision = Decision::new(context.now, Answer::Partition(Box::new((*read.value).clone())));
    decision.delete(&read);
    Ok(decision)
}

fn ips(servers: Vec<DnsServer>) -> Vec<String> {
    servers.into_iter().map(|server| server.ip).collect()
}

fn addresses(servers: Vec<NtpServer>) -> Vec<String> {
    servers.into_iter().map(|server| server.address).collect()
}

#[cfg(test)]
mod tests;
