//! One lane per node: whether its process lived, and what went wrong around it and when.

use crate::marks::{Mark, Stamp};
use crate::plan::{Fault, What};
use std::collections::BTreeMap;

/// Faults that are drawn at most; of more, the longest.
const FAULTS_MAX: usize = 1500;

/// Lines of one family in a lane at most; what overlaps beyond that is drawn over each other.
const LINES_MAX: usize = 4;

/// Marks of restarts and deaths in one lane at most.
const POINTS_MAX: usize = 400;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lane {
    pub(crate) node: String,
    pub(crate) life: Vec<Span>,
    pub(crate) points: Vec<Point>,
    pub(crate) rows: Vec<Row>,
}

/// How a process was from one moment to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from_ms: u64,
    pub(crate) to_ms: u64,
    pub(crate) health: Health,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Health {
    Down,
    Starting,
    Up,
    Stopping,
    Paused,
}

/// A moment of which one wants to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Point {
    pub(crate) at_ms: u64,
    pub(crate) mark: Mark,
}

/// Faults of one family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) family: Family,
    pub(crate) lines: usize,
    pub(crate) bands: Vec<Band>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Band {
    pub(crate) from_ms: u64,
    pub(crate) to_ms: u64,
    /// From above.
    pub(crate) line: usize,
    /// Others lie over it or under it.
    pub(crate) crowded: bool,
    pub(crate) kind: String,
    pub(crate) text: String,
}

/// What sort of thing breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Family {
    Process,
    Network,
    Store,
    Hardware,
}

impl Family {
    pub(crate) const ALL: [Self; 4] = [Self::Process, Self::Network, Self::Store, Self::Hardware];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::Network => "network",
            Self::Store => "store",
            Self::Hardware => "hardware",
        }
    }

    pub(crate) const fn of(what: &What) -> Self {
        match what {
            What::Crash { .. }
            | What::CrashAtCommit { .. }
            | What::CrashAtTurn { .. }
            | What::Restart { .. }
            | What::Pause { .. }
            | What::TakeOver { .. }
            | What::Clock { .. }
            | What::Drift { .. } => Self::Process,
            What::Cut { .. }
            | What::Split { .. }
            | What::Isolate { .. }
            | What::Slow { .. }
            | What::Loss { .. } => Self::Network,
            What::StoreBusy { .. }
            | What::StoreForgets { .. }
            | What::StoreSilent { .. }
            | What::StoreStall { .. }
            | What::StoreSlow { .. }
            | What::StoreFull { .. } => Self::Store,
            What::Unplug { .. }
            | What::LeafReplaced { .. }
            | What::CutRacks { .. }
            | What::PowerCut { .. }
            | What::BmcDead { .. }
            | What::BmcSlow { .. }
            | What::BmcIgnoresBoot { .. }
            | What::Flapping { .. }
            | What::BmcLies { .. } => Self::Hardware,
        }
    }
}

/// The lanes, and how many faults had no room.
pub(crate) fn draw(nodes: &[&str], stamps: &[Stamp], faults: &[Fault], end_ms: u64) -> (Vec<Lane>, usize) {
    let begun: Vec<&Fault> = faults.iter().filter(|fault| fault.at_ms < end_ms).collect();
    let mut shown = begun.clone();
    if shown.len() > FAULTS_MAX {
        shown.sort_by_key(|fault| std::cmp::Reverse(fault.for_ms));
        shown.truncate(FAULTS_MAX);
        shown.sort_by_key(|fault| fault.at_ms);
    }
    let lanes = nodes.iter().map(|node| {
        let (life, points) = life(stamps.iter().filter(|stamp| stamp.node == **node), end_ms);
        Lane { node: (*node).to_owned(), life, points, rows: rows(node, &shown, end_ms) }
    });
    (lanes.collect(), begun.len() - shown.len())
}

