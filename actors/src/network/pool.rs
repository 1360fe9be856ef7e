//! Saying how the addresses of a network are given. The wire contract knows nothing of it.

use crate::answer::Answer;
use crate::decision::{Decided, Decision, DecisionContext};
use crate::ids::NetworkId;
use crate::record::network::{Network, PoolPolicy};
use crate::refusal::Refusal;
use crate::world::World;

/// Holds for what is given and given back from now on: who has an address keeps it, what rests goes on resting.
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
