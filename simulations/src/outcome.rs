//! What a run leaves: all that reports are made of.

use crate::fault::Fault;
use crate::history::Operation;
use crate::monitor::Violation;
use crate::samples::Samples;
use crate::trace::Recording;
use std::time::Duration;

/// What a run left.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub seed: u64,
    pub faults: Vec<Fault>,
    pub violation: Option<Violation>,
    pub recording: Recording,
    pub operations: Vec<Operation>,
    pub samples: Samples,
    /// Pretend time.
    pub simulated: Duration,
    /// Real time.
    pub took: Duration,
}

impl Outcome {
    /// How many times faster than life.
    pub fn speed(&self) -> f64 {
        self.simulated.as_secs_f64() / self.took.as_secs_f64().max(1e-9)
    }
}
