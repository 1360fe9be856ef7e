//! What the node keeps about its federation, as rows of the partition's store: a step is one transaction, and a backup
//! of the store has all of it but the private keys.

use actors::record::Record as _;
use actors::record::federation::FederationItem;
use actors::runtime::Clock;
use actors::store::{
    Delete, Generation, Key, Kind, Put, ROWS_PER_PAGE_MAX, Row, Store, StoreError, Transaction,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::sync::Arc;

/// The items of one partition. Cheap to clone.
#[derive(Clone)]
pub(super) struct Ledger {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

/// A type of item.
pub(super) trait Item: Serialize + DeserializeOwned {
    fn id(&self) -> String;
}

/// A stored item.
#[derive(Clone, Debug)]
pub(super) struct Kept<T> {
    pub(super) value: T,
    generation: Generation,
}

/// Why an item was not read or written.
#[derive(Debug, thiserror::Error)]
pub(super) enum LedgerError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{id} cannot be read by this release ({reason}): start the release that wrote it")]
    Unreadable { id: String, reason: serde_json::Error },
    #[error("{0} cannot be written")]
    Unwritable(String),
}

/// The writes of one transaction.
#[derive(Default)]
pub(super) struct Changes(Vec<Change>);

struct Change {
    item: Result<FederationItem, LedgerError>,
    expected: Option<Generation>,
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger").finish_non_exhaustive()
    }
}

impl Changes {
    /// Adds an item that does not exist yet.
    #[must_use]
    pub(super) fn create(self, item: &impl Item) -> Self {
        self.put(item, None)
    }

    /// Replaces an item that was read.
    #[must_use]
    pub(super) fn replace<T: Item>(self, kept: &Kept<T>) -> Self {
        self.put(&kept.value, Some(kept.generation))
    }

    /// Replaces an item that was read, or adds it.
    #[must_use]
    pub(super) fn set<T: Item>(self, old: Option<&Kept<T>>, item: &T) -> Self {
        self.put(item, old.map(|old| old.generation))
    }

    fn put(mut self, item: &impl Item, expected: Option<Generation>) -> Self {
        let id = item.id();
        let content = serde_json::to_value(item).map_err(|_| LedgerError::Unwritable(id.clone()));
        self.0.push(Change { item: content.map(|content| FederationItem { id, content }), expected });
        self
    }
}

impl Ledger {
    pub(super) fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// One item; `None`: it does not exist.
    pub(super) async fn read<T: Item>(&self, id: &str) -> Result<Option<Kept<T>>, LedgerError> {
        let row = self.store.row(&Key::new(Kind::FederationItem, id)).await?;
        row.as_ref().map(kept).transpose()
    }

    /// The items whose ids start with `prefix`, ascending by id.
    pub(super) async fn list<T: Item>(&self, prefix: &str) -> Result<Vec<Kept<T>>, LedgerError> {
        let (mut items, mut after) = (Vec::new(), None);
        loop {
            let page = self.store.rows(Kind::FederationItem, after.as_deref(), ROWS_PER_PAGE_MAX).await?;
            after = page.last().map(|row| row.key.id.clone());
            for row in page.iter().filter(|row| row.key.id.starts_with(prefix)) {
                items.push(kept(row)?);
            }
            if page.len() < ROWS_PER_PAGE_MAX {
                return Ok(items);
            }
        }
    }

    /// Writes all changes or none. An item that another step changed is a conflict.
    pub(super) async fn write(&self, changes: Changes) -> Result<(), LedgerError> {
        let first = Generation::first(self.clock.now());
        let mut puts = Vec::new();
        for Change { item, expected } in changes.0 {
            let generation = expected.map_or(first, Generation::next);
            puts.push(Put { row: item?.row(generation), expected });
        }
        self.store.commit(Transaction { puts, ..Transaction::default() }).await?;
        Ok(())
    }

    /// Removes items that were read.
    pub(super) async fn remove<T: Item>(&self, items: &[Kept<T>]) -> Result<(), LedgerError> {
        let deletes = items.iter().map(|kept| Delete {
            key: Key::new(Kind::FederationItem, kept.value.id()),
            expected: kept.generation,
        });
        let deletes = deletes.collect();
        self.store.commit(Transaction { deletes, ..Transaction::default() }).await?;
        Ok(())
    }
}

fn kept<T: Item>(row: &Row) -> Result<Kept<T>, LedgerError> {
    let unreadable = |reason| LedgerError::Unreadable { id: row.key.id.clone(), reason };
    let item: FederationItem = serde_json::from_str(&row.body).map_err(unreadable)?;
    let value = serde_json::from_value(item.content).map_err(unreadable)?;
    Ok(Kept { value, generation: row.generation })
}
