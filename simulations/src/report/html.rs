//! One run on one page: verdict and replay line first, then the timeline, latencies, coverage. Self-contained and
//! without scripts; also well-formed XML. Only one marked line contains real time.

use super::markup::rendered;
use super::model::Model;
use super::model::lanes;
use super::model::ticks::{clock, grouped, span};
use super::{tables, timeline};
use crate::outcome::RunOutcome;
use crate::scenario::Scenario;
use crate::version::commit;
use askama::Template;

pub(crate) const STYLE: &str = include_str!("style.css");

/// Maximum of listed faults.
const LISTED_MAX: usize = 500;

/// Maximal letters of a violation's sentence: some contain whole rows.
const SENTENCE_MAX: usize = 4000;

/// Class and name of a chart's items.
type Keys<'a> = &'a [(&'a str, &'a str)];

const POOL_KEYS: Keys<'_> = &[("pool", "addresses in use"), ("pool full", "was full")];
const OPERATION_KEYS: Keys<'_> = &[("dot ok", "ok"), ("dot refused", "refused"), ("dot unknown", "unknown")];

#[derive(Template)]
#[template(path = "run.html")]
struct Page<'a> {
    title: String,
    violation: Option<Broken<'a>>,
    command: &'a str,
    scenario: &'a Scenario,
    seed: u64,
    facts: Vec<Fact>,
    real_time: String,
    nodes: Vec<(&'a str, &'a str)>,
    lanes: String,
    states: Vec<(&'a str, &'a str)>,
    machines: String,
    pools: String,
    pools_left_out: usize,
    operations: String,
    latencies: String,
    coverage: String,
    faults_count: usize,
    faults: Vec<FaultRow<'a>>,
    notes: Vec<String>,
}

/// A violation.
struct Broken<'a> {
    checker: &'a str,
    at: String,
    what: String,
}

/// One line at the top of a page.
pub(crate) struct Fact {
    pub(crate) name: &'static str,
    pub(crate) value: String,
    pub(crate) is_code: bool,
}

impl Fact {
    pub(crate) fn new(name: &'static str, value: String) -> Self {
        Self { name, value, is_code: false }
    }

    /// For text to copy.
    pub(crate) fn code(name: &'static str, value: String) -> Self {
        Self { name, value, is_code: true }
    }
}

struct FaultRow<'a> {
    at: String,
    length: String,
    kind: String,
    text: String,
    place: &'a str,
}

/// The whole page. `replay` as in [`super::Replay::line`].
pub fn html(scenario: &Scenario, outcome: &RunOutcome, replay: &str) -> String {
    let model = Model::of(scenario, outcome);
    let (pools, pools_left_out) = timeline::pools(&model, &outcome.samples);
    rendered(&Page {
        title: format!("{} seed {}", scenario.name, outcome.seed),
        violation: outcome.violation.as_ref().map(|violation| Broken {
            checker: &violation.checker,
            at: clock(violation.at_ms),
            what: sentence(&violation.what),
        }),
        command: command(replay),
        scenario,
        seed: outcome.seed,
        facts: facts(scenario, outcome, &model),
        real_time: format!("{:.2} s ({:.0}\u{d7})", outcome.took.as_secs_f64(), outcome.speed()),
        nodes: node_keys(&model),
        lanes: timeline::lanes(&model),
        states: machine_keys(),
        machines: timeline::machines(&model, &outcome.samples),
        pools,
        pools_left_out,
        operations: timeline::operations(&model),
        latencies: tables::latencies(&model.kinds),
        coverage: tables::coverage(&model.coverage),
        faults_count: outcome.faults.len(),
        faults: faults(outcome),
        notes: notes(outcome, &model),
    })
}

/// A sentence of bounded length.
fn sentence(text: &str) -> String {
    match text.char_indices().nth(SENTENCE_MAX) {
        None => text.to_owned(),
        Some((end, _)) => format!("{} \u{2026}", &text[..end]),
    }
}

/// The command of a replay line, without its label.
pub(crate) fn command(replay: &str) -> &str {
    replay.strip_prefix("replay: ").unwrap_or(replay)
}

fn facts(scenario: &Scenario, outcome: &RunOutcome, model: &Model) -> Vec<Fact> {
    let machines: u64 =
        scenario.partitions.iter().map(|it| u64::from(it.racks) * u64::from(it.machines)).sum();
    let partitions = scenario.partitions.len();
    let count = |number: usize| grouped(u64::try_from(number).unwrap_or(u64::MAX));
    let (seen, all) = (model.coverage.sometimes_seen(), model.coverage.sometimes.len());
    let begun = outcome.faults.iter().filter(|fault| fault.at_ms < model.end_ms).count();
    let faults = match outcome.faults.len() {
        all if all == begun => count(all),
        all => format!("{} of {} began", count(begun), count(all)),
    };
    let plural = if partitions == 1 { "plant" } else { "plants" };
    vec![
        Fact::new("simulated time", span(model.end_ms)),
        Fact::new("machines", format!("{} in {partitions} {plural}", grouped(machines))),
        Fact::new("operations", count(outcome.operations.len())),
        Fact::new("faults", faults),
        Fact::new("events", grouped(outcome.recording.events)),
        Fact::new("seen at least once", format!("{seen} of {all}")),
        Fact::code("commit", commit().to_owned()),
        Fact::code("scenario", scenario.hash()),
        Fact::code("history", format!("{:016x}", outcome.recording.hash)),
    ]
}

fn node_keys(model: &Model) -> Vec<(&'static str, &'static str)> {
    let mut keys: Vec<_> =
        ["up", "starting", "paused", "stopping", "down"].map(|state| (state, state)).into();
    keys.extend(timeline::families(model).map(|family| (family.name(), family.name())));
    if model.calm_ms < model.end_ms {
        keys.push(("calm", "faults are over"));
    }
    if model.violation_ms.is_some() {
        keys.push(("violation", "violation"));
    }
    keys
}

fn machine_keys() -> Vec<(&'static str, &'static str)> {
    let layers = timeline::LAYERS.iter().map(|(class, name, _)| (*class, *name));
    layers.chain([("allocated", "allocated")]).collect()
}

fn faults(outcome: &RunOutcome) -> Vec<FaultRow<'_>> {
    let listed = outcome.faults.iter().take(LISTED_MAX).map(|fault| FaultRow {
        at: clock(fault.at_ms),
        length: span(fault.for_ms),
        kind: fault.what.kind(),
        text: lanes::text(&fault.what),
        place: fault.what.place(),
    });
    listed.collect()
}

/// What the page omits, and how it was sampled.
fn notes(outcome: &RunOutcome, model: &Model) -> Vec<String> {
    let mut notes = vec![format!(
        "Machines and pools are {} samples, one every {}.",
        outcome.samples.samples.len(),
        span(outcome.samples.every_ms)
    )];
    if model.dots.one_of > 1 {
        notes.push(format!("One of {} operations is drawn; the table counts all.", model.dots.one_of));
    }
    if model.faults_left_out > 0 {
        notes.push(format!(
            "{} faults that were shorter than the others are not drawn.",
            model.faults_left_out
        ));
    }
    if outcome.faults.len() > LISTED_MAX {
        notes.push(format!("The list of faults ends after {LISTED_MAX}; the JSON file has all."));
    }
    if outcome.recording.lifecycle.left_out > 0 {
        let (drawn, left_out) =
            (outcome.recording.lifecycle.stamps.len(), outcome.recording.lifecycle.left_out);
        notes.push(format!(
            "Lanes of nodes are right for the first {drawn} turns; {left_out} more are missing."
        ));
    }
    notes
}
