use super::*;
use crate::federation::fixture::{AT, insert};
use crate::fixture::rows;
use crate::record::network::NetworkType;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn of(prefix: &str, network: &str, stays: bool) -> Announced {
    Announced { prefix: prefix.parse().unwrap(), network: network.into(), stays }
}

fn list(prefixes: &[&str]) -> Vec<Announced> {
    prefixes.iter().enumerate().map(|(at, prefix)| of(prefix, &format!("n{at}"), false)).collect()
}

fn network(id: &str, prefix: &str, partition: &str) -> Network {
    Network { partition: partition.into(), ..rows::network(id, &[prefix], AT) }
}

fn private(id: &str, prefix: &str, partition: &str) -> Network {
    let kind = NetworkType::Super;
    Network { private_super: true, network_type: kind, ..network(id, prefix, partition) }
}

#[test]
fn a_network_stays_if_nothing_routes_it_out_of_its_partition() {
    let nat = |id, prefix, partition| Network { nat: true, ..network(id, prefix, partition) };
    let underlay = |partition| Network { underlay: true, ..network("underlay", "10.1.0.0/24", partition) };
    let inside = || private("super", "10.0.0.0/16", "a");
    let rows: [(&str, Vec<Network>, &[&str]); 8] = [
        ("an external network leaves", vec![nat("internet", "203.0.113.0/24", "a")], &[]),
        ("an underlay stays", vec![underlay("a")], &["underlay"]),
        ("without a partition, too", vec![underlay("")], &["underlay"]),
        ("a private network stays behind NAT", vec![inside(), nat("i", "203.0.113.0/24", "a")], &["super"]),
        ("another way out", vec![inside(), network("mpls", "100.64.0.0/24", "a")], &[]),
        ("a way out of all partitions", vec![inside(), network("mpls", "100.64.0.0/24", "")], &[]),
        ("of another partition", vec![inside(), network("mpls", "100.64.0.0/24", "b")], &["super"]),
        ("private in all partitions", vec![private("super", "10.0.0.0/16", "")], &[]),
    ];
    for (why, networks, expected) in rows {
        let world = World::default();
        networks.iter().for_each(|network| insert(&world, network.clone()));
        let announced = announced(&world);
        assert_eq!(announced.len(), networks.len(), "{why}");
        let stays = announced.iter().filter(|prefix| prefix.stays).map(|prefix| prefix.network.as_str());
        assert_eq!(stays.collect::<Vec<_>>(), expected, "{why}");
    }
}

#[test]
fn children_lie_in_their_super_network_and_host_bits_are_masked() {
    let world = World::default();
    insert(&world, private("super", "10.0.7.7/16", "a"));
    let child =
        |id: &str, parent: &str, prefix| Network { parent: Some(parent.into()), ..network(id, prefix, "a") };
    insert(&world, child("child", "super", "10.0.4.0/22"));
    insert(&world, child("orphan", "gone", "10.9.4.0/22"));
    assert_eq!(announced(&world), [of("10.0.0.0/16", "super", true), of("10.9.4.0/22", "orphan", true)]);
}

/// Why, the prefixes of both, and the places of those that overlap.
type Case<'a> = (&'a str, &'a [&'a str], &'a [&'a str], &'a [(usize, usize)]);

#[test]
fn every_overlap_is_found_and_nothing_else() {
    let rows: [Case<'_>; 8] = [
        ("nothing", &[], &[], &[]),
        ("apart", &["10.0.0.0/16"], &["10.1.0.0/16"], &[]),
        ("equal", &["10.0.0.0/16"], &["10.0.0.0/16"], &[(0, 0)]),
        ("inside", &["10.0.4.0/24"], &["10.0.0.0/16"], &[(0, 0)]),
        (
            "around several",
            &["10.0.0.0/8"],
            &["10.0.0.0/16", "10.255.0.0/16", "11.0.0.0/16"],
            &[(0, 0), (0, 1)],
        ),
        ("families", &["0.0.0.0/0"], &["::/0"], &[]),
        ("IPv6", &["2001:db8::/32"], &["2001:db8:7::/48"], &[(0, 0)]),
        ("the last address", &["255.255.255.255/32"], &["255.255.255.0/24"], &[(0, 0)]),
    ];
    for (why, joiner, member, expected) in rows {
        let (joiner, member) = (list(joiner), list(member));
        let found = overlaps(&joiner, &member, 100).conflicts;
        let expected: Vec<_> = expected.iter().map(|(own, its)| (&joiner[*own], &member[*its])).collect();
        assert_eq!((found.count, found.first), (expected.len() as u64, expected), "{why}");
    }
}

/// As comparing each pair would, with nested, equal and repeated prefixes of both families.
#[test]
fn one_pass_finds_what_all_pairs_find() {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    for round in 0..200 {
        let mut side = |count: usize| -> Vec<Announced> {
            let mut prefixes: Vec<_> = (0..count)
                .map(|at| {
                    let text = match rng.random_range(0..2) {
                        0 => format!("10.0.{}.0/{}", rng.random_range(0..8), rng.random_range(14..25)),
                        _ => format!("fd00:0:{}::/{}", rng.random_range(0..8), rng.random_range(30..49)),
                    };
                    let prefix: IpNet = text.parse().unwrap();
                    of(&prefix.trunc().to_string(), &at.to_string(), rng.random_bool(0.5))
                })
                .collect();
            prefixes.sort_unstable();
            prefixes
        };
        let (joiner, member) = (side(round % 23), side(round % 17));
        let mut expected: [Vec<_>; 2] = Default::default();
        for own in &joiner {
            for its in member.iter().filter(|its| block::overlap(&own.prefix, &its.prefix)) {
                expected[usize::from(own.stays && its.stays)].push((own, its));
            }
        }
        let mut found = overlaps(&joiner, &member, usize::MAX);
        found.conflicts.first.sort_unstable();
        found.repeated.first.sort_unstable();
        let counts = [found.conflicts.count, found.repeated.count];
        assert_eq!(counts, expected.each_ref().map(|pairs| pairs.len() as u64), "round {round}");
        assert_eq!([found.conflicts.first, found.repeated.first], expected, "round {round}");
    }
}

/// 2,500,000,000 pairs take no step each.
#[test]
fn a_hostile_inventory_costs_no_more_than_a_large_one() {
    let side = |stays| (0..50_000).map(|at| of("10.0.0.0/8", &at.to_string(), stays)).collect::<Vec<_>>();
    let (joiner, member) = (side(true), side(false));
    let found = overlaps(&joiner, &member, 10).conflicts;
    assert_eq!((found.count, found.first.len()), (2_500_000_000, 10));
    let found = overlaps(&joiner, &joiner, 10);
    assert_eq!(
        (found.repeated.count, found.repeated.first.len(), found.conflicts.count),
        (2_500_000_000, 10, 0)
    );
}
