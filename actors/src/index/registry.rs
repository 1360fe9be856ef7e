//! The index of all networks for decisions: overlaps of prefixes, free space of super networks, and the kinds of
//! networks in a partition. Derived from the network rows, never stored.
//!
//! Roots do not overlap each other, and children do not either: a child is inside of its super network and overlaps no
//! other network.

use super::cut::Cut;
use super::prefixes::Prefixes;
use crate::ids::{NetworkId, PartitionId};
use crate::record::network::Network;
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Maximum of overlaps that are compared to find the first network: a refusal names one.
const OVERLAPS_MAX: usize = 1024;

type ByPartition = BTreeMap<PartitionId, BTreeSet<NetworkId>>;

/// The registry of networks.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    roots: Prefixes,
    children: Prefixes,
    /// By super network; an entry without a super network comes from children whose rows were loaded first, or from
    /// damaged rows.
    cuts: BTreeMap<NetworkId, Cut>,
    supers: ByPartition,
    underlays: ByPartition,
}

impl Registry {
    /// Applies a change of a row.
    pub fn replace(&mut self, old: Option<&Network>, new: Option<&Network>) {
        if old.zip(new).is_some_and(|(old, new)| same(old, new)) {
            return;
        }
        if let Some(old) = old {
            self.remove(old, new.is_some_and(|new| new.private_super && new.id == old.id));
        }
        if let Some(new) = new {
            self.add(new);
        }
    }

    /// The overlapping network with the lowest id; `own` is ignored. One look-up for each prefix, and one step per
    /// overlap, at most [`OVERLAPS_MAX`].
    pub fn overlapping(&self, prefixes: &[IpNet], own: Option<&NetworkId>) -> Option<NetworkId> {
        let found = prefixes.iter().flat_map(|prefix| {
            self.roots.overlapping(prefix).chain(self.children.overlapping(prefix)).map(|(_, owner)| owner)
        });
        found.filter(|owner| Some(*owner) != own).take(OVERLAPS_MAX).min().cloned()
    }

    /// The network and prefix that contain an address: the child rather than its super network.
    pub fn holder(&self, address: IpAddr) -> Option<(NetworkId, IpNet)> {
        let prefix = IpNet::from(address);
        let mut found = self.children.overlapping(&prefix).chain(self.roots.overlapping(&prefix));
        found.next().map(|(prefix, owner)| (owner.clone(), *prefix))
    }

    /// The children and free space of a network; `None`: it has none.
    pub fn cut(&self, network: &NetworkId) -> Option<&Cut> {
        self.cuts.get(network)
    }

    /// The super networks of a partition, ascending.
    pub fn supers(&self, partition: &PartitionId) -> impl Iterator<Item = &NetworkId> {
        self.supers.get(partition).into_iter().flatten()
    }

    /// The underlay networks of a partition, ascending.
    pub fn underlays(&self, partition: &PartitionId) -> impl Iterator<Item = &NetworkId> {
        self.underlays.get(partition).into_iter().flatten()
    }

    /// The networks about which both differ, with their children in `other`.
    pub fn unlike(&self, other: &Self) -> BTreeMap<NetworkId, Vec<NetworkId>> {
        let nothing = Cut::default();
        let mut unlike: BTreeSet<NetworkId> = self
            .cuts
            .keys()
            .chain(other.cuts.keys())
            .filter(|network| {
                let its = other.cuts.get(*network).unwrap_or(&nothing);
                !self.cuts.get(*network).unwrap_or(&nothing).is_alike(its)
            })
            .cloned()
            .collect();
        let prefixes = [(&self.roots, &other.roots), (&self.children, &other.children)];
        for (own, its) in prefixes {
            let (own, its) = (own.all(), its.all());
            unlike.extend(own.symmetric_difference(&its).map(|(_, owner)| owner.clone()));
        }
        for (own, its) in [(&self.supers, &other.supers), (&self.underlays, &other.underlays)] {
            let (own, its) = (flat(own), flat(its));
            unlike.extend(own.symmetric_difference(&its).map(|(_, network)| (*network).clone()));
        }
        let children = |network: &NetworkId| {
            other.cuts.get(network).map(|cut| cut.children().cloned().collect()).unwrap_or_default()
        };
        unlike.into_iter().map(|network| (network.clone(), children(&network))).collect()
    }

    fn add(&mut self, network: &Network) {
        let prefixes = self.prefixes(network);
        network.prefixes.iter().for_each(|prefix| prefixes.insert(prefix, &network.id));
        if let Some(parent) = &network.parent {
            self.cuts.entry(parent.clone()).or_default().add(network);
        }
        if network.private_super {
            self.cuts.entry(network.id.clone()).or_default().offer(&network.prefixes);
            insert(&mut self.supers, network);
        }
        if network.underlay {
            insert(&mut self.underlays, network);
        }
    }

    /// `stays`: it becomes a super network again at once, so its free blocks are kept instead of being computed again.
    fn remove(&mut self, network: &Network, stays: bool) {
        let prefixes = self.prefixes(network);
        network.prefixes.iter().for_each(|prefix| prefixes.remove(prefix, &network.id));
        if let Some(parent) = &network.parent {
            self.change_cut(parent, |cut| cut.remove(network));
        }
        if network.private_super {
            if !stays {
                self.change_cut(&network.id, |cut| cut.offer(&[]));
            }
            remove(&mut self.supers, network);
        }
        if network.underlay {
            remove(&mut self.underlays, network);
        }
    }

    fn change_cut(&mut self, parent: &NetworkId, change: impl FnOnce(&mut Cut)) {
        let Some(cut) = self.cuts.get_mut(parent) else { return };
        change(cut);
        if cut.is_empty() {
            self.cuts.remove(parent);
        }
    }

    const fn prefixes(&mut self, network: &Network) -> &mut Prefixes {
        match network.parent {
            Some(_) => &mut self.children,
            None => &mut self.roots,
        }
    }
}

/// True when everything derived from both is the same: most writes of a network only change its generation.
fn same(old: &Network, new: &Network) -> bool {
    let derived = |network: &Network| (network.private_super, network.underlay);
    old.id == new.id
        && old.parent == new.parent
        && old.partition == new.partition
        && old.prefixes == new.prefixes
        && derived(old) == derived(new)
}

fn flat(index: &ByPartition) -> BTreeSet<(&PartitionId, &NetworkId)> {
    index
        .iter()
        .flat_map(|(partition, networks)| networks.iter().map(move |network| (partition, network)))
        .collect()
}

fn insert(index: &mut ByPartition, network: &Network) {
    index.entry(network.partition.clone()).or_default().insert(network.id.clone());
}

fn remove(index: &mut ByPartition, network: &Network) {
    if let Some(networks) = index.get_mut(&network.partition) {
        networks.remove(&network.id);
        if networks.is_empty() {
            index.remove(&network.partition);
        }
    }
}

#[cfg(test)]
mod tests;
