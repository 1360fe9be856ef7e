use super::*;
use crate::ipam::fixture;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn used(addresses: &[(&str, &str)]) -> Addresses {
    let mut index = Addresses::default();
    for (prefix, address) in addresses {
        index.replace(None, Some(&row(prefix, address)));
    }
    index
}

fn row(prefix: &str, address: &str) -> Address {
    fixture::address(&fixture::network("n", &[prefix]), address)
}

fn ip(text: &str) -> Option<IpAddr> {
    Some(text.parse().unwrap())
}

#[test]
fn families_with_equal_numbers_stay_apart() {
    let index = used(&[("0.0.0.0/8", "0.0.0.7")]);
    let occupancy = index.of(&"n".into()).unwrap();
    assert_eq!(occupancy.count(&"::/0".parse().unwrap()), 0);
    assert_eq!(occupancy.count(&"0.0.0.0/0".parse().unwrap()), 1);
    let mut index = used(&[("0.0.0.0/8", "0.0.0.7"), ("::/64", "::7")]);
    index.replace(Some(&row("0.0.0.0/8", "0.0.0.7")), None);
    let occupancy = index.of(&"n".into()).unwrap();
    assert_eq!(occupancy.first(&"::/64".parse().unwrap()), ip("::7"));
    assert_eq!(occupancy.first(&"0.0.0.0/0".parse().unwrap()), None);
}

#[test]
fn only_the_prefix_is_counted() {
    let addresses = ["10.0.0.255", "10.0.1.0", "10.0.1.1", "10.0.1.255", "10.0.2.0"];
    let index = used(&addresses.map(|address| ("10.0.0.0/16", address)));
    let occupancy = index.of(&"n".into()).unwrap();
    assert_eq!(occupancy.count(&"10.0.1.77/24".parse().unwrap()), 3);
    assert_eq!(occupancy.first(&"10.0.1.77/24".parse().unwrap()), ip("10.0.1.0"));
}

/// Rows and commits in any order: once nothing is under way, nothing but the rows is left.
#[test]
fn the_index_is_what_the_rows_say() {
    let prefixes = ["10.0.0.0/26", "10.0.0.64/26", "2001:db8::/122"];
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let mut index = Addresses::default();
    let mut rows: BTreeMap<IpAddr, Address> = BTreeMap::new();
    for _ in 0..5000 {
        let prefix: IpNet = prefixes[rng.random_range(0..3)].parse().unwrap();
        let number = block::bounds(&prefix).0 + rng.random_range(0..64);
        let address = block::address(Family::of(&prefix), number).unwrap();
        let mut new = row(&prefix.to_string(), &address.to_string());
        new.network = if rng.random_bool(0.5) { "n".into() } else { "m".into() };
        match rng.random_range(0..6) {
            0 | 1 => {
                let old = rows.insert(address, new.clone());
                index.replace(old.as_ref(), Some(&new));
            }
            2 => index.replace(rows.remove(&address).as_ref(), None),
            3 => index.reserve(address, Place::of(&new)),
            _ => index.release(address),
        }
    }
    for address in index.in_flight.keys().copied().collect::<Vec<_>>() {
        index.release(address);
    }
    let mut rebuilt = Addresses::default();
    rows.values().for_each(|row| rebuilt.replace(None, Some(row)));
    assert_eq!(index, rebuilt);
    rows.values().for_each(|row| index.replace(Some(row), None));
    assert_eq!(index, Addresses::default());
}
