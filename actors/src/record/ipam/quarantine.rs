//! The row of an address that rests after it was given back.

use crate::ids::{NetworkId, ProjectId};
use crate::record::Record;
use crate::time::Timestamp;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::time::Duration;
use uuid::Uuid;

/// An address in quarantine; its id is the address, as that of the address's row was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuarantinedAddress {
    pub address: IpAddr,
    /// Of the network, as the address had it.
    pub parent_prefix: IpNet,
    pub network: NetworkId,
    /// Who had it.
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
