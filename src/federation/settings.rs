//! The settings of the mesh, as the node starts with them.

use crate::api::Keyring;
use actors::federation::{KeyFingerprint, RoleKeys};
use actors::ids::PartitionId;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

/// The mesh of a node.
pub struct Settings {
    /// The folder of private keys and of the control socket; only the node's user may enter it.
    pub folder: PathBuf,
    /// The UDP address for other partitions. `None`: the partition stays alone.
    pub listen: Option<SocketAddr>,
    /// Where other partitions reach `listen`: `host:port`, with IPv4, IPv6 or a name. Empty: `listen` itself.
    pub advertise: Vec<String>,
    /// UDP segmentation offload; some network cards and virtual machines drop such packets.
    pub gso: bool,
    /// A random number for this run of the node.
    pub incarnation: u128,
    /// Seed of the links' back-off.
    pub seed: u64,
    /// The version of this program, for other members.
    pub build: String,
    /// What two partitions compare before one joins, besides rows.
    pub compared: Compared,
}

/// Settings that all partitions of a federation share.
#[derive(Clone)]
pub struct Compared {
    pub provider_tenant: String,
    pub base_path: String,
    /// The keys in force.
    pub keys: Keyring,
}

impl Compared {
    /// The settings as they are compared: keys as fingerprints under a secret that both sides know.
    pub(super) fn fingerprints(
        &self,
        partition: &PartitionId,
        secret: &[u8; 16],
    ) -> actors::federation::Settings {
        let keys = self.keys.secrets().map(|(role, secrets)| {
            let role = format!("{role:?}").to_lowercase();
            let mut secrets = secrets.iter().map(|key| KeyFingerprint::of(secret, &role, key));
            let keys = RoleKeys { current: secrets.next(), previous: secrets.next() };
            (role, keys)
        });
        actors::federation::Settings {
            partition: partition.clone(),
            provider_tenant: self.provider_tenant.clone(),
            base_path: self.base_path.clone(),
            keys: BTreeMap::from(keys),
        }
    }
}