fn life<'a>(stamps: impl Iterator<Item = &'a Stamp>, end_ms: u64) -> (Vec<Span>, Vec<Point>) {
    let (mut spans, mut points): (Vec<Span>, Vec<Point>) = (Vec::new(), Vec::new());
    let (mut process, mut paused, mut since_ms, mut lives) = (Health::Down, false, 0, 0);
    let mut close = |from_ms: u64, to_ms: u64, health: Health| match spans.last_mut() {
        _ if from_ms >= to_ms => {}
        Some(last) if last.health == health => last.to_ms = to_ms,
        _ => spans.push(Span { from_ms, to_ms, health }),
    };
    let shown = |process, paused| if paused && process != Health::Down { Health::Paused } else { process };
    for Stamp { at_ms, mark, .. } in stamps {
        let at_ms = (*at_ms).min(end_ms);
        close(since_ms, at_ms, shown(process, paused));
        since_ms = at_ms;
        match mark {
            Mark::Starts => {
                process = Health::Starting;
                lives += 1;
            }
            Mark::Ready => process = Health::Up,
            Mark::Stops => process = Health::Stopping,
            Mark::Crashes | Mark::Dies | Mark::Stopped => process = Health::Down,
            Mark::Pauses => paused = true,
            Mark::GoesOn => paused = false,
        }
        let told = matches!(mark, Mark::Crashes | Mark::Dies | Mark::Stopped)
            || (*mark == Mark::Starts && lives > 1);
        if told && points.len() < POINTS_MAX {
            points.push(Point { at_ms, mark: *mark });
        }
    }
    close(since_ms, end_ms, shown(process, paused));
    (spans, points)
}

/// The faults that a node feels, by family.
fn rows(node: &str, faults: &[&Fault], end_ms: u64) -> Vec<Row> {
    let mut rows: BTreeMap<Family, (Vec<u64>, Vec<Band>)> = BTreeMap::new();
    for fault in faults.iter().filter(|fault| fault.what.places().contains(&node)) {
        let (busy_until, bands) = rows.entry(Family::of(&fault.what)).or_default();
        let from_ms = fault.at_ms;
        let to_ms = from_ms.saturating_add(fault.for_ms).min(end_ms);
        let free = busy_until.iter().position(|until| *until <= from_ms);
        let line = match free {
            Some(line) => line,
            None if busy_until.len() < LINES_MAX => {
                busy_until.push(0);
                busy_until.len() - 1
            }
            None => LINES_MAX - 1,
        };
        busy_until[line] = busy_until[line].max(to_ms);
        let crowded = busy_until.len() == LINES_MAX && line + 1 == LINES_MAX;
        bands.push(Band { from_ms, to_ms, line, crowded, kind: fault.what.kind(), text: text(&fault.what) });
    }
    rows.into_iter().map(|(family, (lines, bands))| Row { family, lines: lines.len(), bands }).collect()
}

