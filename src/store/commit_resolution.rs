//! Whether a batch was committed although its `COMMIT` got no response: a pure decision from its plan and the
//! database's current content.
//!
//! A batch is one SQL transaction, so one decisive fact decides all of it. An inbox entry is such a fact. Without an
//! entry, rows decide: generations never repeat, so an unchanged row proves that the batch was not written, and a row
//! equal to the planned one proves that it was.
//!
//! All retries of a batch leave the same facts if they were decided from the same state. A retry that was decided from
//! another state can no longer commit, and is dropped.

use super::plan::{BatchPlan, Found, TransactionResult, Write};
use actors::store::{Generation, Key, Row};
use std::collections::BTreeMap;

/// A batch whose commit is in doubt.
#[derive(Debug)]
pub(super) struct UnresolvedCommit<'b> {
    pub(super) plan: BatchPlan<'b>,
    /// The rows from which the plan was made.
    before: Found,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resolution {
    Committed,
    /// Not committed so far. A transaction that is still running conflicts with the next try, which writes the same
    /// keys.
    Aborted,
    Unknown,
}

impl<'b> UnresolvedCommit<'b> {
    pub(super) fn new(plan: BatchPlan<'b>, before: Found) -> Self {
        Self { plan, before }
    }

    /// False when it can be dropped, if it was not committed so far.
    pub(super) fn may_still_happen(&self, found: &Found) -> bool {
        self.before == *found
    }

    /// True when rows must be read to decide.
    pub(super) fn needs_rows(&self) -> bool {
        self.plan.inbox.is_empty()
    }

    /// The rows that decide.
    pub(super) fn keys(&self) -> impl Iterator<Item = &'b Key> {
        self.plan.writes.keys().copied()
    }

    /// True when the answer to the transaction at `index` depends on whether the batch was committed.
    pub(super) fn concerns(&self, index: usize) -> bool {
        match self.plan.outcomes.get(index) {
            Some(TransactionResult::Applied | TransactionResult::Replayed { stored: false, .. }) => true,
            Some(TransactionResult::Replayed { stored: true, .. } | TransactionResult::Conflict(_))
            | None => false,
        }
    }

    /// Decides from the stored state; `rows` are those of [`Self::keys`], if [`Self::needs_rows`].
    pub(super) fn resolution(&self, found: &Found, rows: &BTreeMap<Key, Row>) -> Resolution {
        if let Some((key, entry)) = self.plan.inbox.first_key_value() {
            return if found.inbox.get(key) == Some(*entry) {
                Resolution::Committed
            } else {
                Resolution::Aborted
            };
        }
        let mut values = self.plan.writes.iter().map(|(key, write)| self.value(key, *write, rows.get(*key)));
        values.find(|value| *value != Resolution::Unknown).unwrap_or(Resolution::Unknown)
    }

    fn value(&self, key: &Key, write: Write<'_>, now: Option<&Row>) -> Resolution {
        let before: Option<Generation> = self.before.generations.get(key).copied();
        // A missing row decides nothing: another client of the database may have deleted it.
        match write {
            Write::Put(row) if now == Some(row) => Resolution::Committed,
            _ if before.is_some() && now.map(|row| row.generation) == before => Resolution::Aborted,
            Write::Put(_) | Write::Delete => Resolution::Unknown,
        }
    }
}

#[cfg(test)]
mod tests;
