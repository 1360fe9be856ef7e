//! Whether a batch whose `COMMIT` was never answered had been committed: a pure decision from its plan and from what
//! the database holds now.
//!
//! A batch is one SQL transaction, so one decisive fact decides all of it. An inbox entry is such a fact. Without any,
//! rows are: generations never come back, so a row that is still where it was proves that nothing was written, and a
//! row that equals what would have been written proves that it was.
//!
//! Whichever of several tries was committed leaves the same facts, as long as all of them were decided from the same
//! state. One that was decided from another state than there is now cannot be committed any more: it is forgotten.

use super::plan::{BatchPlan, Found, TransactionResult, Write};
use actors::store::{Generation, Key, Row};
use std::collections::BTreeMap;

/// A batch that may or may not have been committed.
#[derive(Debug)]
pub(super) struct UnresolvedCommit<'b> {
    pub(super) plan: BatchPlan<'b>,
    /// What the plan was made from.
    before: Found,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resolution {
    Committed,
    /// Not committed up to now. A transaction that is still under way collides with the next try, which writes the
    /// same keys.
    Aborted,
    Unknown,
}

impl<'b> UnresolvedCommit<'b> {
    pub(super) fn new(plan: BatchPlan<'b>, before: Found) -> Self {
        Self { plan, before }
    }

    /// False when it can be forgotten, if it was not committed up to now.
    pub(super) fn may_still_happen(&self, found: &Found) -> bool {
        self.before == *found
    }

    /// True when rows have to be read to judge it.
    pub(super) fn needs_rows(&self) -> bool {
        self.plan.inbox.is_empty()
    }

    /// The rows that tell.
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

    /// Judges from what is stored now; `rows` are those of [`Self::keys`], when [`Self::needs_rows`].
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
        // A missing row decides nothing: whoever shares the database may have removed what was written.
        match write {
            Write::Put(row) if now == Some(row) => Resolution::Committed,
            _ if before.is_some() && now.map(|row| row.generation) == before => Resolution::Aborted,
            Write::Put(_) | Write::Delete => Resolution::Unknown,
        }
    }
}

#[cfg(test)]
mod tests;
