//! Releases addresses and quarantine rows that can have no owner. Networks and projects cannot be deleted while they
//! have addresses, so such rows exist only after a manual change of the database or a defect. No background task
//! releases them; operators request it.

use super::quarantine::{self, ENDED_MAX};
use crate::answer::Answer;
use crate::decision::{Decision, DecisionContext};
use crate::ids::NetworkId;
use crate::record::Record;
use crate::record::ipam::{Address, QuarantinedAddress};
use crate::store::{Key, Kind};
use crate::world::{Versioned, World};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

/// The orphans by network: addresses whose network or project is gone and that no machine uses; quarantine rows whose
/// network or prefix is gone, or whose address is in use.
pub fn orphans(world: &World) -> BTreeMap<NetworkId, BTreeSet<IpAddr>> {
    let mut orphans: BTreeMap<NetworkId, BTreeSet<IpAddr>> = BTreeMap::new();
    for address in world.addresses.filter(|address| address.attachments.is_empty()) {
        if owner_gone(world, &address).is_some() {
            orphans.entry(address.network.clone()).or_default().insert(address.address);
        }
    }
    for rest in world.quarantined.all() {
        if is_pointless(world, &rest) {
            orphans.entry(rest.network.clone()).or_default().insert(rest.address);
        }
    }
    orphans
}

/// Releases the orphans of `asked`, at most [`ENDED_MAX`]. If an owner is created meanwhile, the commit fails.
pub(super) fn mend(world: &World, asked: &[IpAddr], context: &DecisionContext<'_>) -> Decision<Answer> {
    let mut decision = Decision::new(context.now, Answer::Done);
    let mut gone = BTreeSet::new();
    let mut mended = 0;
    let asked: BTreeSet<_> = asked.iter().take(ENDED_MAX).collect();
    for id in asked.into_iter().map(ToString::to_string) {
        let idle = |key: &Key| !world.in_flight(key);
        let rest =
            world.quarantined.get(&id).filter(|rest| idle(&rest.value.key()) && is_pointless(world, rest));
        if let Some(rest) = rest {
            decision.delete(&rest);
            mended += 1;
        } else if let Some((address, owner)) =
            orphan(world, &id).filter(|(address, _)| idle(&address.value.key()))
        {
            if gone.insert(owner.clone()) {
                decision.absent(owner);
            }
            quarantine::release(world, &mut decision, &address);
            mended += 1;
        }
    }
    decision.map(|_| Answer::Reconciled(mended))
}

/// Whether the address's project is gone.
pub(crate) fn is_without_project(world: &World, address: &Address) -> bool {
    !address.project.is_empty() && !world.projects.contains(address.project.as_str())
}

fn orphan(world: &World, id: &str) -> Option<(Arc<Versioned<Address>>, Key)> {
    let address = world.addresses.get(id).filter(|address| address.attachments.is_empty())?;
    let owner = owner_gone(world, &address)?;
    Some((address, owner))
}

/// The missing row of the address's owner, unless that row is just being created.
fn owner_gone(world: &World, address: &Address) -> Option<Key> {
    let network = Key::new(Kind::Network, address.network.as_str());
    let gone = if !world.networks.contains(&network.id) {
        network
    } else if is_without_project(world, address) {
        Key::new(Kind::Project, address.project.as_str())
    } else {
        return None;
    };
    (!world.in_flight(&gone)).then_some(gone)
}

fn is_pointless(world: &World, rest: &QuarantinedAddress) -> bool {
    let network = world.networks.get(rest.network.as_str());
    let lies =
        network.is_some_and(|network| network.prefixes.iter().any(|prefix| prefix.contains(&rest.address)));
    !lies || world.addresses.contains(&rest.id())
}

#[cfg(test)]
mod tests;
