//! The reference store: ordered maps behind a lock. Simulations run on it.

use super::{
    Check, Committed, ENDED, Generation, InboxEntry, Key, Kind, Old, ROWS_PER_PAGE_MAX, Row, Store,
    StoreError, Transaction, validate,
};
use crate::planted::{Bug, planted};
use crate::time::Timestamp;
use async_trait::async_trait;
use parking_lot::{Mutex, MutexGuard};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use uuid::Uuid;

/// Keeps all rows in memory; they are lost with its last handle.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: Arc<Mutex<Tables>>,
    /// Epoch of the last opener: only it may write.
    epoch: u64,
    closed: AtomicBool,
}

#[derive(Debug, Default)]
struct Tables {
    rows: BTreeMap<Key, Row>,
    inbox: BTreeMap<Uuid, InboxEntry>,
    epoch: u64,
}

impl MemoryStore {
    /// A handle to the same rows for the next writer. Commits of earlier writers are refused from now on; they may
    /// read.
    pub fn take_over(&self) -> Self {
        let mut state = self.state();
        state.epoch += 1;
        let epoch = state.epoch;
        drop(state);
        Self { state: Arc::clone(&self.state), epoch, closed: AtomicBool::new(false) }
    }

    /// Whether another writer took over.
    pub fn is_deposed(&self) -> bool {
        self.state().epoch != self.epoch
    }

    fn state(&self) -> MutexGuard<'_, Tables> {
        self.state.lock()
    }

    fn open(&self) -> Result<MutexGuard<'_, Tables>, StoreError> {
        if self.closed.load(Ordering::Relaxed) {
            Err(StoreError::Unavailable("closed".into()))
        } else {
            Ok(self.state())
        }
    }
}

impl Tables {
    fn check(&self, key: &Key, expected: Option<Generation>) -> Result<(), StoreError> {
        let found = self.rows.get(key).map(|row| row.generation);
        if found == expected { Ok(()) } else { Err(StoreError::Conflict { key: key.clone() }) }
    }

    fn check_all(&self, transaction: &Transaction) -> Result<(), StoreError> {
        transaction.checks.iter().try_for_each(|Check { key, expected }| self.check(key, *expected))?;
        transaction.puts.iter().try_for_each(|put| self.check(&put.row.key, put.expected))?;
        transaction.deletes.iter().try_for_each(|delete| self.check(&delete.key, Some(delete.expected)))
    }
}

impl Tables {
    fn prune_answers(&mut self, before: Timestamp, limit: usize) -> usize {
        let old = self.inbox.values().filter(|entry| entry.at < before).take(limit);
        let old: Vec<Uuid> = old.map(|entry| entry.key).collect();
        old.iter().for_each(|key| drop(self.inbox.remove(key)));
        old.len()
    }

    fn prune_tenures(&mut self, before: Timestamp, limit: usize) -> usize {
        let all = self.rows.range(Key::new(Kind::History, "")..);
        let old = all
            .take_while(|(key, _)| key.kind == Kind::History)
            .filter(|(_, row)| row.time(ENDED).is_some_and(|ended| ended < before))
            .take(limit);
        let old: Vec<Key> = old.map(|(key, _)| key.clone()).collect();
        old.iter().for_each(|key| drop(self.rows.remove(key)));
        old.len()
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn commit(&self, transaction: Transaction) -> Result<Committed, StoreError> {
        validate(&transaction)?;
        let mut state = self.open()?;
        if state.epoch != self.epoch && !planted(Bug::SkipFence) {
            return Err(StoreError::Unavailable("another node has taken over the partition".into()));
        }
        if let Some(entry) = transaction.inbox.as_ref().and_then(|entry| state.inbox.get(&entry.key)) {
            return Ok(Committed::Replayed(entry.clone()));
        }
        state.check_all(&transaction)?;
        for put in transaction.puts {
            state.rows.insert(put.row.key.clone(), put.row);
        }
        for delete in transaction.deletes {
            state.rows.remove(&delete.key);
        }
        if let Some(entry) = transaction.inbox {
            state.inbox.insert(entry.key, entry);
        }
        Ok(Committed::Applied)
    }

    async fn inbox(&self, key: Uuid) -> Result<Option<InboxEntry>, StoreError> {
        Ok(self.open()?.inbox.get(&key).cloned())
    }

    async fn row(&self, key: &Key) -> Result<Option<Row>, StoreError> {
        Ok(self.open()?.rows.get(key).cloned())
    }

    async fn rows(&self, kind: Kind, after: Option<&str>, limit: usize) -> Result<Vec<Row>, StoreError> {
        let state = self.open()?;
        let rows = state.rows.range(Key::new(kind, after.unwrap_or_default())..);
        Ok(rows
            .take_while(|(key, _)| key.kind == kind)
            .filter(|(key, _)| after != Some(key.id.as_str()))
            .take(limit.min(ROWS_PER_PAGE_MAX))
            .map(|(_, row)| row.clone())
            .collect())
    }

    async fn prune(&self, old: Old, before: Timestamp, limit: usize) -> Result<usize, StoreError> {
        let mut state = self.open()?;
        Ok(match old {
            Old::Answers => state.prune_answers(before, limit),
            Old::History => state.prune_tenures(before, limit),
        })
    }

    async fn ping(&self) -> Result<String, StoreError> {
        self.open().map(|_| "memory".to_owned())
    }

    async fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Put;
    use crate::store::contract::ALL;

    #[tokio::test]
    async fn memory_keeps_every_promise() {
        for (name, promise) in ALL {
            eprintln!("promise: {name}");
            promise(&MemoryStore::default()).await;
        }
    }

    fn put(id: &str) -> Transaction {
        let row = Row::bare(Key::new(Kind::Size, id), Generation(1), "{}");
        Transaction { puts: vec![Put { row, expected: None }], ..Transaction::default() }
    }

    #[tokio::test]
    async fn whoever_opened_it_last_writes_and_all_may_read() {
        let one = MemoryStore::default();
        one.commit(put("a")).await.unwrap();
        let two = one.take_over();
        assert!(matches!(one.commit(put("b")).await, Err(StoreError::Unavailable(_))));
        assert!(one.is_deposed() && !two.is_deposed());
        two.commit(put("b")).await.unwrap();
        two.close().await;
        assert_eq!(one.rows(Kind::Size, None, 9).await.unwrap().len(), 2);
        assert!(two.rows(Kind::Size, None, 9).await.is_err(), "closed");
    }
}
