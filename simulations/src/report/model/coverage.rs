//! The coverage of runs: which faults met machines in which state, where processes died, and what must be seen at least
//! once.

use crate::scenario::Scenario;
use crate::sometimes::{self, Sometimes};
use std::collections::{BTreeMap, BTreeSet};

/// States of a machine, as the injector and as people name them.
pub(crate) const STATES: [(&str, &str); 5] = [
    ("Nothing", "nothing"),
    ("Firmware", "firmware"),
    ("BiosSetup", "BIOS setup"),
    ("Installer", "installer"),
    ("System", "own system"),
];

const POINTS: [&str; 2] = [sometimes::CRASH_BEFORE_COMMIT, sometimes::CRASH_AFTER_COMMIT];

/// Counts of one run, or the sum of many.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Coverage {
    /// Each kind of fault that occurred or could have.
    pub(crate) faults: Vec<FaultCount>,
    pub(crate) sometimes: Vec<(Sometimes, u64)>,
    pub(crate) crash_points: Vec<CrashPoint>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FaultCount {
    pub(crate) kind: String,
    pub(crate) times: u64,
    /// Number of affected machines, by state.
    pub(crate) met: [u64; STATES.len()],
}

/// Number of processes that died at a commit of this entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CrashPoint {
    pub(crate) entity: String,
    pub(crate) before: u64,
    pub(crate) after: u64,
}

impl Coverage {
    /// `seen` as [`crate::trace::Trace::saw`] counts.
    pub(crate) fn of(scenario: &Scenario, seen: &BTreeMap<String, u64>) -> Self {
        let count = |what: &str| seen.get(what).copied().unwrap_or_default();
        let mut kinds = scenario.fault_kinds();
        kinds.extend(seen.keys().filter_map(|what| {
            what.strip_prefix("fault ").filter(|rest| !rest.contains(' ')).map(str::to_owned)
        }));
        let fault = |kind: String| {
            let met = STATES.map(|(state, _)| count(&format!("fault {kind} while {state}")));
            FaultCount { times: count(&format!("fault {kind}")), met, kind }
        };
        let entities: BTreeSet<&str> = seen
            .keys()
            .filter_map(|what| POINTS.iter().find_map(|point| what.strip_prefix(&format!("{point} of "))))
            .collect();
        let crash_point = |entity: &str| {
            let [before, after] = POINTS.map(|point| count(&format!("{point} of {entity}")));
            CrashPoint { entity: entity.to_owned(), before, after }
        };
        Self {
            faults: kinds.into_iter().map(fault).collect(),
            sometimes: sometimes::ALL.into_iter().map(|it| (it, count(it.name))).collect(),
            crash_points: entities.into_iter().map(crash_point).collect(),
        }
    }

    /// How many of the required marks were seen.
    pub(crate) fn sometimes_seen(&self) -> usize {
        self.sometimes.iter().filter(|(_, times)| *times > 0).count()
    }

    /// Names of those that were not seen.
    pub(crate) fn never_seen(&self) -> Vec<&'static str> {
        self.sometimes.iter().filter(|(_, times)| *times == 0).map(|(it, _)| it.name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::scenario;

    #[test]
    fn what_was_seen_and_what_could_have_been() {
        let seen = [
            ("fault crash", 2),
            ("fault crash while Installer", 3),
            ("fault unplug", 1),
            ("crash before a commit", 1),
            ("crash before a commit of machine", 1),
            ("crash after a commit of machine", 4),
            (sometimes::ALLOCATED, 7),
        ];
        let seen = seen.iter().map(|(what, times)| ((*what).to_owned(), *times)).collect();
        let faults = "[faults]\npause = 1.0\n\
                      [[planned]]\nat_ms = 1\nfor_ms = 1\nkind = \"crash\"\nnode = \"a\"\n";
        let coverage = Coverage::of(&scenario(60, &["a"], faults), &seen);
        let faults: Vec<_> =
            coverage.faults.iter().map(|it| (it.kind.as_str(), it.times, it.met[3])).collect();
        assert_eq!(faults, [("crash", 2, 3), ("pause", 0, 0), ("unplug", 1, 0)]);
        let machine = CrashPoint { entity: "machine".to_owned(), before: 1, after: 4 };
        assert_eq!(coverage.crash_points, [machine]);
        assert_eq!(coverage.sometimes_seen(), 2);
        assert_eq!(coverage.never_seen().len(), sometimes::ALL.len() - 2);
    }
}
