//! The content of commands about masterdata; shapes as in [`crate::machine::command`].

use crate::ids::ImageId;
use crate::record::masterdata::{Constraint, Layout, Project, Tenant};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The target of a command.
pub(super) trait About {
    /// The caller's id; empty for none.
    fn target(&self) -> &str;
}

impl About for String {
    fn target(&self) -> &str {
        self
    }
}

impl About for ImageId {
    fn target(&self) -> &str {
        self.as_str()
    }
}

impl About for PartitionRequest {
    fn target(&self) -> &str {
        &self.id
    }
}

impl About for SizeRequest {
    fn target(&self) -> &str {
        &self.id
    }
}

impl About for ImageRequest {
    fn target(&self) -> &str {
        &self.id
    }
}

impl About for Layout {
    fn target(&self) -> &str {
        self.id.as_str()
    }
}

impl About for Project {
    fn target(&self) -> &str {
        self.meta.as_ref().map(|meta| meta.id.as_str()).unwrap_or_default()
    }
}

impl About for Tenant {
    fn target(&self) -> &str {
        self.meta.as_ref().map(|meta| meta.id.as_str()).unwrap_or_default()
    }
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
    pub dns_servers: Option<Vec<crate::masterdata::servers::DnsServer>>,
    pub ntp_servers: Option<Vec<crate::masterdata::servers::NtpServer>>,
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
