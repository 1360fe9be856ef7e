//! What has no axis of time: latencies by kind of operation, and coverage.

use super::markup::escape;
use super::model::coverage::{Coverage, STATES};
use super::model::latencies::{BUCKETS, Kind};
use super::model::ticks::{grouped, span};

fn number(count: usize) -> String {
    grouped(u64::try_from(count).unwrap_or(u64::MAX))
}

/// Kinds of operations with their outcomes, latencies and a histogram each.
pub(crate) fn latencies(kinds: &[Kind]) -> String {
    let mut text = "<table class=\"latencies\"><thead><tr><th>operation</th><th class=\"n\">count</th>\
                    <th class=\"n\">ok</th><th class=\"n\">refused</th><th class=\"n\">unknown</th>\
                    <th class=\"n\">retries</th><th class=\"n\">p50</th><th class=\"n\">p90</th><th class=\"n\">p99</th>\
                    <th class=\"n\">max</th><th>1 ms \u{2026} 4 min, doubling</th></tr></thead><tbody>\n"
        .to_owned();
    for kind in kinds {
        let time = |ms: Option<u64>| ms.map_or_else(|| "\u{2013}".to_owned(), span);
        let some = |count: usize| if count == 0 { "\u{b7}".to_owned() } else { number(count) };
        text += &format!(
            "<tr><th>{}</th><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>\
             <td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>\
             <td class=\"n\">{}</td><td>{}</td></tr>\n",
            escape(&kind.name),
            number(kind.count()),
            some(kind.ok),
            some(kind.refused),
            some(kind.unknown),
            some(usize::try_from(kind.retries).unwrap_or(usize::MAX)),
            time(kind.p50_ms),
            time(kind.p90_ms),
            time(kind.p99_ms),
            time(kind.max_ms),
            histogram(kind)
        );
    }
    text + "</tbody></table>\n"
}

fn histogram(kind: &Kind) -> String {
    let most = kind.histogram.iter().max().copied().unwrap_or_default().max(1);
    let mut text =
        format!("<svg class=\"histogram\" viewBox=\"0 0 {} 26\" aria-hidden=\"true\">", BUCKETS * 10);
    text += &format!("<path class=\"rule\" d=\"M0 25.5h{}\"/>", BUCKETS * 10);
    for (bucket, count) in kind.histogram.iter().enumerate().filter(|(_, count)| **count > 0) {
        let height = (count * 24 / most).max(2);
        let upto =
            if bucket + 1 == BUCKETS { "more".to_owned() } else { format!("up to {}", span(1 << bucket)) };
        text += &format!(
            "<rect x=\"{}\" y=\"{}\" width=\"8\" height=\"{height}\"><title>{upto}: {count}</title></rect>",
            bucket * 10 + 1,
            25 - height
        );
    }
    text + "</svg>"
}

/// Everything that was covered, and what was not.
pub(crate) fn coverage(coverage: &Coverage) -> String {
    let (seen, all) = (coverage.sometimes_seen(), coverage.sometimes.len());
    format!(
        "<h3>Seen at least once: {seen} of {all}</h3>\n{}<div class=\"pair\"><div><h3>Faults and what the machines around \
         them ran</h3>\n{}</div><div><h3>Processes that died at a commit</h3>\n{}</div></div>\n",
        sometimes(coverage),
        matrix(coverage),
        crash_points(coverage)
    )
}

fn sometimes(coverage: &Coverage) -> String {
    let mut text = "<ul class=\"sometimes\">\n".to_owned();
    for (it, times) in &coverage.sometimes {
        let (class, sign, count) = match times {
            0 => ("never", "\u{25cb}", "never".to_owned()),
            _ => ("seen", "\u{25cf}", format!("{}\u{d7}", grouped(*times))),
        };
        text += &format!(
            "<li class=\"{class}\"><span class=\"sign\">{sign}</span><span class=\"what\"><b>{}</b> <em>{count}</em><br/>{}</span></li>\n",
            escape(it.name),
            escape(it.why)
        );
    }
    text + "</ul>\n"
}

/// How dark a cell is: percent, by doublings.
fn heat(count: u64) -> u32 {
    count.checked_ilog2().map_or(0, |log| (12 + log * 7).min(80))
}

fn matrix(coverage: &Coverage) -> String {
    if coverage.faults.is_empty() {
        return "<p class=\"none\">No faults: this scenario has none.</p>\n".to_owned();
    }
    let heads: String = STATES.iter().map(|(_, name)| format!("<th class=\"n\">{name}</th>")).collect();
    let mut text = format!(
        "<table class=\"matrix\"><thead><tr><th>fault</th><th class=\"n\">times</th>{heads}</tr></thead><tbody>\n"
    );
    for fault in &coverage.faults {
        let never = if fault.times == 0 { " class=\"never\"" } else { "" };
        text += &format!(
            "<tr{never}><th>{}</th><td class=\"n\">{}</td>",
            escape(&fault.kind),
            grouped(fault.times)
        );
        for count in fault.met {
            let shown = if count == 0 { "\u{b7}".to_owned() } else { grouped(count) };
            text += &format!("<td class=\"n cell\" style=\"--heat:{}%\">{shown}</td>", heat(count));
        }
        text += "</tr>\n";
    }
    text + "</tbody></table>\n"
}

fn crash_points(coverage: &Coverage) -> String {
    if coverage.crash_points.is_empty() {
        return "<p class=\"none\">None was hit.</p>\n".to_owned();
    }
    let mut text =
        "<table class=\"matrix\"><thead><tr><th>commit of</th><th class=\"n\">before it was durable</th>\
                    <th class=\"n\">after</th></tr></thead><tbody>\n"
            .to_owned();
    for point in &coverage.crash_points {
        text += &format!("<tr><th>{}</th>", escape(&point.entity));
        for count in [point.before, point.after] {
            let shown = if count == 0 { "\u{b7}".to_owned() } else { grouped(count) };
            text += &format!("<td class=\"n cell\" style=\"--heat:{}%\">{shown}</td>", heat(count));
        }
        text += "</tr>\n";
    }
    text + "</tbody></table>\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_darker_the_more_it_counts() {
        assert_eq!([0, 1, 2, 1000, u64::MAX].map(heat), [0, 12, 19, 75, 80]);
    }

    #[test]
    fn a_histogram_shows_what_is_rare() {
        let mut kind = Kind { name: "read".to_owned(), ..Kind::default() };
        (kind.histogram[0], kind.histogram[18]) = (10_000, 1);
        let text = histogram(&kind);
        assert!(text.contains("<title>up to 1 ms: 10000</title>") && text.contains("<title>more: 1</title>"));
        assert!(text.contains("height=\"24\"") && text.contains("height=\"2\""));
    }
}
