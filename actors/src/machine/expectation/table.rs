//! What a machine waits for by its newest event, its allocation, and obstacles to its allocation.

use super::InstallPhase;
use crate::masterdata::size::UNKNOWN;
use crate::record::machine::{Awaits, Machine, State, StateValue};

/// The table: what a machine in `state` waits for. `None`: nothing, except for an [`obstacle`].
pub const fn table(state: State, phase: InstallPhase) -> Option<Awaits> {
    match phase {
        InstallPhase::Free => free(state),
        InstallPhase::Pending => Some(pending(state)),
        InstallPhase::Reinstall => Some(reinstall(state)),
        InstallPhase::Installed => installed(state),
    }
}

const fn free(state: State) -> Option<Awaits> {
    match state {
        State::Initial
        | State::PxeBooting
        | State::Preparing
        | State::Registering
        | State::Installing
        | State::Alive => Some(Awaits::NextStep),
        State::PlannedReboot | State::Crashing => Some(Awaits::Comeback),
        State::MachineReclaim => Some(Awaits::NetworkBoot),
        State::BootingNewKernel | State::PhonedHome => Some(Awaits::Reclaim),
        State::Waiting => None,
    }
}

/// What keeps a machine without an allocation whose installer waits from being allocated (api-machines 3.4.1).
pub fn obstacle(machine: &Machine) -> Option<Awaits> {
    if machine.state.value != StateValue::Available {
        Some(Awaits::Release)
    } else if machine.partition.is_empty() || machine.rack.is_empty() || machine.refused.is_some() {
        Some(Awaits::Cabling)
    } else if machine.size.is_empty() || machine.size.as_str() == UNKNOWN {
        Some(Awaits::Size)
    } else if !machine.waiting {
        Some(Awaits::Stream)
    } else {
        None
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
