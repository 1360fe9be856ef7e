//! Parts without a time axis: latencies by kind of operation, and coverage.

use super::markup::rendered;
use super::model::coverage::{Coverage, STATES};
use super::model::latencies::{BUCKETS, Kind};
use super::model::ticks::{grouped, span};
use askama::Template;

/// Width of a histogram, in its own units.
const WIDTH: usize = BUCKETS * 10;

#[derive(Template)]
#[template(path = "latencies.html")]
struct Latencies<'a> {
    rows: Vec<KindRow<'a>>,
}

struct KindRow<'a> {
    name: &'a str,
    cells: [String; 9],
    bars: Vec<Bar>,
}

/// One bar of a histogram.
struct Bar {
    x: usize,
    y: usize,
    height: usize,
    title: String,
}

/// Kinds of operations with their outcomes, latencies and a histogram each.
pub(crate) fn latencies(kinds: &[Kind]) -> String {
    let rows = kinds.iter().map(|kind| {
        let number = |count: usize| grouped(u64::try_from(count).unwrap_or(u64::MAX));
        let time = |ms: Option<u64>| ms.map_or_else(|| "\u{2013}".to_owned(), span);
        let some = |count: usize| if count == 0 { "\u{b7}".to_owned() } else { number(count) };
        let cells = [
            number(kind.count()),
            some(kind.ok),
            some(kind.refused),
            some(kind.unknown),
            some(usize::try_from(kind.retries).unwrap_or(usize::MAX)),
            time(kind.p50_ms),
            time(kind.p90_ms),
            time(kind.p99_ms),
            time(kind.max_ms),
        ];
        KindRow { name: &kind.name, cells, bars: histogram(kind) }
    });
    rendered(&Latencies { rows: rows.collect() })
}

fn histogram(kind: &Kind) -> Vec<Bar> {
    let most = kind.histogram.iter().max().copied().unwrap_or_default().max(1);
    let counted = kind.histogram.iter().enumerate().filter(|(_, count)| **count > 0);
    let bars = counted.map(|(bucket, count)| {
        let height = (count * 24 / most).max(2);
        let upto =
            if bucket + 1 == BUCKETS { "more".to_owned() } else { format!("up to {}", span(1 << bucket)) };
        Bar { x: bucket * 10 + 1, y: 25 - height, height, title: format!("{upto}: {count}") }
    });
    bars.collect()
}

#[derive(Template)]
#[template(path = "coverage.html")]
struct CoveragePart<'a> {
    seen: usize,
    sometimes: Vec<SometimesRow>,
    faults: Vec<FaultRow<'a>>,
    crash_points: Vec<CrashPointRow<'a>>,
}

struct SometimesRow {
    name: &'static str,
    why: &'static str,
    is_seen: bool,
    count: String,
}

struct FaultRow<'a> {
    kind: &'a str,
    times: String,
    is_never: bool,
    cells: Vec<Cell>,
}

struct CrashPointRow<'a> {
    entity: &'a str,
    cells: [Cell; 2],
}

/// A count in a matrix.
struct Cell {
    heat: u32,
    count: String,
}

impl Cell {
    fn new(count: u64) -> Self {
        Self { heat: heat(count), count: if count == 0 { "\u{b7}".to_owned() } else { grouped(count) } }
    }
}

/// Everything that was covered, and what was not.
pub(crate) fn coverage(coverage: &Coverage) -> String {
    let sometimes = coverage.sometimes.iter().map(|(it, times)| SometimesRow {
        name: it.name,
        why: it.why,
        is_seen: *times > 0,
        count: if *times == 0 { "never".to_owned() } else { format!("{}\u{d7}", grouped(*times)) },
    });
    let faults = coverage.faults.iter().map(|fault| FaultRow {
        kind: &fault.kind,
        times: grouped(fault.times),
        is_never: fault.times == 0,
        cells: fault.met.into_iter().map(Cell::new).collect(),
    });
    let crash_points = coverage.crash_points.iter().map(|point| CrashPointRow {
        entity: &point.entity,
        cells: [point.before, point.after].map(Cell::new),
    });
    rendered(&CoveragePart {
        seen: coverage.sometimes_seen(),
        sometimes: sometimes.collect(),
        faults: faults.collect(),
        crash_points: crash_points.collect(),
    })
}

/// The darkness of a cell: percent, by doublings.
fn heat(count: u64) -> u32 {
    count.checked_ilog2().map_or(0, |log| (12 + log * 7).min(80))
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
        let text = latencies(&[kind]);
        assert!(text.contains("<title>up to 1 ms: 10000</title>") && text.contains("<title>more: 1</title>"));
        assert!(text.contains("height=\"24\"") && text.contains("height=\"2\""));
    }
}
