//! Rows of addresses and numbers.

pub mod history;
mod quarantine;
pub mod tags;

pub use quarantine::QuarantinedAddress;

use crate::ids::{MachineId, NetworkId, ProjectId};
use crate::record::Record;
use crate::store::{Generation, Row};
use crate::time::Timestamp;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use uuid::Uuid;

/// An address in use; its canonical text is its id (api-resources 3.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    pub address: IpAddr,
    /// The network's prefix that the address was allocated from.
    pub parent_prefix: IpNet,
    pub network: NetworkId,
    pub project: ProjectId,
    /// New for every allocation of the same address.
    pub allocation_uuid: Uuid,
    /// The key of the command that allocated it; its caller can find it by this key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Uuid>,
    pub name: String,
    pub description: String,
    #[serde(rename = "type")]
    pub kind: AddressType,
    /// Sorted, without duplicates.
    pub tags: Vec<String>,
    pub created: Timestamp,
    pub changed: Timestamp,
    /// The machine allocations that use it. The reconciler removes attachments of ended allocations, but never tags
    /// that users wrote.
    #[serde(default)]
    pub attachments: Vec<Attachment>,
    /// Start of the current tenure; `None`: the creation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_since: Option<Timestamp>,
}

/// The use of an address by an allocation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    pub allocation: Uuid,
    pub machine: MachineId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressType {
    Ephemeral,
    Static,
}

impl AddressType {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ephemeral => "ephemeral",
            Self::Static => "static",
        }
    }
}

impl Record for Address {
    fn id(&self) -> String {
        self.address.to_string()
    }

    fn owner(&self) -> String {
        self.project.0.clone()
    }

    fn parent(&self) -> String {
        self.network.0.clone()
    }

    fn ends(&self, next: Option<&mut Self>, generation: Generation, at: Timestamp) -> Option<Row> {
        history::ended(self, next, generation, at)
    }
}

/// A number allocated from a pool of integers 1 to [`NUMBER_MAX`] (api-resources 2.8). Id: `<pool>/<number>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    pub pool: Pool,
    pub number: u32,
    pub owners: Vec<ClaimOwner>,
}

/// Last number of the VRF and ASN pools.
pub const NUMBER_MAX: u32 = 131_072;

/// ASN = this + number (api-machines 3.4.3).
pub const ASN_BASE: u32 = 4_210_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pool {
    Vrf,
    Asn,
}

impl Pool {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Vrf => "vrf",
            Self::Asn => "asn",
        }
    }
}

/// The owner of a number. A shared VRF has several owners and is released with the last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimOwner {
    Network(NetworkId),
    Allocation { allocation: Uuid, machine: MachineId },
}

impl Claim {
    /// The row id of a number.
    pub fn row_id(pool: Pool, number: u32) -> String {
        format!("{}/{number:06}", pool.as_str())
    }

    /// Parses a row id.
    pub fn read_id(id: &str) -> Option<(Pool, u32)> {
        let (pool, number) = id.split_once('/')?;
        let pool = [Pool::Vrf, Pool::Asn].into_iter().find(|known| known.as_str() == pool)?;
        Some((pool, number.parse().ok()?))
    }
}

impl Record for Claim {
    fn id(&self) -> String {
        Self::row_id(self.pool, self.number)
    }
}
