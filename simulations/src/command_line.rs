//! The command line: `run SCENARIO.toml` and `power`. Exit codes: 0 success; 1 an invariant was violated, or a campaign
//! has not seen what its scenario expects; 2 one seed had two histories; 64 an invalid command line or file.

mod mutants;

pub use mutants::MutantsArgs;

use crate::fault::Fault;
use crate::outcome::RunOutcome;
use crate::plan::Stored;
use crate::progress::Progress;
use crate::report::{self, Folder, Replay, Summary};
use crate::run::{Options, play};
use crate::scenario::Scenario;
use crate::shrink::shrink;
use crate::version;
use clap::{Args, Parser, Subcommand};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use tokio::time::Instant;

const VIOLATION: u8 = 1;
const DIVERGENCE: u8 = 2;
const USAGE: u8 = 64;

/// Why a run failed.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Failure {
    /// The violation.
    Violation(String),
    /// The first window in which two histories differ.
    Divergence(u64),
}

impl Failure {
    const fn code(&self) -> u8 {
        match self {
            Self::Violation(_) => VIOLATION,
            Self::Divergence(_) => DIVERGENCE,
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Violation(what) => what.clone(),
            Self::Divergence(window) => format!("two histories, from window {window} on"),
        }
    }
}

/// Maximal runs to shrink one plan.
const SHRINK_TRIES_MAX: usize = 200;

/// Maximal texts of a window that are shown when two runs differ.
const SHOWN_MAX: usize = 20;

#[derive(Debug, Parser)]
#[command(
    name = "simulations",
    about = "Simulates federations of partitions, and replays every run from its seed."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// Commands on scenarios.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Simulate a scenario.
    Run(RunArgs),
    /// Plant bugs into the product, one after the other, and report the seed that finds each.
    #[command(alias = "power")]
    Mutants(MutantsArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "Example, a campaign of twenty seeds, each twice:\n  \
    metalmesh sim run simulations/scenarios/two-plants.toml --seeds 1..21 --twice --report target/reports")]
pub struct RunArgs {
    /// A scenario file, as in simulations/scenarios/.
    scenario: PathBuf,
    /// Seed of all random choices.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(..u64::MAX))]
    seed: u64,
    /// Run all seeds from A to B-1.
    #[arg(long, value_name = "A..B", value_parser = seeds, conflicts_with = "seed")]
    seeds: Option<Seeds>,
    /// End each run after this many simulated seconds.
    #[arg(long, value_name = "SECONDS")]
    until: Option<u64>,
    /// Use this plan of faults instead of the seed's; a report contains one, too.
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// Write reports and shrunk plans to this folder.
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    /// Run each seed twice and compare the histories.
    #[arg(long)]
    twice: bool,
    /// Start no seed after this many real seconds, and report where the campaign stopped.
    #[arg(long, value_name = "SECONDS")]
    within: Option<u64>,
}

#[derive(Clone, Copy, Debug)]
struct Seeds {
    from: u64,
    to: u64,
}

fn seeds(text: &str) -> Result<Seeds, String> {
    let (from, to) = text.split_once("..").ok_or("wanted: A..B")?;
    let number = |text: &str| text.parse::<u64>().map_err(|error| error.to_string());
    let seeds = Seeds { from: number(from)?, to: number(to)? };
    if seeds.from < seeds.to { Ok(seeds) } else { Err("the range A..B contains no seed".to_owned()) }
}

/// Parses and runs the arguments of the process; `commit` is what it was built from, empty if unknown.
pub fn main(commit: &'static str) -> ExitCode {
    match Cli::try_parse() {
        Ok(cli) => execute(cli.command, commit),
        Err(error) => {
            // Help and version are not errors. A failure to print them cannot be reported anywhere.
            error.print().ok();
            if error.use_stderr() { ExitCode::from(USAGE) } else { ExitCode::SUCCESS }
        }
    }
}

/// Executes a command.
pub fn execute(command: Command, commit: &'static str) -> ExitCode {
    version::built_from(commit);
    match command {
        Command::Run(args) => run(args),
        Command::Mutants(args) => mutants::measure(&args),
    }
}

fn run(args: RunArgs) -> ExitCode {
    let campaign = match Campaign::prepare(args) {
        Ok(campaign) => campaign,
        Err(error) => {
            say(&format!("error: {error}"));
            return ExitCode::from(USAGE);
        }
    };
    match campaign.run() {
        Ok(code) => code,
        Err(error) => {
            say(&format!("error: the report could not be written: {error}"));
            ExitCode::from(USAGE)
        }
    }
}

