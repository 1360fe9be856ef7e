//! What the masterdata room can be asked to do; shapes as in [`crate::machine::command`].

use super::record::{Constraint, Layout, Project, Tenant};
use crate::ids::ImageId;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A command to the masterdata room. Whether URLs answer is checked by the API before it sends a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MasterdataCommand {
    PartitionCreate(Box<PartitionRequest>),
    PartitionUpdate(Box<PartitionRequest>),
    PartitionDelete(String),
    SizeCreate(Box<SizeRequest>),
    SizeUpdate(Box<SizeRequest>),
    SizeDelete(String),
    ImageCreate(Box<ImageRequest>),
    ImageUpdate(Box<ImageRequest>),
    ImageDelete(String),
    /// Removes an image that is of no use any more, if it still is (api-resources 5.5, housekeeping).
    ImageSweep(ImageId),
    LayoutCreate(Box<Layout>),
    LayoutUpdate(Box<Layout>),
    LayoutDelete(String),
    ProjectCreate(Box<Project>),
    ProjectUpdate(Box<Project>),
    ProjectDelete(String),
    TenantCreate(Box<Tenant>),
    TenantUpdate(Box<Tenant>),
    TenantDelete(String),
}

/// api-resources 5.1
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PartitionRequest {
    pub id: String,
    pub name: Option<String>,
    pub description: Option<String>,
    pub mgmtserviceaddress: Option<String>,
    pub labels: Option<BTreeMap<String, String>>,
    pub bootconfig: Option<BootConfigRequest>,
    pub dns_servers: Option<Vec<crate::machine::command::DnsServer>>,
    pub ntp_servers: Option<Vec<crate::machine::command::NtpServer>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BootConfigRequest {
    pub imageurl: Option<String>,
    pub kernelurl: Option<String>,
    pub commandline: Option<String>,
}

/// api-resources 5.2
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SizeRequest {
    pub id: String,
    pub name: Option<String>,
    pub description: Option<String>,
    pub constraints: Option<Vec<Constraint>>,
    pub labels: Option<BTreeMap<String, String>>,
}

/// api-resources 5.5
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImageRequest {
    pub id: String,
    pub name: Option<String>,
    pub description: Option<String>,
    pub url: Option<String>,
    pub features: Vec<String>,
    pub expirationdate: Option<Timestamp>,
    pub classification: Option<String>,
}
