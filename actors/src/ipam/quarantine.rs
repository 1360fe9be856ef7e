//! Quarantine: a released address is not allocated again for a while, so that its next owner does not get traffic for
//! the last one. Firewalls and caches need time to forget the address. Addresses in quarantine count as used.

use crate::answer::Answer;
use crate::decision::{Decided, Decision, DecisionContext};
use crate::planted::{Bug, planted};
use crate::record::Record;
use crate::record::ipam::{Address, QuarantinedAddress};
use crate::refusal::Refusal;
use crate::world::{Versioned, World};
use std::net::IpAddr;

/// Maximum of quarantines that one decision ends.
pub const ENDED_MAX: usize = 500;

/// Releases an address: at once, or after the quarantine of its network.
pub fn release(world: &World, decision: &mut Decision<Answer>, read: &Versioned<Address>) {
    let network = world.networks.get(read.network.as_str());
    let length = network.map(|network| network.pool.quarantine()).unwrap_or_default();
    if !length.is_zero() && !planted(Bug::SkipQuarantine) {
        let since = decision.at();
        let rest = QuarantinedAddress {
            address: read.address,
            parent_prefix: read.parent_prefix,
            network: read.network.clone(),
            project: read.project.clone(),
            allocation_uuid: read.allocation_uuid,
            since,
            until: since + length,
        };
        match world.quarantined.get(&read.value.id()) {
            Some(known) => decision.update(&known, rest),
            None => decision.create(rest),
        };
    }
    decision.delete(read);
}

/// Ends a quarantine early, for an operator.
pub(super) fn end_quarantine(world: &World, id: &str, context: &DecisionContext<'_>) -> Decided<Answer> {
    let rest = world.quarantined.get(id).ok_or_else(|| Refusal::not_found("quarantined ip", id))?;
    let mut decision = Decision::new(context.now, Answer::Done);
    decision.delete(&rest);
    Ok(decision)
}

/// Ends the expired ones of `asked`, at most [`ENDED_MAX`].
pub(super) fn end_due_quarantines(
    world: &World,
    asked: &[IpAddr],
    context: &DecisionContext<'_>,
) -> Decision<Answer> {
    let mut decision = Decision::new(context.now, Answer::Done);
    let quarantined =
        asked.iter().take(ENDED_MAX).filter_map(|address| world.quarantined.get(&address.to_string()));
    for rest in quarantined.filter(|rest| rest.until <= context.now && !world.in_flight(&rest.value.key())) {
        decision.delete(&rest);
    }
    decision
}

/// The refusal for a caller that asks for an address in quarantine.
pub(super) fn refuse(world: &World, address: IpAddr) -> Result<(), Refusal> {
    match world.quarantined.get(&address.to_string()) {
        Some(rest) => Err(Refusal::conflict(format!(
            "Conflict ip is in quarantine until {}; an admin can lift it before",
            rest.until
        ))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
