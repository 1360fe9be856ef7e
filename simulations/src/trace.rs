//! The events of a run, in order, as a rolling hash: two runs of one seed must have equal events. Keeps the texts of
//! one window on demand, to show the first difference.

use crate::lifecycle::{Lifecycle, LifecycleEvent, Stamp};
use crate::seed::{FNV_OFFSET, fold};
use parking_lot::{Mutex, MutexGuard};
use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::time::Duration;
use tokio::time::Instant;

/// Events per hash.
pub const WINDOW: u64 = 1000;

/// Records events. Shared by everything that acts.
#[derive(Debug)]
pub struct Trace {
    started: Instant,
    state: Mutex<TraceState>,
}

#[derive(Debug)]
struct TraceState {
    hash: u64,
    events: u64,
    windows: Vec<u64>,
    /// The window with kept texts.
    keep: Option<u64>,
    kept: Vec<String>,
    seen: BTreeMap<String, u64>,
    lifecycle: Lifecycle,
}

/// The summary of a run's events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    pub events: u64,
    /// Over all events.
    pub hash: u64,
    /// After every [`WINDOW`] events, over all events so far.
    pub windows: Vec<u64>,
    pub kept: Vec<String>,
    /// Counts of the marks.
    pub seen: BTreeMap<String, u64>,
    /// The lifecycle of the nodes' processes.
    pub lifecycle: Lifecycle,
}

impl Trace {
    /// Time counts from now. `keep`: the window whose texts are kept.
    pub fn new(keep: Option<u64>) -> Self {
        let state = TraceState {
            hash: FNV_OFFSET,
            events: 0,
            windows: Vec::new(),
            keep,
            kept: Vec::new(),
            seen: BTreeMap::new(),
            lifecycle: Lifecycle::default(),
        };
        Self { started: Instant::now(), state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, TraceState> {
        self.state.lock()
    }

    /// Simulated time since the run began.
    pub fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// When the run began.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// Adds an event.
    pub fn record(&self, event: fmt::Arguments<'_>) {
        let at = self.now().as_micros();
        let mut state = self.state();
        let mut digest = Digest(state.hash);
        // Writing into a digest cannot fail.
        digest.write_fmt(format_args!("{at} {event}\n")).ok();
        state.hash = digest.0;
        if state.keep == Some(state.events / WINDOW) {
            state.kept.push(format!("{at:>14} us  {event}"));
        }
        state.events += 1;
        if state.events.is_multiple_of(WINDOW) {
            let hash = state.hash;
            state.windows.push(hash);
        }
    }

    /// Counts a mark. Not an event.
    pub fn saw(&self, what: &str) {
        self.saw_times(what, 1);
    }

    /// Adds a count to a mark.
    pub fn saw_times(&self, what: &str, times: u64) {
        if times == 0 {
            return;
        }
        let mut state = self.state();
        match state.seen.get_mut(what) {
            Some(count) => *count += times,
            None => {
                state.seen.insert(what.to_owned(), times);
            }
        }
    }

    /// Records a lifecycle change of a node's process. Not an event.
    pub fn mark(&self, node: &str, mark: LifecycleEvent) {
        let at_ms = u64::try_from(self.now().as_millis()).unwrap_or(u64::MAX);
        self.state().lifecycle.add(Stamp { at_ms, node: node.to_owned(), mark });
    }

    /// The recording so far.
    pub fn recording(&self) -> Recording {
        let state = self.state();
        Recording {
            events: state.events,
            hash: state.hash,
            windows: state.windows.clone(),
            kept: state.kept.clone(),
            seen: state.seen.clone(),
            lifecycle: state.lifecycle.clone(),
        }
    }
}

impl Recording {
    /// The first window in which two runs differ; `None` if they are equal.
    pub fn divergence(&self, other: &Self) -> Option<u64> {
        let same = self.windows.iter().zip(&other.windows).take_while(|(a, b)| a == b).count();
        if (self.hash, self.events) == (other.hash, other.events) {
            return None;
        }
        u64::try_from(same).ok()
    }
}

struct Digest(u64);

impl Write for Digest {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 = fold(self.0, text.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::on_paused_time;

    fn record(events: impl Iterator<Item = u64>, keep: Option<u64>) -> Recording {
        on_paused_time(|| async {
            let trace = Trace::new(keep);
            events.for_each(|event| trace.record(format_args!("event {event}")));
            trace.recording()
        })
    }

    #[test]
    fn the_first_window_that_differs_is_found_and_its_texts_are_kept() {
        let first = record(0..3500, None);
        assert_eq!(first.divergence(&record(0..3500, None)), None);
        let other = record((0..3500).map(|event| if event == 2100 { 0 } else { event }), Some(2));
        assert_eq!(first.divergence(&other), Some(2));
        assert_eq!(other.kept.len(), 1000);
        assert!(other.kept[100].ends_with("event 0"));
        assert_eq!(first.divergence(&record(0..3499, None)), Some(3));
    }
}
