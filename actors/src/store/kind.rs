//! The kinds of rows, from the table of kinds ([`mod@crate::schema`]).

use super::columns::{Column, ColumnType, ColumnValue};
use serde::{Deserialize, Serialize};

/// Which partitions have a row (architecture 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The one that owns it.
    Partition,
    /// All: it is rarely written and read everywhere.
    Global,
}

/// Where the fields of a kind's records are stored. Fields without a column are in the body.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields {
    pub(super) id: Option<&'static str>,
    pub(super) owner: Option<&'static str>,
    pub(super) parent: Option<&'static str>,
    pub(super) columns: &'static [Column],
}

macro_rules! named {
    () => {
        None
    };
    ($field:literal) => {
        Some($field)
    };
}

macro_rules! kinds {
    ($(
        $(#[$meta:meta])*
        $kind:ident {
            record: $record:ty, rows: [$($rows:ident $(, $changes:ident)?)?], migrations: [$($migration:literal),* $(,)?],
            entity: $entity:literal, table: $table:literal, scope: $scope:ident,
            shown_by_others: $shown:literal,
            id: [$($id:literal)?], owner: [$($owner:literal)?], parent: [$($parent:literal)?],
            columns: [$(($name:literal, $type:ident, $field:literal)),* $(,)?],
        }
    )+) => {
        /// The kind of a row. One table per kind, all with the same columns, and some with more ([`Kind::columns`]).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Kind {
            $($(#[$meta])* $kind,)+
        }

        impl Kind {
            /// All kinds, in the order in which a node loads those in memory.
            pub const ALL: &'static [Self] = &[$(Self::$kind),+];

            /// The word of the wire contract for an entity of this kind (api-machines 0.1).
            pub const fn entity(self) -> &'static str {
                match self {
                    $(Self::$kind => $entity,)+
                }
            }

            /// The name of its SQL table.
            pub const fn table(self) -> &'static str {
                match self {
                    $(Self::$kind => $table,)+
                }
            }

            /// Which partitions have rows of the kind.
            pub const fn scope(self) -> Scope {
                match self {
                    $(Self::$kind => Scope::$scope,)+
                }
            }

            /// True when answers about other records show parts of records of this kind.
            pub const fn is_shown_by_others(self) -> bool {
                match self {
                    $(Self::$kind => $shown,)+
                }
            }

            /// True when a node keeps all rows of the kind in memory.
            pub const fn is_kept(self) -> bool {
                match self {
                    $(Self::$kind => !matches!(stringify!($($rows)?).as_bytes(), b""),)+
                }
            }

            pub(super) const fn fields(self) -> Fields {
                match self {
                    $(Self::$kind => Fields {
                        id: named!($($id)?),
                        owner: named!($($owner)?),
                        parent: named!($($parent)?),
                        columns: &[$(
                            Column { name: $name, column_type: ColumnType::$type, field: $field },
                        )*],
                    },)+
                }
            }
        }
    };
}

crate::schema!(kinds);

impl Kind {
    /// The kinds in memory, in the order of loading.
    pub fn kept() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|kind| kind.is_kept())
    }

    /// The additional columns of the kind's table.
    pub const fn columns(self) -> &'static [Column] {
        self.fields().columns
    }

    /// A null for each of its columns.
    pub fn nulls(self) -> Vec<Option<ColumnValue>> {
        vec![None; self.columns().len()]
    }
}

#[cfg(test)]
mod tests {
    use super::super::ENDED;
    use super::*;
    use std::collections::BTreeSet;

    /// Architecture 2.
    #[test]
    fn what_is_written_seldom_and_read_everywhere_is_global() {
        let owned: BTreeSet<&str> =
            Kind::ALL.iter().filter(|kind| kind.scope() != Scope::Global).map(|kind| kind.table()).collect();
        let of_hardware = ["events", "machine", "switch", "switch_status"];
        let of_networks = ["address", "address_history", "address_rest", "claim", "network"];
        let of_namespaces = ["namespace", "prefix", "prefix_address"];
        let others = of_namespaces.into_iter().chain(["federation_item"]);
        assert_eq!(owned, of_hardware.into_iter().chain(of_networks).chain(others).collect());
    }

    #[test]
    fn no_name_is_given_twice() {
        let count = Kind::ALL.len();
        assert_eq!(Kind::ALL.iter().map(|kind| kind.table()).collect::<BTreeSet<_>>().len(), count);
        assert_eq!(Kind::ALL.iter().map(|kind| kind.entity()).collect::<BTreeSet<_>>().len(), count);
    }

    #[test]
    fn history_and_the_federation_stay_in_the_store_and_history_is_pruned_by_a_column() {
        let stays: Vec<_> = Kind::ALL.iter().filter(|kind| !kind.is_kept()).collect();
        assert_eq!(stays, [&Kind::History, &Kind::FederationItem]);
        assert!(Kind::History.columns().iter().any(|column| column.name == ENDED));
    }
}
