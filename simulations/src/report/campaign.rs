//! Many runs on one page: one line per seed, and their coverage together.

use super::html::{Fact, command};
use super::markup::rendered;
use super::model::coverage::Coverage;
use super::model::ticks::{grouped, span};
use super::tables;
use crate::outcome::RunOutcome;
use crate::scenario::Scenario;
use crate::version::commit;
use askama::Template;
use std::collections::BTreeMap;
use std::time::Duration;

/// Maximum of successful runs with a line. Failed runs always have one.
const LINES_MAX: usize = 5000;

/// Maximum of successful runs with a page.
const PAGES_MAX: usize = 200;

/// Maximal letters of a failure.
const FAILURE_MAX: usize = 300;

/// The stored results of a campaign's runs.
#[derive(Debug)]
pub struct Summary {
    lines: Vec<Line>,
    left_out: usize,
    /// Number of successful runs.
    well: usize,
    failed: usize,
    seen: BTreeMap<String, u64>,
    events: u64,
    simulated: Duration,
    took: Duration,
}

#[derive(Debug)]
struct Line {
    seed: u64,
    failure: Option<String>,
    page: Option<String>,
    hash: u64,
    events: u64,
    operations: usize,
    faults: usize,
    simulated: Duration,
    speed: f64,
}

impl Summary {
    pub fn new() -> Self {
        Self {
            lines: Vec::new(),
            left_out: 0,
            well: 0,
            failed: 0,
            seen: BTreeMap::new(),
            events: 0,
            simulated: Duration::ZERO,
            took: Duration::ZERO,
        }
    }

    /// Whether the next run gets a page of its own.
    pub fn wants_page(&self, outcome: &RunOutcome) -> bool {
        outcome.violation.is_some() || self.well < PAGES_MAX
    }

    /// Adds a run: its failure, and the file with its page.
    pub fn add(&mut self, outcome: &RunOutcome, failure: Option<String>, page: Option<String>) {
        for (what, times) in &outcome.recording.seen {
            *self.seen.entry(what.clone()).or_default() += times;
        }
        self.events += outcome.recording.events;
        self.simulated += outcome.simulated;
        self.took += outcome.took;
        if failure.is_some() {
            self.failed += 1;
        } else {
            self.well += 1;
            if self.well > LINES_MAX {
                self.left_out += 1;
                return;
            }
        }
        self.lines.push(Line {
            seed: outcome.seed,
            failure,
            page,
            hash: outcome.recording.hash,
            events: outcome.recording.events,
            operations: outcome.operations.len(),
            faults: outcome.faults.len(),
            simulated: outcome.simulated,
            speed: outcome.speed(),
        });
    }

    /// Number of runs.
    pub const fn runs(&self) -> usize {
        self.well + self.failed
    }

    /// What the scenario expects and no run has seen.
    pub fn missed<'a>(&self, scenario: &'a Scenario) -> Vec<&'a str> {
        let never = |name: &&String| !self.seen.contains_key(name.as_str());
        scenario.expects.iter().filter(never).map(String::as_str).collect()
    }

    /// One line for the end of a campaign.
    pub fn line(&self, scenario: &Scenario) -> String {
        let coverage = Coverage::of(scenario, &self.seen);
        let never = coverage.never_seen();
        let never = if never.is_empty() { String::new() } else { format!(", never: {}", never.join(", ")) };
        format!(
            "{}: {} runs, {} failed, {} simulated in {:.1} s, seen {} of {}{never}",
            scenario.name,
            self.runs(),
            self.failed,
            span(millis(self.simulated)),
            self.took.as_secs_f64(),
            coverage.sometimes_seen(),
            coverage.sometimes.len()
        )
    }

    /// The page.
    pub fn html(&self, scenario: &Scenario, replay: &str) -> String {
        let coverage = Coverage::of(scenario, &self.seen);
        rendered(&Page {
            title: &scenario.name,
            runs: self.well + self.failed,
            failed: self.failed,
            well: self.well,
            left_out: self.left_out,
            command: command(replay),
            scenario,
            facts: self.facts(scenario, &coverage),
            coverage: tables::coverage(&coverage),
            lines: self.lines.iter().map(Row::from).collect(),
        })
    }

    fn facts(&self, scenario: &Scenario, coverage: &Coverage) -> Vec<Fact> {
        let took_s = self.took.as_secs_f64().max(1e-9);
        let runs = u32::try_from(self.well + self.failed).unwrap_or(u32::MAX);
        let speed = self.simulated.as_secs_f64() / took_s;
        let (seen, all) = (coverage.sometimes_seen(), coverage.sometimes.len());
        vec![
            Fact::new("simulated time", span(millis(self.simulated))),
            Fact::new("real time", format!("{took_s:.1} s ({speed:.0}\u{d7})")),
            Fact::new("seeds a second", format!("{:.2}", f64::from(runs) / took_s)),
            Fact::new("events", grouped(self.events)),
            Fact::new("seen at least once", format!("{seen} of {all}")),
            Fact::code("commit", commit().to_owned()),
            Fact::code("scenario", scenario.hash()),
        ]
    }
}

#[derive(Template)]
#[template(path = "campaign.html")]
struct Page<'a> {
    title: &'a str,
    runs: usize,
    failed: usize,
    well: usize,
    left_out: usize,
    command: &'a str,
    scenario: &'a Scenario,
    facts: Vec<Fact>,
    coverage: String,
    lines: Vec<Row<'a>>,
}

/// A line of the table.
struct Row<'a> {
    seed: u64,
    page: Option<&'a str>,
    failure: Option<String>,
    events: String,
    operations: usize,
    faults: usize,
    simulated: String,
    speed: String,
    hash: String,
}

impl<'a> From<&'a Line> for Row<'a> {
    fn from(line: &'a Line) -> Self {
        Self {
            seed: line.seed,
            page: line.page.as_deref(),
            failure: line.failure.as_ref().map(|failure| failure.chars().take(FAILURE_MAX).collect()),
            events: grouped(line.events),
            operations: line.operations,
            faults: line.faults,
            simulated: span(millis(line.simulated)),
            speed: format!("{:.0}", line.speed),
            hash: format!("{:016x}", line.hash),
        }
    }
}

impl Default for Summary {
    fn default() -> Self {
        Self::new()
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
