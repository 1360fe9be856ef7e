//! The used numbers of a range: those with a row, and those with a pending write.
//!
//! Pending numbers are also counted as taken, so a pick costs the same with any number of pending picks.

use super::taken::Taken;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// The numbers of one range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stock {
    /// Numbers with a row or a pending write.
    taken: Taken,
    /// Pending numbers, and whether they have a row as well.
    in_flight: BTreeMap<u128, bool>,
}

impl Stock {
    /// For a range without used numbers.
    pub const fn new(nothing: Taken) -> Self {
        Self { taken: nothing, in_flight: BTreeMap::new() }
    }

    pub fn is_empty(&self) -> bool {
        self.taken.is_empty()
    }

    /// Adds the number of a row.
    pub fn insert(&mut self, number: u128) {
        if let Some(row) = self.in_flight.get_mut(&number) {
            *row = true;
        }
        self.taken.insert(number);
    }

    /// Removes the number of a row; it is free unless a write is pending.
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

    /// Adds the pending numbers of `other`.
    pub fn with_flights_of(&mut self, other: &Self) {
        other.in_flight.keys().for_each(|number| self.reserve(*number));
    }

    /// The commit's outcome is known. The number is free unless it has a row.
    pub fn release(&mut self, number: u128) {
        if self.in_flight.remove(&number) == Some(false) {
            self.taken.remove(number);
        }
    }

    /// The lowest free number of the range. O(log n).
    pub fn first_gap(&self, first: u128, last: u128) -> Option<u128> {
        self.taken.first_gap(first, last)
    }

    /// The length of the longest free run among the lowest `stretches_max` ones.
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

    /// Number of rows; costs one step per pending number.
    pub fn count(&self, first: u128, last: u128) -> u128 {
        let coming = self.in_flight_in(first..=last).filter(|(_, row)| !**row).count();
        self.taken.count(first, last) - u128::try_from(coming).unwrap_or_default()
    }

    /// The lowest number with a row; if there is none, the lowest pending one.
    pub fn first(&self, first: u128, last: u128) -> Option<u128> {
        let coming = || self.in_flight_in(first..=last).next().map(|(number, _)| *number);
        self.first_row(first, last).or_else(coming)
    }

    /// The lowest number with a row.
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

    /// The numbers from `first` to `last` for which only one of both has a row, ascending, and whether it is this one.
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
