//! The outcome of a batch of transactions: a pure decision from their steps and the database's content.
//!
//! Owns the order (arrival), the overlay (a transaction sees the writes of earlier ones in the batch) and the union of
//! the writes. Does not know SQL.

use actors::store::{Generation, InboxEntry, Key, Row, Transaction};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The stored rows and inbox entries that a batch names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) generations: BTreeMap<Key, Generation>,
    pub(super) inbox: BTreeMap<Uuid, InboxEntry>,
}

/// The outcome of one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TransactionResult {
    Applied,
    /// `stored`: the entry existed before this batch, so the answer does not depend on the batch.
    Replayed {
        entry: InboxEntry,
        stored: bool,
    },
    Conflict(Key),
}

/// The change of one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Write<'b> {
    Put(&'b Row),
    Delete,
}

impl Write<'_> {
    fn generation(self) -> Option<Generation> {
        match self {
            Self::Put(row) => Some(row.generation),
            Self::Delete => None,
        }
    }
}

/// The decision for a whole batch: an outcome for each transaction in order, and the union of the writes of the applied
/// ones.
#[derive(Debug, Default)]
pub(super) struct BatchPlan<'b> {
    pub(super) outcomes: Vec<TransactionResult>,
    pub(super) writes: BTreeMap<&'b Key, Write<'b>>,
    pub(super) inbox: BTreeMap<Uuid, &'b InboxEntry>,
}

impl BatchPlan<'_> {
    /// True when there is nothing to write.
    pub(super) fn is_empty(&self) -> bool {
        self.writes.is_empty() && self.inbox.is_empty()
    }
}

/// The rows that a transaction touches and their expected generations, in the order of all stores: checks, puts,
/// deletes.
pub(super) fn steps(transaction: &Transaction) -> impl Iterator<Item = (&Key, Option<Generation>)> {
    let checks = transaction.checks.iter().map(|check| (&check.key, check.expected));
    let puts = transaction.puts.iter().map(|put| (&put.row.key, put.expected));
    let deletes = transaction.deletes.iter().map(|delete| (&delete.key, Some(delete.expected)));
    checks.chain(puts).chain(deletes)
}

/// The keys of all rows that a batch touches; read them before [`plan`].
pub(super) fn touched(batch: &[Transaction]) -> BTreeSet<&Key> {
    batch.iter().flat_map(steps).map(|(key, _)| key).collect()
}

/// Decides a batch in order.
pub(super) fn plan<'b>(batch: &'b [Transaction], found: &Found) -> BatchPlan<'b> {
    let mut plan = BatchPlan::default();
    for transaction in batch {
        let outcome = plan.decide(transaction, found);
        plan.outcomes.push(outcome);
    }
    plan
}

impl<'b> BatchPlan<'b> {
    /// A replay takes precedence over a conflict: the rows have changed since the first time.
    fn decide(&mut self, transaction: &'b Transaction, found: &Found) -> TransactionResult {
        if let Some(replay) = transaction.inbox.as_ref().and_then(|entry| self.replay(entry, found)) {
            return replay;
        }
        if let Some(key) = self.first_conflict(transaction, found) {
            return TransactionResult::Conflict(key.clone());
        }
        self.writes.extend(transaction.puts.iter().map(|put| (&put.row.key, Write::Put(&put.row))));
        self.writes.extend(transaction.deletes.iter().map(|delete| (&delete.key, Write::Delete)));
        self.inbox.extend(transaction.inbox.iter().map(|entry| (entry.key, entry)));
        TransactionResult::Applied
    }

    fn replay(&self, entry: &InboxEntry, found: &Found) -> Option<TransactionResult> {
        if let Some(entry) = found.inbox.get(&entry.key) {
            return Some(TransactionResult::Replayed { entry: entry.clone(), stored: true });
        }
        let entry = self.inbox.get(&entry.key)?;
        Some(TransactionResult::Replayed { entry: (*entry).clone(), stored: false })
    }

    fn first_conflict(&self, transaction: &'b Transaction, found: &Found) -> Option<&'b Key> {
        steps(transaction)
            .find(|(key, expected)| self.generation(key, found) != *expected)
            .map(|(key, _)| key)
    }

    fn generation(&self, key: &Key, found: &Found) -> Option<Generation> {
        match self.writes.get(key) {
            Some(write) => write.generation(),
            None => found.generations.get(key).copied(),
        }
    }
}

#[cfg(test)]
mod tests;
