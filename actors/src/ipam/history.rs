//! Who had an address, and when. What an address row was is written down, in the same transaction, when it becomes
//! another holder's or goes; nothing of it is ever changed or kept in memory.

use super::record::Address;
use super::tags;
use crate::ids::{MachineId, NetworkId, ProjectId};
use crate::store::{self, Generation, Key, Kind, Row};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::net::IpAddr;
use uuid::Uuid;

/// The same hands on the same address for a while. Other machines that use it, or another allocation, make another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressHistory {
    pub address: IpAddr,
    pub network: NetworkId,
    pub project: ProjectId,
    pub allocation_uuid: Uuid,
    pub name: String,
    /// Which used it, ascending.
    pub machines: BTreeSet<MachineId>,
    pub since: Timestamp,
    /// Not at this moment any more; `None`: it lasts.
    pub until: Option<Timestamp>,
}

impl AddressHistory {
    /// What an address row says of its holder.
    pub fn of(address: &Address) -> Self {
        let attached = address.attachments.iter().map(|attachment| attachment.machine.clone());
        Self {
            address: address.address,
            network: address.network.clone(),
            project: address.project.clone(),
            allocation_uuid: address.allocation_uuid,
            name: address.name.clone(),
            machines: attached.chain(tags::machines(&address.tags)).collect(),
            since: address.held_since.unwrap_or(address.created),
            until: None,
        }
    }

    /// Rows of earlier releases have microseconds, but times are shown in milliseconds. The whole last millisecond
    /// counts, so that a shown time can be used in a query.
    pub fn covers(&self, at: Timestamp) -> bool {
        self.since.millis() <= at.millis() && self.until.is_none_or(|until| at < until)
    }

    /// The same project, allocation and machines.
    pub fn is_same_holder(&self, other: &Self) -> bool {
        (&self.project, self.allocation_uuid, &self.machines)
            == (&other.project, other.allocation_uuid, &other.machines)
    }
}

/// Where the entries of an address begin that end after `at`: ids sort by address and end.
pub fn after(address: IpAddr, at: Timestamp) -> String {
    format!("{}{:020}", before(address), at.0.max(0))
}

/// What the ids of all entries of an address begin with.
pub fn before(address: IpAddr) -> String {
    format!("{address}|")
}

/// What is to be written down when `old` gives way to `next`, which learns since when it is as it is.
pub(super) fn ended(
    old: &Address,
    next: Option<&mut Address>,
    generation: Generation,
    at: Timestamp,
) -> Option<Row> {
    let entry = AddressHistory::of(old);
    if let Some(next) = next {
        next.held_since = old.held_since;
        if entry.is_same_holder(&AddressHistory::of(next)) {
            return None;
        }
        next.held_since = Some(at);
    }
    let entry = AddressHistory { until: Some(at), ..entry };
    // A clock that stands still or goes back gives two ends at one time; generations of a row are never the same.
    let id = format!("{}|{:020}", after(old.address, at), generation.0);
    let (values, body) = store::split(Kind::History, &entry);
    let (owner, parent) = (String::new(), String::new());
    Some(Row {
        key: Key::new(Kind::History, id),
        generation: Generation::first(at),
        owner,
        parent,
        values,
        body,
    })
}

#[cfg(test)]
mod tests;
