//! Addresses, numbers and child prefixes with pending writes, in the indexes of free space.

use super::World;
use super::row_locks::Pending;
use crate::index::Place;
use crate::record::ipam::{Address, Claim};
use crate::record::namespace::{Prefix, PrefixAddress};
use crate::record::network::Strategy;
use crate::store::{Key, Kind};
use std::net::IpAddr;
use std::sync::Arc;

impl World {
    /// Reserves the address, number or prefix of this row until [`World::release`], so that no other decision picks it.
    /// `pending`: the new content of the row.
    pub(super) fn reserve(&self, key: &Key, pending: Option<&Pending>) {
        match key.kind {
            Kind::Address => {
                if let Ok(address) = key.id.parse()
                    && let Some(place) = self.place(address, pending)
                {
                    let known = self.networks.get(place.network.as_str());
                    let rotates = known.is_some_and(|network| network.pool.strategy == Strategy::Rotating);
                    let new = pending.is_some() && !self.addresses.contains(&key.id);
                    self.occupancy_change(|used| {
                        if rotates && new {
                            used.rotate(address, &place);
                        }
                        used.reserve(address, place);
                    });
                }
            }
            Kind::Claim => {
                if let Some((pool, number)) = Claim::read_id(&key.id) {
                    self.numbers_change(|used| used.reserve(pool, number));
                }
            }
            Kind::PrefixAddress => {
                let known = || self.prefix_addresses.get(&key.id).map(|row| Arc::clone(&row.value));
                let pending = pending.cloned().and_then(|pending| pending.downcast::<PrefixAddress>().ok());
                if let Some(address) = pending.or_else(known) {
                    self.spaces_change(|spaces| spaces.reserve(&key.id, &address));
                }
            }
            // A prefix that is removed is free only after its row is gone.
            Kind::Prefix => {
                if let Some(prefix) = pending.and_then(|pending| pending.downcast_ref::<Prefix>()) {
                    self.spaces_change(|spaces| spaces.reserve_prefix(prefix));
                }
            }
            _ => {}
        }
    }

    /// Ends the reservation: the commit's outcome is known, and the row exists or is free.
    pub(super) fn release(&self, key: &Key) {
        match key.kind {
            Kind::Address => {
                if let Ok(address) = key.id.parse() {
                    self.occupancy_change(|used| used.release(address));
                }
            }
            Kind::Claim => {
                if let Some((pool, number)) = Claim::read_id(&key.id) {
                    self.numbers_change(|used| used.release(pool, number));
                }
            }
            Kind::PrefixAddress => self.spaces_change(|spaces| spaces.release(&key.id)),
            Kind::Prefix => {
                if let Some((namespace, cidr)) = Prefix::read_id(&key.id) {
                    self.spaces_change(|spaces| spaces.release_prefix(&namespace, &cidr));
                }
            }
            _ => {}
        }
    }

    /// The place where an address is counted: by its pending row, by its current row, or by the prefix that contains
    /// it.
    fn place(&self, address: IpAddr, pending: Option<&Pending>) -> Option<Place> {
        if let Some(pending) = pending.and_then(|pending| pending.downcast_ref::<Address>()) {
            return Some(Place::of(pending));
        }
        if let Some(row) = self.addresses.get(&address.to_string()) {
            return Some(Place::of(&row));
        }
        let holder = self.registry(|registry| registry.holder(address));
        holder.map(|(network, prefix)| Place { network, prefix })
    }
}

#[cfg(test)]
mod tests;
