//! The effect of a provisioning event on a machine's event container: the transition matrix of api-machines 2.3.
//!
//! Pure, and only about the container: [`super::life`] handles the machine's row.

use crate::record::machine::{Event, EventKind, Events, Liveliness, ProvisioningState};
use crate::time::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// A `Phoned Home` this soon after another event comes from a system that is about to be replaced (api-machines 2.3).
pub const LATE_PHONE_HOME: Duration = Duration::from_secs(5 * 60);

/// Maximal stored bytes of a message. A full log of such messages, with every byte escaped, fits into a row.
pub const MESSAGE_BYTES_MAX: usize = 1024;

/// True when the machine has booted from the network since it was last freed, as far back as the log goes. Until then,
/// its messages are about an ended allocation.
pub fn booted_since_reclaim(container: &Events) -> bool {
    let decisive = container.log.iter().find(|event| is_network_boot(event) || is_reclaim(event));
    decisive.is_none_or(is_network_boot)
}

/// True when an installer that booted after the last free has wiped the disks or writes them: no system of a former
/// user is left.
pub fn wiped_since_reclaim(container: &Events) -> bool {
    let mut wiped = false;
    for event in container.log.iter() {
        match event.event {
            EventKind::MachineReclaim => return false,
            EventKind::Waiting | EventKind::Installing => wiped = true,
            EventKind::PxeBooting | EventKind::Preparing if wiped => return true,
            _ => {}
        }
    }
    wiped
}

/// True when the machine booted from the network and has not reached the step after which it can get an installation,
/// or, if it was installing before, the step of installing: the report belongs to an earlier boot.
pub fn came_up_anew(container: &Events) -> bool {
    let (mut booted, mut waited) = (false, false);
    for event in container.log.iter() {
        match event.event {
            EventKind::MachineReclaim => return false,
            EventKind::Installing | EventKind::BootingNewKernel | EventKind::PhonedHome => return booted,
            EventKind::PxeBooting | EventKind::Preparing if !waited => return true,
            EventKind::PxeBooting | EventKind::Preparing => booted = true,
            EventKind::Waiting => waited = true,
            _ => {}
        }
    }
    false
}

fn is_network_boot(event: &Event) -> bool {
    comes_up(event.event)
}

/// The first events of a machine that boots from the network. Some hardware cannot send the first of them.
pub const fn comes_up(kind: EventKind) -> bool {
    matches!(kind, EventKind::PxeBooting | EventKind::Preparing)
}

fn is_reclaim(event: &Event) -> bool {
    event.event == EventKind::MachineReclaim
}

/// The outcome of an event; the letters are those of api-machines 2.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventOutcome {
    /// A: expected and logged.
    Logged,
    /// T: only the time of the last event changed.
    Touched,
    /// S: the container is unchanged.
    Ignored,
    /// X: unexpected, logged with a note.
    Unexpected,
    /// XN: unexpected, kept only as the last error.
    UnexpectedUnlogged,
}

impl EventOutcome {
    /// True when the event is now the newest entry of the log.
    pub const fn logged(self) -> bool {
        matches!(self, Self::Logged | Self::Unexpected)
    }

    /// True when the event counts as a sign of life.
    pub const fn accepted(self) -> bool {
        !matches!(self, Self::Ignored)
    }
}

/// Adds an event that arrived at `now` to the container.
///
/// After a clock was set back, the event still becomes the newest entry, with a time that keeps the log descending
/// (api-machines 2.1). Refusing events until the clock catches up would hide that a machine was freed, and expose the
/// data on its disks.
pub fn record(container: &mut Events, kind: EventKind, message: &str, now: Timestamp) -> EventOutcome {
    let state = ProvisioningState::of(container);
    let quiet = container.last_event_time.map(|last| now.since(last));
    let cell = cell(state, kind, quiet);
    if cell.outcome == EventOutcome::Ignored {
        return EventOutcome::Ignored;
    }
    let unexpected = matches!(cell.outcome, EventOutcome::Unexpected | EventOutcome::UnexpectedUnlogged);
    let message = if unexpected { unexpected_message(state, message) } else { message.to_owned() };
    let time = container.log.front().map_or(now, |newest| newest.time.max(now));
    let event = Event { time, event: kind, message: shortened(message) };
    if unexpected || kind == EventKind::Crashed {
        container.last_error_event = Some(event.clone());
    }
    if cell.outcome.logged() {
        let log = Arc::make_mut(&mut container.log);
        log.push_front(event);
        log.truncate(Events::LOG_MAX);
    }
    container.last_event_time = Some(now);
    container.liveliness = Liveliness::Alive;
    container.crash_loop = cell.crash_loop.unwrap_or(container.crash_loop);
    container.failed_machine_reclaim = cell.failed_reclaim.unwrap_or(container.failed_machine_reclaim);
    cell.outcome
}

fn unexpected_message(state: ProvisioningState, message: &str) -> String {
    let note = format!("[unexpectedly received in state {}]", state.as_str());
    if message.is_empty() { note } else { format!("{note}: {message}") }
}

