//! The clock of one node: the run's time, wrong by as much as a fault says.

use actors::runtime::Clock;
use actors::time::Timestamp;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// When every run begins, as its users see it: 2025-06-15T15:06:40Z.
const EPOCH: Timestamp = Timestamp::from_millis(1_750_000_000_000);

/// A clock that can jump.
#[derive(Debug)]
pub struct SkewedClock {
    started: Instant,
    skew_ms: AtomicI64,
}

impl SkewedClock {
    /// Right until told otherwise. `started` is when the run began.
    pub fn new(started: Instant) -> Self {
        Self { started, skew_ms: AtomicI64::new(0) }
    }

    /// From now on `by_ms` away from the truth.
    pub fn skew(&self, by_ms: i64) {
        self.skew_ms.store(by_ms, Ordering::Relaxed);
    }
}

impl Clock for SkewedClock {
    fn now(&self) -> Timestamp {
        let right = EPOCH + self.started.elapsed();
        let skew_ms = self.skew_ms.load(Ordering::Relaxed);
        let skew = Duration::from_millis(skew_ms.unsigned_abs());
        if skew_ms < 0 { right - skew } else { right + skew }
    }
}
