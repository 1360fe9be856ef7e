//! The command `mutants`: finds a seed for each planted bug.

#[cfg(feature = "planted")]
use super::VIOLATION;
use super::{USAGE, say};
#[cfg(feature = "planted")]
use crate::mutants::planted::{Found, find};
use crate::mutants::small_scenarios;
use crate::scenario::Scenario;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;
#[cfg(feature = "planted")]
use std::time::Duration;
#[cfg(feature = "planted")]
use tokio::time::Instant;

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

/// Runs the command: 0 when every bug is found, 1 when one is not, 64 when there is nothing to find.
pub(super) fn measure(args: &MutantsArgs) -> ExitCode {
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
        if let Some(Found { seeds, scenario, violation }) = find(bug, scenarios, seeds.clone(), in_time) {
            say(&format!("{name:<20} {seeds:>5}  {scenario:<22} {}", violation.checker));
            if args.bug.is_some() {
                say(&format!("at {} ms: {}", violation.at_ms, violation.what));
            }
        } else {
            let why = if in_time() { "" } else { ", or the time given" };
            say(&format!("{name:<20} NOT FOUND in {} seeds{why}", args.seeds_max));
            code = ExitCode::from(VIOLATION);
        }
    }
    code
}
