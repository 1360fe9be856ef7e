//! What a machine waits for: one table of (newest event, who has it), and the times that go with it.
//!
//! Every transition leaves the machine's row with an expectation or with none because nothing is awaited, so that no
//! machine is stuck without saying so. Here nothing is done about a late machine: that is [`super::inspect`].

use super::events::State;
use super::record::{Awaits, Events, Expectation, Machine, StateValue};
use crate::time::Timestamp;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// A BIOS, its network boot and the download of the installer.
pub const NETWORK_BOOT_PATIENCE: Duration = Duration::from_secs(5 * 60);
/// Between two steps of the installer; the longest is wiping the disks.
pub const STEP_PATIENCE: Duration = Duration::from_secs(10 * 60);
/// Downloading and unpacking an image.
pub const REPORT_PATIENCE: Duration = Duration::from_secs(30 * 60);
/// Starting the installed system until its LLDP daemon speaks.
pub const PHONE_HOME_PATIENCE: Duration = Duration::from_secs(15 * 60);
/// A BMC agent polls all the time; slow BMCs need minutes.
pub const ORDER_PATIENCE: Duration = Duration::from_secs(5 * 60);
/// Silence after which a machine is dead, or unknown when a user has it (api-machines 2.6).
pub const SILENCE: Duration = Duration::from_secs(5 * 60);
/// A dead machine that nobody has is booted again after this much silence (api-machines 2.7).
pub const RESURRECT_AFTER: Duration = Duration::from_secs(60 * 60);
/// What a machine that is found dead gets to speak up before it is booted again: after an outage of the node itself
/// all machines look dead.
pub const RESURRECT_GRACE: Duration = Duration::from_secs(10 * 60);
/// The longest pause between two attempts to get a machine to boot.
pub const RETRY_PAUSE_MAX: Duration = Duration::from_secs(60 * 60);

/// Who has the machine, as far as installing goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stance {
    /// Nobody.
    Free,
    /// Allocated, not yet installed.
    Pending,
    /// Allocated, to be installed again.
    Reinstall,
    /// Allocated and installed: never to be wiped.
    Installed,
}

impl Stance {
    pub const ALL: [Self; 4] = [Self::Free, Self::Pending, Self::Reinstall, Self::Installed];

    pub fn of(machine: &Machine) -> Self {
        match &machine.allocation {
            None => Self::Free,
            Some(allocation) if allocation.reinstall => Self::Reinstall,
            Some(allocation) if allocation.installed => Self::Installed,
            Some(_) => Self::Pending,
        }
    }
}

/// The table: what a machine whose newest event led to `state` waits for.
pub const fn table(state: State, stance: Stance) -> Option<Awaits> {
    match stance {
        Stance::Free => free(state),
        Stance::Pending => Some(pending(state)),
        Stance::Reinstall => Some(reinstall(state)),
        Stance::Installed => installed(state),
    }
}

const fn free(state: State) -> Option<Awaits> {
    match state {
        State::PxeBooting | State::Preparing | State::Registering | State::Installing => {
            Some(Awaits::NextStep)
        }
        State::PlannedReboot | State::Crashing => Some(Awaits::Comeback),
        State::MachineReclaim => Some(Awaits::NetworkBoot),
        State::Initial | State::Waiting | State::BootingNewKernel | State::PhonedHome | State::Alive => None,
    }
}

const fn pending(state: State) -> Awaits {
    match state {
        State::PxeBooting | State::Preparing | State::Registering => Awaits::NextStep,
        State::Installing => Awaits::Report,
        State::BootingNewKernel => Awaits::PhoneHome,
        State::Crashing => Awaits::Comeback,
        State::Initial
        | State::Waiting
        | State::PhonedHome
        | State::PlannedReboot
        | State::MachineReclaim
        | State::Alive => Awaits::Installation,
    }
}

const fn reinstall(state: State) -> Awaits {
    match state {
        State::PxeBooting | State::Preparing | State::Registering => Awaits::NextStep,
        State::Waiting => Awaits::Installation,
        State::Installing => Awaits::Report,
        State::Crashing => Awaits::Comeback,
        State::Initial
        | State::BootingNewKernel
        | State::PhonedHome
        | State::PlannedReboot
        | State::MachineReclaim
        | State::Alive => Awaits::Reinstallation,
    }
}

