//! Whether addresses, numbers and prefixes agree with those who have them, and the way back when they do not. Below
//! `mesh/v1/`; safe while everything goes on.

use super::call::{Answered, Call, Reply};
use super::error::{Problem, Subject, call_failed};
use actors::command::{Answer, Body};
use actors::ids::PartitionId;
use actors::ipam::check::{FINDINGS_MAX, Fault, Finding, check_twice};
use actors::ipam::{AddressCommand, ENDED_MAX, orphans};
use actors::machine::MachineCommand;
use actors::store::Kind;
use serde::Serialize;

/// The kinds that hold addresses and numbers, and those that have them.
const KINDS: [Kind; 9] = [
    Kind::Project,
    Kind::Network,
    Kind::Address,
    Kind::QuarantinedAddress,
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
    /// Rows that were read again, restored or given back by this request, and indexes' entries that were put right.
    repaired: usize,
    /// What is wrong, at most [`FINDINGS_MAX`].
    findings: Vec<Finding>,
}

/// `GET mesh/v1/ipam/check`: changes nothing.
pub(super) async fn check(call: Call) -> Answered {
    let (rows, _, findings) = examine(&call).await?;
    Reply::ok(&CheckResponse { partition: call.api.gateway.site().home(), rows, repaired: 0, findings })
}

/// `POST mesh/v1/ipam/repair`: reads again what memory has otherwise than the store, builds the indexes anew when they are
/// not what the rows say, gives back what leaked, and tells what is left for people to look at.
pub(super) async fn repair(call: Call) -> Answered {
    let (_, different, _) = examine(&call).await?;
    let site = call.api.gateway.site();
    site.reload(&different).await.map_err(failed)?;
    let mut repaired = different.len() + site.reindex().await;
    for _ in 0..ROUNDS_MAX {
        match correct(&call, Body::Machine(MachineCommand::Reconcile)).await? + mend(&call).await? {
            0 => break,
            rows => repaired += rows,
        }
    }
    let (rows, _, findings) = examine(&call).await?;
    Reply::ok(&CheckResponse { partition: site.home(), rows, repaired, findings })
}

/// One round about what no reconciler looks at; how many rows it gave back.
async fn mend(call: &Call) -> Result<usize, Problem> {
    let mut mended = 0;
    for (network, addresses) in orphans(call.world()) {
        let addresses: Vec<_> = addresses.into_iter().collect();
        for addresses in addresses.chunks(ENDED_MAX) {
            let command = AddressCommand::Mend { network: network.clone(), addresses: addresses.to_vec() };
            mended += correct(call, Body::Address(command)).await?;
        }
    }
    Ok(mended)
}

async fn correct(call: &Call, body: Body) -> Result<usize, Problem> {
    match call.ask_with(None, body).await? {
        Answer::Reconciled(rows) => Ok(rows),
        _ => Err(Problem::unexpected_answer()),
    }
}

/// Rows that were compared, those that differ, and everything that is wrong.
async fn examine(call: &Call) -> Result<(usize, Vec<actors::store::Key>, Vec<Finding>), Problem> {
    let compared = call.api.gateway.site().compare(&KINDS).await.map_err(failed)?;
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
    findings.extend(check_twice(call.world()));
    findings.truncate(FINDINGS_MAX);
    Ok((compared.rows, compared.different, findings))
}

fn failed(error: actors::runtime::CallError) -> Problem {
    call_failed(error, &Subject::of(&Body::Machine(MachineCommand::Reconcile)))
}
