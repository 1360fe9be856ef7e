//! What a machine waits for: one table by newest event and allocation, with its times.
//!
//! Every transition updates the expectation in the machine's row, or removes it if the machine waits for nothing, so
//! every stuck machine is visible. [`super::inspect`] acts on late machines.

mod table;
mod words;

pub use table::{obstacle, table};
pub use words::{reason, then};

use crate::record::machine::{
    Awaits, Events, Expectation, Liveliness, Machine, ProvisioningState, StateValue,
};
use crate::time::Timestamp;
use std::time::Duration;
use strum::VariantArray;

const MINUTE: Duration = Duration::from_secs(60);

/// BIOS, network boot and download of the installer.
pub const NETWORK_BOOT_PATIENCE: Duration = Duration::from_secs(5 * 60);
/// Longest time between two steps of the installer; the longest step wipes the disks.
pub const STEP_PATIENCE: Duration = Duration::from_secs(10 * 60);
/// Download and unpacking of an image.
pub const REPORT_PATIENCE: Duration = Duration::from_secs(30 * 60);
/// Boot of the installed system until its LLDP daemon reports.
pub const PHONE_HOME_PATIENCE: Duration = Duration::from_secs(15 * 60);
/// BMC agents poll continuously; slow BMCs need minutes.
pub const ORDER_PATIENCE: Duration = Duration::from_secs(5 * 60);
/// Silence after which a machine is dead, or unknown if it is allocated (api-machines 2.6).
pub const SILENCE: Duration = Duration::from_secs(5 * 60);
/// A dead machine without an allocation is rebooted after this much silence (api-machines 2.7).
pub const RESURRECT_AFTER: Duration = Duration::from_secs(60 * 60);
/// Time for a machine that was found dead to send an event before it is rebooted: after an outage of the node itself,
/// all machines look dead.
pub const RESURRECT_GRACE: Duration = Duration::from_secs(10 * 60);
/// Time for an operator to handle a machine that is locked, reserved or switched off: after a week it was probably
/// forgotten.
pub const OPERATOR_PATIENCE: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Time for an operator to define a size for new hardware.
pub const SIZE_PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);
/// A rack boots when it gets power; an operator must look after a system without an allocation.
pub const BOOT_PATIENCE: Duration = Duration::from_secs(60 * 60);
/// An installer opens its stream right after its waiting event.
pub const STREAM_PATIENCE: Duration = MINUTE;
/// The longest pause between two attempts to get a machine to boot.
pub const RETRY_PAUSE_MAX: Duration = Duration::from_secs(60 * 60);

/// The state of a machine's allocation for the installer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, VariantArray)]
pub enum InstallPhase {
    /// No allocation.
    Free,
    /// Allocated, not yet installed.
    Pending,
    /// Allocated, with a pending reinstallation.
    Reinstall,
    /// Allocated and installed: must not be wiped.
    Installed,
}

impl InstallPhase {
    pub const ALL: &'static [Self] = Self::VARIANTS;

    pub fn of(machine: &Machine) -> Self {
        match &machine.allocation {
            None => Self::Free,
            Some(allocation) if allocation.reinstall => Self::Reinstall,
            Some(allocation) if allocation.installed => Self::Installed,
            Some(_) => Self::Pending,
        }
    }
}

/// What this machine waits for after its newest event; `None`: it can be allocated, or a user's system runs.
pub fn awaits(machine: &Machine, events: Option<&Events>) -> Option<Awaits> {
    let state = events.map_or(ProvisioningState::Initial, ProvisioningState::of);
    if events.is_some_and(switched_off) {
        return Some(Awaits::PowerOn);
    }
    let phase = InstallPhase::of(machine);
    match events {
        None if phase == InstallPhase::Free => Some(Awaits::FirstBoot),
        Some(events) if phase == InstallPhase::Free && runs_an_old_system(events) => {
            Some(Awaits::NetworkBoot)
        }
        _ if phase == InstallPhase::Free && state == ProvisioningState::Waiting => obstacle(machine),
        _ => table(state, phase),
    }
}

