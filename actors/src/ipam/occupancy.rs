//! The used addresses of one network, as runs.

use std::net::IpAddr;

/// A set of addresses; adjacent ones cost one entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Occupancy {
    used: std::collections::BTreeSet<IpAddr>,
}

impl Occupancy {
    pub fn insert(&mut self, address: IpAddr) {
        self.used.insert(address);
    }

    pub fn remove(&mut self, address: IpAddr) {
        self.used.remove(&address);
    }

    pub fn contains(&self, address: IpAddr) -> bool {
        self.used.contains(&address)
    }
}
