//! The results of a run: all that reports need.

use crate::fault::Fault;
use crate::history::Operation;
use crate::monitor::Violation;
use crate::samples::Samples;
use crate::trace::Recording;
use std::time::Duration;

/// The results of a run.
#[derive(Clone, Debug)]
pub struct RunOutcome {
    pub seed: u64,
    pub faults: Vec<Fault>,
    pub violation: Option<Violation>,
    pub recording: Recording,
    pub operations: Vec<Operation>,
    pub samples: Samples,
    /// Simulated time.
    pub simulated: Duration,
    /// Real time.
    pub took: Duration,
}

impl RunOutcome {
    /// Simulated time per real time.
    pub fn speed(&self) -> f64 {
        self.simulated.as_secs_f64() / self.took.as_secs_f64().max(1e-9)
    }
}
