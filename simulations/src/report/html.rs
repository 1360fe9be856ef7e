//! One run as one page: verdict and replay line first, then what happened over time, latencies, coverage. Needs nothing
//! from elsewhere and no script; well-formed XML too. Real time stands in one marked line only.

use super::markup::escape;
use super::model::Model;
use super::model::lanes;
use super::model::ticks::{clock, grouped, span};
use super::{commit, tables, timeline};
use crate::run::Outcome;
use crate::scenario::Scenario;

pub(crate) const STYLE: &str = include_str!("style.css");

/// Faults that are listed at most.
const LISTED_MAX: usize = 500;

/// Letters of a violation's sentence at most: some show whole rows.
const SENTENCE_MAX: usize = 4000;

/// The whole page. `replay` as in [`super::Replay::line`].
pub fn html(scenario: &Scenario, outcome: &Outcome, replay: &str) -> String {
    let model = Model::of(scenario, outcome);
    let title = format!("{} seed {}", scenario.name, outcome.seed);
    let mut page = head(&title);
    page += &verdict(scenario, outcome, replay);
    page += &facts(scenario, outcome, &model);
    page += &over_time(outcome, &model);
    page += &operations(&model);
    page += &format!("<section><h2>Coverage</h2>\n{}</section>\n", tables::coverage(&model.coverage));
    page += &faults(outcome);
    page += &notes(outcome, &model);
    page + "</main></body></html>\n"
}

pub(crate) fn head(title: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\
         <meta name=\"color-scheme\" content=\"light dark\"/><title>{}</title>\n<style>\n{STYLE}</style></head>\n<body><main>\n",
        escape(title)
    )
}

/// A sentence that is not longer than people read.
fn sentence(text: &str) -> String {
    match text.char_indices().nth(SENTENCE_MAX) {
        None => escape(text),
        Some((end, _)) => format!("{} \u{2026}", escape(&text[..end])),
    }
}

/// The command of a replay line, without its label.
pub(crate) fn command(replay: &str) -> String {
    escape(replay.strip_prefix("replay: ").unwrap_or(replay))
}

fn verdict(scenario: &Scenario, outcome: &Outcome, replay: &str) -> String {
    let verdict = match &outcome.violation {
        None => "<header class=\"verdict ok\"><p class=\"word\"><span class=\"sign\">\u{2713}</span>All invariants held</p>\n"
            .to_owned(),
        Some(violation) => format!(
            "<header class=\"verdict broken\"><p class=\"word\"><span class=\"sign\">\u{2717}</span>Invariant broken: {}</p>\n\
             <p class=\"sentence\">at {}: {}</p>\n",
            escape(&violation.checker),
            clock(violation.at_ms),
            sentence(&violation.what)
        ),
    };
    format!(
        "{verdict}<p class=\"replay\"><code>{}</code></p></header>\n<h1>{} <span>seed {}</span></h1>\n<p class=\"lead\">{}</p>\n",
        command(replay),
        escape(&scenario.name),
        outcome.seed,
        escape(&scenario.description)
    )
}

fn facts(scenario: &Scenario, outcome: &Outcome, model: &Model) -> String {
    let machines: u64 =
        scenario.partitions.iter().map(|it| u64::from(it.racks) * u64::from(it.machines)).sum();
    let plants = scenario.partitions.len();
    let count = |number: usize| grouped(u64::try_from(number).unwrap_or(u64::MAX));
    let (seen, all) = (model.coverage.sometimes_seen(), model.coverage.sometimes.len());
    let begun = outcome.faults.iter().filter(|fault| fault.at_ms < model.end_ms).count();
    let faults = match outcome.faults.len() {
        all if all == begun => count(all),
        all => format!("{} of {} began", count(begun), count(all)),
    };
    let rows = [
        ("pretend time", span(model.end_ms)),
        (
            "machines",
            format!("{} in {plants} {}", grouped(machines), if plants == 1 { "plant" } else { "plants" }),
        ),
        ("operations", count(outcome.operations.len())),
        ("faults", faults),
        ("events", grouped(outcome.recording.events)),
        ("seen at least once", format!("{seen} of {all}")),
        ("commit", format!("<code>{}</code>", escape(commit()))),
        ("scenario", format!("<code>{}</code>", scenario.hash())),
        ("history", format!("<code>{:016x}</code>", outcome.recording.hash)),
    ];
    let mut text = "<dl class=\"facts\">\n".to_owned();
    for (name, value) in rows {
        text += &format!("<div><dt>{name}</dt><dd>{value}</dd></div>\n");
    }
    text += &format!(
        "<div class=\"real-time\"><dt>real time</dt><dd>{:.2} s ({:.0}\u{d7})</dd></div>\n",
        outcome.took.as_secs_f64(),
        outcome.speed()
    );
    text + "</dl>\n"
}

