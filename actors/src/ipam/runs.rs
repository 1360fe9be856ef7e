//! A set of numbers kept as runs: adjacent ones cost one entry, so a set that is filled from below stays tiny.
//!
//! Knows nothing of addresses or pools; [`super::Occupancy`] and [`Numbers`] give the numbers their meaning.

use super::record::Pool;
use std::collections::BTreeMap;

/// Disjoint, never touching runs: first number to last number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Runs {
    runs: BTreeMap<u128, u128>,
}

impl Runs {
    /// Adds a number and joins the runs that it connects.
    pub fn insert(&mut self, number: u128) {
        let below = self.runs.range(..=number).next_back().map(|(&first, &last)| (first, last));
        let first = match below {
            Some((_, last)) if last >= number => return,
            Some((first, last)) if last + 1 == number => first,
            _ => number,
        };
        let last = number.checked_add(1).and_then(|above| self.runs.remove(&above)).unwrap_or(number);
        self.runs.insert(first, last);
    }

    /// Takes a number out and splits the run that held it.
    pub fn remove(&mut self, number: u128) {
        let Some((first, last)) = self.around(number) else { return };
        self.runs.remove(&first);
        if first < number {
            self.runs.insert(first, number - 1);
        }
        if number < last {
            self.runs.insert(number + 1, last);
        }
    }

    pub fn contains(&self, number: u128) -> bool {
        self.around(number).is_some()
    }

    /// The lowest number from `first` to `last` that is not in the set. One look-up.
    pub fn first_gap(&self, first: u128, last: u128) -> Option<u128> {
        let gap = match self.around(first) {
            Some((_, end)) => end.checked_add(1)?,
            None => first,
        };
        (gap <= last).then_some(gap)
    }

    /// The lowest number from `first` to `last` that is in the set. One look-up.
    pub fn first_within(&self, first: u128, last: u128) -> Option<u128> {
        if first <= last && self.contains(first) {
            return Some(first);
        }
        self.starting(first, last).next().map(|(start, _)| start)
    }

    /// How many numbers from `first` to `last` are in the set. Costs one step per run.
    pub fn count(&self, first: u128, last: u128) -> u128 {
        if first > last {
            return 0;
        }
        let into = self.around(first).filter(|(start, _)| *start < first).map(|(_, end)| (first, end));
        let pieces = into.into_iter().chain(self.starting(first, last));
        pieces
            .fold(0, |sum: u128, (start, end)| sum.saturating_add((end.min(last) - start).saturating_add(1)))
    }

    /// The run that holds `number`.
    fn around(&self, number: u128) -> Option<(u128, u128)> {
        let (&first, &last) = self.runs.range(..=number).next_back()?;
        (last >= number).then_some((first, last))
    }

    fn starting(&self, first: u128, last: u128) -> impl Iterator<Item = (u128, u128)> {
        let range = (first <= last).then(|| self.runs.range(first..=last));
        range.into_iter().flatten().map(|(&start, &end)| (start, end))
    }
}

/// The numbers in use, per pool (api-resources 2.8).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    pools: BTreeMap<Pool, Runs>,
}

impl Numbers {
    pub fn insert(&mut self, pool: Pool, number: u32) {
        self.pools.entry(pool).or_default().insert(u128::from(number));
    }

    pub fn remove(&mut self, pool: Pool, number: u32) {
        if let Some(runs) = self.pools.get_mut(&pool) {
            runs.remove(u128::from(number));
        }
    }

    /// The lowest number from `first` to `last` that is in use by nobody.
    pub fn first_gap(&self, pool: Pool, first: u32, last: u32) -> Option<u32> {
        if first > last {
            return None;
        }
        let Some(runs) = self.pools.get(&pool) else { return Some(first) };
        runs.first_gap(u128::from(first), u128::from(last)).and_then(|number| u32::try_from(number).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use std::collections::BTreeSet;

    /// Every question answered as a plain set answers it, at the low end, in the middle and at the high end of u128.
    #[test]
    fn runs_equal_a_plain_set() {
        for (seed, base) in [(1, 0), (2, 1 << 100), (3, u128::MAX - 63)] {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let mut runs = Runs::default();
            let mut plain = BTreeSet::new();
            for _ in 0..4000 {
                let number = base + rng.random_range(0..64_u128);
                if rng.random_bool(0.5) {
                    runs.insert(number);
                    plain.insert(number);
                } else {
                    runs.remove(number);
                    plain.remove(&number);
                }
                let (a, b) = (base + rng.random_range(0..64_u128), base + rng.random_range(0..64_u128));
                assert_eq!(runs.contains(a), plain.contains(&a));
                let gap = (a..=b).find(|number| !plain.contains(number));
                assert_eq!(runs.first_gap(a, b), gap, "{a}..={b} of {plain:?}");
                let held: Vec<u128> =
                    plain.iter().copied().filter(|number| (a..=b).contains(number)).collect();
                assert_eq!(runs.count(a, b), held.len() as u128);
                assert_eq!(runs.first_within(a, b), held.first().copied());
                let starts =
                    plain.iter().filter(|number| **number == 0 || !plain.contains(&(**number - 1))).count();
                assert_eq!(runs.runs.len(), starts, "runs touch: {runs:?}");
            }
        }
    }

    #[test]
    fn the_last_number_does_not_overflow() {
        let mut runs = Runs::default();
        runs.insert(u128::MAX);
        runs.insert(u128::MAX - 1);
        assert_eq!(runs.first_gap(u128::MAX - 1, u128::MAX), None);
        assert_eq!(runs.count(0, u128::MAX), 2);
        runs.remove(u128::MAX);
        assert_eq!(runs.first_gap(u128::MAX - 1, u128::MAX), Some(u128::MAX));
    }
}
