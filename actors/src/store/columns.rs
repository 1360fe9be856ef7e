//! Rows of address management are rows, not documents (ipam 6.6): values for database queries have columns of their
//! own. A value is stored once: the body does not repeat the id, the owner, the parent and the columns.
//!
//! A null is no value: the record lacks the field. A row from before a column existed has the value in its body, until
//! it is written again.

use super::kind::Fields;
use super::{Kind, Row};
use crate::time::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::sync::Arc;

/// An additional column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    pub name: &'static str,
    /// The field's name in the record.
    pub field: &'static str,
    pub column_type: ColumnType,
}

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    Text,
    /// JSON as text.
    Json,
    /// Microseconds since 1970-01-01T00:00:00Z.
    Time,
    /// 0 or 1.
    Flag,
}

impl ColumnType {
    /// All other types are numbers.
    pub const fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::Json)
    }
}

/// The value of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnValue {
    Text(String),
    Int(i64),
}

/// The column of [`Kind::History`] with the end of the tenure.
pub const ENDED: &str = "until_us";

impl Row {
    /// The column's value for a time.
    pub(super) fn time(&self, name: &str) -> Option<Timestamp> {
        let place = self.key.kind.columns().iter().position(|column| column.name == name)?;
        match self.values.get(place)? {
            Some(ColumnValue::Int(us)) => Some(Timestamp(*us)),
            _ => None,
        }
    }
}

/// Splits a record into the columns of its kind and the body.
pub fn split(kind: Kind, record: &impl Serialize) -> (Vec<Option<ColumnValue>>, Arc<str>) {
    const WHY: &str = "records are maps with text keys";
    let Fields { id, owner, parent, columns } = kind.fields();
    if columns.is_empty() {
        return (Vec::new(), serde_json::to_string(record).expect(WHY).into());
    }
    let mut fields = match serde_json::to_value(record).expect(WHY) {
        Value::Object(fields) => fields,
        other => return (kind.nulls(), other.to_string().into()),
    };
    for field in [id, owner, parent].into_iter().flatten() {
        fields.remove(field);
    }
    let values = columns.iter().map(|column| take(*column, &mut fields)).collect();
    (values, Value::Object(fields).to_string().into())
}

/// A value that its column cannot hold stays in the body.
fn take(column: Column, fields: &mut Map<String, Value>) -> Option<ColumnValue> {
    let value = match (column.column_type, fields.get(column.field)?) {
        (_, Value::Null) => {
            fields.remove(column.field);
            return None;
        }
        (ColumnType::Text, Value::String(text)) => ColumnValue::Text(text.clone()),
        (ColumnType::Json, value) => ColumnValue::Text(value.to_string()),
        (ColumnType::Time, Value::String(text)) => ColumnValue::Int(Timestamp::parse(text)?.0),
        (ColumnType::Flag, Value::Bool(flag)) => ColumnValue::Int((*flag).into()),
        _ => return None,
    };
    fields.remove(column.field);
    Some(value)
}

/// A time as records have it; an error for a time outside of the calendar.
fn shown(us: i64) -> Result<String, serde_json::Error> {
    let at = Timestamp(us);
    let is_ours = (Timestamp::MIN..=Timestamp::MAX).contains(&at);
    let damaged = || serde::de::Error::custom(format!("{us} us is not a time of ours"));
    is_ours.then(|| at.to_string()).ok_or_else(damaged)
}

/// The record of a row.
pub fn join<T: DeserializeOwned>(row: &Row) -> Result<T, serde_json::Error> {
    let Fields { id, owner, parent, columns } = row.key.kind.fields();
    if columns.is_empty() {
        return serde_json::from_str(&row.body);
    }
    let mut fields: Map<String, Value> = serde_json::from_str(&row.body)?;
    for (field, text) in [(id, &row.key.id), (owner, &row.owner), (parent, &row.parent)] {
        if let Some(field) = field {
            fields.insert(field.to_owned(), Value::String(text.clone()));
        }
    }
    for (column, value) in columns.iter().zip(&row.values) {
        let value = match (column.column_type, value) {
            (_, None) => continue,
            (ColumnType::Text, Some(ColumnValue::Text(text))) => Value::String(text.clone()),
            (ColumnType::Json, Some(ColumnValue::Text(text))) => serde_json::from_str(text)?,
            (ColumnType::Time, Some(ColumnValue::Int(us))) => Value::String(shown(*us)?),
            (ColumnType::Flag, Some(ColumnValue::Int(flag))) => Value::Bool(*flag != 0),
            (holds, Some(value)) => {
                let why = format!("column {} holds {holds:?}, not {value:?}", column.name);
                return Err(serde::de::Error::custom(why));
            }
        };
        fields.insert(column.field.to_owned(), value);
    }
    serde_json::from_value(Value::Object(fields))
}

#[cfg(test)]
mod tests;
