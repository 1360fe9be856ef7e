//! The prefixes of a partition's networks, and which of two partitions overlap.

use crate::addressing::{Family, block};
use crate::ids::{NetworkId, PartitionId};
use crate::record::network::Network;
use crate::world::World;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// A prefix of a network.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Announced {
    /// Masked.
    pub prefix: IpNet,
    pub network: NetworkId,
    /// It is never routed out of its partition, so that another partition may have it, too.
    #[serde(default)]
    pub stays: bool,
}

/// The prefixes of all networks, ascending. Those of a child are left out: they lie in its super network's.
///
/// An underlay never leaves its partition. A private network leaves it only through an external network without NAT: a
/// firewall announces the private prefixes there. Without such a network in the partition, or in all of them, a private
/// network stays. All others leave.
pub(super) fn announced(world: &World) -> Vec<Announced> {
    let networks = world.networks.all();
    let opens = |network: &Network| !is_private(network) && !network.underlay && !network.nat;
    let open: BTreeSet<&PartitionId> =
        networks.iter().filter(|network| opens(network)).map(|network| &network.value.partition).collect();
    let is_open =
        |partition: &PartitionId| open.contains(partition) || open.contains(&PartitionId::default());
    let has_super = |network: &Network| {
        network.parent.as_ref().is_some_and(|parent| world.networks.contains(parent.as_str()))
    };
    let mut announced = Vec::new();
    for network in networks.iter().filter(|network| !has_super(network)) {
        let is_inside = is_private(network) && !network.partition.is_empty();
        let stays = network.underlay || (is_inside && !is_open(&network.partition));
        let prefixes = network.prefixes.iter().map(|prefix| prefix.trunc());
        announced.extend(prefixes.map(|prefix| Announced { prefix, network: network.id.clone(), stays }));
    }
    announced.sort_unstable();
    announced.dedup();
    announced
}

const fn is_private(network: &Network) -> bool {
    network.private_super || network.parent.is_some()
}

/// The overlaps of two partitions' prefixes.
#[derive(Debug, Default)]
pub(super) struct Overlaps<'a> {
    /// At least one of both leaves its partition.
    pub(super) conflicts: Pairs<'a>,
    /// Both stay.
    pub(super) repeated: Pairs<'a>,
}

/// Pairs of a prefix of the joiner and one of the member.
#[derive(Debug, Default)]
pub(super) struct Pairs<'a> {
    pub(super) first: Vec<(&'a Announced, &'a Announced)>,
    /// Number of all pairs, including those beyond the maximum.
    pub(super) count: u64,
}

/// At most `max` pairs of each kind, in the order of the prefixes.
///
/// Of two prefixes that overlap, one contains the other, so one pass over both lists in order is enough: a prefix
/// overlaps exactly the prefixes of the other side that are still open when it begins. Pairs beyond the maximum are
/// only counted, without a step for each.
pub(super) fn overlaps<'a>(joiner: &'a [Announced], member: &'a [Announced], max: usize) -> Overlaps<'a> {
    let [joiner, member] = [sorted(joiner), sorted(member)];
    let (mut of_joiner, mut of_member) = (Open::default(), Open::default());
    let mut found = Overlaps::default();
    let (mut joiner, mut member) = (joiner.into_iter().peekable(), member.into_iter().peekable());
    loop {
        let is_joiners = match (joiner.peek(), member.peek()) {
            (None, None) => return found,
            (Some(own), Some(its)) => order(own, its).is_le(),
            (own, _) => own.is_some(),
        };
        let (next, own, others) = match is_joiners {
            true => (joiner.next(), &mut of_joiner, &mut of_member),
            false => (member.next(), &mut of_member, &mut of_joiner),
        };
        let Some(next) = next else { return found };
        own.close_before(next);
        others.close_before(next);
        let repeated = if next.stays { others.all.len() - others.leaving } else { 0 };
        let conflicts = others.all.len() - repeated;
        for (pairs, is_repeated, count) in
            [(&mut found.conflicts, false, conflicts), (&mut found.repeated, true, repeated)]
        {
            pairs.count = pairs.count.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
            let room = max.saturating_sub(pairs.first.len()).min(count);
            let alike = |other: &&&Announced| (next.stays && other.stays) == is_repeated;
            let alike = others.all.iter().filter(alike).take(room);
            pairs.first.extend(alike.map(|other| if is_joiners { (next, *other) } else { (*other, next) }));
        }
        own.open(next);
    }
}

fn sorted(prefixes: &[Announced]) -> Vec<&Announced> {
    let mut sorted: Vec<&Announced> = prefixes.iter().collect();
    sorted.sort_by(|a, b| order(a, b).then_with(|| a.cmp(b)));
    sorted
}

/// By family and first address; a prefix comes before those that it contains.
fn order(a: &Announced, b: &Announced) -> Ordering {
    let key = |announced: &Announced| {
        let prefix = &announced.prefix;
        (Family::of(prefix), block::bounds(prefix).0, prefix.prefix_len())
    };
    key(a).cmp(&key(b))
}

/// The prefixes of one side that contain the current one, the widest first.
#[derive(Default)]
struct Open<'a> {
    all: Vec<&'a Announced>,
    /// Number of those that leave their partition.
    leaving: usize,
}

impl<'a> Open<'a> {
    fn open(&mut self, next: &'a Announced) {
        self.all.push(next);
        self.leaving += usize::from(!next.stays);
    }

    fn close_before(&mut self, next: &Announced) {
        while let Some(last) = self.all.last().filter(|last| !block::overlap(&last.prefix, &next.prefix)) {
            self.leaving -= usize::from(!last.stays);
            self.all.pop();
        }
    }
}

#[cfg(test)]
mod tests;
