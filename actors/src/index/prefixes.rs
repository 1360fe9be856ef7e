//! Prefixes with their owners, found by overlap.
//!
//! Prefixes of one set do not overlap, so a query needs only the last prefix that starts before it and those that start
//! in it. Overlapping rows are kept in a separate list that every query walks: answers are always exact, and only such
//! rows make them slow.

use crate::addressing::block;
use crate::ids::NetworkId;
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};

/// A set of masked prefixes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prefixes {
    apart: BTreeMap<IpNet, NetworkId>,
    /// Prefixes that overlapped another one when they were added.
    odd: BTreeSet<(IpNet, NetworkId)>,
}

impl Prefixes {
    pub fn is_empty(&self) -> bool {
        self.apart.is_empty() && self.odd.is_empty()
    }

    /// Adds a prefix; host bits are ignored.
    pub fn insert(&mut self, prefix: &IpNet, owner: &NetworkId) {
        let prefix = prefix.trunc();
        if self.overlapping_apart(prefix).next().is_some() {
            self.odd.insert((prefix, owner.clone()));
        } else {
            self.apart.insert(prefix, owner.clone());
        }
    }

    /// Removes a prefix of this owner.
    pub fn remove(&mut self, prefix: &IpNet, owner: &NetworkId) {
        let prefix = prefix.trunc();
        if !self.odd.remove(&(prefix, owner.clone())) && self.apart.get(&prefix) == Some(owner) {
            self.apart.remove(&prefix);
        }
    }

    /// The prefixes that overlap `prefix`: ascending, then those of the separate list. One look-up, and one step per
    /// result.
    pub fn overlapping(&self, prefix: &IpNet) -> impl Iterator<Item = (&IpNet, &NetworkId)> {
        let prefix = prefix.trunc();
        let odd = self.odd.iter().map(|(own, owner)| (own, owner));
        self.overlapping_apart(prefix).chain(odd.filter(move |(own, _)| block::overlap(own, &prefix)))
    }

    /// All prefixes. Which of two overlapping ones is in the separate list depends on their order; results do not.
    pub fn all(&self) -> BTreeSet<(IpNet, NetworkId)> {
        let apart = self.apart.iter().map(|(prefix, owner)| (*prefix, owner.clone()));
        apart.chain(self.odd.iter().cloned()).collect()
    }

    #[cfg(test)]
    pub(super) fn odd(&self) -> usize {
        self.odd.len()
    }

    fn overlapping_apart(&self, prefix: IpNet) -> impl Iterator<Item = (&IpNet, &NetworkId)> {
        // Equal starts are ordered by length: prefixes around this one come before it, prefixes in it after it.
        let before = self.apart.range(..prefix).next_back().filter(|(own, _)| own.contains(&prefix));
        let inside = self.apart.range(prefix..).take_while(move |(own, _)| prefix.contains(*own));
        before.into_iter().chain(inside)
    }
}
