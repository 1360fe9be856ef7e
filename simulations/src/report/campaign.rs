//! Many runs as one page: one line per seed, and what all of them have seen together.

use super::commit;
use super::html::{command, head};
use super::markup::escape;
use super::model::coverage::Coverage;
use super::model::ticks::{grouped, span};
use super::tables;
use crate::run::Outcome;
use crate::scenario::Scenario;
use std::collections::BTreeMap;
use std::time::Duration;

/// Runs that ended well and have a line of their own, at most. Those that did not always have one.
const LINES_MAX: usize = 5000;

/// Runs that ended well and have a page of their own, at most.
const PAGES_MAX: usize = 200;

/// What is kept of the runs of a campaign.
#[derive(Debug)]
pub struct Summary {
    lines: Vec<Line>,
    left_out: usize,
    /// Runs that ended well.
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
    pub fn wants_page(&self, outcome: &Outcome) -> bool {
        outcome.violation.is_some() || self.well < PAGES_MAX
    }

    /// Adds a run: why it failed, and the file with its page.
    pub fn add(&mut self, outcome: &Outcome, failure: Option<String>, page: Option<String>) {
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

    /// What the scenario expects and no run has seen.
    pub fn missed<'a>(&self, scenario: &'a Scenario) -> Vec<&'a str> {
        let never = |name: &&String| !self.seen.contains_key(name.as_str());
        scenario.expects.iter().filter(never).map(String::as_str).collect()
    }

    /// For the end of a campaign, in one line.
    pub fn line(&self, scenario: &Scenario) -> String {
        let coverage = Coverage::of(scenario, &self.seen);
        let never = coverage.never_seen();
        let never = if never.is_empty() { String::new() } else { format!(", never: {}", never.join(", ")) };
        format!(
            "{}: {} runs, {} failed, {} simulated in {:.1} s, seen {} of {}{never}",
            scenario.name,
            self.well + self.failed,
            self.failed,
            span(millis(self.simulated)),
            self.took.as_secs_f64(),
            coverage.sometimes_seen(),
            coverage.sometimes.len()
        )
    }

    /// The page.
    pub fn html(&self, scenario: &Scenario, replay: &str) -> String {
        let runs = self.well + self.failed;
        let (class, sign, word) = match self.failed {
            0 => ("ok", "\u{2713}", format!("All invariants held in {runs} runs")),
            failed => ("broken", "\u{2717}", format!("{failed} of {runs} runs failed")),
        };
        let coverage = Coverage::of(scenario, &self.seen);
        let mut page = head(&scenario.name);
        page += &format!(
            "<header class=\"verdict {class}\"><p class=\"word\"><span class=\"sign\">{sign}</span>{word}</p>\n\
             <p class=\"replay\"><code>{}</code></p></header>\n<h1>{} <span>{runs} seeds</span></h1>\n<p class=\"lead\">{}</p>\n",
            command(replay),
            escape(&scenario.name),
            escape(&scenario.description)
        );
        page += &self.facts(scenario, &coverage);
        page +=
            &format!("<section><h2>Coverage of all runs</h2>\n{}</section>\n", tables::coverage(&coverage));
        page += &self.runs();
        page + "</main></body></html>\n"
    }

    fn facts(&self, scenario: &Scenario, coverage: &Coverage) -> String {
        let took_s = self.took.as_secs_f64().max(1e-9);
        let runs = u32::try_from(self.well + self.failed).unwrap_or(u32::MAX);
        let rows = [
            ("pretend time", span(millis(self.simulated))),
            ("real time", format!("{:.1} s ({:.0}\u{d7})", took_s, self.simulated.as_secs_f64() / took_s)),
            ("seeds a second", format!("{:.2}", f64::from(runs) / took_s)),
            ("events", grouped(self.events)),
            ("seen at least once", format!("{} of {}", coverage.sometimes_seen(), coverage.sometimes.len())),
            ("commit", format!("<code>{}</code>", escape(commit()))),
            ("scenario", format!("<code>{}</code>", scenario.hash())),
        ];
        let rows: String = rows
            .iter()
            .map(|(name, value)| format!("<div><dt>{name}</dt><dd>{value}</dd></div>\n"))
            .collect();
        format!("<dl class=\"facts\">\n{rows}</dl>\n")
    }

    fn runs(&self) -> String {
        let mut text = "<section><h2>Runs</h2>\n<table class=\"runs\"><thead><tr><th class=\"n\">seed</th><th>verdict</th>\
                        <th class=\"n\">events</th><th class=\"n\">operations</th><th class=\"n\">faults</th>\
                        <th class=\"n\">pretend time</th><th class=\"n\">speed</th><th>history</th></tr></thead><tbody>\n"
            .to_owned();
        for line in &self.lines {
            let seed = match &line.page {
                Some(page) => format!("<a href=\"{}\">{}</a>", escape(page), line.seed),
                None => line.seed.to_string(),
            };
            let (class, verdict) = match &line.failure {
                None => ("ok", "\u{2713} held".to_owned()),
                Some(failure) => {
                    let start: String = failure.chars().take(300).collect();
                    ("broken", format!("\u{2717} {}", escape(&start)))
                }
            };
            text += &format!(
                "<tr class=\"{class}\"><td class=\"n\">{seed}</td><td class=\"verdict\">{verdict}</td><td class=\"n\">{}</td>\
                 <td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{:.0}\u{d7}</td>\
                 <td><code>{:016x}</code></td></tr>\n",
                grouped(line.events),
                line.operations,
                line.faults,
                span(millis(line.simulated)),
                line.speed,
                line.hash
            );
        }
        text += "</tbody></table>\n";
        if self.left_out > 0 {
            text +=
                &format!("<p class=\"none\">{} more runs ended well and have no line.</p>\n", self.left_out);
        }
        if self.well > PAGES_MAX {
            text += &format!(
                "<p class=\"none\">Only the first {PAGES_MAX} runs that ended well have a page.</p>\n"
            );
        }
        text + "</section>\n"
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