fn shortened(mut message: String) -> String {
    let end = message.floor_char_boundary(MESSAGE_BYTES_MAX);
    message.truncate(end);
    message
}

/// One cell of the matrix; `None` leaves the flag unchanged.
#[derive(Clone, Copy)]
struct Cell {
    outcome: EventOutcome,
    crash_loop: Option<bool>,
    failed_reclaim: Option<bool>,
}

const A: Cell = Cell { outcome: EventOutcome::Logged, crash_loop: None, failed_reclaim: None };
const T: Cell = Cell { outcome: EventOutcome::Touched, ..A };
const S: Cell = Cell { outcome: EventOutcome::Ignored, ..A };
const X: Cell = Cell { outcome: EventOutcome::Unexpected, ..A };
const XN: Cell = Cell { outcome: EventOutcome::UnexpectedUnlogged, ..A };

impl Cell {
    const fn crash_loop(self, value: bool) -> Self {
        Self { crash_loop: Some(value), ..self }
    }

    const fn failed_reclaim(self, value: bool) -> Self {
        Self { failed_reclaim: Some(value), ..self }
    }
}

/// `quiet`: time since the last accepted event; `None`: there was none.
fn cell(state: ProvisioningState, kind: EventKind, quiet: Option<Duration>) -> Cell {
    match kind {
        EventKind::Alive => alive(state),
        EventKind::Crashed => crashed(state),
        EventKind::PxeBooting => pxe_booting(state),
        EventKind::Preparing => preparing(state),
        EventKind::Registering => {
            expected_in(state, &[ProvisioningState::Initial, ProvisioningState::Preparing])
        }
        EventKind::Waiting => {
            expected_in(state, &[ProvisioningState::Initial, ProvisioningState::Registering])
        }
        EventKind::Installing => expected_in(
            state,
            &[ProvisioningState::Initial, ProvisioningState::Registering, ProvisioningState::Waiting],
        ),
        EventKind::BootingNewKernel => {
            expected_in(state, &[ProvisioningState::Initial, ProvisioningState::Installing])
        }
        EventKind::PhonedHome => phoned_home(state, quiet),
        EventKind::PlannedReboot | EventKind::MachineReclaim => A.crash_loop(false),
    }
}

fn expected_in(state: ProvisioningState, states: &[ProvisioningState]) -> Cell {
    if states.contains(&state) { A } else { X }
}

/// The states in which the installer, or the boot before it, may be running.
const fn under_way(state: ProvisioningState) -> bool {
    match state {
        ProvisioningState::Initial
        | ProvisioningState::PxeBooting
        | ProvisioningState::Preparing
        | ProvisioningState::Registering
        | ProvisioningState::Waiting
        | ProvisioningState::Installing
        | ProvisioningState::BootingNewKernel => true,
        ProvisioningState::PhonedHome
        | ProvisioningState::PlannedReboot
        | ProvisioningState::MachineReclaim
        | ProvisioningState::Crashing
        | ProvisioningState::Alive => false,
    }
}

fn alive(state: ProvisioningState) -> Cell {
    if under_way(state) { T } else { XN }
}

fn crashed(state: ProvisioningState) -> Cell {
    if under_way(state) { A.crash_loop(true) } else { X }
}

fn pxe_booting(state: ProvisioningState) -> Cell {
    match state {
        ProvisioningState::PxeBooting => T.failed_reclaim(false),
        ProvisioningState::Initial
        | ProvisioningState::PlannedReboot
        | ProvisioningState::MachineReclaim
        | ProvisioningState::Crashing => A.failed_reclaim(false),
        _ => X.crash_loop(true),
    }
}

fn preparing(state: ProvisioningState) -> Cell {
    match state {
        ProvisioningState::Initial
        | ProvisioningState::PxeBooting
        | ProvisioningState::PlannedReboot
        | ProvisioningState::MachineReclaim
        | ProvisioningState::Crashing => A.failed_reclaim(false),
        _ => X.crash_loop(true),
    }
}

fn phoned_home(state: ProvisioningState, quiet: Option<Duration>) -> Cell {
    let soon = quiet.is_some_and(|quiet| quiet < LATE_PHONE_HOME);
    let late = quiet.is_some_and(|quiet| quiet > LATE_PHONE_HOME);
    match state {
        ProvisioningState::Initial
        | ProvisioningState::BootingNewKernel
        | ProvisioningState::PlannedReboot => A.crash_loop(false),
        ProvisioningState::PhonedHome => T,
        ProvisioningState::PxeBooting
        | ProvisioningState::Preparing
        | ProvisioningState::Registering
        | ProvisioningState::Waiting
            if soon =>
        {
            S
        }
        ProvisioningState::PxeBooting => T.failed_reclaim(false),
        ProvisioningState::Preparing => A.failed_reclaim(false),
        ProvisioningState::Registering | ProvisioningState::Waiting => A,
        ProvisioningState::MachineReclaim if late => T.failed_reclaim(true),
        ProvisioningState::MachineReclaim => S,
        ProvisioningState::Installing | ProvisioningState::Crashing | ProvisioningState::Alive => X,
    }
}

#[cfg(test)]
mod tests;
