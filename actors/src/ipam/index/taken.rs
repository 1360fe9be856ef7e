//! Which numbers of a range are taken: as bits where the range is small enough, else as runs.

use super::bitmap::{self, Bitmap};
use super::runs::Runs;
use crate::ipam::block;
use crate::network::Family;
use ipnet::IpNet;

/// A set of numbers of one range; questions and numbers beyond it find nothing there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// For ranges of up to [`bitmap::SIZE_MAX`] numbers; the range starts at `base`.
    Bits { base: u128, bits: Bitmap },
    /// For IPv6, and for everything larger.
    Runs(Runs),
}

impl Taken {
    /// Nothing of a prefix.
    pub fn of(prefix: &IpNet) -> Self {
        let (first, last) = block::bounds(prefix);
        match Family::of(prefix) {
            Family::IPv4 => Self::between(first, last),
            Family::IPv6 => Self::Runs(Runs::default()),
        }
    }

    /// Nothing of a range.
    pub fn between(first: u128, last: u128) -> Self {
        let size = last.saturating_sub(first).saturating_add(1);
        match u32::try_from(size) {
            Ok(size) if size <= bitmap::SIZE_MAX => Self::Bits { base: first, bits: Bitmap::new(size) },
            _ => Self::Runs(Runs::default()),
        }
    }

    /// How many there are.
    pub fn len(&self) -> u128 {
        match self {
            Self::Bits { bits, .. } => bits.len().into(),
            Self::Runs(runs) => runs.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn contains(&self, number: u128) -> bool {
        match self {
            Self::Bits { base, bits } => at(*base, number).is_some_and(|at| bits.contains(at)),
            Self::Runs(runs) => runs.contains(number),
        }
    }

    /// False, and nothing changes, when it was taken.
    pub fn insert(&mut self, number: u128) -> bool {
        match self {
            Self::Bits { base, bits } => at(*base, number).is_some_and(|at| bits.insert(at)),
            Self::Runs(runs) => runs.insert(number),
        }
    }

    /// False, and nothing changes, when it was not taken.
    pub fn remove(&mut self, number: u128) -> bool {
        match self {
            Self::Bits { base, bits } => at(*base, number).is_some_and(|at| bits.remove(at)),
            Self::Runs(runs) => runs.remove(number),
        }
    }

    /// The lowest number from `first` to `last` that is not taken. O(log n).
    pub fn first_gap(&self, first: u128, last: u128) -> Option<u128> {
        match self {
            Self::Bits { base, bits } => {
                let (low, high) = within(*base, bits, first, last)?;
                bits.first_gap(low, high).map(|gap| base + u128::from(gap))
            }
            Self::Runs(runs) => runs.first_gap(first, last),
        }
    }

    /// The lowest number from `first` to `last` that is taken. O(log n).
    pub fn first_within(&self, first: u128, last: u128) -> Option<u128> {
        match self {
            Self::Bits { base, bits } => {
                let (low, high) = within(*base, bits, first, last)?;
                bits.first_within(low, high).map(|found| base + u128::from(found))
            }
            Self::Runs(runs) => runs.first_within(first, last),
        }
    }

    /// How many numbers from `first` to `last` are taken; of all of them it is known already.
    pub fn count(&self, first: u128, last: u128) -> u128 {
        match self {
            Self::Bits { base, bits } => {
                within(*base, bits, first, last).map_or(0, |(low, high)| bits.count(low, high).into())
            }
            Self::Runs(runs) => runs.count(first, last),
        }
    }
}

fn at(base: u128, number: u128) -> Option<u32> {
    number.checked_sub(base).and_then(|at| u32::try_from(at).ok())
}

/// The part of a question that lies in the range.
fn within(base: u128, bits: &Bitmap, first: u128, last: u128) -> Option<(u32, u32)> {
    let end = base + u128::from(bits.size() - 1);
    let (low, high) = (first.max(base), last.min(end));
    (low <= high).then(|| at(base, low).zip(at(base, high))).flatten()
}

#[cfg(test)]
mod tests {
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
}