/// True when an old system of the machine phones home.
fn runs_an_old_system(events: &Events) -> bool {
    ProvisioningState::of(events) == ProvisioningState::PhonedHome && never_waited_since_reclaim(events)
}

/// True when a machine was freed and has not waited since. The installer empties the disks before it waits, so any
/// system that such a machine starts is an old one. Without that event, as after a restored backup or when the machine
/// waited last, its system may belong to a user, and the machine is left alone. An installation follows a wait; an
/// installation event without one is a late report of the installation before.
pub fn never_waited_since_reclaim(events: &Events) -> bool {
    let mut states = events.log.iter().map(|event| ProvisioningState::after(event.event));
    states.find(|state| matches!(state, ProvisioningState::Waiting | ProvisioningState::MachineReclaim))
        == Some(ProvisioningState::MachineReclaim)
}

/// True when the newest event is a power off by an operator (api-machines 6.2).
pub fn switched_off(events: &Events) -> bool {
    events.log.front().is_some_and(|newest| {
        ProvisioningState::after(newest.event) == ProvisioningState::PlannedReboot
            && newest.message == super::power::OFF
    })
}

/// Sets the machine's expectation from its newest event and its allocation, from `now` on.
///
/// The number of boot orders to a machine without an allocation is reset only when it reaches its goal: a machine that
/// boots, hangs and is ordered again gets orders at growing intervals.
pub fn restart(machine: &mut Machine, events: Option<&Events>, now: Timestamp) {
    let before = machine.expectation.as_ref().filter(|before| is_under_way(before.awaits));
    let told = before.map_or(0, |before| before.tries);
    let free = InstallPhase::of(machine) == InstallPhase::Free;
    machine.expectation = awaits(machine, events).map(|awaits| {
        let tries = if free && is_under_way(awaits) { told } else { 0 };
        begin(machine, awaits, now, tries)
    });
    if machine.expectation.is_none() && !machine.orders.is_empty() {
        machine.expectation = Some(begin(machine, Awaits::Acknowledgement, now, 0));
    }
}

/// Expects `awaits` from `now` on, replacing the last expectation.
pub fn expect(machine: &mut Machine, awaits: Awaits, now: Timestamp) {
    machine.expectation = Some(begin(machine, awaits, now, 0));
}

/// Expects a network boot: for the first time, or again at the next try, with a longer pause.
pub fn expect_network_boot(machine: &mut Machine, now: Timestamp) {
    let before = machine.expectation.take().filter(|before| is_under_way(before.awaits));
    expect_again(machine, Awaits::NetworkBoot, before, now);
}

/// Expects the network boot of a reinstallation: for the first time, or again.
pub fn expect_reinstallation(machine: &mut Machine, now: Timestamp) {
    let before = machine.expectation.take().filter(|before| before.awaits == Awaits::Reinstallation);
    expect_again(machine, Awaits::Reinstallation, before, now);
}

/// The deadline still counts from the first time.
fn expect_again(machine: &mut Machine, awaits: Awaits, before: Option<Expectation>, now: Timestamp) {
    let tries =
        before.as_ref().map_or(0, |before| before.tries.saturating_add(u32::from(before.next_try <= now)));
    let mut next = begin(machine, awaits, now, tries);
    if let Some(before) = before.filter(|before| before.awaits == awaits) {
        next.since = before.since;
        next.deadline = before.deadline;
    }
    machine.expectation = Some(next);
}

/// Expects a sign of life; the last one was at `last`.
pub fn expect_sign_of_life(machine: &mut Machine, last: Timestamp, now: Timestamp) {
    let mut next = begin(machine, Awaits::SignOfLife, now, 0);
    next.since = last;
    next.deadline = last + SILENCE;
    next.next_try = match InstallPhase::of(machine) {
        InstallPhase::Free => (last + RESURRECT_AFTER).max(now + RESURRECT_GRACE),
        _ => now + look_pause(Awaits::SignOfLife),
    };
    machine.expectation = Some(next);
}

