//! What is taken and what is free in every namespace: derived from the rows of prefixes and addresses and from the
//! commits under way, never stored. Rows may come in any order.

mod compare;

use super::record::{Prefix, PrefixAddress};
use crate::ids::NamespaceId;
use crate::ipam::block;
use crate::ipam::index::{Buddy, Stock, Taken};
use crate::network::Family;
use ipnet::IpNet;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// All namespaces.
#[derive(Clone, Debug, Default)]
pub struct Spaces {
    namespaces: BTreeMap<NamespaceId, Space>,
    /// Where addresses in flight are counted, by the ids of their rows, which may be gone when they land.
    in_flight: BTreeMap<String, Place>,
}

/// One namespace. Prefixes are masked; of two that overlap, one is cut from the other.
#[derive(Clone, Debug, Default)]
pub struct Space {
    prefixes: BTreeMap<IpNet, Standing>,
    /// What is left of those that have children.
    cut: BTreeMap<IpNet, Cut>,
    /// The parents of children that are about to be.
    in_flight: BTreeMap<IpNet, IpNet>,
    /// Of those that addresses were taken from.
    stocks: BTreeMap<IpNet, Stock>,
}

/// How a prefix stands to the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub parent: Option<IpNet>,
    pub is_parent: bool,
}

#[derive(Clone, Debug)]
struct Cut {
    free: Buddy,
    children: usize,
    /// Children that are about to be.
    in_flight: usize,
}

/// Where an address is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    namespace: NamespaceId,
    prefix: IpNet,
    number: u128,
}

impl Spaces {
    /// What is known of a namespace; `None`: nothing is in it.
    pub fn of(&self, namespace: &NamespaceId) -> Option<&Space> {
        self.namespaces.get(namespace)
    }

    /// Follows the row of a prefix.
    pub(crate) fn replace_prefix(&mut self, old: Option<&Prefix>, new: Option<&Prefix>) {
        if let Some(old) = old {
            self.change(&old.namespace, |space| space.remove(&old.cidr));
        }
        if let Some(new) = new {
            let standing = Standing { parent: new.parent, is_parent: new.is_parent };
            self.change(&new.namespace, |space| space.insert(new.cidr, standing));
        }
    }

    /// Follows the row of an address.
    pub(crate) fn replace_address(&mut self, old: Option<&PrefixAddress>, new: Option<&PrefixAddress>) {
        let (old, new) = (old.map(Place::of), new.map(Place::of));
        if old == new {
            return;
        }
        if let Some(old) = old {
            self.change_stock(&old, |stock| stock.remove(old.number));
        }
        if let Some(new) = new {
            self.change_stock(&new, |stock| stock.insert(new.number));
        }
    }

    /// A write of this address waits for its commit: the address cannot be picked.
    pub(crate) fn reserve(&mut self, id: &str, address: &PrefixAddress) {
        self.release(id);
        let place = Place::of(address);
        self.change_stock(&place, |stock| stock.reserve(place.number));
        self.in_flight.insert(id.to_owned(), place);
    }

    /// A child waits for its commit: the block cannot be cut again. The actor of the namespace keeps roots apart.
    pub(crate) fn reserve_prefix(&mut self, prefix: &Prefix) {
        if let Some(parent) = prefix.parent {
            self.change(&prefix.namespace, |space| space.reserve(prefix.cidr, parent));
        }
    }

    /// It is known what became of the commit.
    pub(crate) fn release_prefix(&mut self, namespace: &NamespaceId, cidr: &IpNet) {
        self.change(namespace, |space| space.release(cidr));
    }

    /// It is known what became of the commit.
    pub(crate) fn release(&mut self, id: &str) {
        if let Some(place) = self.in_flight.remove(id) {
            self.change_stock(&place, |stock| stock.release(place.number));
        }
    }

    fn change(&mut self, namespace: &NamespaceId, change: impl FnOnce(&mut Space)) {
        let space = match self.namespaces.get_mut(namespace) {
            Some(space) => space,
            None => self.namespaces.entry(namespace.clone()).or_default(),
        };
        change(space);
        if space.prefixes.is_empty()
            && space.cut.is_empty()
            && space.in_flight.is_empty()
            && space.stocks.is_empty()
        {
            self.namespaces.remove(namespace);
        }
    }

    fn change_stock(&mut self, place: &Place, change: impl FnOnce(&mut Stock)) {
        self.change(&place.namespace, |space| {
            let stocks = &mut space.stocks;
            let stock = stocks.entry(place.prefix).or_insert_with(|| Stock::new(Taken::of(&place.prefix)));
            change(stock);
            if stock.is_empty() {
                stocks.remove(&place.prefix);
            }
        });
    }
}

impl Place {
    fn of(address: &PrefixAddress) -> Self {
        Self {
            namespace: address.namespace.clone(),
            prefix: address.prefix,
            number: block::number(address.address),
        }
    }
}

