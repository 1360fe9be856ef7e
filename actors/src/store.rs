//! The port to durable state: rows, and transactions as data.
//!
//! A store knows rows, not machines. A [`Transaction`] is a value: preconditions, writes, and the key under which its
//! answer is stored. It is committed as a whole or not at all. So a store may batch it with others, retry it after a
//! serialization failure, and determine its outcome when the response to a commit was lost.
//!
//! Implementations: [`memory::MemoryStore`] (simulation and the reference), SQLite and PostgreSQL in the node. Their
//! common guarantees are the functions of `store/contract.rs`, which the tests of every implementation include.

mod columns;
#[cfg(test)]
mod contract;
mod kind;
pub mod memory;

pub use columns::{Column, ColumnType, ColumnValue, ENDED, join, split};
pub use kind::{Kind, Scope};

use crate::time::Timestamp;
use async_trait::async_trait;
use std::sync::Arc;
use uuid::Uuid;

/// Maximum of rows that one call of [`Store::rows`] returns: a page stays below a few megabytes.
pub const ROWS_PER_PAGE_MAX: usize = 1000;

/// Maximum of checks, puts and deletes of one transaction together. The largest real one, freeing a machine, has about
/// a hundred.
pub const STEPS_PER_TRANSACTION_MAX: usize = 2048;

/// Maximal bytes of one row's body and values. CockroachDB recommends rows below 1 MiB (store 1.8).
pub const BODY_BYTES_MAX: usize = 1 << 20;

/// Maximal bytes of all bodies of one transaction: CockroachDB accepts statements below 16 MiB (store 1.8), and a queue
/// of waiting transactions must fit into memory.
pub const TRANSACTION_BYTES_MAX: usize = 8 << 20;

/// Maximal bytes of an id, an owner or a parent: PostgreSQL indexes at most 2704 bytes, and partition and id share an
/// entry.
pub const INDEXED_BYTES_MAX: usize = 1024;

/// The key of one row in the partition's store.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    pub kind: Kind,
    pub id: String,
}

impl Key {
    pub fn new(kind: Kind, id: impl Into<String>) -> Self {
        Self { kind, id: id.into() }
    }
}

/// Counts the writes of a row. A new row starts at its creation time in microseconds, so a row that was deleted and
/// created again never reuses a generation that an old reader may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation(pub i64);

impl Generation {
    /// The generation of a row created at `at`.
    pub const fn first(at: Timestamp) -> Self {
        Self(at.0)
    }

    /// The generation after one more write.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// A stored row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub key: Key,
    pub generation: Generation,
    /// Indexed: the row's owner (a project, an allocation); empty for none.
    pub owner: String,
    /// Indexed: the row's parent (an address's network); empty for none.
    pub parent: String,
    /// In the order and number of [`Kind::columns`].
    pub values: Vec<Option<ColumnValue>>,
    /// JSON; opaque to the store. Shared, because rows are copied far more often than their text changes.
    pub body: Arc<str>,
}

impl Row {
    /// A row with only a body.
    pub fn bare(key: Key, generation: Generation, body: impl Into<Arc<str>>) -> Self {
        let values = key.kind.nulls();
        Self { key, generation, owner: String::new(), parent: String::new(), values, body: body.into() }
    }

    /// Bytes of its texts without bounds of their own.
    pub fn bytes(&self) -> usize {
        let values = self.values.iter().map(|value| match value {
            Some(ColumnValue::Text(text)) => text.len(),
            _ => 0,
        });
        self.body.len() + values.sum::<usize>()
    }
}

/// A precondition at the commit. `None`: the row must not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    pub key: Key,
    pub expected: Option<Generation>,
}

/// Writes a row that must be at `expected` (`None`: must not exist) and gives it the generation of `row`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Put {
    pub row: Row,
    pub expected: Option<Generation>,
}

/// Removes a row that must be at `expected`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delete {
    pub key: Key,
    pub expected: Generation,
}

/// The answer to a write, stored under the caller's key so that the write is applied exactly once (invariant 3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxEntry {
    /// Chosen by the caller, 128 bits, unique per write.
    pub key: Uuid,
    /// Digest of the command: the same key with another command is the caller's mistake.
    pub fingerprint: String,
    /// The answer, as JSON.
    pub reply: String,
    /// When it was applied; entries beyond the retention are pruned.
    pub at: Timestamp,
}

/// A transaction as data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transaction {
    pub checks: Vec<Check>,
    pub puts: Vec<Put>,
    pub deletes: Vec<Delete>,
    pub inbox: Option<InboxEntry>,
}

/// The result of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Committed {
    /// Applied, durably.
    Applied,
    /// Not applied: a write with this inbox key was applied before, and this is its entry.
    Replayed(InboxEntry),
}

/// The kinds of rows that a store can prune.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Old {
    /// Inbox entries, by the time when they were applied.
    Answers,
    /// Rows of [`Kind::History`], by their end.
    History,
}