fn say(line: &str) {
    // A closed pipe is no failure.
    writeln!(std::io::stdout(), "{line}").ok();
}

struct Campaign {
    args: RunArgs,
    scenario: Scenario,
    file: String,
    faults: Option<Vec<Fault>>,
}

impl Campaign {
    fn prepare(args: RunArgs) -> Result<Self, String> {
        let file = args.scenario.display().to_string();
        let read = |path: &Path| {
            std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
        };
        let scenario = Scenario::parse(&read(&args.scenario)?).map_err(|error| format!("{file}: {error}"))?;
        let faults = match &args.faults {
            None => None,
            Some(path) => {
                let Stored { faults, doubts } = Stored::parse(&read(path)?, &scenario)
                    .map_err(|error| format!("{}: {error}", path.display()))?;
                doubts.iter().for_each(|doubt| say(&format!("note: {}: {doubt}", path.display())));
                Some(faults)
            }
        };
        Ok(Self { args, scenario, file, faults })
    }

    fn options(&self, seed: u64) -> Options {
        let until = self.args.until.map(Duration::from_secs);
        Options { seed, faults: self.faults.clone(), until, ..Options::default() }
    }

    fn seeds(&self) -> Seeds {
        self.args.seeds.unwrap_or(Seeds { from: self.args.seed, to: self.args.seed + 1 })
    }

    fn run(&self) -> std::io::Result<ExitCode> {
        let Seeds { from, to } = self.seeds();
        let Scenario { duration_s, converge_s, partitions, .. } = &self.scenario;
        say(&format!(
            "{}: seeds {from}..{to}, {} partitions, {duration_s} s with faults, then well within {converge_s} s",
            self.scenario.name,
            partitions.len()
        ));
        let mut cases = Vec::new();
        let mut code = None;
        let mut summary = Summary::new();
        let many = to - from > 1;
        let mut progress = Progress::of(to - from, self.scenario.duration());
        let began = Instant::now();
        for seed in from..to {
            if self.args.within.is_some_and(|within| began.elapsed() >= Duration::from_secs(within)) {
                let (name, played, asked) = (&self.scenario.name, seed - from, to - from);
                say(&format!("{name}: {played} of {asked} seeds were run in the given time"));
                break;
            }
            let outcome = play(&self.scenario, &Options { progress: progress.clone(), ..self.options(seed) });
            progress.ended(outcome.simulated);
            if !many || !progress.is_shown() || outcome.violation.is_some() {
                progress.aside(|| say(&report::line(&self.scenario, &outcome)));
            }
            let failure = self.failure(&outcome, &mut progress)?;
            code = failure.as_ref().map(Failure::code);
            let page = match self.folder() {
                Some(folder) => {
                    let with_page = failure.is_some() || summary.wants_page(&outcome);
                    folder.write_run(&outcome, &self.replay(seed, seed + 1), with_page)?
                }
                None => None,
            };
            let failure = failure.as_ref().map(Failure::text);
            cases.push((format!("seed {seed}"), outcome.took.as_secs_f64(), failure.clone()));
            summary.add(&outcome, failure, page);
            if code.is_some() {
                break;
            }
        }
        progress.close();
        if many {
            say(&summary.line(&self.scenario));
        }
        if code.is_none() && !self.saw_enough(&summary, &mut cases) {
            code = Some(VIOLATION);
        }
        say(&self.replay(from, from + 1));
        self.write_campaign(&summary, &cases)?;
        Ok(code.map_or(ExitCode::SUCCESS, ExitCode::from))
    }

    /// Why a run failed; prints the details.
    fn failure(&self, outcome: &RunOutcome, progress: &mut Progress) -> std::io::Result<Option<Failure>> {
        if let Some(violation) = &outcome.violation {
            progress.close();
            self.tell_violation(outcome)?;
            return Ok(Some(Failure::Violation(violation.what.clone())));
        }
        if !self.args.twice {
            return Ok(None);
        }
        Ok(progress.aside(|| self.diverges(outcome)).map(Failure::Divergence))
    }

