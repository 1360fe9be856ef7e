//! What metal-api does not have: work for BMC agents, and why a machine is where it is. Below `mesh/v1/`.

use super::call::{Answered, Call, Reply};
use super::error::Problem;
use super::machine::ipmi::IpmiResponse;
use actors::command::{Answer, Body};
use actors::ids::MachineId;
use actors::machine::orders::due;
use actors::machine::why::why;
use actors::machine::{BmcAction, Machine, MachineCommand};
use actors::refusal::Refusal;
use actors::world::Versioned;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// A request for orders waits this long at most: shorter than what proxies and clients bear.
const WAIT_SECONDS_MAX: u64 = 30;

/// Orders of one answer; the agent fetches the rest after it has acknowledged these.
const ORDERS_MAX: usize = 1000;

#[derive(Serialize)]
struct OrderResponse<'a> {
    machine: &'a str,
    order: Uuid,
    cmd: BmcAction,
    ipmi: IpmiResponse<'a>,
}

/// `GET mesh/v1/bmc/{partition}/orders?wait_seconds=N`: waits until there are orders. Each machine's orders come oldest
/// first, and again until they are acknowledged; one that would wipe a machine is looked at again here.
pub(super) async fn orders(call: Call) -> Answered {
    let wait = Duration::from_secs(call.query.number("wait_seconds", 0, WAIT_SECONDS_MAX)?);
    let partition = call.id().to_owned();
    if !call.world().partitions.contains(&partition) {
        return Err(Refusal::not_found("partition", &partition).into());
    }
    let mut changes = call.world().watch_orders();
    let give_up = async {
        tokio::select! {
            biased;
            () = call.api.site.until_stopping() => {}
            () = tokio::time::sleep(wait) => {}
        }
    };
    tokio::pin!(give_up);
    loop {
        changes.mark_unchanged();
        let machines = with_orders(&call, &partition);
        if !machines.is_empty() || wait.is_zero() {
            return show(&call, &machines);
        }
        tokio::select! {
            biased;
            () = &mut give_up => return show(&call, &[]),
            changed = changes.changed() => if changed.is_err() { return show(&call, &[]) },
        }
    }
}

fn with_orders(call: &Call, partition: &str) -> Vec<Arc<Versioned<Machine>>> {
    let now = call.api.site.now();
    let mut machines = call.world().machines_with_orders();
    machines.retain(|machine| machine.partition.as_str() == partition && due(machine, now).next().is_some());
    machines
}

fn show(call: &Call, machines: &[Arc<Versioned<Machine>>]) -> Answered {
    let now = call.api.site.now();
    let orders = machines.iter().flat_map(|machine| {
        due(machine, now).map(|order| OrderResponse {
            machine: machine.id.as_str(),
            order: order.id,
            cmd: order.action,
            ipmi: IpmiResponse::new(&machine.ipmi),
        })
    });
    Reply::ok(&orders.take(ORDERS_MAX).collect::<Vec<_>>())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct DoneRequest {
    orders: Vec<Uuid>,
}

/// `POST mesh/v1/bmc/{machine}/orders/done`
pub(super) async fn orders_done(call: Call) -> Answered {
    let DoneRequest { orders } = call.read()?;
    let command = MachineCommand::OrdersDone { machine: MachineId::from(call.id()), orders };
    match call.ask(Body::Machine(command)).await? {
        Answer::Done => Reply::ok(&serde_json::Map::new()),
        _ => Err(Problem::unexpected_answer()),
    }
}

/// `GET mesh/v1/machine/{id}/why`
pub(super) fn why_machine(call: &Call) -> Answered {
    let id = call.id();
    let machine = call.world().machines.get(id).ok_or_else(|| Refusal::not_found("machine", id))?;
    let events = call.world().events.get(id);
    Reply::ok(&why(&machine, events.as_deref().map(|events| &**events), call.api.site.now()))
}
