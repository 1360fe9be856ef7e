//! The outcome of a command: an answer, a refusal, or the reason for neither. Entities in answers have their stored
//! form.

use crate::answer as domain;
use crate::call;
use crate::ids::{MachineId, PartitionId, SwitchId};
use crate::ipam::Address;
use crate::machine::{BootInfo, Machine};
use crate::masterdata::{Image, Layout, Partition, Project, Size, Tenant};
use crate::namespace::{Prefix, PrefixAddress};
use crate::network::Network;
use crate::refusal;
use crate::switch::{Switch, SwitchStatus};
use crate::wire::travel::{as_it_is, wire_enum, wire_struct};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

as_it_is!(Address, Machine, Network, Switch, SwitchStatus, Value);

wire_enum! {
    #[serde(rename_all = "snake_case")]
    Answer = domain::Answer {
        Done,
        Machine(id: MachineId),
        Allocated { machine: MachineId, allocation: Uuid },
        MachineLocked,
        MachineRemoved(machine: Box<Machine>),
        Registered { machine: MachineId, size: String, partition: PartitionId },
        RegisterRefused { message: String },
        BootInfo(info: Option<Box<BootInfo>>),
        IpmiReported(outcome: IpmiOutcome),
        Reconciled(rows: u64),
        Switch { id: SwitchId, created: bool },
        SwitchShown { switch: Box<Switch>, created: bool },
        SwitchStatus(status: Box<SwitchStatus>),
        SwitchUnknown(id: SwitchId),
        Network(network: Box<Network>),
        Address(address: Box<Address>),
        Addresses(addresses: Vec<Address>),
        Partition(partition: Box<Partition>),
        Size(size: Box<Size>),
        Image(image: Box<Image>),
        Layout(layout: Box<Layout>),
        Project(project: Box<Project>),
        Tenant(tenant: Box<Tenant>),
        Prefix(prefix: Box<Prefix>),
        PrefixAddress(address: Box<PrefixAddress>),
        Undone(rows: u64),
        Record { kind: String, record: Value },
    }

    #[serde(rename_all = "snake_case")]
    IpmiOutcome = domain::IpmiOutcome { Updated, Created, Ignored }

    #[serde(rename_all = "snake_case")]
    CallError = call::CallError {
        Refused(refusal: Refusal),
        Conflict,
        Overloaded,
        Expired,
        Unavailable { partition: PartitionId, reason: String },
        Unknown { key: Uuid },
        KeyReused { key: Uuid },
        UnreadableAnswer { key: Uuid },
    }

    RefusalKind = refusal::RefusalKind {
        BadRequest,
        Forbidden,
        NotFound,
        Conflict,
        Unprocessable,
        Internal,
        Unavailable,
    }
}

wire_struct! {
    Refusal = refusal::Refusal {
        #[serde(rename = "because")]
        kind: RefusalKind,
        message: String,
    }
}

/// The stored outcome under a key. An answer has no tag around it, as in older releases.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::wire) enum CommandResult {
    Refused(Refusal),
    #[serde(untagged)]
    Answered(Answer),
}
