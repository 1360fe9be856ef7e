//! Rows of namespaces, prefixes and addresses.
//!
//! Ids are `<prefix>@<namespace>` and `<address>@<namespace>`: the text before the first `@` never contains one,
//! whatever the namespace's name is.

use crate::ids::NamespaceId;
use crate::record::Record;
use crate::time::Timestamp;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use uuid::Uuid;

/// An address space. The one named [`crate::namespace::ROOT`] exists without a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Namespace {
    pub name: NamespaceId,
    pub created: Timestamp,
    /// A load in progress: its content is not visible yet.
    #[serde(default)]
    pub load: Option<Load>,
}

/// A load in progress.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Load {
    /// The loader's id. Nil: the load is being undone.
    pub id: Uuid,
    /// Time of the last part.
    pub touched: Timestamp,
}

/// A root prefix or a child.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prefix {
    pub namespace: NamespaceId,
    /// Masked.
    pub cidr: IpNet,
    /// The parent; `None`: a root.
    pub parent: Option<IpNet>,
    /// It had a child once. It allocates no single addresses any more, even without children.
    pub is_parent: bool,
    pub created: Timestamp,
}

/// An allocated address of a prefix.
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

    /// Parses a row id.
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
}
