//! Sets the allocation policy of a network's addresses. The wire contract does not have it.

use crate::answer::Answer;
use crate::decision::{Decided, Decision, DecisionContext};
use crate::ids::NetworkId;
use crate::record::network::{Network, PoolPolicy};
use crate::refusal::Refusal;
use crate::world::World;

/// Applies to future allocations and releases: allocated addresses keep their owners, and running quarantines continue.
pub(super) fn set(
    world: &World,
    id: &NetworkId,
    pool: &PoolPolicy,
    context: &DecisionContext<'_>,
) -> Decided<Answer> {
    let Some(read) = world.networks.get(id.as_str()) else {
        return Err(Refusal::not_found("network", id));
    };
    pool.check().map_err(|bad| Refusal::bad_request(bad.to_string()))?;
    let mut next = Network::clone(&read.value);
    next.pool = pool.clone();
    next.changed = context.now;
    let mut decision = Decision::new(context.now, Answer::Network(Box::new(next.clone())));
    decision.update(&read, next);
    Ok(decision)
}
