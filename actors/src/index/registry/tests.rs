use super::*;
use crate::addressing::block;
use crate::ipam::fixture;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn net(text: &str) -> IpNet {
    text.parse().unwrap()
}

/// Any prefix of either family in a small space, of any length there is, so that many overlap.
fn any(rng: &mut ChaCha8Rng) -> IpNet {
    if rng.random_bool(0.5) {
        let low = rng.random_range(0..4) << rng.random_range(0..31);
        IpNet::new(IpAddr::V4(low.into()), rng.random_range(0..=32)).unwrap()
    } else {
        let low = rng.random_range(0..4_u128) << rng.random_range(0..127);
        IpNet::new(IpAddr::V6(low.into()), rng.random_range(0..=128)).unwrap()
    }
}

fn network(id: u32, rng: &mut ChaCha8Rng, prefixes: &[IpNet]) -> Network {
    let mut network = fixture::network(&format!("n{id}"), &[]);
    network.prefixes = prefixes.to_vec();
    network.partition = if rng.random_bool(0.5) { "p1".into() } else { "p2".into() };
    network.private_super = rng.random_bool(0.3);
    network.underlay = rng.random_bool(0.2);
    if rng.random_bool(0.4) {
        network.parent = Some(format!("n{}", rng.random_range(0..12)).as_str().into());
    }
    network
}

type Rows = BTreeMap<NetworkId, Network>;

fn overlap(a: &[IpNet], b: &[IpNet]) -> bool {
    a.iter().any(|a| b.iter().any(|b| block::overlap(a, b)))
}

/// The child prefixes of a network, masked, found by a look at every row.
fn cut_from(rows: &Rows, parent: &NetworkId) -> Vec<IpNet> {
    let children = rows.values().filter(|child| child.parent.as_ref() == Some(parent));
    children.flat_map(|child| child.prefixes.iter().map(IpNet::trunc)).collect()
}

/// The addresses of a prefix that no child has, as the fewest blocks: blocks are halved until they are free or cut.
fn free(prefix: IpNet, cut: &[IpNet]) -> Vec<IpNet> {
    if cut.iter().any(|child| child.contains(&prefix)) {
        return Vec::new();
    }
    let inside: Vec<IpNet> = cut.iter().filter(|child| prefix.contains(*child)).copied().collect();
    if inside.is_empty() {
        return vec![prefix];
    }
    prefix.subnets(prefix.prefix_len() + 1).unwrap().flat_map(|half| free(half, &inside)).collect()
}

fn check(registry: &Registry, rows: &Rows, rng: &mut ChaCha8Rng) {
    let asked: Vec<IpNet> = (0..rng.random_range(1..4)).map(|_| any(rng)).collect();
    let own = rows.keys().nth(rng.random_range(0..=rows.len()));
    let others = rows.values().filter(|other| Some(&other.id) != own);
    let expected =
        others.filter(|other| overlap(&asked, &other.prefixes)).map(|other| other.id.clone()).min();
    assert_eq!(registry.overlapping(&asked, own), expected, "{asked:?} among {rows:?}");
    for partition in ["p1".into(), "p2".into()] {
        let of = |kind: fn(&Network) -> bool| {
            let found = rows.values().filter(|network| kind(network) && network.partition == partition);
            found.map(|network| network.id.clone()).collect::<Vec<_>>()
        };
        assert_eq!(
            registry.supers(&partition).cloned().collect::<Vec<_>>(),
            of(|network| network.private_super)
        );
        assert_eq!(
            registry.underlays(&partition).cloned().collect::<Vec<_>>(),
            of(|network| network.underlay)
        );
    }
    for network in rows.values() {
        let cut = cut_from(rows, &network.id);
        let has_children = rows.values().any(|child| child.parent.as_ref() == Some(&network.id));
        assert_eq!(registry.cut(&network.id).is_some_and(Cut::has_children), has_children);
        for prefix in network.prefixes.iter().filter(|_| network.private_super) {
            let space = registry.cut(&network.id).unwrap().space(prefix).unwrap();
            assert_eq!(space.free.lowest(usize::MAX), free(prefix.trunc(), &cut), "{prefix} of {rows:?}");
            let inside = cut.iter().filter(|child| prefix.contains(*child)).count();
            assert_eq!(space.children, inside, "{prefix} of {rows:?}");
        }
    }
}

