//! Records of namespaces as of commit e7d8d3e, the last one before wire versions. Never edited.

use super::ids::*;
use super::time::Timestamp;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use uuid::Uuid;

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Namespace {
    pub(crate) name: NamespaceId,
    pub(crate) created: Timestamp,
    #[serde(default)]
    pub(crate) load: Option<Load>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Load {
    pub(crate) id: Uuid,
    pub(crate) touched: Timestamp,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Prefix {
    pub(crate) namespace: NamespaceId,
    pub(crate) cidr: IpNet,
    pub(crate) parent: Option<IpNet>,
    pub(crate) is_parent: bool,
    pub(crate) created: Timestamp,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PrefixAddress {
    pub(crate) namespace: NamespaceId,
    pub(crate) prefix: IpNet,
    pub(crate) address: IpAddr,
    pub(crate) created: Timestamp,
}
