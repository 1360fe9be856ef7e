//! The past owners of an address, from the store: memory knows only the current one.

use crate::gateway::Gateway;
use crate::record::ipam::history::{self, AddressHistory};
use crate::runtime::CallError;
use crate::store::{self, Kind, ROWS_PER_PAGE_MAX};
use crate::time::Timestamp;
use std::collections::VecDeque;
use std::net::IpAddr;

/// Maximum of tenures in one answer: the newest.
pub const HISTORY_MAX: usize = 1000;

/// All owners of the address, oldest first; with `at`, only its owner at that time. The current owner comes last. The
/// number of pages it reads grows with the number of tenures that ended after `at`.
pub async fn look_up(
    gateway: &Gateway,
    address: IpAddr,
    at: Option<Timestamp>,
) -> Result<Vec<AddressHistory>, CallError> {
    // Read first: a tenure that ends meanwhile is then in the store, and not missed.
    let current = gateway.here().addresses.get(&address.to_string()).map(|row| AddressHistory::of(&row));
    let begins = history::before(address);
    let mut after = at.map_or_else(|| begins.clone(), |at| history::after(address, at));
    let mut found = VecDeque::new();
    loop {
        let page = gateway.local().store().rows(Kind::History, Some(&after), ROWS_PER_PAGE_MAX).await;
        let page = page.map_err(|error| gateway.local().unavailable(&error.to_string()))?;
        let own = page.iter().take_while(|row| row.key.id.starts_with(&begins));
        let own: Vec<AddressHistory> = own.map(store::join).collect::<Result<_, _>>().map_err(|error| {
            gateway.local().unavailable(&format!("a tenure of {address} cannot be read: {error}"))
        })?;
        let is_last = own.len() < ROWS_PER_PAGE_MAX;
        found.extend(own.into_iter().filter(|entry| at.is_none_or(|at| entry.covers(at))));
        while found.len() > HISTORY_MAX {
            found.pop_front();
        }
        match page.last() {
            Some(last) if !is_last => after = last.key.id.clone(),
            _ => break,
        }
    }
    let ended = |entry: &AddressHistory| {
        found.iter().any(|known: &AddressHistory| known.since == entry.since && known.is_same_holder(entry))
    };
    let current = current.filter(|entry| at.is_none_or(|at| entry.covers(at)) && !ended(entry));
    found.extend(current);
    Ok(found.into())
}