    /// Whether everything that the scenario expects was seen. Only for campaigns: a single seed need not see
    /// everything, even if time ran out after one seed, nor does a shortened run or one with other faults.
    fn saw_enough(&self, summary: &Summary, cases: &mut Vec<(String, f64, Option<String>)>) -> bool {
        if summary.runs() == 1 || self.args.until.is_some() || self.args.faults.is_some() {
            return true;
        }
        let missed = summary.missed(&self.scenario);
        if missed.is_empty() {
            return true;
        }
        let text = format!("no run has seen what the scenario expects: {}", missed.join(", "));
        say(&format!("NEVER SEEN {}: {text}", self.scenario.name));
        cases.push(("expectations".to_owned(), 0.0, Some(text)));
        false
    }

    fn write_campaign(
        &self,
        summary: &Summary,
        cases: &[(String, f64, Option<String>)],
    ) -> std::io::Result<()> {
        let Some(folder) = self.folder() else { return Ok(()) };
        std::fs::create_dir_all(folder.path)?;
        let text = report::junit(&self.scenario.name, cases);
        std::fs::write(folder.path.join(format!("{}.xml", self.scenario.name)), text)?;
        let Seeds { from, to } = self.seeds();
        if to - from > 1 {
            folder.write_summary(summary, &self.replay(from, to))?;
        }
        Ok(())
    }

    fn folder(&self) -> Option<Folder<'_>> {
        self.args.report.as_deref().map(|path| Folder { path, scenario: &self.scenario })
    }

    fn replay(&self, from: u64, to: u64) -> String {
        let faults = self.args.faults.as_ref().map(|path| path.display().to_string());
        self.replay_with(from, to, faults.as_deref())
    }

    fn replay_with(&self, from: u64, to: u64, faults: Option<&str>) -> String {
        let replay = Replay {
            file: &self.file,
            scenario: &self.scenario,
            seeds: (from, to),
            until_s: self.args.until,
            faults,
        };
        replay.line()
    }

    /// Shrinks the plan while it violates the same invariant, and prints how to reproduce it.
    fn tell_violation(&self, outcome: &RunOutcome) -> std::io::Result<()> {
        let Some(violation) = &outcome.violation else { return Ok(()) };
        let breaks = |faults: &[Fault]| {
            let options = Options { faults: Some(faults.to_vec()), ..self.options(outcome.seed) };
            let again = play(&self.scenario, &options).violation;
            again.is_some_and(|again| again.checker == violation.checker)
        };
        let shrunk = shrink(&outcome.faults, SHRINK_TRIES_MAX, breaks);
        say(&format!("shrunk: {} of {} faults are needed", shrunk.len(), outcome.faults.len()));
        for fault in &shrunk {
            say(&format!("  at {} ms for {} ms: {:?}", fault.at_ms, fault.for_ms, fault.what));
        }
        let folder = self.args.report.clone().unwrap_or_else(std::env::temp_dir);
        std::fs::create_dir_all(&folder)?;
        let file = folder.join(format!("{}-{}-faults.json", self.scenario.name, outcome.seed));
        report::write_faults(&file, &self.scenario, outcome.seed, &shrunk)?;
        let file = file.display().to_string();
        say(&self.replay_with(outcome.seed, outcome.seed + 1, Some(&file)));
        Ok(())
    }

    /// Runs the seed again; if the histories differ, twice more to show both windows.
    fn diverges(&self, outcome: &RunOutcome) -> Option<u64> {
        let options = self.options(outcome.seed);
        let again = play(&self.scenario, &options);
        let window = outcome.recording.divergence(&again.recording)?;
        say(&format!("DIVERGENCE of seed {} in window {window}", outcome.seed));
        let keeping = Options { keep: Some(window), ..options };
        let [one, other] = [0, 1].map(|_| play(&self.scenario, &keeping).recording.kept);
        let same = one.iter().zip(&other).take_while(|(a, b)| a == b).count();
        for (name, kept) in [("one", &one), ("other", &other)] {
            say(&format!("-- {name}, from {} events before the difference", same.min(5)));
            kept.iter().skip(same.saturating_sub(5)).take(SHOWN_MAX).for_each(|event| say(event));
        }
        Some(window)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_are_those_that_are_documented() {
        assert_eq!(Failure::Violation(String::new()).code(), 1);
        assert_eq!(Failure::Divergence(3).code(), 2);
        assert_eq!(USAGE, 64);
    }

    #[test]
    fn seeds_are_a_range_that_is_not_empty() {
        let read = |text| seeds(text).map(|Seeds { from, to }| (from, to));
        assert_eq!(read("1..21"), Ok((1, 21)));
        for text in ["", "1", "1..", "..2", "2..2", "3..2", "a..b", "-1..2", "1..2..3"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
