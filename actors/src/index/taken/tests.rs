use super::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;

fn net(text: &str) -> IpNet {
    text.parse().unwrap()
}

#[test]
fn small_ranges_are_bits_and_the_rest_are_runs() {
    for (prefix, small) in [
        ("10.0.0.0/12", true),
        ("10.0.0.0/11", false),
        ("10.0.0.7/32", true),
        ("0.0.0.0/0", false),
        ("2001:db8::/120", false),
        ("::/0", false),
    ] {
        assert_eq!(matches!(Taken::of(&net(prefix)), Taken::Bits { .. }), small, "{prefix}");
    }
}

/// Both shapes answer as a plain set does, also to questions that reach beyond the range.
#[test]
fn both_shapes_equal_a_plain_set() {
    let prefixes =
        ["10.9.8.0/23", "255.255.255.192/26", "0.0.0.0/30", "10.0.0.0/8", "2001:db8::/64", "ffff::/16"];
    for (seed, prefix) in prefixes.into_iter().enumerate() {
        let prefix = net(prefix);
        let (base, end) = block::bounds(&prefix);
        let window = (end - base).min(600);
        let mut rng = ChaCha8Rng::seed_from_u64(seed as u64);
        let mut taken = Taken::of(&prefix);
        let mut plain = BTreeSet::new();
        for step in 0..4000 {
            let number = base + rng.random_range(0..=window);
            if rng.random_bool(if step < 2000 { 0.9 } else { 0.4 }) {
                assert_eq!(taken.insert(number), plain.insert(number));
            } else {
                assert_eq!(taken.remove(number), plain.remove(&number));
            }
            let a = (base + rng.random_range(0..=window)).saturating_sub(rng.random_range(0..9));
            let b = (base + rng.random_range(0..=window)).saturating_add(rng.random_range(0..9)).min(end);
            let from = a.max(base);
            assert_eq!(taken.first_gap(from, b), (from..=b).find(|number| !plain.contains(number)));
            let within: Vec<u128> = if a <= b { plain.range(a..=b).copied().collect() } else { vec![] };
            assert_eq!(taken.first_within(a, b), within.first().copied());
            assert_eq!(taken.count(a, b), within.len() as u128);
            assert_eq!((taken.len(), taken.contains(b)), (plain.len() as u128, plain.contains(&b)));
        }
    }
}

#[test]
fn numbers_beyond_a_small_range_are_not_taken() {
    let mut taken = Taken::of(&net("10.0.0.0/24"));
    let (base, end) = block::bounds(&net("10.0.0.0/24"));
    assert!(!taken.insert(base - 1) && !taken.insert(end + 1) && taken.is_empty());
    assert_eq!(taken.first_gap(end + 1, u128::MAX), None);
    assert_eq!(taken.first_within(0, base - 1), None);
}
