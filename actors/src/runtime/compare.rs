//! Compares memory with the store (invariant 6), while the node serves.

use super::local_partition::{ASK_TIMEOUT, LocalPartition};
use crate::call::CallError;
use crate::store::{Key, Kind, ROWS_PER_PAGE_MAX, Row};
use crate::world::{LockSet, RowGuard};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::timeout;

/// Maximal tries to find a moment without pending network writes, and the pause between two tries.
const REINDEX_TRIES_MAX: usize = 200;
const REINDEX_PAUSE: Duration = Duration::from_millis(5);

/// The result of a comparison.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Rows of the requested kinds in the store.
    pub rows: usize,
    /// Rows that differ in memory, or exist only on one side.
    pub different: Vec<Key>,
}

impl LocalPartition {
    /// Compares all rows of these kinds. A row that differs because it was written between two reads is read again.
    pub async fn compare(&self, kinds: &[Kind]) -> Result<Comparison, CallError> {
        let mut comparison = Comparison::default();
        for kind in kinds {
            let (stored, suspects) = self.suspects(*kind).await?;
            comparison.rows += stored;
            for key in suspects {
                let stored =
                    self.store().row(&key).await.map_err(|error| self.unavailable(&error.to_string()))?;
                // During a write, memory is behind the store.
                if !self.world().in_flight(&key) && self.world().row(&key) != stored {
                    comparison.different.push(key);
                }
            }
        }
        Ok(comparison)
    }

    /// Reloads these rows from the store, each while it has no pending write: an older version must not replace the
    /// result of a commit in memory. Gives up on a row that stays locked for longer than a call may take: the outcome
    /// of its commit is unknown, and the resolver reads it.
    pub async fn reload(&self, keys: &[Key]) -> Result<(), CallError> {
        for key in keys {
            let guard = timeout(ASK_TIMEOUT, self.alone(key)).await.map_err(|_| CallError::Expired)?;
            let reloaded =
                super::resolver::reload(self.world(), self.store().as_ref(), std::slice::from_ref(key)).await;
            drop(guard);
            reloaded.map_err(|error| self.unavailable(&error.to_string()))?;
        }
        Ok(())
    }

    async fn alone(&self, key: &Key) -> RowGuard {
        let mut ticket = None;
        loop {
            let locks = LockSet { alone: vec![(key.clone(), None)], shared: Vec::new() };
            match self.world().hold(locks) {
                Ok(guard) => return guard,
                Err(next) => {
                    drop(ticket);
                    ticket = next.await.ok();
                }
            }
        }
    }

    /// Rebuilds the indexes if they differ from the rows; returns the number of differences. Waits for pending writes
    /// of networks and prefixes, and gives up if there is always one.
    pub async fn reindex(&self) -> usize {
        let mut unlike: BTreeSet<_> = self.world().unlike().into_iter().collect();
        if !unlike.is_empty() {
            // Differences that were caused by pending writes are gone now.
            let again: BTreeSet<_> = self.world().unlike().into_iter().collect();
            unlike.retain(|one| again.contains(one));
        }
        if unlike.is_empty() {
            return 0;
        }
        for _ in 0..REINDEX_TRIES_MAX {
            if self.world().reindex() {
                return unlike.len();
            }
            tokio::time::sleep(REINDEX_PAUSE).await;
        }
        0
    }

    async fn suspects(&self, kind: Kind) -> Result<(usize, BTreeSet<Key>), CallError> {
        let mut stored = 0;
        let mut suspects = BTreeSet::new();
        let mut after: Option<String> = None;
        loop {
            let page = self.store().rows(kind, after.as_deref(), ROWS_PER_PAGE_MAX).await;
            let page = page.map_err(|error| self.unavailable(&error.to_string()))?;
            stored += page.len();
            let last = page.last().map(|row| row.key.id.clone());
            suspects.extend(self.unlike(kind, after.as_deref(), &page));
            match last {
                Some(last) if page.len() == ROWS_PER_PAGE_MAX => after = Some(last),
                _ => return Ok((stored, suspects)),
            }
        }
    }

    /// For the range of ids that a page covers.
    fn unlike(&self, kind: Kind, after: Option<&str>, page: &[Row]) -> BTreeSet<Key> {
        let whole = page.len() < ROWS_PER_PAGE_MAX;
        let limit = if whole { usize::MAX } else { ROWS_PER_PAGE_MAX };
        let end = page.last().filter(|_| !whole).map(|row| &row.key);
        let mut known: BTreeSet<_> = self.world().generations(kind, after, limit).into_iter().collect();
        known.retain(|(key, _)| end.is_none_or(|end| key <= end));
        let stored: BTreeSet<_> = page.iter().map(|row| (row.key.clone(), row.generation)).collect();
        stored.symmetric_difference(&known).map(|(key, _)| key.clone()).collect()
    }
}
