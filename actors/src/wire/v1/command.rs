//! A command in transit: principal, key and body.

use super::ipam::AddressCommand;
use super::machine::MachineCommand;
use super::masterdata::MasterdataCommand;
use super::namespace::NamespaceCommand;
use super::network::NetworkCommand;
use super::switch::SwitchCommand;
use crate::command as domain;
use crate::decision;
use crate::ids::PartitionId;
use crate::wire::travel::{wire_enum, wire_struct};
use uuid::Uuid;

wire_struct! {
    Command = domain::Command { key: Uuid, principal: Principal, partition: PartitionId, body: Body }

    Principal = decision::Principal { email: String, role: Role }
}

wire_enum! {
    #[serde(rename_all = "snake_case")]
    Role = decision::Role { View, Edit, Admin }

    #[serde(rename_all = "snake_case")]
    Body = domain::Body {
        Machine(command: MachineCommand),
        Switch(command: SwitchCommand),
        Network(command: NetworkCommand),
        Address(command: AddressCommand),
        Masterdata(command: MasterdataCommand),
        Namespace(command: NamespaceCommand),
    }
}
