//! Texts of expectations for people.

use super::InstallPhase;
use crate::record::machine::Awaits;

/// What must happen, for people.
pub const fn reason(awaits: Awaits, phase: InstallPhase) -> &'static str {
    match awaits {
        Awaits::NetworkBoot => "it was ordered to boot from the network, its network boot must come",
        Awaits::NextStep => "the installer is coming up, its next step must come",
        Awaits::Comeback => "it is rebooting, its network boot must come",
        Awaits::Installation => "it is allocated, the installation must begin",
        Awaits::Reinstallation => "it must be installed again, its network boot must come",
        Awaits::Report => "the installation is running, the installer's report must come",
        Awaits::PhoneHome => "the installed system is starting, its phone home must come",
        Awaits::OwnSystem => {
            "it is installed but came up in the installer, it must boot its own system from disk"
        }
        Awaits::SignOfLife if matches!(phase, InstallPhase::Free) => "it is silent, any event must come",
        Awaits::SignOfLife => {
            "it is allocated and went silent: its system is down or its LLDP daemon stopped, a phone home must come"
        }
        Awaits::Acknowledgement => "its BMC was given orders, the BMC agent must carry them out",
        Awaits::Release => "it waits but cannot be allocated: an operator holds it",
        Awaits::PowerOn => "it was switched off by an operator",
        Awaits::Reclaim => "it runs an installed system without an allocation",
        Awaits::FirstBoot => "it is known from its BMC only, its first network boot must come",
        Awaits::Size => "it waits but cannot be allocated: its hardware matches no size",
        Awaits::Cabling => "it waits but cannot be allocated: no switch reports it as a neighbour",
        Awaits::Stream => "it waits but cannot be allocated: its waiting stream is not open",
    }
}

/// What happens at the next try, or what an operator must do, for people.
pub const fn then(awaits: Awaits, phase: InstallPhase, locked: bool) -> &'static str {
    match (awaits, phase) {
        (Awaits::Acknowledgement, _) => {
            "the orders wait for the BMC agent of the partition, power commands for an hour at most"
        }
        (Awaits::Release, _) => "an operator must release it: set its state to available",
        (Awaits::FirstBoot, _) => {
            "an operator must power it on with network boot: its system may belong to a user, so no order is sent"
        }
        (Awaits::Reclaim, _) => {
            "an operator must free it, so that it boots from the network: the owner of its system is unknown, so it is left \
             alone"
        }
        (Awaits::PowerOn, InstallPhase::Free) if !locked => {
            "an operator must power it on; an hour after its last event it is ordered to boot from the network"
        }
        (Awaits::PowerOn, _) => "an operator must power it on",
        (_, InstallPhase::Free) if locked => "a locked machine gets no orders: unlock it or power cycle it",
        (Awaits::NetworkBoot, InstallPhase::Free) => "it is ordered again to boot from the network",
        (Awaits::NextStep | Awaits::Comeback, InstallPhase::Free) => {
            "it is ordered to boot from the network again"
        }
        (Awaits::Size, _) => {
            "an operator must define a size for it: when one matches, it is ordered to boot from the network again"
        }
        (Awaits::Cabling, _) => "check its cabling; it is ordered to boot from the network again",
        (Awaits::Stream, _) => {
            "the installer opens it again within seconds, or it is ordered to boot from the network again"
        }
        (_, InstallPhase::Free) => "after an hour without an event it is ordered to boot from the network",
        (Awaits::Reinstallation, InstallPhase::Reinstall) if !locked => "it is ordered again to reinstall",
        (Awaits::OwnSystem, _) => {
            "its registration is refused, nothing is wiped, and it is ordered to boot from disk"
        }
        (Awaits::PhoneHome | Awaits::SignOfLife, _) => {
            "an allocated machine gets no orders: check its console"
        }
        (_, _) => "an allocated machine gets no orders: check its console, power cycle it or free it",
    }
}
