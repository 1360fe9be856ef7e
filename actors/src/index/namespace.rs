//! Used and free space of every namespace: derived from the rows of prefixes and addresses and from pending commits,
//! never stored. Rows may be loaded in any order.

mod compare;

use crate::addressing::{Family, block};
use crate::ids::NamespaceId;
use crate::index::{Buddy, Stock, Taken};
use crate::record::namespace::{Prefix, PrefixAddress};
use ipnet::IpNet;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// All namespaces.
#[derive(Clone, Debug, Default)]
pub struct Spaces {
    namespaces: BTreeMap<NamespaceId, Space>,
    /// Places of addresses with a pending write, by row id; their rows may be gone when the commit ends.
    in_flight: BTreeMap<String, Place>,
}

/// One namespace. Prefixes are masked; of two overlapping ones, one is a child of the other.
#[derive(Clone, Debug, Default)]
pub struct Space {
    prefixes: BTreeMap<IpNet, Standing>,
    /// Free space of the prefixes with children.
    cut: BTreeMap<IpNet, Cut>,
    /// Parents of pending children.
    in_flight: BTreeMap<IpNet, IpNet>,
    /// Used addresses of the prefixes that have any.
    stocks: BTreeMap<IpNet, Stock>,
}

/// A prefix's position in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub parent: Option<IpNet>,
    pub is_parent: bool,
}

#[derive(Clone, Debug)]
struct Cut {
    free: Buddy,
    children: usize,
    /// Number of pending children.
    in_flight: usize,
}

/// The place where an address is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    namespace: NamespaceId,
    prefix: IpNet,
    number: u128,
}

impl Spaces {
    /// The content of a namespace; `None`: it is empty.
    pub fn of(&self, namespace: &NamespaceId) -> Option<&Space> {
        self.namespaces.get(namespace)
    }

    /// Applies a change of a prefix row.
    pub(crate) fn replace_prefix(&mut self, old: Option<&Prefix>, new: Option<&Prefix>) {
        if let Some(old) = old {
            self.change(&old.namespace, |space| space.remove(&old.cidr));
        }
        if let Some(new) = new {
            let standing = Standing { parent: new.parent, is_parent: new.is_parent };
            self.change(&new.namespace, |space| space.insert(new.cidr, standing));
        }
    }

    /// Applies a change of an address row.
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

    /// The commit's outcome is known.
    pub(crate) fn release_prefix(&mut self, namespace: &NamespaceId, cidr: &IpNet) {
        self.change(namespace, |space| space.release(cidr));
    }

    /// The commit's outcome is known.
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
    /// Without prefixes.
    pub fn is_empty(&self) -> bool {
        self.prefixes.is_empty()
    }

    /// Number of prefixes.
    pub fn len(&self) -> usize {
        self.prefixes.len()
    }

    /// Maximal number of prefixes after the pending commits.
    pub fn len_with_flights(&self) -> usize {
        self.prefixes.len() + self.in_flight.len()
    }

    /// All prefixes, ascending; parents before their children.
    pub fn prefixes(&self) -> impl DoubleEndedIterator<Item = (&IpNet, &Standing)> {
        self.prefixes.iter()
    }

    /// The outermost prefix that overlaps this one; if all of them are inside of it, the lowest.
    pub fn overlapping(&self, prefix: &IpNet) -> Option<IpNet> {
        // A prefix that contains it and starts before it is the one before it, or an ancestor of that.
        let before = self.prefixes.range(..*prefix).next_back().map(|(before, _)| *before);
        let above = std::iter::successors(before, |below| self.prefixes.get(below)?.parent);
        let around = above.filter(|above| above.contains(prefix)).last();
        let inside = || self.prefixes.range(*prefix..).next().map(|(next, _)| *next);
        around.or_else(|| inside().filter(|next| prefix.contains(next)))
    }

    /// Number of children of a prefix.
    pub fn children(&self, prefix: &IpNet) -> usize {
        self.cut.get(prefix).map_or(0, |cut| cut.children)
    }

    /// Reads the free space of a prefix.
    pub fn free<T>(&self, prefix: &IpNet, read: impl FnOnce(&Buddy) -> T) -> T {
        match self.cut.get(prefix) {
            Some(cut) => read(&cut.free),
            None => read(&Buddy::new(prefix)),
        }
    }

    /// Number of used addresses of a prefix.
    pub fn used(&self, prefix: &IpNet) -> u64 {
        let (first, last) = block::bounds(prefix);
        let count = self.stocks.get(prefix).map_or(0, |stock| stock.count(first, last));
        u64::try_from(count).unwrap_or(u64::MAX)
    }

    /// The lowest free address of a prefix.
    pub fn lowest(&self, prefix: &IpNet) -> Option<IpAddr> {
        let (first, last) = block::usable(prefix)?;
        let number = match self.stocks.get(prefix) {
            Some(stock) => stock.first_gap(first, last)?,
            None => first,
        };
        block::address(Family::of(prefix), number)
    }

    /// The used addresses of a prefix, ascending.
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
        // Children do not overlap and are inside of their parent; this one may already be reserved by its pending
        // write.
        cut.free.take(&cidr).ok();
        cut.children += 1;
    }

    fn remove(&mut self, cidr: &IpNet) {
        let Some(parent) = self.prefixes.remove(cidr).and_then(|standing| standing.parent) else { return };
        let Some(cut) = self.cut.get_mut(&parent) else { return };
        cut.children -= 1;
        self.give_back(cidr, &parent);
    }

    /// Only if it does not exist yet.
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

    /// Unless it has a row, or a pending one.
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
