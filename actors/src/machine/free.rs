//! The end of an allocation: the machine, its switch ports, its addresses and its ASN are released in one transaction
//! (api-machines 3.7 and 9.3). A machine without an allocation is rebooted by the same code.

use super::orders::order;
use super::{events, rows};
use crate::answer::Answer;
use crate::decision::{Decided, Decision, DecisionContext};
use crate::ids::MachineId;
use crate::planted::{Bug, planted};
use crate::record::ipam::{ASN_BASE, Address, Claim, ClaimOwner, Pool};
use crate::record::machine::{BmcAction, EventKind, Events, Machine, StateValue};
use crate::refusal::Refusal;
use crate::time::Timestamp;
use crate::world::{Versioned, World};
use crate::{ipam, switch};
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

/// Maximum of addresses released in one transaction, far below the bound of a transaction's steps. The reconciler
/// releases the rest of the allocation's addresses; tags that users wrote on others stay.
const ADDRESSES_MAX: usize = 1024;

/// Frees the machine and boots it into the installer.
pub(super) fn decide(world: &World, id: &MachineId, context: &mut DecisionContext<'_>) -> Decided<Answer> {
    let read = rows::read(world, id)?;
    if read.state.value == StateValue::Locked {
        return Ok(put_led_out(&read, context));
    }
    let (mut decision, mut machine) = release(world, &read, context);
    order(&mut machine, BmcAction::LedOff, context);
    order(&mut machine, BmcAction::Delete, context);
    decision.update(&read, machine);
    record_reclaim(world, id, context.now, &mut decision);
    Ok(decision)
}

/// The only effect on a locked machine: its LED is ordered off before its lock is checked (api-machines 3.7).
fn put_led_out(read: &Versioned<Machine>, context: &mut DecisionContext<'_>) -> Decision<Answer> {
    let mut machine = Machine::clone(&read.value);
    order(&mut machine, BmcAction::LedOff, context);
    let mut decision = Decision::new(context.now, Answer::MachineLocked);
    decision.update(read, machine);
    decision
}

/// Reboots a machine that fell silent (api-machines 2.7): like [`decide`], but without the LED and the reclaim event.
/// An allocated machine is never touched.
pub(super) fn resurrect(world: &World, id: &MachineId, context: &mut DecisionContext<'_>) -> Decided<Answer> {
    let read = rows::read(world, id)?;
    if read.state.value == StateValue::Locked {
        return Err(Refusal::unprocessable("machine is locked"));
    }
    if read.allocation.is_some() {
        return Err(Refusal::unprocessable(format!(
            "machine {id} is allocated and is not rebooted automatically"
        )));
    }
    let (mut decision, mut machine) = release(world, &read, context);
    order(&mut machine, BmcAction::Delete, context);
    decision.update(&read, machine);
    Ok(decision)
}

/// Everything except the machine's own row, and the machine as it is afterwards.
fn release(
    world: &World,
    read: &Versioned<Machine>,
    context: &DecisionContext<'_>,
) -> (Decision<Answer>, Machine) {
    let mut decision = Decision::new(context.now, Answer::Machine(read.id.clone()));
    if !planted(Bug::LeakVrf) {
        switch::set_vrf(world, read, "", &mut decision);
    }
    if !planted(Bug::LeakAddress) {
        release_addresses(world, read, context.now, &mut decision);
    }
    if !planted(Bug::LeakAsn) {
        release_asn(world, read, &mut decision);
    }
    let mut machine = Machine::clone(&read.value);
    machine.allocation = None;
    machine.tags = Vec::new();
    machine.wiped = false;
    machine.changed = context.now;
    (decision, machine)
}

/// The allocation's addresses, and others with the machine's tag.
fn release_addresses(world: &World, machine: &Machine, now: Timestamp, decision: &mut Decision<Answer>) {
    let mut addresses: BTreeMap<String, Arc<Versioned<Address>>> = BTreeMap::new();
    let networks = machine.allocation.iter().flat_map(|allocation| &allocation.networks);
    for ip in networks.flat_map(|network| &network.ips) {
        if let Some(address) = world.addresses.get(ip) {
            addresses.insert(ip.clone(), address);
        }
    }
    for address in world.addresses_of(&machine.id).into_iter().take(ADDRESSES_MAX) {
        let id = address.to_string();
        if let Some(address) = world.addresses.get(&id) {
            addresses.insert(id, address);
        }
    }
    for address in addresses.values().take(ADDRESSES_MAX) {
        let allocation = attached_by(address, machine);
        ipam::detach(world, decision, address, allocation, &machine.id, now);
    }
}

/// The machine's allocation that uses the address; nil when a user wrote the tag.
fn attached_by(address: &Address, machine: &Machine) -> Uuid {
    let current = machine.allocation.as_ref().map(|allocation| allocation.uuid);
    let mut own = address.attachments.iter().filter(|attachment| attachment.machine == machine.id);
    current.or_else(|| own.next().map(|attachment| attachment.allocation)).unwrap_or_default()
}

fn release_asn(world: &World, machine: &Machine, decision: &mut Decision<Answer>) {
    let Some(allocation) = &machine.allocation else { return };
    let Some(number) = allocation.networks.first().and_then(|network| network.asn.checked_sub(ASN_BASE))
    else {
        return;
    };
    let Some(claim) = world.claims.get(&Claim::row_id(Pool::Asn, number)) else { return };
    let owner = ClaimOwner::Allocation { allocation: allocation.uuid, machine: machine.id.clone() };
    give_back(&claim, |held| *held == owner, decision);
}

/// Removes owners from a claim; it is released with the last.
pub(super) fn give_back(
    claim: &Versioned<Claim>,
    gone: impl Fn(&ClaimOwner) -> bool,
    decision: &mut Decision<Answer>,
) {
    let owners: Vec<_> = claim.owners.iter().filter(|owner| !gone(owner)).cloned().collect();
    if owners.is_empty() {
        decision.delete(claim);
    } else if owners.len() < claim.owners.len() {
        decision.update(claim, Claim { owners, ..Claim::clone(&claim.value) });
    }
}

fn record_reclaim(world: &World, id: &MachineId, now: Timestamp, decision: &mut Decision<Answer>) {
    let read = world.events.get(id.as_str());
    let mut container =
        read.as_ref().map_or_else(|| Events::new(id.clone()), |read| Events::clone(&read.value));
    events::record(&mut container, EventKind::MachineReclaim, "free machine called", now);
    rows::save_events(decision, read.as_deref(), container);
}

#[cfg(test)]
mod tests;
