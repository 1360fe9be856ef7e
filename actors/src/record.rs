//! The stored records of all kinds, by noun, and their common trait.
//!
//! **Architecture invariant:** a record knows no world. The [`world`](crate::world) has the indexes derived from
//! records.

pub mod federation;
pub mod ipam;
pub mod machine;
pub mod masterdata;
pub mod namespace;
pub mod network;
pub mod switch;

use crate::refusal::Refusal;
use crate::store::{self, Generation, Key, Kind, Row};
use crate::time::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;

/// The entry of the table of kinds ([`mod@crate::schema`]) for a record; the table implements this.
pub trait OfKind {
    const KIND: Kind;
}

/// A typed row.
pub trait Record: OfKind + Serialize + DeserializeOwned + Clone + Debug + Send + Sync + 'static {
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

macro_rules! records {
    ($(
        $(#[$meta:meta])*
        $kind:ident { record: $record:ty, $($rest:tt)* }
    )+) => {
        $(impl OfKind for $record {
            const KIND: Kind = Kind::$kind;
        })+
    };
}

crate::schema!(records);
