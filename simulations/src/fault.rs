//! Faults, and how scenarios define them: planned, or random at a rate.

mod planned;
mod rates;
mod what;

pub use planned::{Planned, Wrong};
pub use rates::Rates;
pub use what::What;

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Maximum of faults in one run.
pub(crate) const FAULTS_MAX: usize = 10_000;

/// One fault with its time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// Since the start of the run.
    pub at_ms: u64,
    pub for_ms: u64,
    #[serde(flatten)]
    pub what: What,
}

impl Fault {
    pub fn begins(&self) -> Duration {
        Duration::from_millis(self.at_ms)
    }

    pub fn ends(&self) -> Duration {
        Duration::from_millis(self.at_ms.saturating_add(self.for_ms))
    }
}