/// Corrects a row whose expectation is outdated because an obstacle to its allocation came or went. Steps in progress
/// are not changed.
pub fn settle(machine: &mut Machine, events: Option<&Events>, now: Timestamp) {
    if fits(machine, events) {
        return;
    }
    if InstallPhase::of(machine) == InstallPhase::Installed && machine.expectation.is_none() {
        expect(machine, Awaits::Acknowledgement, now);
    } else if runs_own_system(machine) {
        machine.expectation = None;
    } else {
        restart(machine, events, now);
    }
}

/// True when [`settle`] would change nothing.
pub fn fits(machine: &Machine, events: Option<&Events>) -> bool {
    match machine.expectation.as_ref().map(|it| it.awaits) {
        // The log does not always show that a system came home (api-machines 2.3, code T): the row does.
        None if InstallPhase::of(machine) == InstallPhase::Installed => machine.orders.is_empty(),
        None => machine.orders.is_empty() && awaits(machine, events).is_none(),
        Some(Awaits::Acknowledgement) => !machine.orders.is_empty(),
        Some(standing) if is_standing(standing) => awaits(machine, events) == Some(standing),
        Some(_) => true,
    }
}

/// True when the machine ran its user's system before it got orders, and the orders were carried out.
fn runs_own_system(machine: &Machine) -> bool {
    InstallPhase::of(machine) == InstallPhase::Installed
        && machine.expectation.as_ref().is_some_and(|it| it.awaits == Awaits::Acknowledgement)
}

/// Records that the machine is silent, or runs on after it was freed, if its row does not show it yet.
pub fn note_silence(machine: &mut Machine, events: Option<&Events>, now: Timestamp) {
    let Some(events) = events.filter(|_| fell_silent(machine, events)) else { return };
    if events.liveliness == Liveliness::Alive {
        expect(machine, Awaits::NetworkBoot, now);
    } else {
        expect_sign_of_life(machine, events.last_event_time.unwrap_or(now), now);
    }
}

/// True when [`note_silence`] would change the row. For a machine with a pending installation, the row shows enough.
pub fn fell_silent(machine: &Machine, events: Option<&Events>) -> bool {
    let Some(events) = events else { return false };
    let awaits = machine.expectation.as_ref().map(|it| it.awaits);
    match InstallPhase::of(machine) {
        InstallPhase::Free if machine.state.value == StateValue::Locked => false,
        InstallPhase::Free => {
            let told = matches!(awaits, Some(Awaits::SignOfLife | Awaits::NetworkBoot));
            (events.liveliness == Liveliness::Dead && !told)
                || (events.failed_machine_reclaim && awaits.is_none_or(is_standing))
        }
        InstallPhase::Pending | InstallPhase::Reinstall => false,
        InstallPhase::Installed => events.liveliness != Liveliness::Alive && awaits.is_none(),
    }
}

/// The expectation of the row, or the one that it gets at the next inspection.
pub fn current(machine: &Machine, events: Option<&Events>, now: Timestamp) -> Option<Expectation> {
    if machine.expectation.is_some() {
        return machine.expectation.clone();
    }
    let mut looked_at = machine.clone();
    settle(&mut looked_at, events, now);
    note_silence(&mut looked_at, events, now);
    looked_at.expectation
}

/// Counts an inspection of a machine that gets no order, and schedules the next.
pub fn look_again(machine: &mut Machine, now: Timestamp) {
    if let Some(expectation) = &mut machine.expectation {
        expectation.tries = expectation.tries.saturating_add(1);
        expectation.next_try = now + look_pause(expectation.awaits);
    }
}

/// Updates the text of the next step, after the machine was locked or unlocked.
pub fn reword(machine: &mut Machine) {
    let phase = InstallPhase::of(machine);
    let locked = machine.state.value == StateValue::Locked;
    if let Some(expectation) = &mut machine.expectation {
        then(expectation.awaits, phase, locked).clone_into(&mut expectation.then);
    }
}

