//! Everything about a run, for machines.

use super::model::coverage::Coverage;
use super::model::latencies;
use crate::outcome::RunOutcome;
use crate::scenario::Scenario;
use crate::version::commit;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub fn json(scenario: &Scenario, outcome: &RunOutcome, replay: &str) -> Value {
    let latencies: BTreeMap<String, Value> = latencies::by_kind(&outcome.operations)
        .into_iter()
        .map(|kind| {
            let told = json!({
                "count": kind.count(), "ok": kind.ok, "refused": kind.refused, "unknown": kind.unknown,
                "retries": kind.retries,
                "p50_ms": kind.p50_ms, "p90_ms": kind.p90_ms, "p99_ms": kind.p99_ms, "max_ms": kind.max_ms,
                "histogram": kind.histogram,
            });
            (kind.name, told)
        })
        .collect();
    let coverage = Coverage::of(scenario, &outcome.recording.seen);
    json!({
        "verdict": if outcome.violation.is_none() { "ok" } else { "violation" },
        "violation": outcome.violation,
        "replay": replay,
        "commit": commit(),
        "scenario": scenario,
        "scenario_hash": scenario.hash(),
        "seed": outcome.seed,
        "faults": outcome.faults,
        "events": outcome.recording.events,
        "hash": format!("{:016x}", outcome.recording.hash),
        "seen": outcome.recording.seen,
        "never_seen": coverage.never_seen(),
        "latencies": latencies,
        "simulated_s": outcome.simulated.as_secs_f64(),
        "nodes": outcome.recording.lifecycle,
        "samples": outcome.samples,
        "operations": outcome.operations,
    })
}
