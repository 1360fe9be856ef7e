//! Measures the simulator: the number of seeds that it needs to find each planted bug. A simulator that finds nothing
//! proves nothing.

use crate::command_line::{USAGE, say};
use crate::scenario::Scenario;
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
#[cfg(feature = "planted")]
use std::time::Duration;
#[cfg(feature = "planted")]
use tokio::time::Instant;

/// Scenarios with more machine hours in total take too long for so many runs.
const MACHINE_HOURS_MAX: u64 = 300;

/// Keeps the sum of the first seed and the count in range.
const SEED_MAX: u64 = u64::MAX / 2;

#[derive(Debug, Args)]
#[command(
    after_help = "Example, in a build with --features planted:\n  metalmesh sim mutants --bug LeakAddress"
)]
pub struct MutantsArgs {
    /// Folder of the scenarios, which take turns; the largest are skipped.
    #[arg(long, value_name = "DIR", default_value = "simulations/scenarios")]
    scenarios: PathBuf,
    /// First seed of each search.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(..=SEED_MAX))]
    seed: u64,
    /// Maximal seeds per bug; a bug that needs more counts as not found.
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..=SEED_MAX))]
    seeds_max: u64,
    /// Only this bug, by its name in the table; prints the whole violation.
    #[arg(long, value_name = "NAME")]
    bug: Option<String>,
    /// Start no run after this many real seconds; bugs not found by then count as not found.
    #[arg(long, value_name = "SECONDS")]
    within: Option<u64>,
    /// Only print the names of the bugs, one per line, for parallel searches.
    #[arg(long)]
    names: bool,
}

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

/// Runs the command: 0 when every bug is found, 1 when one is not, 64 when there is nothing to find.
pub(crate) fn measure(args: &MutantsArgs) -> ExitCode {
    match small_scenarios(&args.scenarios) {
        Ok(scenarios) => table(&scenarios, args),
        Err(error) => {
            say(&format!("error: {error}"));
            ExitCode::from(USAGE)
        }
    }
}

#[cfg(not(feature = "planted"))]
fn table(_: &[Scenario], _: &MutantsArgs) -> ExitCode {
    say("error: this binary has no planted bugs: build it with --features planted");
    ExitCode::from(USAGE)
}

#[cfg(feature = "planted")]
fn table(scenarios: &[Scenario], args: &MutantsArgs) -> ExitCode {
    let is_wanted = |name: &str| args.bug.as_ref().is_none_or(|bug| bug == name);
    let bugs: Vec<_> = actors::planted::Bug::ALL
        .iter()
        .copied()
        .map(|bug| (bug, format!("{bug:?}")))
        .filter(|(_, name)| is_wanted(name))
        .collect();
    if bugs.is_empty() {
        say("error: there is no bug of this name");
        return ExitCode::from(USAGE);
    }
    if args.names {
        bugs.iter().for_each(|(_, name)| say(name));
        return ExitCode::SUCCESS;
    }
    if args.bug.is_none() {
        say("bug                  seeds  scenario               found by");
    }
    let mut code = ExitCode::SUCCESS;
    let began = Instant::now();
    let in_time = || args.within.is_none_or(|within| began.elapsed() < Duration::from_secs(within));
    let seeds = args.seed..args.seed + args.seeds_max;
    for (bug, name) in bugs {
        if let Some(planted::Found { seeds, scenario, violation }) =
            planted::find(bug, scenarios, seeds.clone(), in_time)
        {
            say(&format!("{name:<20} {seeds:>5}  {scenario:<22} {}", violation.checker));
            if args.bug.is_some() {
                say(&format!("at {} ms: {}", violation.at_ms, violation.what));
            }
        } else {
            let why = if in_time() { "" } else { ", or the time given" };
            say(&format!("{name:<20} NOT FOUND in {} seeds{why}", args.seeds_max));
            code = ExitCode::from(crate::command_line::VIOLATION);
        }
    }
    code
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
