//! Commands about addresses; shapes as in [`crate::machine::command`].

use crate::ids::NetworkId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::IpAddr;
use uuid::Uuid;

/// A command about addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressCommand {
    /// api-resources 3.2
    Allocate(Box<AddressAllocate>),
    /// Several at once, all or none.
    AllocateMany(Box<AddressesAllocate>),
    /// api-resources 3.4
    Update(Box<AddressUpdate>),
    /// api-resources 3.5; the id as sent.
    Free(String),
    /// Like [`AddressCommand::Free`], but only for one allocation, not for a later one of the same address.
    Release { id: String, allocation: Uuid },
    /// Ends a quarantine early; the id as sent.
    EndQuarantine(String),
    /// Ends those of a network's quarantines at these addresses that have expired.
    EndDueQuarantines { network: NetworkId, addresses: Vec<IpAddr> },
    /// Releases those of these addresses of a network that can have no owner, see [`super::orphans`].
    Mend { network: NetworkId, addresses: Vec<IpAddr> },
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AddressAllocate {
    pub networkid: String,
    pub projectid: String,
    pub name: String,
    pub description: String,
    /// Exactly `static` is static, everything else ephemeral.
    #[serde(rename = "type")]
    pub kind: String,
    pub tags: Vec<String>,
    pub machineid: Option<String>,
    pub addressfamily: Option<String>,
    /// From the path.
    pub specific: Option<String>,
}

/// Maximum of addresses in one request.
pub const MANY_MAX: u32 = 256;

/// Like [`AddressAllocate`] for each of them, with a count per family instead of a family or an address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AddressesAllocate {
    #[serde(flatten)]
    pub each: AddressAllocate,
    /// By family, in any case; 1 to [`MANY_MAX`] in total.
    pub count: BTreeMap<String, u32>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AddressUpdate {
    pub ipaddress: String,
    pub name: Option<String>,
    pub description: Option<String>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub tags: Option<Vec<String>>,
}
