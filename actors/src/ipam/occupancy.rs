//! The used addresses of one network, as runs: derived from the address rows, never stored.

use super::block;
use super::runs::Runs;
use crate::network::Family;
use ipnet::IpNet;
use std::net::IpAddr;

/// A set of addresses; adjacent ones cost one entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Occupancy {
    v4: Runs,
    v6: Runs,
}

impl Occupancy {
    pub fn insert(&mut self, address: IpAddr) {
        self.runs_mut(address).insert(block::number(address));
    }

    pub fn remove(&mut self, address: IpAddr) {
        self.runs_mut(address).remove(block::number(address));
    }

    pub fn contains(&self, address: IpAddr) -> bool {
        let runs = if address.is_ipv4() { &self.v4 } else { &self.v6 };
        runs.contains(block::number(address))
    }

    /// How many addresses of `prefix` are used.
    pub fn count(&self, prefix: &IpNet) -> u128 {
        let (first, last) = block::bounds(prefix);
        self.runs(Family::of(prefix)).count(first, last)
    }

    /// The lowest used address of `prefix`.
    pub fn first(&self, prefix: &IpNet) -> Option<IpAddr> {
        let (first, last) = block::bounds(prefix);
        let family = Family::of(prefix);
        self.runs(family).first_within(first, last).and_then(|number| block::address(family, number))
    }

    /// The lowest unused number from `first` to `last`; see [`block`].
    pub fn first_gap(&self, family: Family, first: u128, last: u128) -> Option<u128> {
        self.runs(family).first_gap(first, last)
    }

    fn runs(&self, family: Family) -> &Runs {
        match family {
            Family::IPv4 => &self.v4,
            Family::IPv6 => &self.v6,
        }
    }

    fn runs_mut(&mut self, address: IpAddr) -> &mut Runs {
        if address.is_ipv4() { &mut self.v4 } else { &mut self.v6 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_with_equal_numbers_stay_apart() {
        let mut used = Occupancy::default();
        used.insert("0.0.0.7".parse().unwrap());
        assert!(!used.contains("::7".parse().unwrap()));
        assert_eq!(used.count(&"::/0".parse().unwrap()), 0);
        assert_eq!(used.count(&"0.0.0.0/0".parse().unwrap()), 1);
        used.insert("::7".parse().unwrap());
        used.remove("0.0.0.7".parse().unwrap());
        assert_eq!(used.first(&"::/64".parse().unwrap()), Some("::7".parse().unwrap()));
        assert_eq!(used.first(&"0.0.0.0/0".parse().unwrap()), None);
    }

    #[test]
    fn only_the_prefix_is_counted() {
        let mut used = Occupancy::default();
        for address in ["10.0.0.255", "10.0.1.0", "10.0.1.1", "10.0.1.255", "10.0.2.0"] {
            used.insert(address.parse().unwrap());
        }
        assert_eq!(used.count(&"10.0.1.77/24".parse().unwrap()), 3);
        assert_eq!(used.first(&"10.0.1.77/24".parse().unwrap()), Some("10.0.1.0".parse().unwrap()));
    }
}