fn legend(entries: &[(&str, &str)]) -> String {
    let entries: String = entries
        .iter()
        .map(|(class, name)| format!("<span><i class=\"swatch {class}\"></i>{name}</span>"))
        .collect();
    format!("<p class=\"legend\">{entries}</p>\n")
}

fn over_time(outcome: &Outcome, model: &Model) -> String {
    let mut lines = Vec::new();
    if model.calm_ms < model.end_ms {
        lines.push(("calm", "faults are over"));
    }
    if model.violation_ms.is_some() {
        lines.push(("violation", "violation"));
    }
    let mut nodes = vec![
        ("up", "up"),
        ("starting", "starting"),
        ("paused", "paused"),
        ("stopping", "stopping"),
        ("down", "down"),
    ];
    nodes.extend(timeline::families(model).map(|family| (family.name(), family.name())));
    nodes.extend(&lines);
    let mut text = format!(
        "<section><h2>Nodes and faults</h2>\n{}{}</section>\n",
        legend(&nodes),
        timeline::lanes(model)
    );
    let mut states: Vec<_> = timeline::LAYERS.iter().map(|(class, name, _)| (*class, *name)).collect();
    states.push(("allocated", "allocated"));
    let machines = timeline::machines(model, &outcome.samples);
    text += &format!("<section><h2>Machines</h2>\n{}{machines}</section>\n", legend(&states));
    let (pools, left_out) = timeline::pools(model, &outcome.samples);
    let left_out = match left_out {
        0 => String::new(),
        number => format!("<p class=\"none\">{number} pools that are less full are not drawn.</p>\n"),
    };
    let keys = [("pool", "addresses in use"), ("pool full", "was full")];
    text += &format!("<section><h2>Pools</h2>\n{}{pools}{left_out}</section>\n", legend(&keys));
    text
}

fn operations(model: &Model) -> String {
    let keys = [("dot ok", "ok"), ("dot refused", "refused"), ("dot unknown", "unknown")];
    format!(
        "<section><h2>Operations</h2>\n{}{}{}</section>\n",
        legend(&keys),
        timeline::operations(model),
        tables::latencies(&model.kinds)
    )
}

fn faults(outcome: &Outcome) -> String {
    if outcome.faults.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "<section><details><summary>All {} faults</summary>\n<table><thead><tr><th class=\"n\">at</th><th class=\"n\">for</th>\
         <th>kind</th><th>what</th></tr></thead><tbody>\n",
        outcome.faults.len()
    );
    for fault in outcome.faults.iter().take(LISTED_MAX) {
        text += &format!(
            "<tr><td class=\"n\">{}</td><td class=\"n\">{}</td><td>{}</td><td>{} <em>{}</em></td></tr>\n",
            clock(fault.at_ms),
            span(fault.for_ms),
            escape(&fault.what.kind()),
            escape(&lanes::text(&fault.what)),
            escape(fault.what.place())
        );
    }
    text + "</tbody></table></details></section>\n"
}

/// What the page leaves out, and how it looked.
fn notes(outcome: &Outcome, model: &Model) -> String {
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
    let notes: String = notes.iter().map(|note| format!("<li>{note}</li>")).collect();
    format!("<footer><ul>{notes}</ul></footer>\n")
}
