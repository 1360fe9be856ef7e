//! Commands about networks; shapes as in [`crate::machine::command`].

use crate::ids::NetworkId;
use crate::record::network::PoolPolicy;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A command to the registry of networks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetworkCommand {
    /// api-resources 2.4
    Create(Box<NetworkCreate>),
    /// api-resources 2.5; `force` already parsed.
    Update { update: Box<NetworkUpdate>, force: bool },
    /// api-resources 2.6
    Allocate(Box<NetworkAllocate>),
    /// api-resources 2.7
    Free(NetworkId),
    /// api-resources 2.7
    Delete(NetworkId),
    /// Sets the allocation policy of its addresses.
    SetPool { id: NetworkId, pool: PoolPolicy },
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NetworkCreate {
    pub id: String,
    pub name: String,
    pub description: String,
    /// `None` and empty are different (check 15).
    pub partitionid: Option<String>,
    pub projectid: String,
    pub labels: BTreeMap<String, String>,
    pub prefixes: Vec<String>,
    pub destinationprefixes: Vec<String>,
    pub defaultchildprefixlength: Option<BTreeMap<String, u8>>,
    pub nat: bool,
    pub privatesuper: bool,
    pub underlay: bool,
    pub vrf: u32,
    pub vrfshared: bool,
    pub additionalannouncablecidrs: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NetworkUpdate {
    pub id: String,
    pub name: Option<String>,
    pub description: Option<String>,
    pub labels: Option<BTreeMap<String, String>>,
    pub shared: Option<bool>,
    pub prefixes: Vec<String>,
    pub destinationprefixes: Vec<String>,
    pub defaultchildprefixlength: BTreeMap<String, u8>,
    pub additionalannouncablecidrs: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NetworkAllocate {
    pub name: String,
    pub description: String,
    pub partitionid: String,
    pub projectid: String,
    pub labels: BTreeMap<String, String>,
    pub shared: bool,
    pub nat: bool,
    pub destinationprefixes: Vec<String>,
    pub addressfamily: Option<String>,
    pub length: BTreeMap<String, u8>,
    /// Exactly these prefixes, at most one per family, instead of the two fields before. Not in the contract.
    pub specific: Vec<String>,
}
