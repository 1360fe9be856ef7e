//! Consistency checks of addresses, numbers and prefixes. Below `mesh/v1/`.

use crate::api::call::{Answered, ApiResponse, Call};
use crate::api::error::{Problem, Subject, call_failed};
use actors::check::Finding;
use actors::command::ask;
use actors::ids::PartitionId;
use actors::runtime::CallError;
use actors::service::audit::{self, Audit};
use serde::Serialize;

#[derive(Serialize)]
struct CheckResponse<'a> {
    partition: &'a PartitionId,
    rows: usize,
    repaired: usize,
    findings: &'a [Finding],
}

/// `GET mesh/v1/ipam/check`: changes nothing.
pub(super) async fn check(call: Call) -> Answered {
    show(&call, audit::check(&call.api.gateway).await)
}

/// `POST mesh/v1/ipam/repair`
pub(super) async fn repair(call: Call) -> Answered {
    show(&call, audit::repair(&call.api.gateway, &call.user()?.principal).await)
}

fn show(call: &Call, audit: Result<Audit, CallError>) -> Answered {
    let Audit { rows, repaired, findings } = audit.map_err(failed)?;
    let partition = call.api.gateway.partition();
    ApiResponse::ok(&CheckResponse { partition, rows, repaired, findings: &findings })
}

fn failed(error: CallError) -> Problem {
    call_failed(error, &Subject::of(ask::machine::reconcile().body()))
}
