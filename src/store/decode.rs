//! Decodes result cells into values of the port. A row of an unexpected shape is an error, never a panic: someone may
//! have edited the database by hand.

use super::link::{Cell, Record};
use super::standing::Held;
use actors::store::{ColumnValue, Generation, InboxEntry, Key, Kind, Row};
use actors::time::Timestamp;
use uuid::Uuid;

fn malformed(what: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("{what} has an unexpected shape").into())
}

/// Id and generation; `None` for a missing row.
pub(super) fn generation(record: Record) -> Result<Option<(String, Generation)>, sqlx::Error> {
    match <[Cell; 2]>::try_from(record) {
        Ok([Cell::Text(id), Cell::Int(generation)]) => Ok(Some((id, Generation(generation)))),
        Ok([Cell::Text(_), Cell::Null]) => Ok(None),
        _ => Err(malformed("a generation")),
    }
}

/// A whole row.
pub(super) fn row(kind: Kind, record: Record) -> Result<Row, sqlx::Error> {
    let mut cells = record.into_iter();
    let common = std::array::from_fn(|_| cells.next());
    let [
        Some(Cell::Text(id)),
        Some(Cell::Int(generation)),
        Some(Cell::Text(owner)),
        Some(Cell::Text(parent)),
        Some(Cell::Text(body)),
    ] = common
    else {
        return Err(malformed("a row"));
    };
    let values = cells.map(value).collect::<Result<_, _>>()?;
    let (key, generation) = (Key::new(kind, id), Generation(generation));
    Ok(Row { key, generation, owner, parent, values, body: body.into() })
}

fn value(cell: Cell) -> Result<Option<ColumnValue>, sqlx::Error> {
    match cell {
        Cell::Text(text) => Ok(Some(ColumnValue::Text(text))),
        Cell::Int(int) => Ok(Some(ColumnValue::Int(int))),
        Cell::Null => Ok(None),
        Cell::Bytes(_) => Err(malformed("a row")),
    }
}

/// An inbox entry.
pub(super) fn entry(record: Record) -> Result<InboxEntry, sqlx::Error> {
    match <[Cell; 4]>::try_from(record) {
        Ok([Cell::Bytes(key), Cell::Text(fingerprint), Cell::Text(reply), Cell::Int(at)]) => {
            let key = Uuid::from_slice(&key).map_err(|_| malformed("an inbox key"))?;
            Ok(InboxEntry { key, fingerprint, reply, at: Timestamp(at) })
        }
        _ => Err(malformed("an inbox entry")),
    }
}

/// An inbox key.
pub(super) fn seen(record: Record) -> Result<Uuid, sqlx::Error> {
    match <[Cell; 1]>::try_from(record) {
        Ok([Cell::Bytes(key)]) => Uuid::from_slice(&key).map_err(|_| malformed("an inbox key")),
        _ => Err(malformed("an inbox key")),
    }
}

/// A single text.
pub(super) fn text(record: Record) -> Result<String, sqlx::Error> {
    match <[Cell; 1]>::try_from(record) {
        Ok([Cell::Text(text)]) => Ok(text),
        _ => Err(malformed("a text")),
    }
}

/// The owner of a partition's epoch.
pub(super) fn held(record: Record) -> Result<Held, sqlx::Error> {
    let Ok([Cell::Int(epoch), holder, renewals]) = <[Cell; 3]>::try_from(record) else {
        return Err(malformed("a partition's epoch"));
    };
    let holder = match holder {
        Cell::Text(holder) => Some(holder),
        _ => None,
    };
    let renewals = match renewals {
        Cell::Int(renewals) => Some(renewals),
        _ => None,
    };
    Ok(Held::new(epoch, holder, renewals))
}

/// A single number.
pub(super) fn int(record: Record) -> Result<i64, sqlx::Error> {
    match <[Cell; 1]>::try_from(record) {
        Ok([Cell::Int(int)]) => Ok(int),
        _ => Err(malformed("a number")),
    }
}
