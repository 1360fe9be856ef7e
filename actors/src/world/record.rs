//! How a world stores records.

use super::{Table, World};
use crate::record::Record;
use crate::store::{self, Key, Kind, Row};
use std::sync::Arc;

/// A record in memory. The table of kinds ([`mod@crate::schema`]) says which are, and implements this.
pub trait Kept: Record {
    /// Where the world keeps records of this kind.
    fn table(world: &World) -> &Table<Self>;

    /// Updates the indexes derived from the record.
    fn reindex(_world: &World, _old: Option<&Self>, _new: Option<&Self>) {}
}

/// Stores a row from the store into `world`, unless the world has a newer one.
pub(super) fn load<R: Kept>(
    world: &World,
    table: &Table<R>,
    key: &Key,
    row: Option<&Row>,
) -> Result<(), BadRow> {
    let Some(row) = row else {
        world.forget::<R>(&key.id);
        return Ok(());
    };
    if table.get(&key.id).is_some_and(|known| known.generation >= row.generation) {
        return Ok(());
    }
    let record: R =
        store::join(row).map_err(|source| BadRow { kind: key.kind, id: key.id.clone(), source })?;
    world.adopt(row.generation, Arc::new(record));
    Ok(())
}

/// An unreadable stored row: written by a newer release, or damaged.
#[derive(Debug, thiserror::Error)]
#[error("the stored {} {id} cannot be read", kind.entity())]
pub struct BadRow {
    pub kind: Kind,
    pub id: String,
    #[source]
    source: serde_json::Error,
}

impl BadRow {
    pub(super) fn why(&self) -> String {
        self.source.to_string()
    }
}
