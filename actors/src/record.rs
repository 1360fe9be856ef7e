//! What is stored: the records of all kinds, by noun, and what they have in common.
//!
//! **Architecture invariant:** a record knows no world. What is derived from records is kept by the
//! [`world`](crate::world), which knows them all.

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

/// What the table of kinds ([`mod@crate::schema`]) says of a record; it implements this.
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

    /// What is to be written down when the record gives way to `next`, or goes, at `at`. It was at `generation`; `next`
    /// may be told what only its predecessor knows.
    fn ends(&self, _next: Option<&mut Self>, _generation: Generation, _at: Timestamp) -> Option<Row> {
        None
    }

    /// What the removal of the row `other` is refused with while this record is there, because it names that row. Asked of
    /// kinds that belong to all partitions alone: of those there are few rows.
    fn refuses_removal(&self, _other: &Key) -> Option<Refusal> {
        None
    }

    /// The row's name.
    fn key(&self) -> Key {
        Key::new(Self::KIND, self.id())
    }

    /// The row as it is stored.
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
