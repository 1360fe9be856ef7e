//! Which addresses of a prefix may be allocated, and in which order. Part of a network's row.

use crate::addressing::{Family, block};
use ipnet::IpNet;
use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::time::Duration;

/// Maximum of ranges in one list: every pick walks them.
pub(super) const RANGES_MAX: usize = 64;

/// Longest quarantine: 90 days.
const QUARANTINE_MAX_S: u32 = 90 * 24 * 3600;

/// Number of random tries. If all fail, the first free number after the last try is taken.
const DRAWS_MAX: usize = 8;

/// How a network allocates its addresses. The default is the contract's behaviour (api-resources 4).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PoolPolicy {
    pub usable: Usable,
    pub strategy: Strategy,
    /// Only these addresses are picked; empty: all of the prefix. An address that the request names may be outside.
    pub ranges: Vec<AddressRange>,
    /// Never allocated, not even by name.
    pub excluded: Vec<AddressRange>,
    /// Seconds that a released address stays in quarantine before it is allocated again.
    pub quarantine_s: u32,
}

/// The addresses of a prefix that are not reserved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Usable {
    /// Not the first of any prefix, not the last of an IPv4 one: /31, /32 and /128 have none.
    #[default]
    Classic,
    /// The same, but both addresses of a /31 or /127: a point-to-point link.
    PointToPoint,
    /// The same, and the address of a /32 or /128: a host.
    Host,
    /// All addresses.
    All,
}

/// The order in which free addresses are allocated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// The lowest.
    #[default]
    Lowest,
    /// The next address after the last allocated one, so that released addresses stay unused as long as possible. It
    /// starts from the beginning after a restart.
    Rotating,
    /// A random one.
    Random,
}

/// First and last address, of one family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "(IpAddr, IpAddr)", into = "(IpAddr, IpAddr)")]
pub struct AddressRange {
    first: IpAddr,
    last: IpAddr,
}

/// Why a policy is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPolicy {
    #[error("{first} to {last} is not a range of addresses")]
    Range { first: IpAddr, last: IpAddr },
    #[error("{seconds} s of quarantine requested, at most {QUARANTINE_MAX_S} are possible")]
    TooLong { seconds: u32 },
    #[error("{count} ranges given, at most {RANGES_MAX} are possible")]
    TooMany { count: usize },
}

impl AddressRange {
    pub fn new(first: IpAddr, last: IpAddr) -> Result<Self, BadPolicy> {
        if first.is_ipv4() != last.is_ipv4() || first > last {
            return Err(BadPolicy::Range { first, last });
        }
        Ok(Self { first, last })
    }

    /// As numbers, for prefixes of its family; see [`block`].
    fn span(&self, family: Family) -> Option<(u128, u128)> {
        let own = if self.first.is_ipv4() { Family::IPv4 } else { Family::IPv6 };
        (own == family).then(|| (block::number(self.first), block::number(self.last)))
    }
}

impl TryFrom<(IpAddr, IpAddr)> for AddressRange {
    type Error = BadPolicy;

    fn try_from((first, last): (IpAddr, IpAddr)) -> Result<Self, BadPolicy> {
        Self::new(first, last)
    }
}

impl From<AddressRange> for (IpAddr, IpAddr) {
    fn from(range: AddressRange) -> Self {
        (range.first, range.last)
    }
}

impl Usable {
    /// First and last unreserved number of `prefix`; `None`: all are reserved.
    pub fn of(self, prefix: &IpNet) -> Option<(u128, u128)> {
        let host_bits = block::width(Family::of(prefix)) - prefix.prefix_len();
        let every = match self {
            Self::Classic => false,
            Self::PointToPoint => host_bits == 1,
            Self::Host => host_bits <= 1,
            Self::All => true,
        };
        if every { Some(block::bounds(prefix)) } else { block::usable(prefix) }
    }
}

impl PoolPolicy {
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    pub fn quarantine(&self) -> Duration {
        Duration::from_secs(u64::from(self.quarantine_s))
    }

