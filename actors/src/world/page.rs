//! Rows for other partitions: by kind, in pages, in stored form.

use super::{Table, World};
use crate::record::Record;
use crate::store::{Generation, Key, Kind, Row};

macro_rules! pages {
    ($(
        $(#[$meta:meta])*
        $kind:ident { record: $record:ty, rows: [$($rows:ident $(, $changes:ident)?)?], $($rest:tt)* }
    )+) => {
        impl World {
            pub(super) fn mark_stopped(&self, kind: Kind) {
                match kind {
                    $($(Kind::$kind => self.$rows.stop(),)?)+
                    Kind::History | Kind::FederationItem => {}
                }
            }

            /// True when memory has a row with this key.
            pub fn has(&self, key: &Key) -> bool {
                match key.kind {
                    $($(Kind::$kind => self.$rows.contains(&key.id),)?)+
                    Kind::History | Kind::FederationItem => false,
                }
            }

            /// The row with this key in memory.
            pub fn row(&self, key: &Key) -> Option<Row> {
                match key.kind {
                    $($(Kind::$kind => self.$rows.get(&key.id).map(|known| known.row()),)?)+
                    Kind::History | Kind::FederationItem => None,
                }
            }

            /// Rows of a kind in ascending order of id, those after `after`, at most `limit`.
            pub fn rows(&self, kind: Kind, after: Option<&str>, limit: usize) -> Vec<Row> {
                match kind {
                    $($(Kind::$kind => rows(&self.$rows, after, limit),)?)+
                    Kind::History | Kind::FederationItem => Vec::new(),
                }
            }

            /// Like [`World::rows`], without the content.
            pub fn generations(
                &self,
                kind: Kind,
                after: Option<&str>,
                limit: usize,
            ) -> Vec<(Key, Generation)> {
                match kind {
                    $($(Kind::$kind => generations(&self.$rows, after, limit),)?)+
                    Kind::History | Kind::FederationItem => Vec::new(),
                }
            }
        }
    };
}

crate::schema!(pages);

fn rows<R: Record>(table: &Table<R>, after: Option<&str>, limit: usize) -> Vec<Row> {
    table.page(after, limit).iter().map(|known| known.row()).collect()
}

fn generations<R: Record>(table: &Table<R>, after: Option<&str>, limit: usize) -> Vec<(Key, Generation)> {
    let page = table.page(after, limit);
    page.iter().map(|known| (known.value.key(), known.generation)).collect()
}