impl Space {
    /// No prefixes.
    pub fn is_empty(&self) -> bool {
        self.prefixes.is_empty()
    }

    /// How many prefixes there are.
    pub fn len(&self) -> usize {
        self.prefixes.len()
    }

    /// How many there are going to be at most.
    pub fn len_with_flights(&self) -> usize {
        self.prefixes.len() + self.in_flight.len()
    }

    /// All prefixes, ascending; parents before their children.
    pub fn prefixes(&self) -> impl DoubleEndedIterator<Item = (&IpNet, &Standing)> {
        self.prefixes.iter()
    }

    /// The outermost prefix that has an address in common with this one; when only such are that lie in it, the lowest.
    pub fn overlapping(&self, prefix: &IpNet) -> Option<IpNet> {
        // What holds it and starts before it is the prefix before it, or above that one.
        let before = self.prefixes.range(..*prefix).next_back().map(|(before, _)| *before);
        let above = std::iter::successors(before, |below| self.prefixes.get(below)?.parent);
        let around = above.filter(|above| above.contains(prefix)).last();
        let inside = || self.prefixes.range(*prefix..).next().map(|(next, _)| *next);
        around.or_else(|| inside().filter(|next| prefix.contains(next)))
    }

    /// How many children a prefix has.
    pub fn children(&self, prefix: &IpNet) -> usize {
        self.cut.get(prefix).map_or(0, |cut| cut.children)
    }

    /// Reads what was not cut from a prefix.
    pub fn free<T>(&self, prefix: &IpNet, read: impl FnOnce(&Buddy) -> T) -> T {
        match self.cut.get(prefix) {
            Some(cut) => read(&cut.free),
            None => read(&Buddy::new(prefix)),
        }
    }

    /// How many addresses were taken from a prefix.
    pub fn used(&self, prefix: &IpNet) -> u64 {
        let (first, last) = block::bounds(prefix);
        let count = self.stocks.get(prefix).map_or(0, |stock| stock.count(first, last));
        u64::try_from(count).unwrap_or(u64::MAX)
    }

    /// The lowest address of a prefix that may be given to the next who asks.
    pub fn lowest(&self, prefix: &IpNet) -> Option<IpAddr> {
        let (first, last) = block::usable(prefix)?;
        let number = match self.stocks.get(prefix) {
            Some(stock) => stock.first_gap(first, last)?,
            None => first,
        };
        block::address(Family::of(prefix), number)
    }

    /// The addresses that were taken from a prefix, ascending.
    pub fn addresses(&self, prefix: &IpNet) -> impl Iterator<Item = IpAddr> {
        let (first, last) = block::bounds(prefix);
        let stock = self.stocks.get(prefix);
        let at_or_after = move |from: u128| stock.and_then(|stock| stock.first_row(from, last));
        let numbers = std::iter::successors(at_or_after(first), move |number| {
            number.checked_add(1).filter(|next| *next <= last).and_then(at_or_after)
        });
        let family = Family::of(prefix);
        numbers.filter_map(move |number| block::address(family, number))
    }

    fn insert(&mut self, cidr: IpNet, standing: Standing) {
        self.prefixes.insert(cidr, standing);
        let Some(parent) = standing.parent else { return };
        let cut = self.cut(parent);
        // Children are apart from each other and lie in their parent; this one may be taken since it took off.
        cut.free.take(&cidr).ok();
        cut.children += 1;
    }

    fn remove(&mut self, cidr: &IpNet) {
        let Some(parent) = self.prefixes.remove(cidr).and_then(|standing| standing.parent) else { return };
        let Some(cut) = self.cut.get_mut(&parent) else { return };
        cut.children -= 1;
        self.give_back(cidr, &parent);
    }

    /// Not what is there already.
    fn reserve(&mut self, child: IpNet, parent: IpNet) {
        if self.prefixes.contains_key(&child) || self.in_flight.insert(child, parent).is_some() {
            return;
        }
        let cut = self.cut(parent);
        cut.free.take(&child).ok();
        cut.in_flight += 1;
    }

    fn release(&mut self, child: &IpNet) {
        let Some(parent) = self.in_flight.remove(child) else { return };
        let Some(cut) = self.cut.get_mut(&parent) else { return };
        cut.in_flight -= 1;
        self.give_back(child, &parent);
    }

    fn cut(&mut self, parent: IpNet) -> &mut Cut {
        self.cut.entry(parent).or_insert_with(|| Cut { free: Buddy::new(&parent), children: 0, in_flight: 0 })
    }

    /// Unless there is a row, or going to be one.
    fn give_back(&mut self, child: &IpNet, parent: &IpNet) {
        if self.prefixes.contains_key(child) || self.in_flight.contains_key(child) {
            return;
        }
        let Some(cut) = self.cut.get_mut(parent) else { return };
        cut.free.release(child).ok();
        if cut.children == 0 && cut.in_flight == 0 {
            self.cut.remove(parent);
        }
    }
}

#[cfg(test)]
mod tests;