    /// Refuses violations of [`RANGES_MAX`] and [`QUARANTINE_MAX_S`].
    pub fn check(&self) -> Result<(), BadPolicy> {
        if self.quarantine_s > QUARANTINE_MAX_S {
            return Err(BadPolicy::TooLong { seconds: self.quarantine_s });
        }
        match self.ranges.len().max(self.excluded.len()) {
            count if count > RANGES_MAX => Err(BadPolicy::TooMany { count }),
            _ => Ok(()),
        }
    }

    /// Whether this number of `prefix` may be allocated to a caller that names it.
    pub fn allows(&self, prefix: &IpNet, number: u128) -> bool {
        let lies_in = |(first, last): (u128, u128)| (first..=last).contains(&number);
        let family = Family::of(prefix);
        let excluded = self.excluded.iter().filter_map(|range| range.span(family)).any(lies_in);
        !excluded && self.usable.of(prefix).is_some_and(lies_in)
    }

    /// The numbers of `prefix` that may be picked: ascending and disjoint.
    pub fn spans(&self, prefix: &IpNet) -> Vec<(u128, u128)> {
        let Some((first, last)) = self.usable.of(prefix) else { return Vec::new() };
        let family = Family::of(prefix);
        let of = |ranges: &[AddressRange]| {
            let mut spans: Vec<(u128, u128)> = ranges.iter().filter_map(|range| range.span(family)).collect();
            spans.sort_unstable();
            spans
        };
        let wanted = if self.ranges.is_empty() { vec![(first, last)] } else { of(&self.ranges) };
        let excluded = of(&self.excluded);
        let mut spans = Vec::with_capacity(wanted.len());
        let mut from = first;
        for (low, high) in wanted {
            let (low, high) = (low.max(from), high.min(last));
            if low > high {
                continue;
            }
            without(&excluded, low, high, &mut spans);
            let Some(next) = high.checked_add(1) else { break };
            from = next;
        }
        spans
    }
}

/// Appends the parts of `low` to `high` that are not excluded.
fn without(excluded: &[(u128, u128)], mut low: u128, high: u128, spans: &mut Vec<(u128, u128)>) {
    for &(first, last) in excluded.iter().filter(|(first, _)| *first <= high) {
        if last < low {
            continue;
        }
        if low < first {
            spans.push((low, first - 1));
        }
        match last.checked_add(1) {
            Some(next) if next <= high => low = next,
            _ => return,
        }
    }
    spans.push((low, high));
}

impl Strategy {
    /// Picks a number from `spans`, which are ascending. `gap` finds the lowest free number between two; `last_given`
    /// is the last pick of [`Strategy::Rotating`].
    pub fn pick(
        self,
        spans: &[(u128, u128)],
        last_given: Option<u128>,
        rng: &mut impl Rng,
        gap: impl Fn(u128, u128) -> Option<u128>,
    ) -> Option<u128> {
        let start = match self {
            Self::Lowest => 0,
            Self::Rotating => last_given.and_then(|last| last.checked_add(1)).unwrap_or(0),
            Self::Random => {
                let mut start = 0;
                for _ in 0..DRAWS_MAX {
                    start = draw(spans, rng)?;
                    if gap(start, start).is_some() {
                        return Some(start);
                    }
                }
                start
            }
        };
        let between = |first: u128, last: u128| if first <= last { gap(first, last) } else { None };
        let after = spans.iter().find_map(|&(first, last)| between(first.max(start), last));
        let before = start.checked_sub(1);
        after.or_else(|| {
            before.and_then(|end| spans.iter().find_map(|&(first, last)| between(first, last.min(end))))
        })
    }
}

/// A random number of the spans, uniformly distributed.
fn draw(spans: &[(u128, u128)], rng: &mut impl Rng) -> Option<u128> {
    let sizes = spans.iter().map(|(first, last)| last - first);
    // The highest index: one less than the count, so that it does not overflow for all of IPv6.
    let highest = sizes.sum::<u128>() + u128::try_from(spans.len()).ok()?.checked_sub(1)?;
    let mut place = rng.random_range(0..=highest);
    for (first, last) in spans {
        if place <= last - first {
            return Some(first + place);
        }
        place -= last - first + 1;
    }
    None
}

#[cfg(test)]
mod tests;
