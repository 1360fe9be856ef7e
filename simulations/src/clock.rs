//! The clock of one node: the run's time plus the error that a fault sets.

use actors::runtime::Clock;
use actors::time::Timestamp;
use parking_lot::{Mutex, MutexGuard};
use std::time::Duration;
use tokio::time::Instant;

/// The start of every run for its users: 2025-06-15T15:06:40Z.
const EPOCH: Timestamp = Timestamp::from_millis(1_750_000_000_000);

/// A clock that can jump and drift.
#[derive(Debug)]
pub struct SkewedClock {
    started: Instant,
    wrong: Mutex<Wrong>,
}

#[derive(Clone, Copy, Debug)]
struct Wrong {
    skew_ms: i64,
    drift_ppm: i64,
    drifts_since: Instant,
}

impl SkewedClock {
    /// Correct until a fault changes it. `started` is when the run began.
    pub fn new(started: Instant) -> Self {
        Self { started, wrong: Mutex::new(Wrong { skew_ms: 0, drift_ppm: 0, drifts_since: started }) }
    }

    fn wrong(&self) -> MutexGuard<'_, Wrong> {
        self.wrong.lock()
    }

    /// From now on off by `by_ms`.
    pub fn skew(&self, by_ms: i64) {
        self.wrong().skew_ms = by_ms;
    }

    /// From now on too fast by `ppm` millionths; 0: correct again, at once.
    pub fn drift(&self, ppm: i64) {
        let mut wrong = self.wrong();
        wrong.drift_ppm = ppm;
        wrong.drifts_since = Instant::now();
    }
}

impl Clock for SkewedClock {
    fn now(&self) -> Timestamp {
        let right = EPOCH + self.started.elapsed();
        let Wrong { skew_ms, drift_ppm, drifts_since } = *self.wrong();
        let drifted_us =
            i64::try_from(drifts_since.elapsed().as_millis()).unwrap_or(i64::MAX) / 1000 * drift_ppm;
        let by_us = skew_ms.saturating_mul(1000).saturating_add(drifted_us);
        let by = Duration::from_micros(by_us.unsigned_abs());
        if by_us < 0 { right - by } else { right + by }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::on_paused_time;

    #[test]
    fn a_clock_is_wrong_by_as_much_as_was_said() {
        on_paused_time(|| async {
            let clock = SkewedClock::new(Instant::now());
            let after = |ms: i64| Timestamp::from_millis(1_750_000_000_000 + ms);
            clock.skew(-5);
            assert_eq!(clock.now(), after(-5));
            clock.skew(0);
            clock.drift(500);
            tokio::time::advance(Duration::from_secs(1000)).await;
            assert_eq!(clock.now(), after(1_000_500));
            clock.drift(0);
            assert_eq!(clock.now(), after(1_000_000));
        });
    }
}
