//! Records of one kind, in the order of their ids.

use super::stopped;
use crate::record::Record;
use crate::store::{self, ColumnValue, Generation, Kind, Row};
use parking_lot::{RwLock, RwLockReadGuard};
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// A record and the generation of its row.
#[derive(Clone, Debug)]
pub struct Versioned<R> {
    pub generation: Generation,
    pub value: Arc<R>,
    /// The record's columns, cached at the first use: lists read them repeatedly, and few rows change in between.
    told: OnceLock<(Vec<Option<ColumnValue>>, Arc<str>)>,
}

impl<R: PartialEq> PartialEq for Versioned<R> {
    fn eq(&self, other: &Self) -> bool {
        self.generation == other.generation && self.value == other.value
    }
}

impl<R: Eq> Eq for Versioned<R> {}

impl<R: Record> Versioned<R> {
    /// The row in stored form.
    pub fn row(&self) -> Row {
        let (values, body) = self.told.get_or_init(|| store::split(R::KIND, &*self.value)).clone();
        let (key, owner, parent) = (self.value.key(), self.value.owner(), self.value.parent());
        Row { key, generation: self.generation, owner, parent, values, body }
    }
}

impl<R> std::ops::Deref for Versioned<R> {
    type Target = R;

    fn deref(&self) -> &R {
        &self.value
    }
}

/// An ordered map behind a lock that is held only for a look-up.
#[derive(Debug)]
pub struct Table<R> {
    rows: RwLock<BTreeMap<String, Arc<Versioned<R>>>>,
    changes: AtomicU64,
    /// Set when rows are missing because they are unreadable.
    stopped: OnceLock<Kind>,
}

impl<R> Default for Table<R> {
    fn default() -> Self {
        Self { rows: RwLock::default(), changes: AtomicU64::default(), stopped: OnceLock::new() }
    }
}

impl<R> Table<R> {
    /// Records all further reads of the table ([`super::World::whole`]).
    pub(super) fn stop(&self)
    where
        R: Record,
    {
        self.stopped.get_or_init(|| R::KIND);
    }

    /// Call it before reading rows.
    pub(super) fn look(&self) {
        if let Some(kind) = self.stopped.get() {
            stopped::look_at(*kind);
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<String, Arc<Versioned<R>>>> {
        self.look();
        self.rows.read()
    }

    /// The record with this id.
    pub fn get(&self, id: &str) -> Option<Arc<Versioned<R>>> {
        self.read().get(id).cloned()
    }

    pub fn contains(&self, id: &str) -> bool {
        self.read().contains_key(id)
    }

    /// All records, ascending by id.
    pub fn all(&self) -> Vec<Arc<Versioned<R>>> {
        self.read().values().cloned().collect()
    }

    /// The records that `keep` accepts, ascending by id.
    pub fn filter(&self, mut keep: impl FnMut(&R) -> bool) -> Vec<Arc<Versioned<R>>> {
        let rows = self.read();
        rows.values().filter(|row| keep(&row.value)).cloned().collect()
    }

    /// The records after `after`, ascending by id, at most `limit`.
    pub fn page(&self, after: Option<&str>, limit: usize) -> Vec<Arc<Versioned<R>>> {
        let rows = self.read();
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        rows.range::<str, _>((from, Bound::Unbounded)).take(limit).map(|(_, row)| Arc::clone(row)).collect()
    }

    pub fn len(&self) -> usize {
        self.read().len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Counts inserts and removals. Read it before the rows: while it is unchanged, the rows are, too.
    pub fn changes(&self) -> u64 {
        self.look();
        self.changes.load(Ordering::Acquire)
    }

    pub(crate) fn put(&self, generation: Generation, value: Arc<R>) -> Option<Arc<Versioned<R>>>
    where
        R: Record,
    {
        let row = Arc::new(Versioned { generation, value, told: OnceLock::new() });
        let mut rows = self.rows.write();
        let old = rows.insert(row.value.id(), row);
        self.changes.fetch_add(1, Ordering::AcqRel);
        old
    }

    pub(crate) fn remove(&self, id: &str) -> Option<Arc<Versioned<R>>> {
        let mut rows = self.rows.write();
        let old = rows.remove(id);
        self.changes.fetch_add(1, Ordering::AcqRel);
        old
    }
}