fn begin(machine: &Machine, awaits: Awaits, now: Timestamp, tries: u32) -> Expectation {
    let phase = InstallPhase::of(machine);
    let locked = machine.state.value == StateValue::Locked;
    let deadline = now + patience(awaits);
    let free = phase == InstallPhase::Free;
    let next_try = match awaits {
        Awaits::NetworkBoot => now + pause(tries),
        Awaits::NextStep | Awaits::Comeback | Awaits::Cabling | Awaits::Stream if free => {
            now + step_pause(tries)
        }
        Awaits::PowerOn if free => now + RESURRECT_AFTER,
        _ => now + patience(awaits).min(look_pause(awaits)),
    };
    Expectation {
        awaits,
        reason: reason(awaits, phase).to_owned(),
        since: now,
        deadline,
        then: then(awaits, phase, locked).to_owned(),
        next_try,
        tries,
    }
}

/// Minutes before attempt `tries + 1`: 5, 10, 20, 40, 60, 60, ...
fn pause(tries: u32) -> Duration {
    (NETWORK_BOOT_PATIENCE * (1 << tries.min(4))).min(RETRY_PAUSE_MAX)
}

/// How long a machine that sends events may stay in one step before it is ordered to boot again: 1 h, 2 h, 4 h, 8 h, 8
/// h, ... A machine that wipes large disks, and needs longer than the first interval, gets enough time in the end.
fn step_pause(tries: u32) -> Duration {
    RESURRECT_AFTER * (1 << tries.min(3))
}

/// Interval of inspections of a machine that gets no order.
const fn look_pause(awaits: Awaits) -> Duration {
    match awaits {
        // A user may have stopped the LLDP daemon for good.
        Awaits::Release | Awaits::PowerOn | Awaits::SignOfLife => Duration::from_secs(24 * 60 * 60),
        Awaits::Size => STEP_PATIENCE,
        _ => RETRY_PAUSE_MAX,
    }
}

/// The longest pause until the next try or inspection.
pub fn longest_pause(awaits: Awaits, tries: u32) -> Duration {
    let told = if is_under_way(awaits) { step_pause(tries) } else { RESURRECT_AFTER };
    told.max(look_pause(awaits)).max(patience(awaits))
}

/// Between a boot and the installer's wait for an allocation.
const fn is_under_way(awaits: Awaits) -> bool {
    matches!(
        awaits,
        Awaits::NetworkBoot | Awaits::NextStep | Awaits::Comeback | Awaits::Cabling | Awaits::Stream
    )
}

/// True for expectations that follow from the machine's state, not from its last event: true as long as row and log
/// show that state.
const fn is_standing(awaits: Awaits) -> bool {
    matches!(
        awaits,
        Awaits::Release
            | Awaits::PowerOn
            | Awaits::Reclaim
            | Awaits::FirstBoot
            | Awaits::Size
            | Awaits::Cabling
            | Awaits::Stream
    )
}

/// True when a machine without allocation and lock is ordered to boot at the next try; otherwise it is only inspected.
pub const fn is_told_to_boot(awaits: Awaits) -> bool {
    is_under_way(awaits) || matches!(awaits, Awaits::SignOfLife)
}

/// How long it may take before it is late.
pub const fn patience(awaits: Awaits) -> Duration {
    match awaits {
        Awaits::NetworkBoot => NETWORK_BOOT_PATIENCE,
        Awaits::NextStep
        | Awaits::Comeback
        | Awaits::Installation
        | Awaits::Reinstallation
        | Awaits::Cabling => STEP_PATIENCE,
        Awaits::Report => REPORT_PATIENCE,
        Awaits::PhoneHome | Awaits::OwnSystem => PHONE_HOME_PATIENCE,
        Awaits::SignOfLife => SILENCE,
        Awaits::Acknowledgement => ORDER_PATIENCE,
        Awaits::Release | Awaits::PowerOn => OPERATOR_PATIENCE,
        Awaits::Size => SIZE_PATIENCE,
        Awaits::Reclaim | Awaits::FirstBoot => BOOT_PATIENCE,
        Awaits::Stream => STREAM_PATIENCE,
    }
}

/// Whole minutes, for people.
pub fn minutes(length: Duration) -> u64 {
    length.as_secs() / MINUTE.as_secs()
}

#[cfg(test)]
mod tests;
