//! Compares two indexes of the same namespaces: the maintained one, and one that is built from the rows.

use super::{Cut, Space, Spaces};
use crate::addressing::{Family, block};
use crate::ids::NamespaceId;
use crate::index::{Stock, Taken};
use crate::record::namespace::{Prefix, PrefixAddress};
use crate::store::{Key, Kind};
use ipnet::IpNet;
use std::collections::BTreeSet;

impl Spaces {
    /// The differences of both, and the rows behind them in `other`.
    pub(crate) fn unlike(&self, other: &Self) -> Vec<(String, Vec<Key>)> {
        let namespaces: BTreeSet<_> = self.namespaces.keys().chain(other.namespaces.keys()).collect();
        let nothing = Space::default();
        let unlike = namespaces.into_iter().flat_map(|namespace| {
            let own = self.of(namespace).unwrap_or(&nothing);
            own.unlike(other.of(namespace).unwrap_or(&nothing), namespace)
        });
        unlike.collect()
    }

    /// This content, with the pending items of `other`.
    #[must_use]
    pub(crate) fn with_flights_of(mut self, other: &Self) -> Self {
        for (id, place) in &other.in_flight {
            self.change_stock(place, |stock| stock.reserve(place.number));
            self.in_flight.insert(id.clone(), place.clone());
        }
        for (namespace, space) in &other.namespaces {
            for (child, parent) in &space.in_flight {
                self.change(namespace, |own| own.reserve(*child, *parent));
            }
        }
        self
    }
}

impl Space {
    fn unlike(&self, other: &Self, namespace: &NamespaceId) -> Vec<(String, Vec<Key>)> {
        let known = |space: &Self| {
            let (prefixes, cut, stocks) = (space.prefixes.keys(), space.cut.keys(), space.stocks.keys());
            prefixes.chain(cut).chain(stocks).copied().collect::<Vec<_>>()
        };
        let prefixes: BTreeSet<IpNet> = known(self).into_iter().chain(known(other)).collect();
        let mut unlike = Vec::new();
        for prefix in &prefixes {
            let id = Prefix::row_id(namespace, prefix);
            let standing = self.prefixes.get(prefix) == other.prefixes.get(prefix);
            if !standing || !alike(self.cut.get(prefix), other.cut.get(prefix)) {
                // Of both: a prefix that is being removed is only in one of them.
                let known = self.prefixes.iter().chain(&other.prefixes);
                let children = known.filter(|(_, child)| child.parent == Some(*prefix));
                let children = children.map(|(child, _)| Prefix::row_id(namespace, child));
                let rows = std::iter::once(id.clone()).chain(children);
                unlike.push((id, rows.map(|id| Key::new(Kind::Prefix, id)).collect()));
            }
            unlike.extend(self.addresses_unlike(other, namespace, prefix));
        }
        unlike
    }

    fn addresses_unlike(
        &self,
        other: &Self,
        namespace: &NamespaceId,
        prefix: &IpNet,
    ) -> Vec<(String, Vec<Key>)> {
        let nothing = Stock::new(Taken::of(prefix));
        let own = self.stocks.get(prefix).unwrap_or(&nothing);
        let its = other.stocks.get(prefix).unwrap_or(&nothing);
        let (first, last) = block::bounds(prefix);
        let addresses =
            own.unlike(its, first, last).filter_map(|(number, _)| block::address(Family::of(prefix), number));
        let ids = addresses.map(|address| PrefixAddress::row_id(namespace, address));
        ids.map(|id| (id.clone(), vec![Key::new(Kind::PrefixAddress, id)])).collect()
    }
}

fn alike(own: Option<&Cut>, its: Option<&Cut>) -> bool {
    match (own, its) {
        (Some(own), Some(its)) => own.children == its.children && own.free.is_alike(&its.free),
        (own, its) => own.is_none() && its.is_none(),
    }
}
