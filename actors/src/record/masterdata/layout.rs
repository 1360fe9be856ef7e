//! A filesystem layout (api-resources 5.6). Requests, rows and answers have the same shape.

use crate::ids::LayoutId;
use crate::record::Record;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Layout {
    pub id: LayoutId,
    pub name: String,
    pub description: String,
    pub filesystems: Vec<Filesystem>,
    pub disks: Vec<LayoutDisk>,
    pub raid: Vec<Raid>,
    pub volumegroups: Vec<VolumeGroup>,
    pub logicalvolumes: Vec<LogicalVolume>,
    pub constraints: LayoutConstraints,
}

impl Record for Layout {
    fn id(&self) -> String {
        self.id.0.clone()
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LayoutConstraints {
    pub sizes: Vec<String>,
    /// Version constraint by operating system.
    pub images: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Filesystem {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    pub device: String,
    pub format: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    pub mountoptions: Vec<String>,
    pub createoptions: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LayoutDisk {
    pub device: String,
    pub partitions: Vec<LayoutPartition>,
    pub wipeonreinstall: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LayoutPartition {
    pub number: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// MiB; 0: the rest.
    pub size: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gpttype: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Raid {
    pub arrayname: String,
    pub devices: Vec<String>,
    pub level: String,
    pub createoptions: Vec<String>,
    pub spares: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct VolumeGroup {
    pub name: String,
    pub devices: Vec<String>,
    pub tags: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LogicalVolume {
    pub name: String,
    pub volumegroup: String,
    /// MiB; 0: the rest.
    pub size: i64,
    pub lvmtype: String,
}
