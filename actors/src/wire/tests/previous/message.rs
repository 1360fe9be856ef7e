//! Answers, requests and replies, rows and what the inbox remembers as of commit e7d8d3e, the last one before wire
//! versions. Never edited.

use super::command::Command;
use super::ids::*;
use super::ipam::Address;
use super::machine::{BootInfo, Machine};
use super::masterdata::{Image, Layout, Partition, Project, Size, Tenant};
use super::namespace::{Prefix, PrefixAddress};
use super::network::Network;
use super::switch::{Switch, SwitchStatus};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    Done,
    Machine(MachineId),
    Allocated { machine: MachineId, allocation: Uuid },
    MachineLocked,
    MachineRemoved(Box<Machine>),
    Registered { machine: MachineId, size: String, partition: PartitionId },
    RegisterRefused { message: String },
    BootInfo(Option<Box<BootInfo>>),
    IpmiReported(IpmiOutcome),
    Reconciled(usize),
    Switch { id: SwitchId, created: bool },
    SwitchShown { switch: Box<Switch>, created: bool },
    SwitchStatus(Box<SwitchStatus>),
    SwitchUnknown(SwitchId),
    Network(Box<Network>),
    Address(Box<Address>),
    Addresses(Vec<Address>),
    Partition(Box<Partition>),
    Size(Box<Size>),
    Image(Box<Image>),
    Layout(Box<Layout>),
    Project(Box<Project>),
    Tenant(Box<Tenant>),
    Prefix(Box<Prefix>),
    PrefixAddress(Box<PrefixAddress>),
    Undone(usize),
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum IpmiOutcome {
    Updated,
    Created,
    Ignored,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RefusalKind {
    BadRequest,
    Forbidden,
    NotFound,
    Conflict,
    Unprocessable,
    Internal,
    Unavailable,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refusal {
    #[serde(rename = "because")]
    pub(crate) kind: RefusalKind,
    pub(crate) message: String,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CallError {
    Refused(Refusal),
    Conflict,
    Overloaded,
    Expired,
    Unavailable { partition: PartitionId, reason: String },
    Unknown { key: Uuid },
    KeyReused { key: Uuid },
    UnreadableAnswer { key: Uuid },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    Refused(Refusal),
    #[serde(untagged)]
    Answered(Answer),
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Request {
    Ping,
    Has { row: Key, answered: Option<Uuid> },
    Row(Key),
    Rows { kind: Kind, after: Option<String> },
    Execute { command: Box<Command>, may_be_retry: bool, remaining_ms: u64, hops: u8 },
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reply {
    Pong,
    Has(Result<bool, CallError>),
    Row(Option<Row>),
    Rows(Vec<Row>),
    Executed(Result<Answer, CallError>),
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Machine,
    Events,
    Switch,
    SwitchStatus,
    Network,
    Address,
    #[serde(rename = "rest")]
    QuarantinedAddress,
    History,
    Claim,
    Partition,
    Size,
    Image,
    Layout,
    Project,
    Tenant,
    Namespace,
    Prefix,
    PrefixAddress,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Key {
    pub(crate) kind: Kind,
    pub(crate) id: String,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Generation(pub(crate) i64);

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) key: Key,
    pub(crate) generation: Generation,
    pub(crate) owner: String,
    pub(crate) parent: String,
    #[serde(rename = "facts")]
    pub(crate) values: Vec<Option<ColumnValue>>,
    pub(crate) body: String,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ColumnValue {
    Text(String),
    Int(i64),
}
