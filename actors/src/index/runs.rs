//! A set of numbers as runs: adjacent numbers share one entry, so a set that is filled from below stays small, even in
//! a large range.

use std::collections::BTreeMap;

/// Disjoint runs with gaps in between: first number to last number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Runs {
    runs: BTreeMap<u128, u128>,
    len: u128,
}

impl Runs {
    /// Number of members.
    pub const fn len(&self) -> u128 {
        self.len
    }

    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds a number and joins adjacent runs. False if it was a member.
    pub fn insert(&mut self, number: u128) -> bool {
        if self.contains(number) {
            return false;
        }
        self.join(number, number);
        true
    }

    /// Adds numbers that are not members, and joins adjacent runs.
    fn join(&mut self, first: u128, last: u128) {
        self.len += last - first + 1;
        let below = self.runs.range(..first).next_back();
        let start = below.filter(|(_, end)| **end + 1 == first).map_or(first, |(start, _)| *start);
        let end = last.checked_add(1).and_then(|above| self.runs.remove(&above)).unwrap_or(last);
        self.runs.insert(start, end);
    }

    /// Removes a number and splits its run. False if it was not a member.
    pub fn remove(&mut self, number: u128) -> bool {
        let Some((first, last)) = self.around(number) else { return false };
        self.len -= 1;
        if first < number {
            self.runs.insert(first, number - 1);
        } else {
            self.runs.remove(&first);
        }
        if number < last {
            self.runs.insert(number + 1, last);
        }
        true
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

    /// Number of members from `first` to `last`. The whole set has a counter; a part costs one step per run.
    pub fn count(&self, first: u128, last: u128) -> u128 {
        if first > last {
            return 0;
        }
        let ends = self.runs.first_key_value().zip(self.runs.last_key_value());
        if ends.is_some_and(|((start, _), (_, end))| first <= *start && *end <= last) {
            return self.len;
        }
        let into = self.around(first).filter(|(start, _)| *start < first).map(|(_, end)| (first, end));
        let pieces = into.into_iter().chain(self.starting(first, last));
        pieces
            .fold(0, |sum: u128, (start, end)| sum.saturating_add((end.min(last) - start).saturating_add(1)))
    }

    /// The run that contains `number`.
    fn around(&self, number: u128) -> Option<(u128, u128)> {
        let (&first, &last) = self.runs.range(..=number).next_back()?;
        (last >= number).then_some((first, last))
    }

    fn starting(&self, first: u128, last: u128) -> impl Iterator<Item = (u128, u128)> {
        let range = (first <= last).then(|| self.runs.range(first..=last));
        range.into_iter().flatten().map(|(&start, &end)| (start, end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use std::collections::BTreeSet;

    /// Every query has the answer of a plain set, at the low end, in the middle and at the high end of u128.
    #[test]
    fn runs_equal_a_plain_set() {
        for (seed, base) in [(1, 0), (2, 1 << 100), (3, u128::MAX - 63)] {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let mut runs = Runs::default();
            let mut plain = BTreeSet::new();
            for _ in 0..4000 {
                let number = base + rng.random_range(0..64_u128);
                if rng.random_bool(0.5) {
                    assert_eq!(runs.insert(number), plain.insert(number));
                } else {
                    assert_eq!(runs.remove(number), plain.remove(&number));
                }
                assert_eq!(runs.len(), plain.len() as u128);
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
            let mut rebuilt = Runs::default();
            plain.iter().for_each(|number| assert!(rebuilt.insert(*number)));
            assert_eq!(rebuilt, runs, "seed {seed}: what is rebuilt is what it was");
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
