//! The network's row (api-resources 2).

mod policy;

pub use policy::{AddressRange, BadPolicy, PoolPolicy, Strategy, Usable};

use crate::addressing::Family;
use crate::ids::{NetworkId, PartitionId, ProjectId};
use crate::record::Record;
use crate::time::Timestamp;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use strum::IntoStaticStr;

/// A network of any kind. Children of a super network are networks with a `parent`; they determine the super network's
/// free space.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    pub id: NetworkId,
    pub name: String,
    pub description: String,
    pub created: Timestamp,
    pub changed: Timestamp,
    #[serde(default)]
    pub partition: PartitionId,
    #[serde(default)]
    pub project: ProjectId,
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    pub shared: bool,
    /// As given: host bits are kept (api-resources 2.2). Mask before comparing.
    pub prefixes: Vec<IpNet>,
    pub destination_prefixes: Vec<IpNet>,
    /// `None` for children.
    #[serde(default)]
    pub default_child_prefix_length: Option<BTreeMap<Family, u8>>,
    pub nat: bool,
    pub private_super: bool,
    pub underlay: bool,
    /// 0: none.
    pub vrf: u32,
    #[serde(default)]
    pub parent: Option<NetworkId>,
    #[serde(default)]
    pub additional_announcable_cidrs: Vec<String>,
    pub network_type: NetworkType,
    /// Stored and obeyed; the wire contract does not have it.
    #[serde(default, skip_serializing_if = "PoolPolicy::is_default")]
    pub pool: PoolPolicy,
}

impl Network {
    /// Its addresses belong to their projects, independent of the machines' networks: neither a private network nor the
    /// underlay.
    pub fn is_external(&self) -> bool {
        self.network_type == NetworkType::External
    }
}

impl Record for Network {
    fn id(&self) -> String {
        self.id.0.clone()
    }

    fn owner(&self) -> String {
        self.project.0.clone()
    }

    fn parent(&self) -> String {
        self.parent.as_ref().map(|parent| parent.0.clone()).unwrap_or_default()
    }
}

/// api-resources 2.1
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "kebab-case")]
#[strum(const_into_str, serialize_all = "kebab-case")]
pub enum NetworkType {
    External,
    Underlay,
    Super,
    Child,
    ChildShared,
}

impl NetworkType {
    pub const fn as_str(self) -> &'static str {
        self.into_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ipam::fixture;
    use crate::record::network::Strategy;

    #[test]
    fn types_are_stored_as_they_are_shown() {
        use NetworkType::{Child, ChildShared, External, Super, Underlay};
        for (kind, text) in [
            (External, "external"),
            (Underlay, "underlay"),
            (Super, "super"),
            (Child, "child"),
            (ChildShared, "child-shared"),
        ] {
            assert_eq!((serde_json::to_value(kind).unwrap(), kind.as_str()), (text.into(), text));
        }
    }

    /// Rows from before there were policies are read, and a network without one is written as it always was.
    #[test]
    fn rows_without_a_policy_stay_as_they_are() {
        let network = fixture::network("n", &["10.0.0.0/24"]);
        let text = serde_json::to_string(&network).unwrap();
        assert!(!text.contains("pool"), "{text}");
        assert_eq!(serde_json::from_str::<Network>(&text).unwrap(), network);
        let pool = PoolPolicy { strategy: Strategy::Random, ..PoolPolicy::default() };
        let with = Network { pool, ..network };
        let text = serde_json::to_string(&with).unwrap();
        assert_eq!(serde_json::from_str::<Network>(&text).unwrap(), with);
    }
}
