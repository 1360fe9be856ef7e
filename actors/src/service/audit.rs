//! Whether addresses, numbers and prefixes of this partition agree with those who have them, and the way back when they
//! do not. Safe while everything goes on.

use crate::command::ask::{Ask, Corrected};
use crate::decision::Principal;
use crate::gateway::Gateway;
use crate::ipam::check::{FINDINGS_MAX, Fault, Finding, check_twice};
use crate::ipam::{self, ENDED_MAX, orphans};
use crate::machine;
use crate::runtime::CallError;
use crate::store::{Key, Kind};

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

/// What was found, and what was put right.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// Rows that were compared.
    pub rows: usize,
    /// Rows that were read again, restored or given back, and indexes' entries that were put right.
    pub repaired: usize,
    /// What is wrong, at most [`FINDINGS_MAX`].
    pub findings: Vec<Finding>,
}

/// Changes nothing.
pub async fn check(gateway: &Gateway) -> Result<Audit, CallError> {
    examine(gateway).await.map(|(audit, _)| audit)
}

/// Reads again what memory has otherwise than the store, builds those indexes again that are not what the rows say,
/// gives back what leaked, and says what is left for people to look at.
pub async fn repair(gateway: &Gateway, principal: &Principal) -> Result<Audit, CallError> {
    let (_, different) = examine(gateway).await?;
    let site = gateway.site();
    site.reload(&different).await?;
    let mut repaired = different.len() + site.reindex().await;
    let correct = async |ask: Ask<Corrected>| {
        let Corrected(rows) = gateway.execute(principal, None, ask).await?;
        Ok::<_, CallError>(rows)
    };
    for _ in 0..ROUNDS_MAX {
        let mut corrected = correct(machine::ask::reconcile()).await?;
        for (network, addresses) in orphans(gateway.here()) {
            let addresses: Vec<_> = addresses.into_iter().collect();
            for addresses in addresses.chunks(ENDED_MAX) {
                corrected += correct(ipam::ask::mend(network.clone(), addresses.to_vec())).await?;
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

/// Everything that is wrong, and the rows that memory has otherwise than the store.
async fn examine(gateway: &Gateway) -> Result<(Audit, Vec<Key>), CallError> {
    let compared = gateway.site().compare(&KINDS).await?;
    let stale = compared.different.iter().take(FINDINGS_MAX).map(|key| Finding {
        fault: Fault::Stale,
        subject: format!("{} {}", key.kind.entity(), key.id),
        text: "memory differs from the store".to_owned(),
    });
    let mut findings: Vec<Finding> = stale.collect();
    let world = gateway.here();
    let checked = world.whole(|| check_twice(world));
    findings.extend(checked.map_err(|stopped| gateway.site().unavailable(&stopped.to_string()))?);
    findings.truncate(FINDINGS_MAX);
    Ok((Audit { rows: compared.rows, repaired: 0, findings }, compared.different))
}
