//! Common to all kinds of records.

use super::{Table, World};
use crate::refusal::Refusal;
use crate::store::{self, Generation, Key, Kind, Row};
use crate::time::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use std::sync::Arc;

/// The entries of the table of kinds ([`mod@crate::schema`]) for a record in memory; the table implements this.
pub trait Kept: Sized {
    const KIND: Kind;

    /// Where the world keeps records of this kind.
    fn table(world: &World) -> &Table<Self>;
}

/// A typed row.
pub trait Record: Kept + Serialize + DeserializeOwned + Clone + Debug + Send + Sync + 'static {
    /// The id of the row.
    fn id(&self) -> String;

    /// The indexed owner column; empty for none.
    fn owner(&self) -> String {
        String::new()
    }

    /// The indexed parent column; empty for none.
    fn parent(&self) -> String {
        String::new()
    }

    /// Updates the indexes derived from the record.
    fn reindex(_world: &World, _old: Option<&Self>, _new: Option<&Self>) {}

    /// Rows to write when the record is replaced by `next` or removed, at `at`. Its generation was `generation`; `next`
    /// may be given what only its predecessor knows.
    fn ends(&self, _next: Option<&mut Self>, _generation: Generation, _at: Timestamp) -> Option<Row> {
        None
    }

    /// The refusal to remove the row `other` while this record refers to it. Called only for global kinds, which have
    /// few rows.
    fn refuses_removal(&self, _other: &Key) -> Option<Refusal> {
        None
    }

    /// The row's key.
    fn key(&self) -> Key {
        Key::new(Self::KIND, self.id())
    }

    /// The row in stored form.
    fn row(&self, generation: Generation) -> Row {
        let (values, body) = store::split(Self::KIND, self);
        Row { key: self.key(), generation, owner: self.owner(), parent: self.parent(), values, body }
    }
}

/// Stores a row from the store into `world`, unless the world has a newer one.
pub(super) fn load<R: Record>(
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
