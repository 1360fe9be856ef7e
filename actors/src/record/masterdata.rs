//! Rows of masterdata: partitions, sizes with their reservations and image constraints, images, layouts, projects and
//! tenants (api-resources 5 and 6).

mod layout;

pub use layout::{
    Filesystem, Layout, LayoutConstraints, LayoutDisk, LayoutPartition, LogicalVolume, Raid, VolumeGroup,
};

use crate::ids::{ImageId, PartitionId, ProjectId, SizeId, TenantId};
use crate::record::Record;
use crate::refusal::Refusal;
use crate::store::{Key, Kind};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use strum::IntoStaticStr;

/// api-resources 5.1
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partition {
    pub id: PartitionId,
    pub name: String,
    pub description: String,
    pub created: Timestamp,
    pub changed: Timestamp,
    pub mgmt_service_address: String,
    pub labels: BTreeMap<String, String>,
    pub boot_config: BootConfig,
    pub dns_servers: Vec<String>,
    pub ntp_servers: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BootConfig {
    pub image_url: String,
    pub kernel_url: String,
    pub command_line: String,
}

/// api-resources 5.2
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    pub id: SizeId,
    pub name: String,
    pub description: String,
    pub created: Timestamp,
    pub changed: Timestamp,
    pub constraints: Vec<Constraint>,
    pub labels: BTreeMap<String, String>,
}

/// A requirement for hardware; `type` is `cores`, `memory`, `storage` or `gpu`, others never match. Wire shape.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Constraint {
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(skip_serializing_if = "is_zero")]
    pub min: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub max: u64,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub identifier: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// api-resources 5.5
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    pub id: ImageId,
    pub name: String,
    pub description: String,
    pub created: Timestamp,
    pub changed: Timestamp,
    pub url: String,
    /// The id before its last `-`.
    pub os: String,
    /// `major.minor.patch`, normalised.
    pub version: String,
    pub features: Vec<ImageFeature>,
    pub expiration: Timestamp,
    pub classification: Classification,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImageFeature {
    Machine,
    Firewall,
}

impl ImageFeature {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Machine => "machine",
            Self::Firewall => "firewall",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(const_into_str, serialize_all = "snake_case")]
pub enum Classification {
    Preview,
    Supported,
    Deprecated,
}

impl Classification {
    pub const fn as_str(self) -> &'static str {
        self.into_str()
    }
}

/// api-resources 6.1; the shape is the wire's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Project {
    pub meta: Option<Meta>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    #[serde(skip_serializing_if = "TenantId::is_empty")]
    pub tenant_id: TenantId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quotas: Option<QuotaSet>,
}

/// api-resources 6.1; the shape is the wire's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tenant {
    pub meta: Option<Meta>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_quotas: Option<QuotaSet>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quotas: Option<QuotaSet>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iam_config: Option<IamConfig>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Meta {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kind: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub apiversion: String,
    #[serde(skip_serializing_if = "is_zero_version")]
    pub version: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_time: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_time: Option<Timestamp>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero_version(number: &i64) -> bool {
    *number == 0
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct QuotaSet {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<Quota>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub machine: Option<Quota>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip: Option<Quota>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<Quota>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Quota {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quota: Option<i64>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct IamConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer_config: Option<IssuerConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idm_config: Option<IdmConfig>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct IssuerConfig {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub url: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub client_id: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct IdmConfig {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub idm_type: String,
}

impl Record for Partition {
    fn id(&self) -> String {
        self.id.to_string()
    }
}

impl Record for Size {
    fn id(&self) -> String {
        self.id.0.clone()
    }
}

impl Record for Image {
    fn id(&self) -> String {
        self.id.0.clone()
    }
}

impl Record for Project {
    fn id(&self) -> String {
        self.meta.as_ref().map(|meta| meta.id.clone()).unwrap_or_default()
    }

    fn owner(&self) -> String {
        self.tenant_id.0.clone()
    }

    /// A tenant with projects is not removed.
    fn refuses_removal(&self, other: &Key) -> Option<Refusal> {
        let is_its = other.kind == Kind::Tenant && other.id == self.tenant_id.as_str();
        is_its.then(|| Refusal::unprocessable("there are still projects allocated by this tenant"))
    }
}

impl Record for Tenant {
    fn id(&self) -> String {
        self.meta.as_ref().map(|meta| meta.id.clone()).unwrap_or_default()
    }
}

/// api-resources 5.3: reserves a number of machines of a size for a project, in each of its partitions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SizeReservation {
    pub id: String,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub description: String,
    pub created: Timestamp,
    pub changed: Timestamp,
    pub size: SizeId,
    pub project: ProjectId,
    /// In the given order, without duplicates.
    pub partitions: Vec<PartitionId>,
    /// Machines in each partition, at least 1.
    pub amount: u64,
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
}

impl Record for SizeReservation {
    fn id(&self) -> String {
        self.id.clone()
    }

    fn owner(&self) -> String {
        self.project.0.clone()
    }

    /// For its size (api-resources 5.2) and its project (6.2). A partition can still be removed (5.1).
    fn refuses_removal(&self, other: &Key) -> Option<Refusal> {
        match other.kind {
            Kind::Size if other.id == self.size.as_str() => {
                let text = "cannot delete size before all size reservations were removed";
                Some(Refusal::unprocessable(text))
            }
            Kind::Project if other.id == self.project.as_str() => {
                Some(Refusal::bad_request("there are still size reservations made by this project"))
            }
            _ => None,
        }
    }
}

/// api-resources 5.4: the versions of images that machines of a size may have. The shape is the wire's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SizeImageConstraint {
    /// The id of a size, which need not exist.
    pub id: SizeId,
    pub name: String,
    pub description: String,
    pub constraints: ImageConstraints,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImageConstraints {
    /// Version constraint by operating system. No constraints are `null`.
    pub images: Option<BTreeMap<String, String>>,
}

impl Record for SizeImageConstraint {
    fn id(&self) -> String {
        self.id.0.clone()
    }
}