/// Why a store operation failed. Variants say what the caller may do next.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A row changed since it was read: read `key` again and repeat the decision. Nothing was written.
    #[error("{} {} changed since it was read", key.kind.entity(), key.id)]
    Conflict { key: Key },
    /// The database kept refusing (serialization failures, overload). Nothing was written; retry later.
    #[error("the store is busy, try again later")]
    Busy(#[source] BoxError),
    /// The database does not answer. Nothing was written.
    #[error("the store is unavailable")]
    Unavailable(#[source] BoxError),
    /// The response to a commit was lost and its outcome could not be determined. It may or may not have been applied.
    #[error("the store is unavailable, outcome unknown")]
    Unknown(#[source] BoxError),
    /// The transaction exceeds a bound of this module, or a stored row cannot be read. A retry is useless.
    #[error("the store refuses this: {0}")]
    Invalid(String),
}

pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl StoreError {
    /// True when certainly nothing was written, so memory still equals the rows.
    pub fn certainly_aborted(&self) -> bool {
        match self {
            Self::Conflict { .. } | Self::Busy(_) | Self::Unavailable(_) | Self::Invalid(_) => true,
            Self::Unknown(_) => false,
        }
    }
}

/// Durable state of one partition.
#[async_trait]
pub trait Store: Send + Sync {
    /// Applies all of `transaction` or nothing. Durable once it returns `Ok`.
    ///
    /// With an inbox entry, the store resolves an ambiguous commit by reading that entry before it returns.
    async fn commit(&self, transaction: Transaction) -> Result<Committed, StoreError>;

    /// The stored answer for an inbox key.
    async fn inbox(&self, key: Uuid) -> Result<Option<InboxEntry>, StoreError>;

    /// One row, as of the latest commit.
    async fn row(&self, key: &Key) -> Result<Option<Row>, StoreError>;

    /// Rows of a kind in ascending byte order of id, those after `after`, at most `limit` (capped at
    /// [`ROWS_PER_PAGE_MAX`]).
    async fn rows(&self, kind: Kind, after: Option<&str>, limit: usize) -> Result<Vec<Row>, StoreError>;

    /// Deletes at most `limit` rows older than `before`; returns how many.
    async fn prune(&self, old: Old, before: Timestamp, limit: usize) -> Result<usize, StoreError>;

    /// Checks that the store answers; returns its description for people.
    async fn ping(&self) -> Result<String, StoreError>;

    /// Finishes queued work and closes. Later calls fail as [`StoreError::Unavailable`].
    async fn close(&self);
}

/// Checks the bounds that every store enforces before it uses its database.
pub fn validate(transaction: &Transaction) -> Result<(), StoreError> {
    let steps = transaction.checks.len() + transaction.puts.len() + transaction.deletes.len();
    if steps > STEPS_PER_TRANSACTION_MAX {
        return Err(StoreError::Invalid(format!(
            "{steps} steps in one transaction, at most {STEPS_PER_TRANSACTION_MAX} are allowed"
        )));
    }
    transaction.checks.iter().try_for_each(|check| indexed("id", &check.key.id))?;
    transaction.deletes.iter().try_for_each(|delete| indexed("id", &delete.key.id))?;
    transaction.puts.iter().try_for_each(|put| valid_row(&put.row))?;
    if let Some(entry) = &transaction.inbox {
        indexed("inbox fingerprint", &entry.fingerprint)?;
        bounded("inbox reply", &entry.reply, BODY_BYTES_MAX)?;
    }
    let bytes: usize = transaction.puts.iter().map(|put| put.row.bytes()).sum();
    if bytes > TRANSACTION_BYTES_MAX {
        return Err(StoreError::Invalid(format!(
            "{bytes} bytes in one transaction, at most {TRANSACTION_BYTES_MAX} are allowed"
        )));
    }
    written_once(transaction)
}

fn valid_row(row: &Row) -> Result<(), StoreError> {
    indexed("id", &row.key.id)?;
    indexed("owner", &row.owner)?;
    indexed("parent", &row.parent)?;
    texts(row).map_err(|error| StoreError::Invalid(format!("{}: {error}", row.key.id)))
}

fn texts(row: &Row) -> Result<(), StoreError> {
    let kind = row.key.kind;
    bounded(kind.entity(), &row.body, BODY_BYTES_MAX)?;
    let columns = kind.columns();
    if row.values.len() != columns.len() {
        let (values, columns) = (row.values.len(), columns.len());
        return Err(StoreError::Invalid(format!("{values} values for {columns} columns")));
    }
    for (column, value) in columns.iter().zip(&row.values) {
        match value {
            Some(ColumnValue::Text(text)) if column.column_type.is_text() => {
                bounded(column.name, text, BODY_BYTES_MAX)?
            }
            Some(ColumnValue::Int(_)) if !column.column_type.is_text() => {}
            Some(value) => return Err(StoreError::Invalid(format!("{} cannot be {value:?}", column.name))),
            None => {}
        }
    }
    bytes_bounded(kind.entity(), row.bytes(), BODY_BYTES_MAX)
}

fn indexed(what: &str, text: &str) -> Result<(), StoreError> {
    bounded(what, text, INDEXED_BYTES_MAX)
}

/// PostgreSQL cannot store NUL in text, so no store does.
fn bounded(what: &str, text: &str, bytes_max: usize) -> Result<(), StoreError> {
    bytes_bounded(what, text.len(), bytes_max)?;
    if text.contains('\0') {
        return Err(StoreError::Invalid(format!("{what} contains a NUL character")));
    }
    Ok(())
}

fn bytes_bounded(what: &str, bytes: usize, bytes_max: usize) -> Result<(), StoreError> {
    if bytes <= bytes_max {
        return Ok(());
    }
    Err(StoreError::Invalid(format!("{what} has {bytes} bytes, at most {bytes_max} are allowed")))
}

fn written_once(transaction: &Transaction) -> Result<(), StoreError> {
    let mut keys: Vec<&Key> = transaction.puts.iter().map(|put| &put.row.key).collect();
    keys.extend(transaction.deletes.iter().map(|delete| &delete.key));
    keys.sort_unstable();
    match keys.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => {
            Err(StoreError::Invalid(format!("{} {} is written twice", pair[0].kind.entity(), pair[0].id)))
        }
        None => Ok(()),
    }
}
