//! The lifecycle of the nodes' processes, to the millisecond, for the report. Not part of the history's hash: the trace
//! has the same events.

use serde::Serialize;

/// Maximum of marks of one run; further ones are only counted.
const MARKS_MAX: usize = 20_000;

/// A change in the life of a node's process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LifecycleEvent {
    Starts,
    /// All rows are loaded.
    Ready,
    /// It was killed.
    Crashes,
    /// It died at a commit.
    Dies,
    /// It is stopping, and still works.
    Stops,
    Stopped,
    Pauses,
    GoesOn,
}

/// A mark with its node and time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stamp {
    pub at_ms: u64,
    pub node: String,
    pub mark: LifecycleEvent,
}

/// The marks of a run, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Lifecycle {
    pub stamps: Vec<Stamp>,
    /// Marks beyond the maximum.
    pub left_out: u64,
}

impl Lifecycle {
    pub fn add(&mut self, stamp: Stamp) {
        if self.stamps.len() < MARKS_MAX {
            self.stamps.push(stamp);
        } else {
            self.left_out += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_have_a_bound() {
        let mut lifecycle = Lifecycle::default();
        (0..20_003).for_each(|at_ms| {
            lifecycle.add(Stamp { at_ms, node: "a".to_owned(), mark: LifecycleEvent::Starts })
        });
        assert_eq!((lifecycle.stamps.len(), lifecycle.left_out), (20_000, 3));
    }
}
