//! What another partition may order: what users of the API ask for, and nothing else. A member of the federation with a
//! valid certificate may still be hostile or mistaken; it must not speak for this site's hardware or background tasks.
//!
//! Reads are no commands: every member may send them.

use crate::command::Body;
use crate::ipam::AddressCommand;
use crate::machine::MachineCommand;
use crate::masterdata::MasterdataCommand;
use crate::network::NetworkCommand;
use crate::switch::SwitchCommand;

/// Who sends a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// Users of the API, through any partition.
    User,
    /// Machines, switches, BMC agents and installers, at their own site.
    Hardware,
    /// Background tasks, in their own process.
    Background,
    /// Clients of the service for namespaces, which each partition has for itself.
    Namespaces,
}

impl Sender {
    /// For people: what its commands are, if other partitions may not send them.
    pub const fn denied(self) -> Option<&'static str> {
        match self {
            Self::User => None,
            Self::Hardware => Some("reports of hardware"),
            Self::Background => Some("orders of background tasks"),
            Self::Namespaces => Some("commands about namespaces"),
        }
    }
}

/// Who sends commands like this one. Without `_`: a new command does not compile before its sender is decided.
pub const fn sender(body: &Body) -> Sender {
    match body {
        Body::Machine(command) => of_machine(command),
        Body::Switch(command) => of_switch(command),
        Body::Network(command) => of_network(command),
        Body::Address(command) => of_address(command),
        Body::Masterdata(command) => of_masterdata(command),
        Body::Namespace(_) => Sender::Namespaces,
    }
}

const fn of_machine(command: &MachineCommand) -> Sender {
    use MachineCommand as Command;
    match command {
        Command::Allocate { .. }
        | Command::Free { .. }
        | Command::Delete { .. }
        | Command::Reinstall { .. }
        | Command::SetState { .. }
        | Command::Update { .. }
        | Command::Power { .. }
        | Command::Led { .. } => Sender::User,
        Command::Event { .. }
        | Command::Discover { .. }
        | Command::Register(_)
        | Command::StartWaiting { .. }
        | Command::StopWaiting { .. }
        | Command::Report { .. }
        | Command::AbortReinstall { .. }
        | Command::IpmiReport { .. }
        | Command::OrdersDone { .. } => Sender::Hardware,
        Command::Resurrect { .. } | Command::Inspect { .. } | Command::Reconcile => Sender::Background,
    }
}

const fn of_switch(command: &SwitchCommand) -> Sender {
    use SwitchCommand as Command;
    match command {
        Command::Update { .. }
        | Command::Toggle { .. }
        | Command::Migrate { .. }
        | Command::Delete { .. } => Sender::User,
        Command::Register(_) | Command::Notify { .. } => Sender::Hardware,
    }
}

const fn of_network(command: &NetworkCommand) -> Sender {
    use NetworkCommand as Command;
    match command {
        Command::Create(_)
        | Command::Update { .. }
        | Command::Allocate(_)
        | Command::Free(_)
        | Command::Delete(_)
        | Command::SetPool { .. } => Sender::User,
    }
}

const fn of_address(command: &AddressCommand) -> Sender {
    use AddressCommand as Command;
    match command {
        Command::Allocate(_)
        | Command::AllocateMany(_)
        | Command::Update(_)
        | Command::Free(_)
        | Command::Release { .. }
        | Command::EndQuarantine(_) => Sender::User,
        Command::EndDueQuarantines { .. } | Command::Mend { .. } => Sender::Background,
    }
}

const fn of_masterdata(command: &MasterdataCommand) -> Sender {
    use MasterdataCommand as Command;
    match command {
        Command::PartitionCreate(_)
        | Command::PartitionUpdate(_)
        | Command::PartitionDelete(_)
        | Command::SizeCreate(_)
        | Command::SizeUpdate(_)
        | Command::SizeDelete(_)
        | Command::SizeReservationCreate(_)
        | Command::SizeReservationUpdate(_)
        | Command::SizeReservationDelete(_)
        | Command::SizeImageConstraintCreate(_)
        | Command::SizeImageConstraintUpdate(_)
        | Command::SizeImageConstraintDelete(_)
        | Command::ImageCreate(_)
        | Command::ImageUpdate(_)
        | Command::ImageDelete(_)
        | Command::LayoutCreate(_)
        | Command::LayoutUpdate(_)
        | Command::LayoutDelete(_)
        | Command::ProjectCreate(_)
        | Command::ProjectUpdate(_)
        | Command::ProjectDelete(_)
        | Command::TenantCreate(_)
        | Command::TenantUpdate(_)
        | Command::TenantDelete(_) => Sender::User,
        Command::ImageSweep(_) => Sender::Background,
    }
}

#[cfg(test)]
mod tests;