const fn installed(state: State) -> Option<Awaits> {
    match state {
        State::PxeBooting | State::Preparing | State::Registering | State::Waiting | State::Crashing => {
            Some(Awaits::OwnSystem)
        }
        State::Installing | State::BootingNewKernel | State::PlannedReboot | State::MachineReclaim => {
            Some(Awaits::PhoneHome)
        }
        State::Initial | State::PhonedHome | State::Alive => None,
    }
}

/// What this machine waits for by its newest event; a machine that was switched off is awaited by nobody.
pub fn awaits(machine: &Machine, events: Option<&Events>) -> Option<Awaits> {
    let state = events.map_or(State::Initial, State::of);
    if events.is_some_and(switched_off) {
        return None;
    }
    let stance = Stance::of(machine);
    if stance == Stance::Free && events.is_some_and(runs_an_old_system) {
        return Some(Awaits::NetworkBoot);
    }
    table(state, stance)
}

/// True when a machine phones home whose system is of the past.
fn runs_an_old_system(events: &Events) -> bool {
    State::of(events) == State::PhonedHome && never_waited_since_reclaim(events)
}

/// True when a machine was given back and has not waited since: the disks are emptied before it waits, so that whatever
/// system it starts is of the past. Without that trace, as after a backup was restored or when the machine waited last,
/// its system may be somebody's, and the machine is left alone.
pub fn never_waited_since_reclaim(events: &Events) -> bool {
    use State::{
        Alive, Crashing, MachineReclaim, PhonedHome, PlannedReboot, Preparing, PxeBooting, Registering,
    };
    let mut states = events.log.iter().map(|event| State::after(event.event));
    let on_the_way = [PhonedHome, Alive, PlannedReboot, PxeBooting, Preparing, Registering, Crashing];
    states.find(|state| !on_the_way.contains(state)) == Some(MachineReclaim)
}

/// True when the newest event says that an operator switched the machine off (api-machines 6.2).
pub fn switched_off(events: &Events) -> bool {
    events.log.front().is_some_and(|newest| {
        State::after(newest.event) == State::PlannedReboot && newest.message == super::power::OFF
    })
}

/// Gives the machine the expectation that its newest event and its allocation ask for, from `now` on.
///
/// How often a machine that nobody has was told to boot is forgotten only when it arrives somewhere: one that comes up,
/// gets stuck and is told again is told ever more seldom.
pub fn restart(machine: &mut Machine, events: Option<&Events>, now: Timestamp) {
    let before = machine.expectation.as_ref().filter(|before| is_under_way(before.awaits));
    let told = before.map_or(0, |before| before.tries);
    let free = Stance::of(machine) == Stance::Free;
    machine.expectation = awaits(machine, events).map(|awaits| {
        let tries = if free && is_under_way(awaits) { told } else { 0 };
        begin(machine, awaits, now, tries)
    });
    if machine.expectation.is_none() && !machine.orders.is_empty() {
        machine.expectation = Some(begin(machine, Awaits::Acknowledgement, now, 0));
    }
}

/// Expects `awaits` from `now` on, whatever was expected before.
pub fn expect(machine: &mut Machine, awaits: Awaits, now: Timestamp) {
    machine.expectation = Some(begin(machine, awaits, now, 0));
}

/// Expects a network boot: for the first time, or, when the time for the next try has come, with a longer pause.
pub fn expect_network_boot(machine: &mut Machine, now: Timestamp) {
    let before = machine.expectation.take().filter(|before| is_under_way(before.awaits));
    let tries =
        before.as_ref().map_or(0, |before| before.tries.saturating_add(u32::from(before.next_try <= now)));
    let mut next = begin(machine, Awaits::NetworkBoot, now, tries);
    if let Some(before) = before.filter(|before| before.awaits == Awaits::NetworkBoot) {
        next.since = before.since;
        next.deadline = before.deadline;
    }
    machine.expectation = Some(next);
}

/// Expects a sign of life of a machine that nobody has; last heard of at `last`.
pub fn expect_sign_of_life(machine: &mut Machine, last: Timestamp, now: Timestamp) {
    let mut next = begin(machine, Awaits::SignOfLife, now, 0);
    next.since = last;
    next.deadline = last + SILENCE;
    next.next_try = (last + RESURRECT_AFTER).max(now + RESURRECT_GRACE);
    machine.expectation = Some(next);
}

/// Says anew what happens next, after the machine was locked or unlocked.
pub fn reword(machine: &mut Machine) {
    let stance = Stance::of(machine);
    let locked = machine.state.value == StateValue::Locked;
    if let Some(expectation) = &mut machine.expectation {
        then(expectation.awaits, stance, locked).clone_into(&mut expectation.then);
    }
}

