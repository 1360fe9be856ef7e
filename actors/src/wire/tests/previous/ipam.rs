//! Records of addresses and numbers as of commit e7d8d3e, the last one before wire versions. Never edited.

use super::ids::*;
use super::time::Timestamp;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::net::IpAddr;
use uuid::Uuid;

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Address {
    pub(crate) address: IpAddr,
    pub(crate) parent_prefix: IpNet,
    pub(crate) network: NetworkId,
    pub(crate) project: ProjectId,
    pub(crate) allocation_uuid: Uuid,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) request: Option<Uuid>,
    pub(crate) name: String,
    pub(crate) description: String,
    #[serde(rename = "type")]
    pub(crate) kind: AddressType,
    pub(crate) tags: Vec<String>,
    pub(crate) created: Timestamp,
    pub(crate) changed: Timestamp,
    #[serde(default)]
    pub(crate) attachments: Vec<Attachment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) held_since: Option<Timestamp>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attachment {
    pub(crate) allocation: Uuid,
    pub(crate) machine: MachineId,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AddressType {
    Ephemeral,
    Static,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claim {
    pub(crate) pool: Pool,
    pub(crate) number: u32,
    pub(crate) owners: Vec<ClaimOwner>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Pool {
    Vrf,
    Asn,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ClaimOwner {
    Network(NetworkId),
    Allocation { allocation: Uuid, machine: MachineId },
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct QuarantinedAddress {
    pub(crate) address: IpAddr,
    pub(crate) parent_prefix: IpNet,
    pub(crate) network: NetworkId,
    pub(crate) project: ProjectId,
    pub(crate) allocation_uuid: Uuid,
    pub(crate) since: Timestamp,
    pub(crate) until: Timestamp,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AddressHistory {
    pub(crate) address: IpAddr,
    pub(crate) network: NetworkId,
    pub(crate) project: ProjectId,
    pub(crate) allocation_uuid: Uuid,
    pub(crate) name: String,
    pub(crate) machines: BTreeSet<MachineId>,
    pub(crate) since: Timestamp,
    pub(crate) until: Option<Timestamp>,
}
