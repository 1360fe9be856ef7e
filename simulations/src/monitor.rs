//! Observes a run: passes every durable commit and every answer to the checkers, and keeps the first violation.

use crate::checkers::{Checkers, Commit};
use crate::counters::{Counters, Pool};
use crate::sometimes::CRASH_LOOP;
use crate::trace::Trace;
use actors::ids::PartitionId;
use actors::store::{Generation, Transaction};
use parking_lot::{Mutex, MutexGuard};
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// A violated invariant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    pub checker: String,
    pub at_ms: u64,
    /// One sentence.
    pub what: String,
}

/// Shared by everything that can detect violations.
#[derive(Debug)]
pub struct Monitor {
    trace: Arc<Trace>,
    checkers: Mutex<Checkers>,
    counters: Mutex<Counters>,
    violation: Mutex<Option<Violation>>,
    found: CancellationToken,
}

impl Monitor {
    pub fn new(trace: Arc<Trace>) -> Self {
        Self {
            trace,
            checkers: Mutex::default(),
            counters: Mutex::default(),
            violation: Mutex::default(),
            found: CancellationToken::new(),
        }
    }

    fn checkers(&self) -> MutexGuard<'_, Checkers> {
        self.checkers.lock()
    }

    fn judge(&self, checker: &str, verdict: Result<(), String>) {
        if let Err(what) = verdict {
            self.object(checker, what);
        }
    }

    /// Reports a violation. The first one counts.
    pub fn object(&self, checker: &str, what: String) {
        self.trace.record(format_args!("violation {checker}: {what}"));
        let at_ms = u64::try_from(self.trace.now().as_millis()).unwrap_or(u64::MAX);
        let mut violation = self.violation.lock();
        violation.get_or_insert(Violation { checker: checker.to_owned(), at_ms, what });
        self.found.cancel();
    }

    pub fn violation(&self) -> Option<Violation> {
        self.violation.lock().clone()
    }

    /// Sets the quarantine time of public addresses.
    pub fn expect_rests(&self, length: Duration) {
        self.checkers().quarantined.expect(length);
    }

    /// Ends at the first violation.
    pub async fn until_violation(&self) {
        self.found.cancelled().await;
    }

    fn counters(&self) -> MutexGuard<'_, Counters> {
        self.counters.lock()
    }

    /// The networks with their numbers of used addresses.
    pub fn pools(&self) -> Vec<Pool> {
        self.counters().pools().to_vec()
    }

    /// Passes all allocated machines to `show`.
    pub fn each_allocated(&self, show: impl FnMut(&str)) {
        self.checkers().allocations.machines().for_each(show);
    }

    /// Checks a durable commit.
    pub fn committed(&self, partition: &PartitionId, transaction: &Transaction) {
        let looping = self.counters().committed(transaction);
        self.trace.saw_times(CRASH_LOOP, looping);
        let commit = &match Commit::read(partition, transaction) {
            Ok(commit) => commit,
            Err(what) => return self.object("rows-can-be-read", what),
        };
        let mut checkers = self.checkers();
        let verdicts = [
            ("generation-rises", checkers.generations.committed(commit)),
            ("unique-holder", checkers.holders.committed(commit)),
            ("one-allocation-per-machine", checkers.allocations.committed(commit)),
            ("applied-once", checkers.keys.committed(commit)),
            ("register", checkers.registers.committed(commit)),
            ("quarantine", checkers.quarantined.committed(commit, self.trace.now())),
            ("released-once", checkers.releases.committed(commit)),
            ("claims-have-owners", checkers.steps.committed(commit)),
        ];
        drop(checkers);
        for (checker, verdict) in verdicts {
            self.judge(checker, verdict);
        }
    }

    /// A user got the acknowledgement of the write with this key.
    pub fn acknowledged(&self, key: Uuid) {
        let mut checkers = self.checkers();
        let kept = checkers.keys.acknowledged(key);
        checkers.registers.acknowledged(key);
        drop(checkers);
        self.judge("no-lost-acknowledged-write", kept);
    }

    /// A user got this answer to the write with this key.
    pub fn answered(&self, key: Uuid, answer: &str) {
        let verdict = self.checkers().keys.answered(key, answer);
        self.judge("answered-the-same", verdict);
    }

    /// A user is about to release this allocation of an address, under this key.
    pub fn gives_back(&self, key: Uuid, allocation: Uuid) {
        self.checkers().releases.expect(key, allocation);
    }

    /// A user got a refusal: nothing was changed.
    pub fn refused(&self, key: Uuid) {
        let verdict = self.checkers().keys.refused(key);
        self.judge("refused-means-unchanged", verdict);
    }

    /// The minimal generation that a read of a machine starting now must show.
    pub fn floor(&self, machine: &str) -> Generation {
        self.checkers().registers.floor(machine)
    }

    /// A read that started at `floor` returned this generation.
    pub fn read(&self, machine: &str, floor: Generation, seen: Generation) {
        let verdict = self.checkers().registers.read(machine, floor, seen);
        self.judge("register", verdict);
    }
}
