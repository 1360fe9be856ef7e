//! The content of a report, computed from a run's results. Pure: no markup and no colours.

pub(crate) mod coverage;
pub(crate) mod lanes;
pub(crate) mod latencies;
pub(crate) mod ticks;

use crate::outcome::RunOutcome;
use crate::scenario::Scenario;
use coverage::Coverage;
use lanes::Lane;
use latencies::{Dots, Kind};

/// A run for the charts.
#[derive(Debug)]
pub(crate) struct Model {
    /// The end of all charts.
    pub(crate) end_ms: u64,
    /// From here on there are no faults.
    pub(crate) calm_ms: u64,
    pub(crate) violation_ms: Option<u64>,
    pub(crate) lanes: Vec<Lane>,
    /// Number of faults without a lane.
    pub(crate) faults_left_out: usize,
    pub(crate) kinds: Vec<Kind>,
    pub(crate) dots: Dots,
    pub(crate) coverage: Coverage,
}

impl Model {
    pub(crate) fn of(scenario: &Scenario, outcome: &RunOutcome) -> Self {
        let end_ms = u64::try_from(outcome.simulated.as_millis()).unwrap_or(u64::MAX).max(1);
        let nodes: Vec<&str> = scenario.partitions.iter().map(|partition| partition.name.as_str()).collect();
        let (lanes, faults_left_out) =
            lanes::draw(&nodes, &outcome.recording.lifecycle.stamps, &outcome.faults, end_ms);
        Self {
            end_ms,
            calm_ms: scenario.duration_s.saturating_mul(1000),
            violation_ms: outcome.violation.as_ref().map(|violation| violation.at_ms.min(end_ms)),
            lanes,
            faults_left_out,
            kinds: latencies::by_kind(&outcome.operations),
            dots: Dots::of(&outcome.operations),
            coverage: Coverage::of(scenario, &outcome.recording.seen),
        }
    }
}
