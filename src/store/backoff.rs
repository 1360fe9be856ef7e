//! Retries: a bounded number of tries in a bounded time, with seeded jitter.

use super::classify::Class;
use std::time::Duration;
use tokio::time::Instant;

/// Maximal tries of one batch on conflicts (store 1.6).
const TRIES_MAX: u32 = 10;

/// Longest time to retry one batch, also while the database is down. Callers have their own deadlines.
const TRY_FOR: Duration = Duration::from_secs(5);

const FIRST_US: u64 = 1_000;
const LONGEST_US: u64 = 100_000;
/// First delay for an overloaded or unreachable server, in microseconds.
const SLOW_FIRST_US: u64 = 50_000;
const SLOW_LONGEST_US: u64 = 1_000_000;

/// A small generator: jitter only has to differ between nodes.
#[derive(Debug)]
pub(super) struct Jitter(u64);

impl Jitter {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// splitmix64.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// Half of `length_us`, plus a random part of the other half.
    fn around(&mut self, length_us: u64) -> Duration {
        let half = (length_us / 2).max(1);
        Duration::from_micros(half + self.next() % half)
    }
}

/// The tries of one unit of work.
#[derive(Debug)]
pub(super) struct Backoff {
    tries: u32,
    until: Instant,
}

impl Backoff {
    pub(super) fn new() -> Self {
        Self { tries: 0, until: Instant::now() + TRY_FOR }
    }

    /// The delay before the next try; `None` ends the retries.
    pub(super) fn next(&mut self, class: Class, jitter: &mut Jitter) -> Option<Duration> {
        self.tries = self.tries.saturating_add(1);
        let exponent = self.tries.min(16) - 1;
        let (length_us, tries_max) = match class {
            Class::Retry => ((FIRST_US << exponent).min(LONGEST_US), TRIES_MAX),
            Class::Overload => ((SLOW_FIRST_US << exponent).min(SLOW_LONGEST_US), TRIES_MAX),
            Class::Lost | Class::Ambiguous => ((FIRST_US << exponent).min(LONGEST_US), u32::MAX),
            Class::Unavailable | Class::Deposed | Class::Refused => return None,
        };
        let wait = jitter.around(length_us);
        (self.tries < tries_max && Instant::now() + wait < self.until).then_some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn tries_are_bounded_and_grow() {
        let mut jitter = Jitter::new(7);
        let mut backoff = Backoff::new();
        let waits: Vec<Duration> = std::iter::from_fn(|| backoff.next(Class::Retry, &mut jitter)).collect();
        assert_eq!(waits.len(), 9);
        assert!(waits[0] < Duration::from_millis(1), "{waits:?}");
        assert!(waits[8] >= Duration::from_millis(50), "{waits:?}");
        assert!(Backoff::new().next(Class::Refused, &mut jitter).is_none());
        assert!(Backoff::new().next(Class::Unavailable, &mut jitter).is_none());
    }

    #[test]
    fn another_seed_waits_differently() {
        assert_ne!(Jitter::new(1).around(1000), Jitter::new(2).around(1000));
        assert_eq!(Jitter::new(1).around(1000), Jitter::new(1).around(1000));
    }
}
