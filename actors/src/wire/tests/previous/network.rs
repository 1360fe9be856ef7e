//! Records of networks as of commit e7d8d3e, the last one before wire versions. Never edited.

use super::ids::*;
use super::time::Timestamp;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::IpAddr;

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Network {
    pub(crate) id: NetworkId,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) created: Timestamp,
    pub(crate) changed: Timestamp,
    #[serde(default)]
    pub(crate) partition: PartitionId,
    #[serde(default)]
    pub(crate) project: ProjectId,
    #[serde(default)]
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) shared: bool,
    pub(crate) prefixes: Vec<IpNet>,
    pub(crate) destination_prefixes: Vec<IpNet>,
    #[serde(default)]
    pub(crate) default_child_prefix_length: Option<BTreeMap<Family, u8>>,
    pub(crate) nat: bool,
    pub(crate) private_super: bool,
    pub(crate) underlay: bool,
    pub(crate) vrf: u32,
    #[serde(default)]
    pub(crate) parent: Option<NetworkId>,
    #[serde(default)]
    pub(crate) additional_announcable_cidrs: Vec<String>,
    pub(crate) network_type: NetworkType,
    #[serde(default, skip_serializing_if = "PoolPolicy::is_default")]
    pub(crate) pool: PoolPolicy,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Family {
    IPv4,
    IPv6,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum NetworkType {
    #[serde(rename = "external")]
    External,
    #[serde(rename = "underlay")]
    Underlay,
    #[serde(rename = "super")]
    Super,
    #[serde(rename = "child")]
    Child,
    #[serde(rename = "child-shared")]
    ChildShared,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct PoolPolicy {
    pub(crate) usable: Usable,
    pub(crate) strategy: Strategy,
    pub(crate) ranges: Vec<AddressRange>,
    pub(crate) excluded: Vec<AddressRange>,
    pub(crate) quarantine_s: u32,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Usable {
    #[default]
    Classic,
    PointToPoint,
    Host,
    All,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Strategy {
    #[default]
    Lowest,
    Rotating,
    Random,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "(IpAddr, IpAddr)", into = "(IpAddr, IpAddr)")]
pub(crate) struct AddressRange {
    first: IpAddr,
    last: IpAddr,
}

impl PoolPolicy {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl TryFrom<(IpAddr, IpAddr)> for AddressRange {
    type Error = String;

    fn try_from((first, last): (IpAddr, IpAddr)) -> Result<Self, String> {
        if first.is_ipv4() != last.is_ipv4() || first > last {
            return Err(format!("{first} to {last} is no range of addresses"));
        }
        Ok(Self { first, last })
    }
}

impl From<AddressRange> for (IpAddr, IpAddr) {
    fn from(range: AddressRange) -> Self {
        (range.first, range.last)
    }
}
