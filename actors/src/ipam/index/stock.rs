//! Which numbers of a range cannot be picked, and why: because a row says so, or because a row in flight will or may.
//!
//! What is in flight is kept as taken beside the rest, so that a pick costs the same however many picks before it wait
//! for their commits.

use super::taken::Taken;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// The numbers of one range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stock {
    /// By a row or in flight.
    taken: Taken,
    /// In flight; whether there is a row as well.
    in_flight: BTreeMap<u128, bool>,
}

impl Stock {
    /// Of a range that nothing is taken from.
    pub const fn new(nothing: Taken) -> Self {
        Self { taken: nothing, in_flight: BTreeMap::new() }
    }

    pub fn is_empty(&self) -> bool {
        self.taken.is_empty()
    }

    /// There is a row now.
    pub fn insert(&mut self, number: u128) {
        if let Some(row) = self.in_flight.get_mut(&number) {
            *row = true;
        }
        self.taken.insert(number);
    }

    /// There is no row any more; free unless something is in flight.
    pub fn remove(&mut self, number: u128) {
        match self.in_flight.get_mut(&number) {
            Some(row) => *row = false,
            None => {
                self.taken.remove(number);
            }
        }
    }

    /// A write of the row waits for its commit.
    pub fn reserve(&mut self, number: u128) {
        if !self.in_flight.contains_key(&number) {
            let row = !self.taken.insert(number);
            self.in_flight.insert(number, row);
        }
    }

    /// Takes off what is in flight there.
    pub fn with_flights_of(&mut self, other: &Self) {
        other.in_flight.keys().for_each(|number| self.reserve(*number));
    }

    /// It is known what became of the commit. Free unless there is a row.
    pub fn release(&mut self, number: u128) {
        if self.in_flight.remove(&number) == Some(false) {
            self.taken.remove(number);
        }
    }

    /// The lowest number of the range that can be picked. O(log n).
    pub fn first_gap(&self, first: u128, last: u128) -> Option<u128> {
        self.taken.first_gap(first, last)
    }

    /// The length of the longest stretch that can be picked, of the lowest `stretches_max` ones.
    pub fn longest_gap(&self, first: u128, last: u128, stretches_max: usize) -> u128 {
        let (mut longest, mut from) = (0, first);
        for _ in 0..stretches_max {
            let Some(gap) = self.taken.first_gap(from, last) else { break };
            let end = self.taken.first_within(gap, last);
            longest = longest.max(end.map_or_else(|| (last - gap).saturating_add(1), |end| end - gap));
            match end {
                Some(end) if end < last => from = end + 1,
                _ => break,
            }
        }
        longest
    }

    /// How many there are rows for; costs one step for each that is in flight.
    pub fn count(&self, first: u128, last: u128) -> u128 {
        let coming = self.in_flight_in(first..=last).filter(|(_, row)| !**row).count();
        self.taken.count(first, last) - u128::try_from(coming).unwrap_or_default()
    }

    /// The lowest number that there is a row for; the lowest in flight when there is none.
    pub fn first(&self, first: u128, last: u128) -> Option<u128> {
        let coming = || self.in_flight_in(first..=last).next().map(|(number, _)| *number);
        self.first_row(first, last).or_else(coming)
    }

    /// The lowest number that there is a row for.
    pub fn first_row(&self, first: u128, last: u128) -> Option<u128> {
        let mut from = first;
        loop {
            let found = self.taken.first_within(from, last)?;
            if self.in_flight.get(&found) != Some(&false) {
                return Some(found);
            }
            from = found.checked_add(1)?;
        }
    }

    /// The numbers from `first` to `last` that only one of the two has a row for, ascending, and whether it is this one.
    pub fn unlike<'a>(
        &'a self,
        other: &'a Self,
        first: u128,
        last: u128,
    ) -> impl Iterator<Item = (u128, bool)> + 'a {
        let mut from = (self != other).then_some(first);
        std::iter::from_fn(move || {
            loop {
                let at = from.filter(|at| *at <= last)?;
                let (own, its) = (self.first_row(at, last), other.first_row(at, last));
                let next = own.into_iter().chain(its).min()?;
                from = next.checked_add(1);
                if own != its {
                    return Some((next, own == Some(next)));
                }
            }
        })
    }

    fn in_flight_in(&self, range: RangeInclusive<u128>) -> impl Iterator<Item = (&u128, &bool)> {
        (range.start() <= range.end()).then(|| self.in_flight.range(range)).into_iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use std::collections::BTreeSet;

    /// Rows come and go, with and without a commit under way: what can be picked is what is in neither set.
    #[test]
    fn a_number_is_free_when_it_is_neither_a_row_nor_in_flight() {
        for seed in 0..20 {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let (low, high) = (1000, 1039);
            let nothing =
                if seed % 2 == 0 { Taken::between(low, high) } else { Taken::between(0, u128::MAX) };
            let mut stock = Stock::new(nothing.clone());
            let (mut rows, mut in_flight) = (BTreeSet::new(), BTreeSet::new());
            for _ in 0..2000 {
                let number = rng.random_range(low..=high);
                match rng.random_range(0..5) {
                    0 => {
                        stock.insert(number);
                        rows.insert(number);
                    }
                    1 => {
                        stock.remove(number);
                        rows.remove(&number);
                    }
                    2 | 3 => {
                        stock.reserve(number);
                        in_flight.insert(number);
                    }
                    _ => {
                        stock.release(number);
                        in_flight.remove(&number);
                    }
                }
                let (a, b) = (rng.random_range(low..=high), rng.random_range(low..=high));
                let free = (a..=b).find(|number| !rows.contains(number) && !in_flight.contains(number));
                assert_eq!(stock.first_gap(a, b), free, "seed {seed}");
                let mut stretch = 0;
                let stretches = (a..=b).map(|number| {
                    let free = !rows.contains(&number) && !in_flight.contains(&number);
                    stretch = if free { stretch + 1 } else { 0 };
                    stretch
                });
                assert_eq!(stock.longest_gap(a, b, 100), stretches.max().unwrap_or(0), "seed {seed}");
                let row = (a..=b).find(|number| rows.contains(number));
                let used = row.or_else(|| (a..=b).find(|number| in_flight.contains(number)));
                assert_eq!(stock.first(a, b), used, "seed {seed}");
                assert_eq!(stock.count(a, b), (a..=b).filter(|number| rows.contains(number)).count() as u128);
                assert_eq!(stock.is_empty(), rows.is_empty() && in_flight.is_empty());
                let mut other = Stock::new(nothing.clone());
                other.insert(a);
                let mut unlike: Vec<_> =
                    rows.iter().map(|row| (*row, true)).filter(|row| row.0 != a).collect();
                unlike.extend((!rows.contains(&a)).then_some((a, false)));
                unlike.sort_unstable();
                assert_eq!(stock.unlike(&other, low, high).collect::<Vec<_>>(), unlike, "seed {seed}");
            }
            in_flight.iter().for_each(|number| stock.release(*number));
            let mut rebuilt = Stock::new(nothing);
            rows.iter().for_each(|number| rebuilt.insert(*number));
            assert_eq!(
                stock, rebuilt,
                "seed {seed}: once nothing is under way, the index is what the rows say"
            );
        }
    }
}
