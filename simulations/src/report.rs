//! The reports of a run: lines and a page for people, JSON for machines, JUnit for CI. Pages are templates (`*.html`,
//! `askama.toml`); `svg` and `timeline` draw the charts.

mod campaign;
mod html;
mod json;
mod junit;
mod markup;
mod model;
mod svg;
mod tables;
mod timeline;

pub use campaign::Summary;
pub use html::html;
pub use json::json;
pub use junit::junit;

use crate::fault::Fault;
use crate::outcome::RunOutcome;
use crate::plan;
use crate::scenario::Scenario;
use crate::version::commit;
use std::path::{Path, PathBuf};

/// The inputs of a repeated run.
#[derive(Clone, Copy, Debug)]
pub struct Replay<'a> {
    pub file: &'a str,
    pub scenario: &'a Scenario,
    /// The first seed, and the one after the last.
    pub seeds: (u64, u64),
    pub until_s: Option<u64>,
    pub faults: Option<&'a str>,
}

impl Replay<'_> {
    /// How to repeat a run: these inputs determine every event.
    pub fn line(&self) -> String {
        let seeds = match self.seeds {
            (from, to) if to - from == 1 => format!("--seed {from}"),
            (from, to) => format!("--seeds {from}..{to}"),
        };
        let until = self.until_s.map(|until| format!(" --until {until}")).unwrap_or_default();
        let faults = self.faults.map(|file| format!(" --faults {file}")).unwrap_or_default();
        format!(
            "replay: cargo run --release -p simulations -- run {} {seeds}{until}{faults} # commit {}, scenario {}",
            self.file,
            commit(),
            self.scenario.hash()
        )
    }
}

/// One line per run.
pub fn line(scenario: &Scenario, outcome: &RunOutcome) -> String {
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

fn events_per_s(outcome: &RunOutcome) -> f64 {
    let events = u32::try_from(outcome.recording.events).unwrap_or(u32::MAX);
    f64::from(events) / outcome.took.as_secs_f64().max(1e-9)
}

/// The folder of a campaign's reports.
#[derive(Debug)]
pub struct Folder<'a> {
    pub path: &'a Path,
    pub scenario: &'a Scenario,
}

impl Folder<'_> {
    /// Writes everything about a run; returns the name of its page, if it has one.
    pub fn write_run(
        &self,
        outcome: &RunOutcome,
        replay: &str,
        with_page: bool,
    ) -> std::io::Result<Option<String>> {
        std::fs::create_dir_all(self.path)?;
        let text = serde_json::to_string(&json(self.scenario, outcome, replay));
        std::fs::write(self.file(outcome.seed, "json"), text.map_err(std::io::Error::other)?)?;
        if !with_page {
            return Ok(None);
        }
        let page = self.file(outcome.seed, "html");
        std::fs::write(&page, html(self.scenario, outcome, replay))?;
        Ok(page.file_name().map(|name| name.to_string_lossy().into_owned()))
    }

    /// Writes the summary of all runs.
    pub fn write_summary(&self, summary: &Summary, replay: &str) -> std::io::Result<()> {
        let page = self.path.join(format!("{}.html", self.scenario.name));
        std::fs::write(page, summary.html(self.scenario, replay))
    }

    fn file(&self, seed: u64, ending: &str) -> PathBuf {
        self.path.join(format!("{}-{seed}.{ending}", self.scenario.name))
    }
}

/// Writes a plan in the format of `--faults`.
pub fn write_faults(file: &Path, scenario: &Scenario, seed: u64, faults: &[Fault]) -> std::io::Result<()> {
    let plan = plan::stored::write(scenario, seed, faults);
    let text = serde_json::to_string_pretty(&plan).map_err(std::io::Error::other)?;
    std::fs::write(file, text + "\n")
}

#[cfg(test)]
mod tests;
