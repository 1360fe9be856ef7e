//! Records of masterdata as of commit e7d8d3e, the last one before wire versions. Never edited.

use super::ids::*;
use super::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Partition {
    pub(crate) id: PartitionId,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) created: Timestamp,
    pub(crate) changed: Timestamp,
    pub(crate) mgmt_service_address: String,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) boot_config: BootConfig,
    pub(crate) dns_servers: Vec<String>,
    pub(crate) ntp_servers: Vec<String>,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BootConfig {
    pub(crate) image_url: String,
    pub(crate) kernel_url: String,
    pub(crate) command_line: String,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Size {
    pub(crate) id: SizeId,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) created: Timestamp,
    pub(crate) changed: Timestamp,
    pub(crate) constraints: Vec<Constraint>,
    pub(crate) labels: BTreeMap<String, String>,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Constraint {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) min: u64,
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) max: u64,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) identifier: String,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Image {
    pub(crate) id: ImageId,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) created: Timestamp,
    pub(crate) changed: Timestamp,
    pub(crate) url: String,
    pub(crate) os: String,
    pub(crate) version: String,
    pub(crate) features: Vec<ImageFeature>,
    pub(crate) expiration: Timestamp,
    pub(crate) classification: Classification,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ImageFeature {
    Machine,
    Firewall,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Classification {
    Preview,
    Supported,
    Deprecated,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Project {
    pub(crate) meta: Option<Meta>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) description: String,
    #[serde(skip_serializing_if = "TenantId::is_empty")]
    pub(crate) tenant_id: TenantId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) quotas: Option<QuotaSet>,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Tenant {
    pub(crate) meta: Option<Meta>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) default_quotas: Option<QuotaSet>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) quotas: Option<QuotaSet>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) iam_config: Option<IamConfig>,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Meta {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) kind: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) apiversion: String,
    #[serde(skip_serializing_if = "is_zero_version")]
    pub(crate) version: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) created_time: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) updated_time: Option<Timestamp>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) annotations: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) labels: Vec<String>,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct QuotaSet {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cluster: Option<Quota>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) machine: Option<Quota>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ip: Option<Quota>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) project: Option<Quota>,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Quota {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) used: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) quota: Option<i64>,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct IamConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) issuer_config: Option<IssuerConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) idm_config: Option<IdmConfig>,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct IssuerConfig {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) url: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) client_id: String,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct IdmConfig {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) idm_type: String,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Layout {
    pub(crate) id: LayoutId,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) filesystems: Vec<Filesystem>,
    pub(crate) disks: Vec<LayoutDisk>,
    pub(crate) raid: Vec<Raid>,
    pub(crate) volumegroups: Vec<VolumeGroup>,
    pub(crate) logicalvolumes: Vec<LogicalVolume>,
    pub(crate) constraints: LayoutConstraints,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct LayoutConstraints {
    pub(crate) sizes: Vec<String>,
    pub(crate) images: BTreeMap<String, String>,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Filesystem {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<String>,
    pub(crate) device: String,
    pub(crate) format: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) label: Option<String>,
    pub(crate) mountoptions: Vec<String>,
    pub(crate) createoptions: Vec<String>,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct LayoutDisk {
    pub(crate) device: String,
    pub(crate) partitions: Vec<LayoutPartition>,
    pub(crate) wipeonreinstall: bool,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct LayoutPartition {
    pub(crate) number: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) label: Option<String>,
    pub(crate) size: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) gpttype: Option<String>,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Raid {
    pub(crate) arrayname: String,
    pub(crate) devices: Vec<String>,
    pub(crate) level: String,
    pub(crate) createoptions: Vec<String>,
    pub(crate) spares: i64,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct VolumeGroup {
    pub(crate) name: String,
    pub(crate) devices: Vec<String>,
    pub(crate) tags: Vec<String>,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct LogicalVolume {
    pub(crate) name: String,
    pub(crate) volumegroup: String,
    pub(crate) size: i64,
    pub(crate) lvmtype: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero_version(number: &i64) -> bool {
    *number == 0
}