/// A fault in a few words.
pub(crate) fn text(what: &What) -> String {
    match what {
        What::Crash { .. } => "crash".to_owned(),
        What::CrashAtCommit { durable: false, .. } => "crash before a commit".to_owned(),
        What::CrashAtCommit { durable: true, .. } => "crash after a commit".to_owned(),
        What::CrashAtTurn { turn, .. } => format!("crash at turn {turn}"),
        What::Restart { .. } => "restart".to_owned(),
        What::Pause { .. } => "paused".to_owned(),
        What::TakeOver { .. } => "frozen, and taken over".to_owned(),
        What::Cut { from, to } => format!("cut {from} \u{2192} {to}"),
        What::Split { a, b } => format!("split {a} \u{2194} {b}"),
        What::Isolate { node } => format!("{node} isolated"),
        What::Slow { from, to, by_ms } => format!("slow {from} \u{2192} {to}, +{by_ms} ms"),
        What::Loss { from, to, share } => format!("loss {from} \u{2192} {to}, {:.0} %", share * 100.0),
        What::StoreBusy { share, .. } => format!("store busy, {:.0} %", share * 100.0),
        What::StoreForgets { share, .. } => format!("store forgets, {:.0} %", share * 100.0),
        What::StoreSilent { share, .. } => format!("store silent, {:.0} %", share * 100.0),
        What::StoreStall { .. } => "store stalls".to_owned(),
        What::StoreSlow { by_ms, .. } => format!("store slow, +{by_ms} ms"),
        What::StoreFull { .. } => "disk full".to_owned(),
        What::Clock { by_ms, .. } => format!("clock {by_ms:+} ms"),
        What::Drift { ppm, .. } => format!("clock drifts, {ppm:+} ppm"),
        What::PowerCut { .. } => "no power".to_owned(),
        What::BmcDead { machine, .. } => format!("BMC of machine {machine} dead"),
        What::BmcLies { machine, .. } => format!("BMC of machine {machine} lies"),
        What::BmcSlow { machine, by_s, .. } => format!("BMC of machine {machine} slow, +{by_s} s"),
        What::BmcIgnoresBoot { machine, .. } => format!("BMC of machine {machine} ignores what to boot"),
        What::Flapping { machine, every_s, .. } => format!("machine {machine} off and on every {every_s} s"),
        What::Unplug { machine, .. } => format!("machine {machine} unplugged"),
        What::LeafReplaced { rack, .. } => format!("a leaf of rack {rack} replaced"),
        What::CutRacks { .. } => "racks cut off".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamps(marks: &[(u64, Mark)]) -> Vec<Stamp> {
        marks.iter().map(|(at_ms, mark)| Stamp { at_ms: *at_ms, node: "a".to_owned(), mark: *mark }).collect()
    }

    #[test]
    fn a_process_is_drawn_as_it_lived() {
        use Health::{Down, Paused, Starting, Stopping, Up};
        use Mark::{Crashes, Dies, GoesOn, Pauses, Ready, Starts, Stopped, Stops};
        type Case<'a> = (&'a [(u64, Mark)], &'a [(u64, Health)]);
        let rows: [Case<'_>; 5] = [
            (&[(0, Starts), (2, Ready)], &[(0, Starting), (2, Up)]),
            (&[(0, Starts), (0, Ready), (5, Crashes), (7, Starts)], &[(0, Up), (5, Down), (7, Starting)]),
            (&[(0, Starts), (0, Ready), (5, Pauses), (7, GoesOn)], &[(0, Up), (5, Paused), (7, Up)]),
            (
                &[(0, Starts), (0, Ready), (3, Stops), (4, Stopped), (5, Pauses)],
                &[(0, Up), (3, Stopping), (4, Down)],
            ),
            (&[], &[(0, Down)]),
        ];
        for (marks, expected) in rows {
            let (life, _) = life(stamps(marks).iter(), 10);
            let seen: Vec<_> = life.iter().map(|span| (span.from_ms, span.health)).collect();
            assert_eq!(seen, expected, "{marks:?}");
            assert_eq!(life.last().map(|span| span.to_ms), Some(10));
        }
        let (_, points) = life(stamps(&[(0, Starts), (1, Ready), (3, Dies), (4, Starts)]).iter(), 10);
        let told: Vec<_> = points.iter().map(|point| (point.at_ms, point.mark)).collect();
        assert_eq!(told, [(3, Dies), (4, Starts)], "the first start is no restart");
    }

    fn split(at_ms: u64, for_ms: u64) -> Fault {
        Fault { at_ms, for_ms, what: What::Split { a: "a".to_owned(), b: "b".to_owned() } }
    }

    #[test]
    fn faults_show_at_all_their_places_and_beside_each_other() {
        let crash = Fault { at_ms: 5, for_ms: 3, what: What::Crash { node: "b".to_owned() } };
        let faults = [split(0, 4), split(2, 4), crash, split(4, 90), split(20, 1)];
        let (lanes, left_out) = draw(&["a", "b", "c"], &[], &faults, 10);
        assert_eq!(left_out, 0);
        let lines = |lane: &Lane| -> Vec<_> {
            lane.rows
                .iter()
                .flat_map(|row| row.bands.iter().map(|band| (row.family, band.line, band.to_ms)))
                .collect()
        };
        use Family::{Network, Process};
        let network = [(Network, 0, 4), (Network, 1, 6), (Network, 0, 10)];
        assert_eq!(lines(&lanes[0]), network, "the one that had not begun is not shown");
        assert_eq!(lines(&lanes[1])[0], (Process, 0, 8));
        assert_eq!(lines(&lanes[1])[1..], network);
        assert_eq!(lanes[2].rows, []);
    }

    #[test]
    fn of_very_many_faults_the_longest_are_drawn() {
        let faults: Vec<_> = (0..4000).map(|number| split(number, 1 + number)).collect();
        let (lanes, left_out) = draw(&["a"], &[], &faults, 100_000);
        assert_eq!(left_out, 2500);
        let bands = &lanes[0].rows[0].bands;
        assert_eq!((bands.len(), lanes[0].rows[0].lines, bands[0].from_ms), (1500, 4, 2500));
    }
}
