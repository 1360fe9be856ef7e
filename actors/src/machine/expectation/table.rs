//! What a machine waits for by its newest event, its allocation, and obstacles to its allocation.

use super::InstallPhase;
use crate::masterdata::size::UNKNOWN;
use crate::record::machine::{Awaits, Machine, ProvisioningState, StateValue};

/// The table: what a machine in `state` waits for. `None`: nothing, except for an [`obstacle`].
pub const fn table(state: ProvisioningState, phase: InstallPhase) -> Option<Awaits> {
    match phase {
        InstallPhase::Free => free(state),
        InstallPhase::Pending => Some(pending(state)),
        InstallPhase::Reinstall => Some(reinstall(state)),
        InstallPhase::Installed => installed(state),
    }
}

const fn free(state: ProvisioningState) -> Option<Awaits> {
    match state {
        ProvisioningState::Initial
        | ProvisioningState::PxeBooting
        | ProvisioningState::Preparing
        | ProvisioningState::Registering
        | ProvisioningState::Installing
        | ProvisioningState::Alive => Some(Awaits::NextStep),
        ProvisioningState::PlannedReboot | ProvisioningState::Crashing => Some(Awaits::Comeback),
        ProvisioningState::MachineReclaim => Some(Awaits::NetworkBoot),
        ProvisioningState::BootingNewKernel | ProvisioningState::PhonedHome => Some(Awaits::Reclaim),
        ProvisioningState::Waiting => None,
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

const fn pending(state: ProvisioningState) -> Awaits {
    match state {
        ProvisioningState::PxeBooting | ProvisioningState::Preparing | ProvisioningState::Registering => {
            Awaits::NextStep
        }
        ProvisioningState::Installing => Awaits::Report,
        ProvisioningState::BootingNewKernel => Awaits::PhoneHome,
        ProvisioningState::Crashing => Awaits::Comeback,
        ProvisioningState::Initial
        | ProvisioningState::Waiting
        | ProvisioningState::PhonedHome
        | ProvisioningState::PlannedReboot
        | ProvisioningState::MachineReclaim
        | ProvisioningState::Alive => Awaits::Installation,
    }
}

const fn reinstall(state: ProvisioningState) -> Awaits {
    match state {
        ProvisioningState::PxeBooting | ProvisioningState::Preparing | ProvisioningState::Registering => {
            Awaits::NextStep
        }
        ProvisioningState::Waiting => Awaits::Installation,
        ProvisioningState::Installing => Awaits::Report,
        ProvisioningState::Crashing => Awaits::Comeback,
        ProvisioningState::Initial
        | ProvisioningState::BootingNewKernel
        | ProvisioningState::PhonedHome
        | ProvisioningState::PlannedReboot
        | ProvisioningState::MachineReclaim
        | ProvisioningState::Alive => Awaits::Reinstallation,
    }
}

const fn installed(state: ProvisioningState) -> Option<Awaits> {
    match state {
        ProvisioningState::PxeBooting
        | ProvisioningState::Preparing
        | ProvisioningState::Registering
        | ProvisioningState::Waiting
        | ProvisioningState::Crashing => Some(Awaits::OwnSystem),
        ProvisioningState::Installing
        | ProvisioningState::BootingNewKernel
        | ProvisioningState::PlannedReboot
        | ProvisioningState::MachineReclaim => Some(Awaits::PhoneHome),
        ProvisioningState::Initial | ProvisioningState::PhonedHome | ProvisioningState::Alive => None,
    }
}
