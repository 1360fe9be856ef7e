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

    /// The numbers from `first` to `last` that only one of the two has a row for, ascending, and whether it is this
    /// one.
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
mod tests;
