//! The children of one super network, and its free space.

use super::buddy::Buddy;
use super::prefixes::Prefixes;
use crate::ids::NetworkId;
use crate::record::network::Network;
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};

/// A super network and the networks that name it as their parent. Rows of either may be loaded first.
#[derive(Clone, Debug, Default)]
pub struct Cut {
    children: BTreeSet<NetworkId>,
    /// Of all children.
    cut: Prefixes,
    /// The free space of the super network's own prefixes, by masked prefix.
    spaces: BTreeMap<IpNet, Space>,
}

/// The free space of one prefix.
#[derive(Clone, Debug)]
pub struct Space {
    pub free: Buddy,
    /// Number of child prefixes in it.
    pub children: usize,
}

impl Cut {
    /// True when the entry can be dropped.
    pub fn is_empty(&self) -> bool {
        self.children.is_empty() && self.spaces.is_empty()
    }

    pub fn has_children(&self) -> bool {
        !self.children.is_empty()
    }

    /// The free space of a prefix of the super network; host bits are ignored.
    pub fn space(&self, prefix: &IpNet) -> Option<&Space> {
        self.spaces.get(&prefix.trunc())
    }

    /// Adds the super network with these prefixes.
    pub fn offer(&mut self, prefixes: &[IpNet]) {
        let wanted: BTreeSet<IpNet> = prefixes.iter().map(IpNet::trunc).collect();
        self.spaces.retain(|prefix, _| wanted.contains(prefix));
        for prefix in wanted {
            let cut = &self.cut;
            self.spaces.entry(prefix).or_insert_with(|| Space::without(&prefix, cut));
        }
    }

    /// Adds a child.
    pub fn add(&mut self, child: &Network) {
        self.children.insert(child.id.clone());
        for prefix in child.prefixes.iter().map(IpNet::trunc) {
            let odd = self.cut.overlapping(&prefix).next().is_some();
            self.cut.insert(&prefix, &child.id);
            for own in self.meeting(&prefix) {
                let cut = &self.cut;
                self.spaces.entry(own).and_modify(|space| space.add(&prefix, odd, cut));
            }
        }
    }

    /// Removes a child.
    pub fn remove(&mut self, child: &Network) {
        self.children.remove(&child.id);
        for prefix in child.prefixes.iter().map(IpNet::trunc) {
            self.cut.remove(&prefix, &child.id);
            let odd = self.cut.overlapping(&prefix).next().is_some();
            for own in self.meeting(&prefix) {
                let cut = &self.cut;
                self.spaces.entry(own).and_modify(|space| space.remove(&prefix, odd, cut));
            }
        }
    }

    /// The networks that name it as their parent.
    pub fn children(&self) -> impl Iterator<Item = &NetworkId> {
        self.children.iter()
    }

    /// Whether children and free space are the same.
    pub fn is_alike(&self, other: &Self) -> bool {
        let spaces = self.spaces.iter().zip(&other.spaces);
        self.children == other.children
            && self.cut.all() == other.cut.all()
            && self.spaces.len() == other.spaces.len()
            && spaces.into_iter().all(|(own, its)| {
                own.0 == its.0 && own.1.children == its.1.children && own.1.free.is_alike(&its.1.free)
            })
    }

    /// The super network's prefixes that overlap this one; they do not overlap each other.
    fn meeting(&self, prefix: &IpNet) -> Vec<IpNet> {
        let before = self.spaces.range(..*prefix).next_back().filter(|(own, _)| own.contains(prefix));
        let inside = self.spaces.range(*prefix..).take_while(|(own, _)| prefix.contains(*own));
        before.into_iter().chain(inside).map(|(own, _)| *own).collect()
    }
}

impl Space {
    /// Computed from scratch.
    fn without(prefix: &IpNet, cut: &Prefixes) -> Self {
        let mut space = Self { free: Buddy::new(prefix), children: 0 };
        let mut taken: Vec<IpNet> = cut.overlapping(prefix).map(|(child, _)| *child).collect();
        // Of two overlapping ones the larger comes first, and then the smaller one changes nothing.
        taken.sort_unstable();
        for child in taken {
            if child.contains(prefix) {
                space.free.take(prefix).ok();
            } else {
                space.free.take(&child).ok();
            }
            space.children += usize::from(prefix.contains(&child));
        }
        space
    }

    fn add(&mut self, child: &IpNet, odd: bool, cut: &Prefixes) {
        if odd || self.free.take(child).is_err() {
            *self = Self::without(&self.free.prefix().clone(), cut);
        } else {
            self.children += 1;
        }
    }

    fn remove(&mut self, child: &IpNet, odd: bool, cut: &Prefixes) {
        if odd || self.free.release(child).is_err() {
            *self = Self::without(&self.free.prefix().clone(), cut);
        } else {
            self.children -= 1;
        }
    }
}
