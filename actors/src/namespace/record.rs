//! Rows of namespaces, prefixes and addresses.
//!
//! Ids are `<prefix>@<namespace>` and `<address>@<namespace>`: whatever a namespace is called, what stands before the
//! first `@` has none.

use crate::ids::NamespaceId;
use crate::time::Timestamp;
use crate::world::{Record, World};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use uuid::Uuid;

/// An address space. The one that is called [`super::ROOT`] exists without a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Namespace {
    pub name: NamespaceId,
    pub created: Timestamp,
    /// A dump is being loaded: what is there of it is not to be seen yet.
    #[serde(default)]
    pub load: Option<Load>,
}

/// A load under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Load {
    /// The loader's id. Nil: the load is being undone.
    pub id: Uuid,
    /// When the last part came.
    pub touched: Timestamp,
}

/// A prefix that was created or cut from another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prefix {
    pub namespace: NamespaceId,
    /// Masked.
    pub cidr: IpNet,
    /// What it was cut from; `None`: a root.
    pub parent: Option<IpNet>,
    /// Gave a child once. It gives no single addresses any more, even when no children are left.
    pub is_parent: bool,
    pub created: Timestamp,
}

/// An address that was taken from a prefix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrefixAddress {
    pub namespace: NamespaceId,
    /// Masked.
    pub prefix: IpNet,
    pub address: IpAddr,
    pub created: Timestamp,
}

impl Prefix {
    /// The row id of a masked prefix.
    pub fn row_id(namespace: &NamespaceId, cidr: &IpNet) -> String {
        format!("{cidr}@{namespace}")
    }

    /// What such an id was made of.
    pub fn read_id(id: &str) -> Option<(NamespaceId, IpNet)> {
        let (cidr, namespace) = id.split_once('@')?;
        Some((namespace.into(), cidr.parse().ok()?))
    }
}

impl PrefixAddress {
    /// The row id of an address.
    pub fn row_id(namespace: &NamespaceId, address: IpAddr) -> String {
        format!("{address}@{namespace}")
    }
}

impl Record for Namespace {
    fn id(&self) -> String {
        self.name.0.clone()
    }
}

impl Record for Prefix {
    fn id(&self) -> String {
        Self::row_id(&self.namespace, &self.cidr)
    }

    fn owner(&self) -> String {
        self.namespace.0.clone()
    }

    fn parent(&self) -> String {
        self.parent.map(|parent| Self::row_id(&self.namespace, &parent)).unwrap_or_default()
    }

    fn reindex(world: &World, old: Option<&Self>, new: Option<&Self>) {
        world.spaces_change(|spaces| spaces.replace_prefix(old, new));
    }
}

impl Record for PrefixAddress {
    fn id(&self) -> String {
        Self::row_id(&self.namespace, self.address)
    }

    fn owner(&self) -> String {
        self.namespace.0.clone()
    }

    fn parent(&self) -> String {
        Prefix::row_id(&self.namespace, &self.prefix)
    }

    fn reindex(world: &World, old: Option<&Self>, new: Option<&Self>) {
        world.spaces_change(|spaces| spaces.replace_address(old, new));
    }
}