fn begin(machine: &Machine, awaits: Awaits, now: Timestamp, tries: u32) -> Expectation {
    let stance = Stance::of(machine);
    let locked = machine.state.value == StateValue::Locked;
    let deadline = now + patience(awaits);
    let next_try = match awaits {
        Awaits::NetworkBoot => now + pause(tries),
        Awaits::NextStep | Awaits::Comeback if stance == Stance::Free => now + step_pause(tries),
        _ => deadline,
    };
    Expectation {
        awaits,
        reason: reason(awaits).to_owned(),
        since: now,
        deadline,
        then: then(awaits, stance, locked).to_owned(),
        next_try,
        tries,
    }
}

/// Minutes before attempt `tries + 1`: 5, 10, 20, 40, 60, 60, ...
fn pause(tries: u32) -> Duration {
    (NETWORK_BOOT_PATIENCE * (1 << tries.min(4))).min(RETRY_PAUSE_MAX)
}

/// How long a machine that lives may stay where it is before it is told to boot again: 1 h, 2 h, 4 h, 8 h, 8 h, ... A
/// machine that wipes large disks, and needs longer than the first, gets the time in the end.
fn step_pause(tries: u32) -> Duration {
    RESURRECT_AFTER * (1 << tries.min(3))
}

/// On the way from one boot to the installer's wait for an allocation.
pub const fn is_under_way(awaits: Awaits) -> bool {
    matches!(awaits, Awaits::NetworkBoot | Awaits::NextStep | Awaits::Comeback)
}

/// How long it may take until it is late.
pub const fn patience(awaits: Awaits) -> Duration {
    match awaits {
        Awaits::NetworkBoot => NETWORK_BOOT_PATIENCE,
        Awaits::NextStep | Awaits::Comeback | Awaits::Installation | Awaits::Reinstallation => STEP_PATIENCE,
        Awaits::Report => REPORT_PATIENCE,
        Awaits::PhoneHome | Awaits::OwnSystem => PHONE_HOME_PATIENCE,
        Awaits::SignOfLife => SILENCE,
        Awaits::Acknowledgement => ORDER_PATIENCE,
    }
}

/// What must come, for people.
pub const fn reason(awaits: Awaits) -> &'static str {
    match awaits {
        Awaits::NetworkBoot => "it was told to boot from the network, its network boot must come",
        Awaits::NextStep => "the installer is coming up, its next step must come",
        Awaits::Comeback => "it is rebooting, its network boot must come",
        Awaits::Installation => "it is allocated, the installation must begin",
        Awaits::Reinstallation => "it is to be installed again, its network boot must come",
        Awaits::Report => "the installation is running, the installer's report must come",
        Awaits::PhoneHome => "the installed system is starting, its phone home must come",
        Awaits::OwnSystem => {
            "it is installed but came up in the installer, it must boot its own system from disk"
        }
        Awaits::SignOfLife => "it is silent, any sign of life must come",
        Awaits::Acknowledgement => "its BMC was given orders, the BMC agent must carry them out",
    }
}

/// What happens next when it does not come, for people.
pub const fn then(awaits: Awaits, stance: Stance, locked: bool) -> &'static str {
    match (awaits, stance) {
        (Awaits::Acknowledgement, _) => {
            "the orders wait for the BMC agent of the partition, power commands for an hour at most"
        }
        (_, Stance::Free) if locked => "nothing, a locked machine is left alone: unlock it or power cycle it",
        (Awaits::NetworkBoot, Stance::Free) => "it is told again to boot from the network",
        (Awaits::NextStep | Awaits::Comeback, Stance::Free) => "it is told to boot from the network again",
        (_, Stance::Free) => "after an hour without a sign of life it is told to boot from the network",
        (Awaits::Reinstallation, Stance::Reinstall) if !locked => "it is told again to install itself anew",
        (Awaits::OwnSystem, _) => {
            "its registration is refused, nothing is wiped, and it is told to boot from disk"
        }
        (Awaits::PhoneHome, _) => "nothing, an allocated machine is left alone: look at its console",
        (_, _) => {
            "nothing, an allocated machine is left alone: look at its console, power cycle it or free it"
        }
    }
}

/// Whole minutes, for people.
pub fn minutes(length: Duration) -> u64 {
    length.as_secs() / MINUTE.as_secs()
}

#[cfg(test)]
#[path = "expectation_tests.rs"]
mod tests;
