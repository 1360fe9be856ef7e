//! The numbers of the VRF and ASN pools: derived from the claim rows and from pending commits, never stored.

use super::stock::Stock;
use super::taken::Taken;
use crate::record::ipam::{NUMBER_MAX, Pool};
use std::collections::{BTreeMap, BTreeSet};

/// The numbers in use, per pool (api-resources 2.8).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    pools: BTreeMap<Pool, Stock>,
}

impl Numbers {
    /// Adds the number of a row.
    pub fn insert(&mut self, pool: Pool, number: u32) {
        self.stock(pool).insert(number.into());
    }

    /// Removes the number of a row.
    pub fn remove(&mut self, pool: Pool, number: u32) {
        self.stock(pool).remove(number.into());
    }

    /// A write of the row waits for its commit.
    pub fn reserve(&mut self, pool: Pool, number: u32) {
        self.stock(pool).reserve(number.into());
    }

    /// The commit's outcome is known.
    pub fn release(&mut self, pool: Pool, number: u32) {
        self.stock(pool).release(number.into());
    }

    /// The lowest number from `first` to `last` that is neither used nor reserved.
    pub fn first_gap(&self, pool: Pool, first: u32, last: u32) -> Option<u32> {
        match self.pools.get(&pool) {
            Some(stock) => stock.first_gap(first.into(), last.into()).and_then(|gap| u32::try_from(gap).ok()),
            None => (first <= last).then_some(first),
        }
    }

    /// The numbers for which only one of both has a row, and whether it is this one.
    pub fn unlike(&self, other: &Self) -> Vec<(Pool, u32, bool)> {
        let nothing = Stock::new(Taken::between(1, NUMBER_MAX.into()));
        let pools = self.pools.keys().chain(other.pools.keys()).copied().collect::<BTreeSet<_>>();
        let unlike = pools.into_iter().flat_map(|pool| {
            let own = self.pools.get(&pool).unwrap_or(&nothing);
            let numbers = own.unlike(other.pools.get(&pool).unwrap_or(&nothing), 1, NUMBER_MAX.into());
            numbers.filter_map(move |(number, own)| Some((pool, u32::try_from(number).ok()?, own)))
        });
        unlike.collect()
    }

    /// These numbers, with the pending ones of `other`.
    #[must_use]
    pub fn with_flights_of(mut self, other: &Self) -> Self {
        for (pool, stock) in &other.pools {
            self.stock(*pool).with_flights_of(stock);
        }
        self
    }

    fn stock(&mut self, pool: Pool) -> &mut Stock {
        self.pools.entry(pool).or_insert_with(|| Stock::new(Taken::between(1, NUMBER_MAX.into())))
    }
}
