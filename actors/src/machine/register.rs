//! A machine reports its hardware (api-machines 5.4), and an installed one is protected from a wipe.
//!
//! The installer wipes disks as soon as its registration is accepted, unless the allocation says "reinstall". So an
//! installed machine is refused here: the installer then reboots without touching a disk.

use super::command::Registration;
use super::expectation::{self, InstallPhase};
use super::{ipmi, newcomer, orders, rows};
use crate::answer::Answer;
use crate::decision::{Decided, Decision, DecisionContext};
use crate::planted::{Bug, planted};
use crate::record::machine::{BmcAction, Events, HARDWARE_BYTES_MAX, Hardware, Ipmi, Led, Machine, Refused};
use crate::world::{Versioned, World};
use crate::{masterdata, switch};
use std::cell::LazyCell;

/// Maximal bytes of a registration besides the machine's hardware, which is reduced to fit.
const REST_BYTES_MAX: usize = 64 << 10;

/// `Register`. When the switches do not match, the answer says why. A new machine is still written, without a rack
/// (api-machines 4.3, last sentence). The data of a machine that was accepted before stays: every client with the
/// certificate of machines can claim to be this one.
pub(super) fn decide(
    world: &World,
    registration: &Registration,
    context: &mut DecisionContext<'_>,
) -> Decided<Answer> {
    rows::check_id(&registration.machine)?;
    let Registration { bios, ipmi, tags, metal_hammer_version, partition, .. } = registration;
    rows::bounded("the registration", &(bios, ipmi, tags, metal_hammer_version, partition), REST_BYTES_MAX)?;
    let read = world.machines.get(registration.machine.as_str());
    if read.is_none() {
        newcomer::admit(world, &registration.machine, context)?;
    }
    if let Some(read) = read.as_ref().filter(|read| is_another_board(read, &registration.hardware)) {
        return Ok(turn_away(read, context));
    }
    let installed = read.as_ref().filter(|read| InstallPhase::of(read) == InstallPhase::Installed);
    if let Some(read) = installed.filter(|_| !planted(Bug::SkipNeverWipe)) {
        return Ok(keep(read, context));
    }
    let machine = registered(world, registration, read.as_deref().map(|read| &*read.value), context);

    let mut connected = machine.clone();
    let mut decision = Decision::new(context.now, Answer::Done);
    let (mut machine, mut decision) = match switch::connect(world, &mut connected, &mut decision) {
        Ok(()) => {
            let answer = Answer::Registered {
                machine: connected.id.clone(),
                size: connected.size.0.clone(),
                partition: connected.partition.clone(),
            };
            (connected, decision.map(|_| answer))
        }
        Err(refusal) => {
            let mut machine = unaccepted(machine, read.as_deref().map(|read| &*read.value));
            machine.refused = Some(Refused::new(context.now, &refusal.message));
            (machine, Decision::new(context.now, Answer::RegisterRefused { message: refusal.message }))
        }
    };
    // Computed only on demand: nearly all hardware fits, and then the list of ports is not needed.
    let ports = LazyCell::new(|| switch::Ports::of(world, &registration.partition));
    machine.hardware.fit(HARDWARE_BYTES_MAX, |neighbor| ports.has(neighbor));
    let known = world.events.get(registration.machine.as_str());
    let fresh = Events::new(registration.machine.clone());
    let events = known.as_ref().map_or(&fresh, |known| &*known.value);
    expectation::settle(&mut machine, Some(events), context.now);
    match read {
        Some(read) => rows::save(&mut decision, &read, machine),
        None => {
            decision.create(machine);
        }
    }
    if known.is_none() {
        decision.create(fresh);
    }
    Ok(decision)
}

/// True when the machine is allocated, and shares no network interface with the registration: two boards with one UUID.
fn is_another_board(machine: &Machine, told: &Hardware) -> bool {
    let known = machine.hardware.macs();
    machine.allocation.is_some() && !known.is_empty() && known.is_disjoint(&told.macs())
}

/// Refuses another board. The known machine is unchanged: it did nothing.
fn turn_away(read: &Versioned<Machine>, context: &DecisionContext<'_>) -> Decision<Answer> {
    let message = format!(
        "another board registered as machine \"{}\", which is allocated, and shares none of its MAC addresses: two \
         boards have this UUID, or all network interfaces were changed; free the machine to register it again",
        read.id
    );
    let mut machine = (*read.value).clone();
    machine.refused = Some(Refused::new(context.now, &message));
    let mut decision = Decision::new(context.now, Answer::RegisterRefused { message });
    rows::save(&mut decision, read, machine);
    decision
}

/// The machine after a registration that its switches did not confirm; `told`: the registration.
fn unaccepted(told: Machine, known: Option<&Machine>) -> Machine {
    match known {
        None => told,
        Some(known) if !known.rack.is_empty() => known.clone(),
        Some(known) if known.ipmi == Ipmi::default() => told,
        // Its BMC was reported before its first registration.
        Some(known) => Machine { ipmi: known.ipmi.clone(), ..told },
    }
}

/// Step 2 of api-machines 5.4: overwritten and kept fields.
fn registered(
    world: &World,
    told: &Registration,
    known: Option<&Machine>,
    context: &DecisionContext<'_>,
) -> Machine {
    let now = context.now;
    let mut machine = known.cloned().unwrap_or_else(|| Machine {
        led: Led { value: "LED-OFF".to_owned(), description: "Machine registered".to_owned() },
        tags: told.tags.clone(),
        ..Machine::new(told.machine.clone(), now)
    });
    machine.changed = now;
    machine.refused = None;
    machine.partition = told.partition.clone();
    machine.size = masterdata::size::matching(world, &told.hardware);
    machine.hardware = told.hardware.clone();
    machine.bios = told.bios.clone();
    machine.ipmi = ipmi::registered(told.ipmi.as_ref(), &machine.ipmi);
    machine.ipmi.last_updated = Some(now);
    machine.state.metal_hammer_version.clone_from(&told.metal_hammer_version);
    machine
}

/// Refuses the registration of an installed machine and orders a boot from disk.
fn keep(read: &Versioned<Machine>, context: &mut DecisionContext<'_>) -> Decision<Answer> {
    let mut machine = (*read.value).clone();
    orders::order(&mut machine, BmcAction::BootDisk, context);
    let message = format!(
        "machine \"{}\" is installed and allocated, its disks are not wiped: it is ordered to boot from disk; reinstall \
         or free it to install it again",
        machine.id
    );
    let mut decision = Decision::new(context.now, Answer::RegisterRefused { message });
    rows::save(&mut decision, read, machine);
    decision
}

#[cfg(test)]
mod tests;
