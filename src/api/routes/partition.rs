//! `/v1/partition` (api-resources 5.1).

use crate::api::call::{Answered, ApiResponse, Call};
use crate::api::error::Problem;
use crate::api::reachable;
use actors::command::{Ask, ask};
use actors::masterdata::Partition;
use actors::refusal::Refusal;
use actors::time::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// All fields are empty when another answer refers to a deleted partition.
#[derive(Serialize)]
pub(super) struct PartitionResponse<'a> {
    id: &'a str,
    name: &'a str,
    description: &'a str,
    mgmtserviceaddress: &'a str,
    labels: &'a BTreeMap<String, String>,
    bootconfig: BootConfigResponse<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    dns_servers: Vec<DnsServer<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ntp_servers: Vec<NtpServer<'a>>,
    created: Timestamp,
    changed: Timestamp,
}

#[derive(Default, Serialize)]
struct BootConfigResponse<'a> {
    imageurl: &'a str,
    kernelurl: &'a str,
    commandline: &'a str,
}

#[derive(Serialize)]
pub(super) struct DnsServer<'a> {
    pub(super) ip: &'a str,
}

#[derive(Serialize)]
pub(super) struct NtpServer<'a> {
    pub(super) address: &'a str,
}

pub(super) static NO_LABELS: BTreeMap<String, String> = BTreeMap::new();

impl<'a> PartitionResponse<'a> {
    pub(super) fn new(partition: &'a Partition) -> Self {
        Self {
            id: partition.id.as_str(),
            name: &partition.name,
            description: &partition.description,
            mgmtserviceaddress: &partition.mgmt_service_address,
            labels: &partition.labels,
            bootconfig: BootConfigResponse {
                imageurl: &partition.boot_config.image_url,
                kernelurl: &partition.boot_config.kernel_url,
                commandline: &partition.boot_config.command_line,
            },
            dns_servers: partition.dns_servers.iter().map(|ip| DnsServer { ip }).collect(),
            ntp_servers: partition.ntp_servers.iter().map(|address| NtpServer { address }).collect(),
            created: partition.created,
            changed: partition.changed,
        }
    }

    pub(super) const fn empty() -> Self {
        Self {
            id: "",
            name: "",
            description: "",
            mgmtserviceaddress: "",
            labels: &NO_LABELS,
            bootconfig: BootConfigResponse { imageurl: "", kernelurl: "", commandline: "" },
            dns_servers: Vec::new(),
            ntp_servers: Vec::new(),
            created: Timestamp::ZERO,
            changed: Timestamp::ZERO,
        }
    }
}

pub(super) fn list(call: &Call) -> Answered {
    let rows = call.here().partitions.all();
    ApiResponse::ok(&rows.iter().map(|row| PartitionResponse::new(row)).collect::<Vec<_>>())
}

pub(super) fn get(call: &Call) -> Answered {
    let row =
        call.here().partitions.get(call.id()).ok_or_else(|| Refusal::not_found("partition", call.id()))?;
    ApiResponse::ok(&PartitionResponse::new(&row))
}

pub(super) async fn create(call: Call) -> Answered {
    let ask = ask::masterdata::create_partition(call.read()?);
    ApiResponse::created(&PartitionResponse::new(&*written(&call, ask).await?))
}

pub(super) async fn update(call: Call) -> Answered {
    let ask = ask::masterdata::update_partition(call.read()?);
    ApiResponse::ok(&PartitionResponse::new(&*written(&call, ask).await?))
}

pub(super) async fn delete(call: Call) -> Answered {
    let ask = ask::masterdata::delete_partition(call.id().to_owned());
    let partition = written(&call, ask).await?;
    ApiResponse::ok(&PartitionResponse::new(&partition))
}

async fn written(call: &Call, ask: Ask<Box<Partition>>) -> Result<Box<Partition>, Problem> {
    reachable::check(call, ask.body()).await?;
    call.execute(ask).await
}
