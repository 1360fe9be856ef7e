//! Prefixes as ranges of numbers: bounds, reserved addresses, conversion to addresses.
//!
//! IPv4 and IPv6 numbers overlap; callers keep the families apart.

use crate::addressing::Family;
use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Bits of an address of this family.
pub const fn width(family: Family) -> u8 {
    match family {
        Family::IPv4 => 32,
        Family::IPv6 => 128,
    }
}

/// The address as a number.
pub fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(u32::from(v4)),
        IpAddr::V6(v6) => u128::from(v6),
    }
}

/// The address with this number; `None` beyond the family.
pub fn address(family: Family, number: u128) -> Option<IpAddr> {
    match family {
        Family::IPv4 => u32::try_from(number).ok().map(|number| IpAddr::V4(Ipv4Addr::from(number))),
        Family::IPv6 => Some(IpAddr::V6(Ipv6Addr::from(number))),
    }
}

/// First and last address of a prefix; host bits are ignored.
pub fn bounds(prefix: &IpNet) -> (u128, u128) {
    (number(prefix.network()), number(prefix.broadcast()))
}

/// First and last address that may be allocated: not the first of any prefix, not the last of an IPv4 one
/// (api-resources 4). /31, /32 and /128 have none.
pub fn usable(prefix: &IpNet) -> Option<(u128, u128)> {
    let (first, last) = bounds(prefix);
    let top = match Family::of(prefix) {
        Family::IPv4 => last.checked_sub(1)?,
        Family::IPv6 => last,
    };
    let bottom = first.checked_add(1)?;
    (bottom <= top).then_some((bottom, top))
}

/// Number of reserved addresses of a prefix.
pub fn reserved(prefix: &IpNet) -> u64 {
    let (first, last) = bounds(prefix);
    match Family::of(prefix) {
        Family::IPv4 if first != last => 2,
        _ => 1,
    }
}

/// True when both have an address in common.
pub fn overlap(a: &IpNet, b: &IpNet) -> bool {
    a.contains(b) || b.contains(a)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usable_addresses_of_small_prefixes() {
        let cases = [
            ("10.0.0.0/24", 254),
            ("10.0.0.0/30", 2),
            ("10.0.0.0/31", 0),
            ("10.0.0.0/32", 0),
            ("255.255.255.255/32", 0),
            ("2001:db8::/120", 255),
            ("2001:db8::/126", 3),
            ("2001:db8::/127", 1),
            ("2001:db8::/128", 0),
            ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", 0),
        ];
        for (prefix, count) in cases {
            let usable = usable(&prefix.parse().unwrap()).map_or(0, |(first, last)| last - first + 1);
            assert_eq!(usable, count, "{prefix}");
        }
    }

    #[test]
    fn host_bits_do_not_hide_an_overlap() {
        let overlaps = |a: &str, b: &str| overlap(&a.parse().unwrap(), &b.parse().unwrap());
        assert!(overlaps("10.0.0.5/24", "10.0.0.200/28"));
        assert!(overlaps("10.0.0.200/28", "10.0.0.5/24"));
        assert!(!overlaps("10.0.0.5/24", "10.0.1.0/24"));
        assert!(!overlaps("0.0.0.0/0", "::/0"));
    }
}
