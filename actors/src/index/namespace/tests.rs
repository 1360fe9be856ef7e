use super::*;
use crate::time::Timestamp;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;

fn net(text: &str) -> IpNet {
    text.parse().unwrap()
}

fn prefix(cidr: &str, parent: Option<&str>) -> Prefix {
    Prefix {
        namespace: "n".into(),
        cidr: net(cidr),
        parent: parent.map(net),
        is_parent: false,
        created: Timestamp::from_millis(1),
    }
}

fn address(prefix: &str, number: u32) -> PrefixAddress {
    let prefix = net(prefix);
    let address = block::address(Family::of(&prefix), block::bounds(&prefix).0 + u128::from(number));
    let address = address.unwrap();
    PrefixAddress { namespace: "n".into(), prefix, address, created: Timestamp::from_millis(1) }
}

/// The whole content of an index.
fn shown(spaces: &Spaces) -> Vec<String> {
    let space = spaces.of(&"n".into()).cloned().unwrap_or_default();
    let cut = space.cut.iter().map(|(parent, cut)| {
        format!("{parent}: {} children, {:?}", cut.children, cut.free.lowest(usize::MAX))
    });
    let flights = (&spaces.in_flight, &space.in_flight);
    let rest = format!("{:?} {:?} {flights:?}", space.prefixes, space.stocks);
    cut.chain([rest]).collect()
}

#[test]
fn overlaps_are_found_above_below_and_beside() {
    let mut spaces = Spaces::default();
    for (cidr, parent) in [
        ("10.0.0.0/24", Some("10.0.0.0/16")),
        ("10.0.0.0/16", Some("10.0.0.0/8")),
        ("10.0.0.0/8", None),
        ("192.168.4.0/22", None),
        ("2001:db8::/32", None),
    ] {
        spaces.replace_prefix(None, Some(&prefix(cidr, parent)));
    }
    let space = spaces.of(&"n".into()).unwrap();
    let cases = [
        ("10.0.0.0/24", Some("10.0.0.0/8")),
        ("10.0.0.0/8", Some("10.0.0.0/8")),
        ("10.200.0.0/16", Some("10.0.0.0/8")),
        ("8.0.0.0/6", Some("10.0.0.0/8")),
        ("0.0.0.0/0", Some("10.0.0.0/8")),
        ("192.168.0.0/16", Some("192.168.4.0/22")),
        ("192.168.7.255/32", Some("192.168.4.0/22")),
        ("192.168.8.0/22", None),
        ("192.168.0.0/22", None),
        ("11.0.0.0/8", None),
        ("2001:db8:1::/64", Some("2001:db8::/32")),
        ("::/0", Some("2001:db8::/32")),
        ("2001:db9::/32", None),
    ];
    for (asked, found) in cases {
        assert_eq!(space.overlapping(&net(asked)), found.map(net), "{asked}");
    }
}

/// Rows are added and removed in any order, with and without a pending commit; the result equals the rows.
#[test]
fn the_index_is_what_the_rows_say() {
    let children = ["10.0.0.0/26", "10.0.0.64/26", "10.0.0.128/27"];
    for seed in 0..20 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut spaces = Spaces::default();
        let mut known: BTreeMap<IpNet, Prefix> = BTreeMap::new();
        let mut flying: BTreeSet<IpNet> = BTreeSet::new();
        let mut rows: BTreeMap<String, PrefixAddress> = BTreeMap::new();
        for _ in 0..1000 {
            let cidr = children[rng.random_range(0..children.len())];
            let of = address(cidr, rng.random_range(1..30));
            let id = PrefixAddress::row_id(&of.namespace, of.address);
            let child = prefix(cidr, Some("10.0.0.0/24"));
            match rng.random_range(0..8) {
                0 => spaces.replace_prefix(known.insert(child.cidr, child.clone()).as_ref(), Some(&child)),
                1 => spaces.replace_prefix(known.remove(&child.cidr).as_ref(), None),
                6 => {
                    if !known.contains_key(&child.cidr) && flying.insert(child.cidr) {
                        spaces.reserve_prefix(&child);
                    }
                }
                7 => {
                    flying.remove(&child.cidr);
                    spaces.release_prefix(&child.namespace, &child.cidr);
                }
                2 => spaces.replace_address(rows.insert(id, of.clone()).as_ref(), Some(&of)),
                3 => spaces.replace_address(rows.remove(&id).as_ref(), None),
                4 => spaces.reserve(&id, &of),
                _ => spaces.release(&id),
            }
            let nothing = Space::default();
            let space = spaces.of(&"n".into()).unwrap_or(&nothing);
            assert_eq!(space.children(&net("10.0.0.0/24")), known.len());
            for child in children.map(net) {
                let free = space.free(&net("10.0.0.0/24"), |free| free.is_free(&child));
                let expected = !known.contains_key(&child) && !flying.contains(&child);
                assert_eq!(free, expected, "{child}, seed {seed}");
            }
            let own: Vec<IpAddr> =
                rows.values().filter(|row| row.prefix == net(cidr)).map(|row| row.address).collect();
            let mut sorted = own.clone();
            sorted.sort_unstable();
            assert_eq!(space.addresses(&net(cidr)).collect::<Vec<_>>(), sorted);
            assert_eq!(space.used(&net(cidr)), own.len() as u64);
        }
        for id in spaces.in_flight.keys().cloned().collect::<Vec<_>>() {
            spaces.release(&id);
        }
        children.map(net).iter().for_each(|child| spaces.release_prefix(&"n".into(), child));
        let mut rebuilt = Spaces::default();
        rows.values().for_each(|row| rebuilt.replace_address(None, Some(row)));
        known.values().for_each(|row| rebuilt.replace_prefix(None, Some(row)));
        assert_eq!(shown(&spaces), shown(&rebuilt), "seed {seed}");
        rows.values().for_each(|row| spaces.replace_address(Some(row), None));
        known.values().for_each(|row| spaces.replace_prefix(Some(row), None));
        assert!(spaces.namespaces.is_empty() && spaces.in_flight.is_empty(), "seed {seed}");
    }
}
