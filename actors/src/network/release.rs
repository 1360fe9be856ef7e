//! Freeing a child network and deleting any network (api-resources 2.7).
//!
//! Both remove the row, and with it the prefixes: what is free in a super network follows from the children that are
//! left. A machine that uses a network holds addresses in it, so a network in use is never removed.

use super::vrf;
use crate::answer::Answer;
use crate::decision::{Decided, Decision, DecisionContext};
use crate::ids::NetworkId;
use crate::index::Cut;
use crate::ipam::usage;
use crate::record::network::Network;
use crate::refusal::Refusal;
use crate::world::{Versioned, World};
use std::sync::Arc;

/// For children only.
pub(super) fn free(world: &World, id: &NetworkId, context: &DecisionContext<'_>) -> Decided<Answer> {
    let read = find(world, id)?;
    for prefix in &read.prefixes {
        let why = if read.parent.is_none() {
            "is no child prefix"
        } else if usage::first_used(world, &read, prefix).is_some() {
            "has ips, deletion not possible"
        } else {
            continue;
        };
        let prefix = prefix.trunc();
        return Err(Refusal::unprocessable(format!(
            "error releasing child prefix in ipam: invalid_argument: prefix {prefix} {why}"
        )));
    }
    Ok(remove(world, &read, context))
}

/// For networks of every kind.
pub(super) fn delete(world: &World, id: &NetworkId, context: &DecisionContext<'_>) -> Decided<Answer> {
    let read = find(world, id)?;
    if world.registry(|registry| registry.cut(id).is_some_and(Cut::has_children)) {
        let why = "network cannot be deleted because there are children of this network";
        return Err(Refusal::unprocessable(why));
    }
    let used = read.prefixes.iter().find_map(|prefix| {
        let address = usage::first_used(world, &read, prefix)?;
        Some(format!("unable to delete network: prefix {prefix} has ip {address} in use"))
    });
    match used {
        Some(why) => Err(Refusal::unprocessable(why)),
        None => Ok(remove(world, &read, context)),
    }
}

fn find(world: &World, id: &NetworkId) -> Result<Arc<Versioned<Network>>, Refusal> {
    world.networks.get(id.as_str()).ok_or_else(|| Refusal::not_found("network", id))
}

fn remove(world: &World, read: &Versioned<Network>, context: &DecisionContext<'_>) -> Decision<Answer> {
    let was = Box::new(Network::clone(&read.value));
    let mut decision = Decision::new(context.now, Answer::Network(was));
    decision.delete(read);
    vrf::release(world, read, &mut decision);
    touch_super(world, read, &mut decision);
    decision
}

/// Writes the super network of a child, unchanged, so that concurrent takers of its space meet.
pub(super) fn touch_super(world: &World, child: &Network, decision: &mut Decision<Answer>) {
    let parent = child.parent.as_ref().and_then(|parent| world.networks.get(parent.as_str()));
    if let Some(parent) = parent {
        decision.update(&parent, Network::clone(&parent.value));
    }
}
