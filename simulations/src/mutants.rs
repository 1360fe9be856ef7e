//! Measures the simulator: the number of seeds that it needs to find each planted bug. A simulator that finds nothing
//! proves nothing.

use crate::scenario::Scenario;
use std::path::Path;

/// Scenarios with more machine hours in total take too long for so many runs.
const MACHINE_HOURS_MAX: u64 = 300;

/// The scenarios of a folder that are small enough to run often, by name.
pub fn small_scenarios(folder: &Path) -> Result<Vec<Scenario>, String> {
    let wrong = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(wrong)? {
        files.push(entry.map_err(wrong)?.path());
    }
    files.sort();
    let mut scenarios = Vec::new();
    for file in files.iter().filter(|file| file.extension().is_some_and(|ending| ending == "toml")) {
        let name = file.display();
        let text = std::fs::read_to_string(file).map_err(|error| format!("{name}: {error}"))?;
        let scenario = Scenario::parse(&text).map_err(|error| format!("{name}: {error}"))?;
        let machines: u32 = scenario.partitions.iter().map(|it| it.racks * it.machines).sum();
        if u64::from(machines) * scenario.duration_s < MACHINE_HOURS_MAX * 3600 {
            scenarios.push(scenario);
        }
    }
    if scenarios.is_empty() {
        Err(format!("{}: there is no small scenario", folder.display()))
    } else {
        Ok(scenarios)
    }
}

/// Only in builds with planted bugs.
#[cfg(feature = "planted")]
pub mod planted {
    use super::Scenario;
    use crate::monitor::Violation;
    use crate::run::{Options, play};
    use actors::planted::{Bug, plant};
    use std::ops::Range;

    /// The result of a search.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Found {
        /// Seeds per scenario.
        pub seeds: u64,
        pub scenario: String,
        pub violation: Violation,
    }

    /// Runs the scenarios in turn until one reports a violation, or time is up.
    pub fn find(
        bug: Bug,
        scenarios: &[Scenario],
        seeds: Range<u64>,
        in_time: impl Fn() -> bool,
    ) -> Option<Found> {
        let first = seeds.start;
        seeds.take_while(|_| in_time()).find_map(|seed| {
            scenarios.iter().take_while(|_| in_time()).find_map(|scenario| {
                plant(Some(bug));
                let outcome = play(scenario, &Options { seed, ..Options::default() });
                plant(None);
                let name = || scenario.name.clone();
                outcome.violation.map(|violation| Found {
                    seeds: seed - first + 1,
                    scenario: name(),
                    violation,
                })
            })
        })
    }
}
