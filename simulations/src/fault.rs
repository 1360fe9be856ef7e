//! One thing that goes wrong for a while, and how scenarios say so: planned, or drawn by chance at a rate.

mod planned;
mod rates;
mod what;

pub use planned::{Planned, Wrong};
pub use rates::Rates;
pub use what::What;

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Faults of one run at most.
pub(crate) const FAULTS_MAX: usize = 10_000;

/// One thing that goes wrong for a while.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// From the beginning of the run.
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
