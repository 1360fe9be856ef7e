//! The addresses of all networks: derived from the address rows and from the commits under way, never stored.

use super::stock::Stock;
use super::taken::Taken;
use crate::addressing::{Family, block};
use crate::ids::NetworkId;
use crate::record::ipam::{Address, QuarantinedAddress};
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// What is used of one network, by the prefixes that its addresses were taken from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Occupancy {
    /// By masked prefix; one that nothing was taken from has no entry.
    prefixes: BTreeMap<IpNet, Stock>,
    /// Where [`crate::record::network::Strategy::Rotating`] goes on: by masked prefix, of networks that have it.
    last_given: BTreeMap<IpNet, u128>,
}

impl Occupancy {
    pub fn is_empty(&self) -> bool {
        self.prefixes.is_empty() && self.last_given.is_empty()
    }

    /// How many addresses of `prefix` are used.
    pub fn count(&self, prefix: &IpNet) -> u128 {
        let (first, last) = block::bounds(prefix);
        self.meeting(prefix).map(|stock| stock.count(first, last)).fold(0, u128::saturating_add)
    }

    /// The lowest used address of `prefix`; when none is, the lowest whose write waits for its commit.
    pub fn first(&self, prefix: &IpNet) -> Option<IpAddr> {
        let (first, last) = block::bounds(prefix);
        let found = self.meeting(prefix).filter_map(|stock| stock.first(first, last)).min();
        found.and_then(|number| block::address(Family::of(prefix), number))
    }

    /// The lowest number from `first` to `last` that can be taken from `prefix`, of which the two are numbers; see
    /// [`block`].
    pub fn first_gap(&self, prefix: &IpNet, first: u128, last: u128) -> Option<u128> {
        match self.prefixes.get(&prefix.trunc()) {
            Some(stock) => stock.first_gap(first, last),
            None => (first <= last).then_some(first),
        }
    }

    /// How many numbers from `first` to `last` lie free next to each other, see [`Stock::longest_gap`].
    pub fn longest_gap(&self, prefix: &IpNet, first: u128, last: u128, stretches_max: usize) -> u128 {
        match self.prefixes.get(&prefix.trunc()) {
            Some(stock) => stock.longest_gap(first, last, stretches_max),
            None => (last - first).saturating_add(1),
        }
    }

    /// What was given last of `prefix`, as far as this node knows.
    pub fn last_given(&self, prefix: &IpNet) -> Option<u128> {
        self.last_given.get(&prefix.trunc()).copied()
    }

    /// The addresses that only one of the two has a row for, and whether it is this one; by prefix.
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

    /// A network has few prefixes, and they are masked already.
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

/// Where an address is counted: its network, and the masked prefix that it was taken from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub network: NetworkId,
    pub prefix: IpNet,
}

impl Place {
    /// As the row says.
    pub fn of(address: &Address) -> Self {
        Self { network: address.network.clone(), prefix: address.parent_prefix.trunc() }
    }

    /// As [`Place::of`] the address was before it was given back.
    pub fn at_rest(address: &QuarantinedAddress) -> Self {
        Self { network: address.network.clone(), prefix: address.parent_prefix.trunc() }
    }
}

/// The addresses of all networks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addresses {
    networks: BTreeMap<NetworkId, Occupancy>,
    /// Where those in flight are counted: their rows may be gone when they land.
    in_flight: BTreeMap<IpAddr, Place>,
    /// Those that rest: taken, though there is no row of an address.
    quarantined: BTreeMap<IpAddr, Place>,
}

impl Addresses {
    /// What is used of a network; `None`: nothing.
    pub fn of(&self, network: &NetworkId) -> Option<&Occupancy> {
        self.networks.get(network)
    }

    /// Follows a row.
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

    /// Follows a row of an address that rests. The rest begins before the address's own row goes.
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

    /// [`crate::record::network::Strategy::Rotating`] goes on after this address.
    pub fn rotate(&mut self, address: IpAddr, place: &Place) {
        let network = self.networks.entry(place.network.clone()).or_default();
        network.last_given.insert(place.prefix, block::number(address));
    }

    /// The network is gone.
    pub fn forget(&mut self, network: &NetworkId) {
        if let Some(occupancy) = self.networks.get_mut(network) {
            occupancy.last_given.clear();
            if occupancy.is_empty() {
                self.networks.remove(network);
            }
        }
    }

    /// It is known what became of the commit.
    pub fn release(&mut self, address: IpAddr) {
        if let Some(place) = self.in_flight.remove(&address) {
            self.change(&place, |stock| stock.release(block::number(address)));
        }
    }

    /// The addresses that only one of the two has a row for, be it one of an address or of a rest, and whether it is
    /// this one.
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

    /// What the rows say, with what is in flight there, and where [`crate::record::network::Strategy::Rotating`] goes on there.
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
