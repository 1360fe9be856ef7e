//! The node's clock: the only place that reads the wall clock.

use actors::runtime::Clock;
use actors::time::Timestamp;
use std::time::{SystemTime, UNIX_EPOCH};

/// The operating system's clock.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock;

/// HTTP dates start in 1970, and the HTTP servers need the date.
pub fn is_before_1970() -> bool {
    #[expect(clippy::disallowed_methods, reason = "as below")]
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.is_err()
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the seam through which time comes in")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}
