//! What a run tells: lines for people, JSON for machines, JUnit for CI.

use crate::plan::Fault;
use crate::run::Outcome;
use crate::scenario::Scenario;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// How a run can be repeated.
pub fn replay_line(scenario_file: &str, seed: u64, faults_file: Option<&str>) -> String {
    let faults = faults_file.map(|file| format!(" --faults {file}")).unwrap_or_default();
    format!("replay: cargo run --release -p simulations -- run {scenario_file} --seed {seed}{faults}")
}

/// One line per run.
pub fn line(scenario: &Scenario, outcome: &Outcome) -> String {
    let verdict = match &outcome.violation {
        None => "ok".to_owned(),
        Some(violation) => {
            format!("VIOLATION {} at {} ms: {}", violation.checker, violation.at_ms, violation.what)
        }
    };
    format!(
        "{} seed {}: {verdict} | {} events, {} operations, {} faults, {:.0} s simulated in {:.2} s ({:.0}x, {:.0} events/s), \
         hash {:016x}",
        scenario.name,
        outcome.seed,
        outcome.recording.events,
        outcome.operations.len(),
        outcome.faults.len(),
        outcome.simulated.as_secs_f64(),
        outcome.took.as_secs_f64(),
        outcome.speed(),
        events_per_s(outcome),
        outcome.recording.hash
    )
}

fn events_per_s(outcome: &Outcome) -> f64 {
    let events = u32::try_from(outcome.recording.events).unwrap_or(u32::MAX);
    f64::from(events) / outcome.took.as_secs_f64().max(1e-9)
}

/// Everything about a run.
pub fn json(scenario: &Scenario, outcome: &Outcome, replay: &str) -> Value {
    let latencies: BTreeMap<&str, Vec<u64>> =
        outcome.operations.iter().fold(BTreeMap::new(), |mut by_kind, operation| {
            if let Some(ended) = operation.ended_ms {
                let what = operation.what.split(' ').next().unwrap_or_default();
                by_kind.entry(what).or_default().push(ended - operation.invoked_ms);
            }
            by_kind
        });
    let latencies: BTreeMap<&str, Value> = latencies
        .into_iter()
        .map(|(what, mut all)| {
            all.sort_unstable();
            let at = |share: usize| all.get((all.len() - 1) * share / 100).copied();
            (what, json!({"count": all.len(), "p50_ms": at(50), "p99_ms": at(99), "max_ms": at(100)}))
        })
        .collect();
    json!({
        "verdict": if outcome.violation.is_none() { "ok" } else { "violation" },
        "violation": outcome.violation,
        "replay": replay,
        "scenario": scenario,
        "seed": outcome.seed,
        "faults": outcome.faults,
        "events": outcome.recording.events,
        "hash": format!("{:016x}", outcome.recording.hash),
        "seen": outcome.recording.seen,
        "latencies": latencies,
        "simulated_s": outcome.simulated.as_secs_f64(),
        "operations": outcome.operations,
    })
}

/// One test case per run; `failures` by name of the case.
pub fn junit(suite: &str, cases: &[(String, f64, Option<String>)]) -> String {
    let failed = cases.iter().filter(|(_, _, failure)| failure.is_some()).count();
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"{}\" tests=\"{}\" failures=\"{failed}\">\n",
        escape(suite),
        cases.len()
    );
    for (name, seconds, failure) in cases {
        let name = escape(name);
        text += &match failure {
            None => format!("  <testcase name=\"{name}\" time=\"{seconds:.3}\"/>\n"),
            Some(message) => format!(
                "  <testcase name=\"{name}\" time=\"{seconds:.3}\"><failure message=\"{}\"/></testcase>\n",
                escape(message)
            ),
        };
    }
    text + "</testsuite>\n"
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\n', " ")
}

/// Writes a plan where `--faults` reads it.
pub fn write_faults(file: &Path, faults: &[Fault]) -> std::io::Result<()> {
    let text = serde_json::to_string_pretty(faults).map_err(std::io::Error::other)?;
    std::fs::write(file, text + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn junit_is_well_formed() {
        let cases = [("a<b".to_owned(), 1.0, None), ("c".to_owned(), 2.0, Some("x \"y\" & z".to_owned()))];
        expect_test::expect![[r#"
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuite name="s" tests="2" failures="1">
              <testcase name="a&lt;b" time="1.000"/>
              <testcase name="c" time="2.000"><failure message="x &quot;y&quot; &amp; z"/></testcase>
            </testsuite>
        "#]]
        .assert_eq(&junit("s", &cases));
    }
}
