//! Orders for BMC agents, which metal-api has no route for. Below `mesh/v1/`.

use super::machine::ipmi::IpmiResponse;
use crate::api::call::{Answered, ApiResponse, Call};
use actors::command::ask;
use actors::ids::MachineId;
use actors::machine::BmcAction;
use actors::refusal::Refusal;
use actors::service::orders;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use uuid::Uuid;

/// Longest wait of a request for orders, in seconds: shorter than the timeouts of proxies and clients.
const WAIT_SECONDS_MAX: u64 = 30;

#[derive(Serialize)]
struct OrderResponse<'a> {
    machine: &'a str,
    order: Uuid,
    cmd: BmcAction,
    ipmi: IpmiResponse<'a>,
}

/// `GET mesh/v1/bmc/{partition}/orders?wait_seconds=N`: waits for orders. Each machine's orders come oldest first, and
/// again until they are acknowledged; an order that would wipe a machine is checked again here.
pub(super) async fn due(call: Call) -> Answered {
    let wait = Duration::from_secs(call.query.number("wait_seconds", 0, WAIT_SECONDS_MAX)?);
    let partition = call.id().to_owned();
    if !call.whole(|| Ok(call.here().partitions.contains(&partition)))? {
        return Err(Refusal::not_found("partition", &partition).into());
    }
    let machines = orders::wait_for(&call.api.gateway, &partition.into(), wait).await;
    let all = orders::all_due(&machines, call.api.gateway.now());
    let shown = all.map(|(machine, order)| OrderResponse {
        machine: machine.id.as_str(),
        order: order.id,
        cmd: order.action,
        ipmi: IpmiResponse::new(&machine.ipmi),
    });
    ApiResponse::ok(&shown.collect::<Vec<_>>())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct DoneRequest {
    orders: Vec<Uuid>,
}

/// `POST mesh/v1/bmc/{machine}/orders/done`
pub(super) async fn done(call: Call) -> Answered {
    let DoneRequest { orders } = call.read()?;
    call.execute(ask::machine::orders_done(MachineId::from(call.id()), orders)).await?;
    ApiResponse::ok(&serde_json::Map::new())
}
