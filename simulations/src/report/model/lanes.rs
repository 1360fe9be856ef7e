//! One lane per node: the life of its process, and the faults around it.

use crate::fault::{Fault, What};
use crate::lifecycle::{LifecycleEvent, Stamp};
use std::collections::BTreeMap;
use strum::{IntoStaticStr, VariantArray};

/// Maximum of drawn faults; the longest are chosen.
const FAULTS_MAX: usize = 1500;

/// Maximum of lines of one family in a lane; further overlapping faults are drawn over each other.
const LINES_MAX: usize = 4;

/// Maximum of restarts and deaths marked in one lane.
const POINTS_MAX: usize = 400;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lane {
    pub(crate) node: String,
    pub(crate) life: Vec<Span>,
    pub(crate) points: Vec<Point>,
    pub(crate) rows: Vec<Row>,
}

/// The state of a process between two moments.
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

/// A notable moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Point {
    pub(crate) at_ms: u64,
    pub(crate) mark: LifecycleEvent,
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
    /// Others overlap it.
    pub(crate) crowded: bool,
    pub(crate) kind: String,
    pub(crate) text: String,
}

/// The kind of broken part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, VariantArray, IntoStaticStr)]
#[strum(const_into_str, serialize_all = "snake_case")]
pub(crate) enum Family {
    Process,
    Network,
    Store,
    Hardware,
}

impl Family {
    pub(crate) const ALL: &'static [Self] = Self::VARIANTS;

    pub(crate) const fn name(self) -> &'static str {
        self.into_str()
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

/// The lanes, and the number of faults without room.
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
            LifecycleEvent::Starts => {
                process = Health::Starting;
                lives += 1;
            }
            LifecycleEvent::Ready => process = Health::Up,
            LifecycleEvent::Stops => process = Health::Stopping,
            LifecycleEvent::Crashes | LifecycleEvent::Dies | LifecycleEvent::Stopped => {
                process = Health::Down
            }
            LifecycleEvent::Pauses => paused = true,
            LifecycleEvent::GoesOn => paused = false,
        }
        let told = matches!(mark, LifecycleEvent::Crashes | LifecycleEvent::Dies | LifecycleEvent::Stopped)
            || (*mark == LifecycleEvent::Starts && lives > 1);
        if told && points.len() < POINTS_MAX {
            points.push(Point { at_ms, mark: *mark });
        }
    }
    close(since_ms, end_ms, shown(process, paused));
    (spans, points)
}

/// The faults that affect a node, by family.
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
mod tests;
