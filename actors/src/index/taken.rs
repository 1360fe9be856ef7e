//! The taken numbers of a range: as bits for a small range, otherwise as runs.

use super::bitmap::{self, Bitmap};
use super::runs::Runs;
use crate::addressing::{Family, block};
use ipnet::IpNet;

/// A set of numbers of one range; numbers outside of it are never members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// For ranges of up to [`bitmap::SIZE_MAX`] numbers; the range starts at `base`.
    Bits { base: u128, bits: Bitmap },
    /// For IPv6, and for all larger ranges.
    Runs(Runs),
}

impl Taken {
    /// An empty set for a prefix.
    pub fn of(prefix: &IpNet) -> Self {
        let (first, last) = block::bounds(prefix);
        match Family::of(prefix) {
            Family::IPv4 => Self::between(first, last),
            Family::IPv6 => Self::Runs(Runs::default()),
        }
    }

    /// An empty set for a range.
    pub fn between(first: u128, last: u128) -> Self {
        let size = last.saturating_sub(first).saturating_add(1);
        match u32::try_from(size) {
            Ok(size) if size <= bitmap::SIZE_MAX => Self::Bits { base: first, bits: Bitmap::new(size) },
            _ => Self::Runs(Runs::default()),
        }
    }

    /// Number of members.
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

    /// False without a change if it was taken.
    pub fn insert(&mut self, number: u128) -> bool {
        match self {
            Self::Bits { base, bits } => at(*base, number).is_some_and(|at| bits.insert(at)),
            Self::Runs(runs) => runs.insert(number),
        }
    }

    /// False without a change if it was not taken.
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

    /// Number of taken numbers from `first` to `last`; the whole set has a counter.
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

/// The part of a query inside of the range.
fn within(base: u128, bits: &Bitmap, first: u128, last: u128) -> Option<(u32, u32)> {
    let end = base + u128::from(bits.size() - 1);
    let (low, high) = (first.max(base), last.min(end));
    (low <= high).then(|| at(base, low).zip(at(base, high))).flatten()
}

#[cfg(test)]
mod tests;
