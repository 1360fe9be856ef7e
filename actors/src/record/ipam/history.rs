//! The history of addresses. When an address gets another holder or is released, the same transaction records its last
//! state; records never change and are not kept in memory.

use super::{Address, tags};
use crate::ids::{MachineId, NetworkId, ProjectId};
use crate::store::{self, Generation, Key, Kind, Row};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::net::IpAddr;
use uuid::Uuid;

/// A period in which an address has one holder. Another machine or another allocation starts a new one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressHistory {
    pub address: IpAddr,
    pub network: NetworkId,
    pub project: ProjectId,
    pub allocation_uuid: Uuid,
    pub name: String,
    /// The machines that used it, ascending.
    pub machines: BTreeSet<MachineId>,
    pub since: Timestamp,
    /// The end, exclusive; `None`: it lasts.
    pub until: Option<Timestamp>,
}

impl AddressHistory {
    /// The current tenure of an address row.
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

/// The position of the first record of an address that ends after `at`: ids sort by address and end.
pub fn after(address: IpAddr, at: Timestamp) -> String {
    format!("{}{:020}", before(address), at.0.max(0))
}

/// The prefix of the ids of all records of an address.
pub fn before(address: IpAddr) -> String {
    format!("{address}|")
}

/// The record to write when `next` replaces `old`; sets the start of the tenure in `next`.
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
    // A clock that stands still or goes back gives two records the same end; generations of a row are unique.
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
