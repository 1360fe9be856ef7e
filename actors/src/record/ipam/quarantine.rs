//! The row of an address in quarantine after its release.

use crate::ids::{NetworkId, ProjectId};
use crate::record::Record;
use crate::time::Timestamp;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::time::Duration;
use uuid::Uuid;

/// An address in quarantine; the address is its id, like that of an address row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuarantinedAddress {
    pub address: IpAddr,
    /// The network's prefix, as in the address row.
    pub parent_prefix: IpNet,
    pub network: NetworkId,
    /// The last owner.
    pub project: ProjectId,
    pub allocation_uuid: Uuid,
    pub since: Timestamp,
    pub until: Timestamp,
}

impl QuarantinedAddress {
    pub fn length(&self) -> Duration {
        self.until.since(self.since)
    }
}

impl Record for QuarantinedAddress {
    fn id(&self) -> String {
        self.address.to_string()
    }

    fn parent(&self) -> String {
        self.network.0.clone()
    }
}
