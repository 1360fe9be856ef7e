//! A user's allocation (api-machines 1.4).

use crate::ids::{ImageId, NetworkId, ProjectId};
use crate::record::masterdata::Layout;
use crate::record::network::NetworkType;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An allocation. Its `uuid` is the token that every wipe of the machine must have.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allocation {
    pub uuid: Uuid,
    /// E-mail of the user who requested it.
    pub creator: String,
    pub created: Timestamp,
    pub name: String,
    pub description: String,
    pub project: ProjectId,
    /// Fully resolved.
    pub image: ImageId,
    /// A copy, taken at allocation time.
    #[serde(default)]
    pub layout: Option<Layout>,
    pub networks: Vec<AllocationNetwork>,
    pub hostname: String,
    pub ssh_pub_keys: Vec<String>,
    pub user_data: String,
    /// The next boot reinstalls; the only way to a second wipe.
    pub reinstall: bool,
    #[serde(default)]
    pub boot_info: Option<BootInfo>,
    /// True once an event or report showed that an operating system was installed for this allocation. From then on,
    /// only `reinstall` or the end of the allocation leads into the installer.
    #[serde(default)]
    pub installed: bool,
    pub role: Role,
    #[serde(default)]
    pub vpn: Option<Vpn>,
    #[serde(default)]
    pub firewall_rules: Option<FirewallRules>,
    #[serde(default)]
    pub dns_servers: Vec<String>,
    #[serde(default)]
    pub ntp_servers: Vec<String>,
    /// Never shown in answers about machines.
    #[serde(default)]
    pub console_password: String,
}

impl std::fmt::Debug for Allocation {
    /// Omits user data, keys and the console password: debug output ends up in logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Allocation")
            .field("uuid", &self.uuid)
            .field("project", &self.project)
            .field("image", &self.image)
            .field("role", &self.role)
            .field("installed", &self.installed)
            .field("reinstall", &self.reinstall)
            .finish_non_exhaustive()
    }
}

/// Copied from the network at allocation time (api-machines 1.4.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllocationNetwork {
    pub network: NetworkId,
    pub prefixes: Vec<String>,
    pub destination_prefixes: Vec<String>,
    pub ips: Vec<String>,
    pub vrf: u32,
    /// The same in all networks of a machine.
    pub asn: u32,
    pub nat: bool,
    pub private: bool,
    pub private_primary: bool,
    pub shared: bool,
    pub underlay: bool,
    pub project: ProjectId,
    #[serde(default)]
    pub network_type: Option<NetworkType>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Machine,
    Firewall,
}

impl Role {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Machine => "machine",
            Self::Firewall => "firewall",
        }
    }
}

/// The installer's report (api-machines 5.6).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BootInfo {
    pub image_id: String,
    pub primary_disk: String,
    pub os_partition: String,
    pub initrd: String,
    pub cmdline: String,
    pub kernel: String,
    pub bootloader_id: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vpn {
    pub address: String,
    pub auth_key: String,
    pub connected: bool,
}

/// Checked and normalised (api-machines 3.5).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FirewallRules {
    pub egress: Vec<FirewallRule>,
    pub ingress: Vec<FirewallRule>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FirewallRule {
    pub protocol: String,
    pub ports: Vec<i32>,
    pub from: Vec<String>,
    pub to: Vec<String>,
    pub comment: String,
}
