//! All commands of a partition. Their answers are [`crate::answer::Answer`]s.

pub mod ask;

pub use ask::Ask;

use crate::decision::Principal;
use crate::ids::PartitionId;
use crate::ipam::AddressCommand;
use crate::machine::MachineCommand;
use crate::masterdata::MasterdataCommand;
use crate::namespace::NamespaceCommand;
use crate::network::NetworkCommand;
use crate::switch::SwitchCommand;
use uuid::Uuid;

/// A command in transit: its body determines the partition and the actor that own what it changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    /// The caller's key, constant over retries: the write is applied once and its answer is stored.
    pub key: Uuid,
    pub principal: Principal,
    pub partition: PartitionId,
    pub body: Body,
}

/// The command, by module.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    Machine(MachineCommand),
    Switch(SwitchCommand),
    Network(NetworkCommand),
    Address(AddressCommand),
    Masterdata(MasterdataCommand),
    Namespace(NamespaceCommand),
}

macro_rules! bodies {
    ($($room:ident($command:ty)),* $(,)?) => {
        $(impl From<$command> for Body {
            fn from(command: $command) -> Self {
                Self::$room(command)
            }
        })*
    };
}

bodies! {
    Machine(MachineCommand),
    Switch(SwitchCommand),
    Network(NetworkCommand),
    Address(AddressCommand),
    Masterdata(MasterdataCommand),
    Namespace(NamespaceCommand),
}

impl Body {
    /// True when the answer is stored with the write for retries. Frequent commands that are harmless to repeat are not
    /// stored.
    pub const fn is_remembered(&self) -> bool {
        !matches!(
            self,
            Self::Machine(
                MachineCommand::Event { .. }
                    | MachineCommand::Discover { .. }
                    | MachineCommand::StartWaiting { .. }
                    | MachineCommand::StopWaiting { .. }
                    | MachineCommand::IpmiReport { .. }
                    | MachineCommand::OrdersDone { .. }
                    | MachineCommand::Inspect { .. }
                    | MachineCommand::Reconcile
            ) | Self::Switch(SwitchCommand::Notify { .. })
                | Self::Address(AddressCommand::EndDueQuarantines { .. } | AddressCommand::Mend { .. })
                | Self::Masterdata(MasterdataCommand::ImageSweep(_))
        )
    }
}
