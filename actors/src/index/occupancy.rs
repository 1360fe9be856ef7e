//! The addresses of all networks: derived from the address rows and from pending commits, never stored.

use super::stock::Stock;
use super::taken::Taken;
use crate::addressing::{Family, block};
use crate::ids::NetworkId;
use crate::record::ipam::{Address, QuarantinedAddress};
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// The used addresses of one network, by the prefixes that they were allocated from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Occupancy {
    /// By masked prefix; a prefix without used addresses has no entry.
    prefixes: BTreeMap<IpNet, Stock>,
    /// The last allocated address for [`crate::record::network::Strategy::Rotating`], by masked prefix of networks with
    /// that strategy.
    last_given: BTreeMap<IpNet, u128>,
}

impl Occupancy {
    pub fn is_empty(&self) -> bool {
        self.prefixes.is_empty() && self.last_given.is_empty()
    }

    /// Number of used addresses of `prefix`.
    pub fn count(&self, prefix: &IpNet) -> u128 {
        let (first, last) = block::bounds(prefix);
        self.meeting(prefix).map(|stock| stock.count(first, last)).fold(0, u128::saturating_add)
    }

    /// The lowest used address of `prefix`; if none is used, the lowest with a pending write.
    pub fn first(&self, prefix: &IpNet) -> Option<IpAddr> {
        let (first, last) = block::bounds(prefix);
        let found = self.meeting(prefix).filter_map(|stock| stock.first(first, last)).min();
        found.and_then(|number| block::address(Family::of(prefix), number))
    }

    /// The lowest free number of `prefix` from `first` to `last`; see [`block`].
    pub fn first_gap(&self, prefix: &IpNet, first: u128, last: u128) -> Option<u128> {
        match self.prefixes.get(&prefix.trunc()) {
            Some(stock) => stock.first_gap(first, last),
            None => (first <= last).then_some(first),
        }
    }

    /// The length of the longest free run from `first` to `last`, see [`Stock::longest_gap`].
    pub fn longest_gap(&self, prefix: &IpNet, first: u128, last: u128, stretches_max: usize) -> u128 {
        match self.prefixes.get(&prefix.trunc()) {
            Some(stock) => stock.longest_gap(first, last, stretches_max),
            None => (last - first).saturating_add(1),
        }
    }

    /// The last allocated number of `prefix`, if this node knows it.
    pub fn last_given(&self, prefix: &IpNet) -> Option<u128> {
        self.last_given.get(&prefix.trunc()).copied()
    }

    /// The addresses for which only one of both has a row, and whether it is this one; by prefix.
    fn unlike(&self, other: &Self) -> Vec<(IpNet, IpAddr, bool)> {
        let prefixes = self.prefixes.keys().chain(other.prefixes.keys()).copied().collect::<BTreeSet<_>>();
        let unlike = prefixes.into_iter().flat_map(|prefix| {
            let nothing = Stock::new(Taken::of(&prefix));
            let own = self.prefixes.get(&prefix).unwrap_or(&nothing);
            let its = other.prefixes.get(&prefix).unwrap_or(&nothing);
            let (first, last) = block::bounds(&prefix);
            let family = Family::of(&prefix);
            own.unlike(its, first, last)
                .filter_map(|(number, own)| Some((prefix, block::address(family, number)?, own)))
                .collect::<Vec<_>>()
        });
        unlike.collect()
    }

    /// A network has few prefixes, and they are already masked.
    fn meeting(&self, prefix: &IpNet) -> impl Iterator<Item = &Stock> {
        self.prefixes.iter().filter(|(own, _)| block::overlap(own, prefix)).map(|(_, stock)| stock)
    }

    fn change(&mut self, prefix: IpNet, change: impl FnOnce(&mut Stock)) {
        let stock = self.prefixes.entry(prefix).or_insert_with(|| Stock::new(Taken::of(&prefix)));
        change(stock);
        if stock.is_empty() {
            self.prefixes.remove(&prefix);
        }
    }
}

/// The place where an address is counted: its network, and the masked prefix that it was allocated from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub network: NetworkId,
    pub prefix: IpNet,
}

impl Place {
    /// By its row.
    pub fn of(address: &Address) -> Self {
        Self { network: address.network.clone(), prefix: address.parent_prefix.trunc() }
    }

    /// Equal to [`Place::of`] the address before its release.
    pub fn at_rest(address: &QuarantinedAddress) -> Self {
        Self { network: address.network.clone(), prefix: address.parent_prefix.trunc() }
    }
}

