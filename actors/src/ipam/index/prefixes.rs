//! Prefixes and whose they are, found by what they overlap.
//!
//! Prefixes of one set are apart from each other, so the one that starts before a question and the one that starts in
//! it are all that can answer it. Rows that break the rule are kept as well, in a list of their own that every question
//! walks: the answer is exact whatever the rows say, and only they make it slow.

use crate::ids::NetworkId;
use crate::ipam::block;
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};

/// A set of masked prefixes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prefixes {
    apart: BTreeMap<IpNet, NetworkId>,
    /// Those that overlapped another one when they came.
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

    /// Forgets a prefix of this owner.
    pub fn remove(&mut self, prefix: &IpNet, owner: &NetworkId) {
        let prefix = prefix.trunc();
        if !self.odd.remove(&(prefix, owner.clone())) && self.apart.get(&prefix) == Some(owner) {
            self.apart.remove(&prefix);
        }
    }

    /// Those that have an address in common with `prefix`: ascending, then the odd ones. One look-up, and a step for
    /// each that is found.
    pub fn overlapping(&self, prefix: &IpNet) -> impl Iterator<Item = (&IpNet, &NetworkId)> {
        let prefix = prefix.trunc();
        let odd = self.odd.iter().map(|(own, owner)| (own, owner));
        self.overlapping_apart(prefix).chain(odd.filter(move |(own, _)| block::overlap(own, &prefix)))
    }

    /// All of them. Which of two that overlap is the odd one depends on which came first, and no answer does.
    pub fn all(&self) -> BTreeSet<(IpNet, NetworkId)> {
        let apart = self.apart.iter().map(|(prefix, owner)| (*prefix, owner.clone()));
        apart.chain(self.odd.iter().cloned()).collect()
    }

    #[cfg(test)]
    pub(super) fn odd(&self) -> usize {
        self.odd.len()
    }

    fn overlapping_apart(&self, prefix: IpNet) -> impl Iterator<Item = (&IpNet, &NetworkId)> {
        // Equal starts are ordered by length: what holds the prefix comes before it, what lies in it comes after.
        let before = self.apart.range(..prefix).next_back().filter(|(own, _)| own.contains(&prefix));
        let inside = self.apart.range(prefix..).take_while(move |(own, _)| prefix.contains(*own));
        before.into_iter().chain(inside)
    }
}
