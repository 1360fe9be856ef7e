//! Updates of the indexes derived from records: one function for each kind with an index, named in the table of kinds
//! ([`mod@crate::schema`]). `old` is the record before the write, `new` the one after it; `None`: no record.

use super::World;
use crate::index::Place;
use crate::record::Record;
use crate::record::ipam::{Address, Claim, QuarantinedAddress};
use crate::record::machine::{Events, Machine};
use crate::record::namespace::{Prefix, PrefixAddress};
use crate::record::network::Network;

pub(super) fn network_changes(world: &World, old: Option<&Network>, new: Option<&Network>) {
    world.registry_change(|registry| registry.replace(old, new));
    if let (Some(old), None) = (old, new) {
        world.occupancy_change(|used| used.forget(&old.id));
    }
}

pub(super) fn address_changes(world: &World, old: Option<&Address>, new: Option<&Address>) {
    world.attachments_change(old, new);
    world.occupancy_change(|used| used.replace(old, new));
}

pub(super) fn quarantine_changes(
    world: &World,
    old: Option<&QuarantinedAddress>,
    new: Option<&QuarantinedAddress>,
) {
    let place = |rest: &QuarantinedAddress| (rest.address, Place::at_rest(rest));
    world.occupancy_change(|used| used.rest(old.map(place), new.map(place)));
    // If both rows exist, against the rule, the address stays in use.
    if let Some(used) = old.and_then(|rest| world.addresses.get(&rest.id())) {
        world.occupancy_change(|index| index.replace(None, Some(&used)));
    }
}

pub(super) fn claim_changes(world: &World, old: Option<&Claim>, new: Option<&Claim>) {
    match (old, new) {
        (None, Some(new)) => world.numbers_change(|used| used.insert(new.pool, new.number)),
        (Some(old), None) => world.numbers_change(|used| used.remove(old.pool, old.number)),
        _ => {}
    }
}

pub(super) fn machine_changes(world: &World, old: Option<&Machine>, new: Option<&Machine>) {
    world.fleet_change(old, new);
    world.census_change(|census| census.machine_changes(world, old, new));
    if let (None, Some(machine)) = (old, new) {
        world.machine_came(machine);
    }
    if let Some(machine) = new.or(old) {
        world.machine_changed(&machine.id);
    }
    let orders =
        |machine: Option<&Machine>| machine.and_then(|machine| machine.orders.last().map(|order| order.id));
    if orders(new).is_some() && orders(new) != orders(old) {
        world.orders_changed();
    }
}

pub(super) fn events_change(world: &World, old: Option<&Events>, new: Option<&Events>) {
    world.census_change(|census| census.events_change(world, old, new));
}

pub(super) fn prefix_changes(world: &World, old: Option<&Prefix>, new: Option<&Prefix>) {
    world.spaces_change(|spaces| spaces.replace_prefix(old, new));
}

pub(super) fn prefix_address_changes(
    world: &World,
    old: Option<&PrefixAddress>,
    new: Option<&PrefixAddress>,
) {
    world.spaces_change(|spaces| spaces.replace_address(old, new));
}
