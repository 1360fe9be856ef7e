use super::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;

fn net(text: &str) -> IpNet {
    text.parse().unwrap()
}

fn range(first: &str, last: &str) -> AddressRange {
    AddressRange::new(first.parse().unwrap(), last.parse().unwrap()).unwrap()
}

#[test]
fn usable_addresses() {
    let cases = [
        ("10.0.0.0/24", [254, 254, 254, 256]),
        ("10.0.0.0/30", [2, 2, 2, 4]),
        ("10.0.0.0/31", [0, 2, 2, 2]),
        ("255.255.255.255/32", [0, 0, 1, 1]),
        ("2001:db8::/120", [255, 255, 255, 256]),
        ("2001:db8::/127", [1, 2, 2, 2]),
        ("2001:db8::/128", [0, 0, 1, 1]),
    ];
    for (prefix, counts) in cases {
        let kinds = [Usable::Classic, Usable::PointToPoint, Usable::Host, Usable::All];
        let found = kinds.map(|usable| usable.of(&net(prefix)).map_or(0, |(first, last)| last - first + 1));
        assert_eq!(found, counts, "{prefix}");
    }
    assert_eq!(Usable::All.of(&net("::/0")), Some((0, u128::MAX)));
}

/// Ranges and exclusions in any order, overlapping, beyond the prefix and of the other family: the spans are what a
/// look at every address finds, in as few pieces.
#[test]
fn spans_are_the_ranges_without_the_exclusions() {
    for (seed, text) in
        ["10.0.0.0/26", "255.255.255.192/26", "::/122", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffc0/122"]
            .into_iter()
            .cycle()
            .take(400)
            .enumerate()
    {
        let mut rng = ChaCha8Rng::seed_from_u64(seed as u64);
        let prefix = net(text);
        let family = Family::of(&prefix);
        let (first, last) = block::bounds(&prefix);
        let any = |rng: &mut ChaCha8Rng| {
            let low = first.saturating_sub(9).max(rng.random_range(first..=last).saturating_sub(9));
            let high = low.saturating_add(rng.random_range(0..30));
            let (low, high) = (block::address(family, low), block::address(family, high));
            let other = range("192.0.2.0", "192.0.2.9");
            low.zip(high).map_or(other, |(low, high)| AddressRange::new(low, high).unwrap())
        };
        let policy = PoolPolicy {
            usable: if rng.random_bool(0.5) { Usable::All } else { Usable::Classic },
            strategy: Strategy::Lowest,
            ranges: (0..rng.random_range(0..4)).map(|_| any(&mut rng)).collect(),
            excluded: (0..rng.random_range(0..4)).map(|_| any(&mut rng)).collect(),
            quarantine_s: 0,
        };
        policy.check().unwrap();
        let lies_in = |ranges: &[AddressRange], number: u128| {
            let mut spans = ranges.iter().filter_map(|range| range.span(family));
            spans.any(|(low, high)| low <= number && number <= high)
        };
        let (bottom, top) = policy.usable.of(&prefix).unwrap();
        let expected: BTreeSet<u128> = (bottom..=top)
            .filter(|number| policy.ranges.is_empty() || lies_in(&policy.ranges, *number))
            .filter(|number| !lies_in(&policy.excluded, *number))
            .collect();
        let spans = policy.spans(&prefix);
        let listed: Vec<u128> = spans.iter().flat_map(|(low, high)| *low..=*high).collect();
        assert_eq!(listed, expected.iter().copied().collect::<Vec<_>>(), "seed {seed}: {policy:?}");
        for number in first..=last {
            let named = (bottom..=top).contains(&number) && !lies_in(&policy.excluded, number);
            assert_eq!(policy.allows(&prefix, number), named, "seed {seed}: {number}");
        }
    }
}

fn pick(strategy: Strategy, taken: &BTreeSet<u128>, last_given: Option<u128>, seed: u64) -> Option<u128> {
    let spans = [(3, 3), (10, 19), (30, 35)];
    let gap = |first, last| (first..=last).find(|number| !taken.contains(number));
    strategy.pick(&spans, last_given, &mut ChaCha8Rng::seed_from_u64(seed), gap)
}

#[test]
fn the_lowest_is_given_whatever_came_before() {
    let taken = BTreeSet::from([3, 10, 12]);
    assert_eq!(pick(Strategy::Lowest, &taken, Some(17), 1), Some(11));
    assert_eq!(pick(Strategy::Lowest, &BTreeSet::new(), None, 1), Some(3));
}

#[test]
fn rotating_goes_on_after_the_last_and_comes_round() {
    let taken = BTreeSet::from([11, 12, 19]);
    let cases = [
        (None, 3),
        (Some(3), 10),
        (Some(10), 13),
        (Some(18), 30),
        (Some(22), 30),
        (Some(35), 3),
        (Some(u128::MAX), 3),
    ];
    for (last, expected) in cases {
        assert_eq!(pick(Strategy::Rotating, &taken, last, 1), Some(expected), "after {last:?}");
    }
    let all_but_one: BTreeSet<u128> = (0..40).filter(|number| *number != 12).collect();
    assert_eq!(
        pick(Strategy::Rotating, &all_but_one, Some(12), 1),
        Some(12),
        "the last one again when it is alone"
    );
}

#[test]
fn random_reaches_every_free_one_and_no_other() {
    let taken = BTreeSet::from([3, 11, 30]);
    let reached: BTreeSet<u128> =
        (0..1000).filter_map(|seed| pick(Strategy::Random, &taken, None, seed)).collect();
    let free: BTreeSet<u128> =
        [3..=3, 10..=19, 30..=35].into_iter().flatten().filter(|n| !taken.contains(n)).collect();
    assert_eq!(reached, free);
    let all_but_one: BTreeSet<u128> = (0..40).filter(|number| *number != 12).collect();
    assert!((0..200).all(|seed| pick(Strategy::Random, &all_but_one, None, seed) == Some(12)));
}

#[test]
fn nothing_free_is_nothing_given() {
    let all: BTreeSet<u128> = (0..40).collect();
    for strategy in [Strategy::Lowest, Strategy::Rotating, Strategy::Random] {
        assert_eq!(pick(strategy, &all, Some(15), 1), None);
        let none = strategy.pick(&[], None, &mut ChaCha8Rng::seed_from_u64(1), |_, _| Some(7));
        assert_eq!(none, None);
        let all_of_ipv6 = [(0, u128::MAX)];
        let picked =
            strategy.pick(&all_of_ipv6, Some(8), &mut ChaCha8Rng::seed_from_u64(1), |first, _| Some(first));
        assert!(picked.is_some());
    }
}

#[test]
fn policies_that_cannot_be() {
    let (low, high): (IpAddr, IpAddr) = ("10.0.0.1".parse().unwrap(), "10.0.0.9".parse().unwrap());
    assert_eq!(AddressRange::new(high, low), Err(BadPolicy::Range { first: high, last: low }));
    let other = "2001:db8::1".parse().unwrap();
    assert_eq!(AddressRange::new(low, other), Err(BadPolicy::Range { first: low, last: other }));
    let many = PoolPolicy { excluded: vec![range("10.0.0.1", "10.0.0.1"); 65], ..PoolPolicy::default() };
    assert_eq!(many.check(), Err(BadPolicy::TooMany { count: 65 }));
    serde_json::from_str::<PoolPolicy>(r#"{"ranges": [["10.0.0.9", "10.0.0.1"]]}"#).unwrap_err();
}

/// The stored form, also of rows of older releases.
#[test]
fn policies_are_stored_in_words() {
    let policy = PoolPolicy {
        usable: Usable::PointToPoint,
        strategy: Strategy::Rotating,
        ranges: vec![range("10.0.0.1", "10.0.0.9")],
        excluded: Vec::new(),
        quarantine_s: 600,
    };
    let text = serde_json::to_string(&policy).unwrap();
    let expected = r#"{"usable":"point_to_point","strategy":"rotating","ranges":[["10.0.0.1","10.0.0.9"]],"excluded":[],"quarantine_s":600}"#;
    assert_eq!(text, expected);
    assert_eq!(serde_json::from_str::<PoolPolicy>(&text).unwrap(), policy);
    assert!(serde_json::from_str::<PoolPolicy>("{}").unwrap().is_default());
}
