//! Checks this partition's addresses, numbers and prefixes against their owners, and repairs them. Safe while the node
//! serves.

use crate::check::{FINDINGS_MAX, Fault, Finding, check_twice};
use crate::command::ask::{self, Ask, Corrected};
use crate::decision::Principal;
use crate::gateway::Gateway;
use crate::ipam::{ENDED_MAX, orphans};
use crate::runtime::CallError;
use crate::store::{Key, Kind};

/// The kinds of addresses and numbers, and of their owners.
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

/// Maximal rounds of the reconciler in one repair; each corrects some hundred rows.
const ROUNDS_MAX: usize = 100;

/// The findings and the number of repairs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// Rows that were compared.
    pub rows: usize,
    /// Rows that were reloaded, restored or released, and corrected entries of indexes.
    pub repaired: usize,
    /// The findings, at most [`FINDINGS_MAX`].
    pub findings: Vec<Finding>,
}

/// Checks without changes.
pub async fn check(gateway: &Gateway) -> Result<Audit, CallError> {
    examine(gateway).await.map(|(audit, _)| audit)
}

/// Reloads rows where memory differs from the store, rebuilds indexes that differ from the rows, releases leaked
/// claims, and returns the remaining findings for operators.
pub async fn repair(gateway: &Gateway, principal: &Principal) -> Result<Audit, CallError> {
    let (_, different) = examine(gateway).await?;
    let local = gateway.local();
    local.reload(&different).await?;
    let mut repaired = different.len() + local.reindex().await;
    let correct = async |ask: Ask<Corrected>| {
        let Corrected(rows) = gateway.execute(principal, None, ask).await?;
        Ok::<_, CallError>(rows)
    };
    for _ in 0..ROUNDS_MAX {
        let mut corrected = correct(ask::machine::reconcile()).await?;
        for (network, addresses) in orphans(gateway.here()) {
            let addresses: Vec<_> = addresses.into_iter().collect();
            for addresses in addresses.chunks(ENDED_MAX) {
                corrected += correct(ask::ipam::mend(network.clone(), addresses.to_vec())).await?;
            }
        }
        if corrected == 0 {
            break;
        }
        repaired += corrected;
    }
    let (audit, _) = examine(gateway).await?;
    Ok(Audit { repaired, ..audit })
}

/// All findings, and the rows where memory differs from the store.
async fn examine(gateway: &Gateway) -> Result<(Audit, Vec<Key>), CallError> {
    let compared = gateway.local().compare(&KINDS).await?;
    let stale = compared.different.iter().take(FINDINGS_MAX).map(|key| Finding {
        fault: Fault::Stale,
        subject: format!("{} {}", key.kind.entity(), key.id),
        text: "memory differs from the store".to_owned(),
    });
    let mut findings: Vec<Finding> = stale.collect();
    let world = gateway.here();
    let checked = world.whole(|| check_twice(world));
    findings.extend(checked.map_err(|stopped| gateway.local().unavailable(&stopped.to_string()))?);
    findings.truncate(FINDINGS_MAX);
    Ok((Audit { rows: compared.rows, repaired: 0, findings }, compared.different))
}