/// Networks whose prefixes are apart within the network, as decisions see to; whether those of two networks are apart
/// is left to chance, so that damaged rows are met as well.
fn apart(rng: &mut ChaCha8Rng) -> Vec<IpNet> {
    let mut prefixes: Vec<IpNet> = Vec::new();
    for _ in 0..rng.random_range(0..4) {
        let new = any(rng);
        if !overlap(&[new], &prefixes) {
            prefixes.push(new);
        }
    }
    prefixes
}

fn life(seed: u64, steps: usize, mut admit: impl FnMut(&Rows, &Network) -> bool) -> (Registry, Rows) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (mut registry, mut rows) = (Registry::default(), Rows::new());
    for _ in 0..steps {
        let id = rng.random_range(0..12);
        let prefixes = apart(&mut rng);
        let new = network(id, &mut rng, &prefixes);
        let old = rows.get(&new.id).cloned();
        if rng.random_bool(0.3) {
            rows.remove(&new.id);
            registry.replace(old.as_ref(), None);
        } else if admit(&rows, &new) {
            rows.insert(new.id.clone(), new.clone());
            registry.replace(old.as_ref(), Some(&new));
        }
        check(&registry, &rows, &mut rng);
    }
    (registry, rows)
}

/// For all rows, the answers equal those of a full scan.
#[test]
fn it_says_what_a_look_at_all_networks_would() {
    for seed in 0..30 {
        let (mut registry, rows) = life(seed, 120, |_, _| true);
        rows.values().for_each(|row| registry.replace(Some(row), None));
        assert!(registry.roots.is_empty() && registry.children.is_empty() && registry.cuts.is_empty());
        assert!(registry.supers.is_empty() && registry.underlays.is_empty());
    }
}

/// Look-ups alone find the rows of a healthy partition, also after loading them in another order.
#[test]
fn healthy_rows_are_never_odd() {
    for seed in 100..130 {
        let admit = |rows: &Rows, new: &Network| {
            let others = rows
                .values()
                .filter(|other| other.id != new.id && other.parent.is_some() == new.parent.is_some());
            !others.into_iter().any(|other| overlap(&new.prefixes, &other.prefixes))
        };
        let (registry, rows) = life(seed, 120, admit);
        assert_eq!((registry.roots.odd(), registry.children.odd()), (0, 0));
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut rebuilt = Registry::default();
        rows.values().rev().for_each(|row| rebuilt.replace(None, Some(row)));
        assert_eq!((&rebuilt.roots, &rebuilt.children), (&registry.roots, &registry.children));
        check(&rebuilt, &rows, &mut rng);
    }
}

#[test]
fn a_child_holds_an_address_rather_than_its_super_network() {
    let mut registry = Registry::default();
    registry.replace(None, Some(&fixture::super_network("s", &["10.0.0.9/16"])));
    registry.replace(None, Some(&fixture::child("c", "s", &["10.0.4.0/22"])));
    let holder = |address: &str| registry.holder(address.parse().unwrap());
    assert_eq!(holder("10.0.7.255"), Some(("c".into(), net("10.0.4.0/22"))));
    assert_eq!(holder("10.0.8.0"), Some(("s".into(), net("10.0.0.0/16"))));
    assert_eq!(holder("10.1.0.0"), None);
}

/// The cost of a refusal is bounded by the maximum of overlaps.
#[test]
fn a_crowd_of_overlaps_is_not_walked() {
    let mut registry = Registry::default();
    for number in 0..3000_u32 {
        let mut network = fixture::network(&format!("{:04}", 9999 - number), &[]);
        network.prefixes = vec![IpNet::new(IpAddr::V4((number << 8).into()), 24).unwrap()];
        registry.replace(None, Some(&network));
    }
    let last = 9999 - u32::try_from(OVERLAPS_MAX).unwrap() + 1;
    assert_eq!(registry.overlapping(&[net("0.0.0.0/0")], None), Some(last.to_string().as_str().into()));
}
