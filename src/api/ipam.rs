//! Whether addresses, numbers and prefixes agree with those who have them, and the way back when they do not. Below
//! `mesh/v1/`; safe while everything goes on.

use super::call::{Answered, Call, Reply};
use super::error::{Problem, Subject, call_failed};
use actors::command::{Answer, Body};
use actors::ids::PartitionId;
use actors::ipam::check::{FINDINGS_MAX, Fault, Finding, check as look};
use actors::machine::MachineCommand;
use actors::store::Kind;
use serde::Serialize;

/// The kinds that hold addresses and numbers, and those that have them.
const KINDS: [Kind; 7] = [
    Kind::Network,
    Kind::Address,
    Kind::Claim,
    Kind::Machine,
    Kind::Namespace,
    Kind::Prefix,
    Kind::PrefixAddress,
];

/// Rounds of the reconciler that one repair waits for; each corrects some hundred rows.
const ROUNDS_MAX: usize = 100;

#[derive(Serialize)]
struct CheckResponse<'a> {
    partition: &'a PartitionId,
    /// Rows that were compared.
    rows: usize,
    /// Rows that were read again or given back by this request.
    repaired: usize,
    /// What is wrong, at most [`FINDINGS_MAX`].
    findings: Vec<Finding>,
}

/// `GET mesh/v1/ipam/check`: changes nothing.
pub(super) async fn check(call: Call) -> Answered {
    let (rows, _, findings) = examine(&call).await?;
    Reply::ok(&CheckResponse { partition: call.api.site.home(), rows, repaired: 0, findings })
}

/// `POST mesh/v1/ipam/repair`: reads again what memory has otherwise than the store, lets the reconciler give back what
/// leaked, and tells what is left for people to look at.
pub(super) async fn repair(call: Call) -> Answered {
    let (_, different, _) = examine(&call).await?;
    let site = &call.api.site;
    site.reload(&different).await.map_err(failed)?;
    let mut repaired = different.len();
    for _ in 0..ROUNDS_MAX {
        match call.ask_with(None, Body::Machine(MachineCommand::Reconcile)).await? {
            Answer::Reconciled(0) => break,
            Answer::Reconciled(rows) => repaired += rows,
            _ => return Err(Problem::unexpected_answer()),
        }
    }
    let (rows, _, findings) = examine(&call).await?;
    Reply::ok(&CheckResponse { partition: site.home(), rows, repaired, findings })
}

/// Rows that were compared, those that differ, and everything that is wrong.
async fn examine(call: &Call) -> Result<(usize, Vec<actors::store::Key>, Vec<Finding>), Problem> {
    let compared = call.api.site.compare(&KINDS).await.map_err(failed)?;
    let mut findings: Vec<Finding> = compared
        .different
        .iter()
        .take(FINDINGS_MAX)
        .map(|key| Finding {
            fault: Fault::Stale,
            subject: format!("{} {}", key.kind.entity(), key.id),
            text: "memory is not what the store has".to_owned(),
        })
        .collect();
    findings.extend(look(call.world()));
    findings.truncate(FINDINGS_MAX);
    Ok((compared.rows, compared.different, findings))
}

fn failed(error: actors::runtime::CallError) -> Problem {
    call_failed(error, &Subject::of(&Body::Machine(MachineCommand::Reconcile)))
}