/// The addresses of all networks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addresses {
    networks: BTreeMap<NetworkId, Occupancy>,
    /// Places of addresses with a pending write: their rows may be gone when the commit ends.
    in_flight: BTreeMap<IpAddr, Place>,
    /// Addresses in quarantine: used, although they have no address row.
    quarantined: BTreeMap<IpAddr, Place>,
}

impl Addresses {
    /// The used addresses of a network; `None`: none.
    pub fn of(&self, network: &NetworkId) -> Option<&Occupancy> {
        self.networks.get(network)
    }

    /// Applies a change of an address row.
    pub fn replace(&mut self, old: Option<&Address>, new: Option<&Address>) {
        let place = |row: Option<&Address>| row.map(|row| (row.address, Place::of(row)));
        let (old, new) = (place(old), place(new));
        if old == new {
            return;
        }
        if let Some((address, place)) = old
            && self.quarantined.get(&address) != Some(&place)
        {
            self.change(&place, |stock| stock.remove(block::number(address)));
        }
        if let Some((address, place)) = new {
            self.change(&place, |stock| stock.insert(block::number(address)));
        }
    }

    /// Applies a change of a quarantine row. A quarantine starts before the address's own row is removed.
    pub fn rest(&mut self, old: Option<(IpAddr, Place)>, new: Option<(IpAddr, Place)>) {
        if let Some((address, place)) = old
            && self.quarantined.remove(&address).is_some()
        {
            self.change(&place, |stock| stock.remove(block::number(address)));
        }
        if let Some((address, place)) = new {
            self.change(&place, |stock| stock.insert(block::number(address)));
            self.quarantined.insert(address, place);
        }
    }

    /// A write of the address waits for its commit.
    pub fn reserve(&mut self, address: IpAddr, place: Place) {
        self.release(address);
        self.change(&place, |stock| stock.reserve(block::number(address)));
        self.in_flight.insert(address, place);
    }

    /// [`crate::record::network::Strategy::Rotating`] continues after this address.
    pub fn rotate(&mut self, address: IpAddr, place: &Place) {
        let network = self.networks.entry(place.network.clone()).or_default();
        network.last_given.insert(place.prefix, block::number(address));
    }

    /// Removes a network.
    pub fn forget(&mut self, network: &NetworkId) {
        if let Some(occupancy) = self.networks.get_mut(network) {
            occupancy.last_given.clear();
            if occupancy.is_empty() {
                self.networks.remove(network);
            }
        }
    }

    /// The commit's outcome is known.
    pub fn release(&mut self, address: IpAddr) {
        if let Some(place) = self.in_flight.remove(&address) {
            self.change(&place, |stock| stock.release(block::number(address)));
        }
    }

    /// The addresses for which only one of both has a row, of an address or of a quarantine, and whether it is this
    /// one.
    pub fn unlike(&self, other: &Self) -> Vec<(Place, IpAddr, bool)> {
        let networks = self.networks.keys().chain(other.networks.keys()).collect::<BTreeSet<_>>();
        let nothing = Occupancy::default();
        let mut unlike: Vec<_> = networks
            .into_iter()
            .flat_map(|network| {
                let own = self.networks.get(network).unwrap_or(&nothing);
                let its = other.networks.get(network).unwrap_or(&nothing);
                own.unlike(its)
                    .into_iter()
                    .map(|(prefix, address, own)| (Place { network: network.clone(), prefix }, address, own))
            })
            .collect();
        let one_sided = |these: &Self, those: &Self, own: bool| {
            let only = these
                .quarantined
                .iter()
                .filter(|(address, place)| those.quarantined.get(*address) != Some(*place));
            only.map(|(address, place)| (place.clone(), *address, own)).collect::<Vec<_>>()
        };
        unlike.extend(one_sided(self, other, true));
        unlike.extend(one_sided(other, self, false));
        unlike
    }

    /// These addresses, with the pending ones and the last allocated ones of `other`.
    #[must_use]
    pub fn with_flights_of(mut self, other: &Self) -> Self {
        for (address, place) in &other.in_flight {
            self.reserve(*address, place.clone());
        }
        for (network, occupancy) in &other.networks {
            if !occupancy.last_given.is_empty() {
                let own = self.networks.entry(network.clone()).or_default();
                own.last_given.clone_from(&occupancy.last_given);
            }
        }
        self
    }

    fn change(&mut self, place: &Place, change: impl FnOnce(&mut Stock)) {
        let network = match self.networks.get_mut(&place.network) {
            Some(network) => network,
            None => self.networks.entry(place.network.clone()).or_default(),
        };
        network.change(place.prefix, change);
        if network.is_empty() {
            self.networks.remove(&place.network);
        }
    }
}

#[cfg(test)]
mod tests;
