//! Requests between partitions, and rows in wire form: kinds and columns are named, so two releases may have different
//! kinds, and columns in a different order.
//!
//! A column that the reader does not have is dropped; one that the writer does not have is null. So a release that
//! moves a field into a column also writes it into the body, until the releases that read it there are no longer in
//! use.

use super::answer::{Answer, CallError, Refusal};
use super::command::Command;
use crate::ipam::usage::Consumption;
use crate::mesh::{self as domain, SHOWN_MAX};
use crate::store::{self, Column, Generation, Kind};
use crate::switch::filter::PortFilter;
use crate::wire::BadMessage;
use crate::wire::travel::{Travels, as_it_is, wire_enum, wire_struct};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

as_it_is!(u16, Arc<str>, Consumption, PortFilter);

wire_enum! {
    #[serde(rename_all = "snake_case")]
    Request = domain::Request {
        Ping,
        Has { row: Key, answered: Option<Uuid> },
        Answered { key: Uuid },
        Show { kind: String, id: Option<String>, after: Option<String> },
        Execute { command: Box<Command>, may_be_retry: bool, remaining_ms: u64, hops: u8 },
    }

    #[serde(rename_all = "snake_case")]
    ColumnValue = store::ColumnValue { Text(text: String), Int(number: i64) }
}

wire_struct! {
    Key = store::Key { kind: String, id: String }

    #[serde(default)]
    #[derive(Default)]
    Computed = domain::Computed {
        consumption: Option<Consumption>,
        port_filters: Option<Result<Vec<Option<PortFilter>>, Refusal>>,
    }
}

/// Maximum of rows in one reply: things and the rows that they are shown with.
const ROWS_MAX: usize = 8 * SHOWN_MAX;

/// `NotUnderstood` is the same in every version: with it two partitions find out that they have no version in common.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::wire) enum Reply {
    Pong,
    Has(Result<bool, CallError>),
    Shown(Box<Shown>),
    Executed(Result<Answer, CallError>),
    Failed(CallError),
    NotUnderstood { min_version: u16, max_version: u16, reason: String },
}

/// [`Reply::Executed`] with any content: enough to recognise an unreadable answer.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::wire) enum Executed {
    Executed(Result<serde::de::IgnoredAny, serde::de::IgnoredAny>),
}

/// Rows of an unknown kind are dropped: a newer release may show things together with rows that this one does not know.
/// The kind of the requested things is known.
#[derive(Serialize, Deserialize)]
pub(in crate::wire) struct Shown {
    rows: Vec<Row>,
    #[serde(default)]
    computed: BTreeMap<String, Computed>,
    #[serde(default)]
    more_after: Option<String>,
}

#[derive(Serialize, Deserialize)]
pub(in crate::wire) struct Row {
    kind: String,
    id: String,
    generation: i64,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    owner: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    parent: String,
    /// The columns that are not null.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    columns: BTreeMap<String, ColumnValue>,
    body: Arc<str>,
}

impl Travels for domain::Reply {
    type Wire = Reply;

    fn pack(&self) -> Reply {
        match self {
            Self::Pong => Reply::Pong,
            Self::Has(has) => Reply::Has(has.pack()),
            Self::Shown(shown) => Reply::Shown(shown.pack()),
            Self::Executed(outcome) => Reply::Executed(outcome.pack()),
            Self::Failed(error) => Reply::Failed(error.pack()),
            Self::NotUnderstood { min_version, max_version, reason } => Reply::NotUnderstood {
                min_version: *min_version,
                max_version: *max_version,
                reason: reason.clone(),
            },
        }
    }

    fn unpack(wire: Reply) -> Result<Self, BadMessage> {
        Ok(match wire {
            Reply::Pong => Self::Pong,
            Reply::Has(has) => Self::Has(Travels::unpack(has)?),
            Reply::Shown(shown) => Self::Shown(Travels::unpack(shown)?),
            Reply::Executed(outcome) => Self::Executed(Travels::unpack(outcome)?),
            Reply::Failed(error) => Self::Failed(Travels::unpack(error)?),
            Reply::NotUnderstood { min_version, max_version, reason } => {
                Self::NotUnderstood { min_version, max_version, reason }
            }
        })
    }
}

impl Travels for domain::Shown {
    type Wire = Shown;

    fn pack(&self) -> Shown {
        let Self { rows, computed, more_after } = self;
        Shown { rows: rows.pack(), computed: computed.pack(), more_after: more_after.clone() }
    }

    fn unpack(wire: Shown) -> Result<Self, BadMessage> {
        let Shown { rows, computed, more_after } = wire;
        if rows.len() > ROWS_MAX {
            return Err(BadMessage::new(format!("{} rows in one reply, at most {ROWS_MAX}", rows.len())));
        }
        let known = rows.into_iter().filter(|row| known(&row.kind).is_some());
        let rows = known.map(store::Row::unpack).collect::<Result<_, _>>()?;
        Ok(Self { rows, computed: Travels::unpack(computed)?, more_after })
    }
}

impl Travels for store::Row {
    type Wire = Row;

    fn pack(&self) -> Row {
        let Self { key, generation, owner, parent, values, body } = self;
        let columns = key.kind.columns().iter().zip(values);
        let said =
            columns.filter_map(|(column, value)| Some((column.name.to_owned(), value.as_ref()?.pack())));
        Row {
            kind: key.kind.pack(),
            id: key.id.clone(),
            generation: generation.0,
            owner: owner.clone(),
            parent: parent.clone(),
            columns: said.collect(),
            body: Arc::clone(body),
        }
    }

    fn unpack(wire: Row) -> Result<Self, BadMessage> {
        let Row { kind, id, generation, owner, parent, mut columns, body } = wire;
        let kind = Kind::unpack(kind)?;
        let value = |column: &Column| match columns.remove(column.name) {
            Some(value) => fitting(column, store::ColumnValue::unpack(value)?).map(Some),
            None => Ok(None),
        };
        let values = kind.columns().iter().map(value).collect::<Result<_, _>>()?;
        let key = store::Key { kind, id };
        Ok(Self { key, generation: Generation(generation), owner, parent, values, body })
    }
}

fn fitting(column: &Column, value: store::ColumnValue) -> Result<store::ColumnValue, BadMessage> {
    let is_text = matches!(value, store::ColumnValue::Text(_));
    if column.column_type.is_text() == is_text {
        return Ok(value);
    }
    Err(BadMessage::new(format!("column {} holds {:?}", column.name, column.column_type)))
}

/// Kinds are named after their tables in the store.
impl Travels for Kind {
    type Wire = String;

    fn pack(&self) -> String {
        self.table().to_owned()
    }

    fn unpack(wire: String) -> Result<Self, BadMessage> {
        known(&wire).ok_or_else(|| BadMessage::new(format!("kind {wire:?} of rows is unknown")))
    }
}

fn known(kind: &str) -> Option<Kind> {
    Kind::ALL.iter().copied().find(|known| known.table() == kind)
}
