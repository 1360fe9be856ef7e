//! Every SQL text, in the subset that SQLite, PostgreSQL and CockroachDB share (store 2).
//!
//! Differences are in `flavor`. Texts are constants, or built only from a table's name and the number of its `VALUES`
//! groups. Values are always parameters. This module does not know connections.

pub(super) use super::flavor::Flavor;
use actors::store::{ColumnValue, InboxEntry, Kind, Old, ROWS_PER_PAGE_MAX, Row};
use actors::time::Timestamp;
use std::borrow::Cow;
use std::fmt::Write;
use uuid::Uuid;

/// Maximum of rows in one statement. Each number of rows is a separate text, which connections keep prepared: larger
/// statements gain little and fill that cache. Far below every engine's parameter limit (SQLite: 32 766).
pub(super) const ROWS_PER_STATEMENT: usize = 64;

/// Maximal bytes of one multi-row statement; CockroachDB accepts 16 MiB.
pub(super) const BYTES_PER_STATEMENT: usize = 4 << 20;

/// Maximum of keys that one statement reads or deletes. Lists are padded to a power of two, so that a few texts
/// suffice.
pub(super) const IDS_PER_STATEMENT: usize = 256;

/// Maximum of rows that one pruning statement deletes, because it blocks the writer.
pub(super) const PRUNE_MAX: usize = 1000;

/// A table that is not of a kind of row: see `epoch`.
const EPOCH_BEGIN: &str = "INSERT INTO partition_epoch (partition, epoch, holder, renewals) VALUES ($1, 1, $2, 0) \
     ON CONFLICT (partition) DO UPDATE SET epoch = partition_epoch.epoch + 1, holder = excluded.holder, renewals = 0 \
     RETURNING epoch";
const EPOCH_RENEW: &str = "UPDATE partition_epoch SET renewals = coalesce(renewals, 0) + 1 \
     WHERE partition = $1 AND epoch = $2";
const EPOCH_RELEASE: &str = "UPDATE partition_epoch SET holder = NULL WHERE partition = $1 AND epoch = $2";
const EPOCH_HELD: &str = "SELECT epoch, holder, renewals FROM partition_epoch WHERE partition = $1";

pub(super) const COMMIT: &str = "COMMIT";
pub(super) const ROLLBACK: &str = "ROLLBACK";

const INBOX_ONE: &str = "SELECT key, fingerprint, reply, at_us FROM inbox WHERE partition = $1 AND key = $2";
const PRUNE_ANSWERS: &str = "DELETE FROM inbox WHERE partition = $1 AND key IN (SELECT key FROM inbox \
     WHERE partition = $1 AND at_us < $2 ORDER BY at_us LIMIT $3)";
const PRUNE_TENURES: &str = "DELETE FROM address_history WHERE partition = $1 AND id IN (SELECT id FROM \
     address_history WHERE partition = $1 AND until_us < $2 ORDER BY until_us LIMIT $3)";
const LOCK_TAKE: &str = "INSERT INTO schema_lock (name, owner, expires_at_us) VALUES ('migrate', $1, $2) \
     ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, expires_at_us = excluded.expires_at_us \
     WHERE schema_lock.expires_at_us < $3 OR schema_lock.owner = excluded.owner RETURNING owner";
const LOCK_RELEASE: &str = "DELETE FROM schema_lock WHERE name = 'migrate' AND owner = $1";
const VERSIONS: &str = "SELECT version FROM schema_version ORDER BY version";
const VERSION_ADD: &str = "INSERT INTO schema_version (version, name, at_us) VALUES ($1, $2, $3) \
     ON CONFLICT (version) DO NOTHING";

/// A parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Text(&'a str),
    MaybeText(Option<&'a str>),
    Int(i64),
    MaybeInt(Option<i64>),
    Bytes(&'a [u8]),
}

/// The type of a result column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    Text,
    /// Nullable, as the next one.
    MaybeText,
    Int,
    MaybeInt,
    Bytes,
}

/// A text, its parameters and its result types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Statement<'a> {
    pub(super) text: Cow<'static, str>,
    pub(super) values: Vec<Value<'a>>,
    pub(super) columns: Cow<'static, [Column]>,
    /// False for a text that the server must plan for each execution.
    pub(super) prepared: bool,
}

const GENERATION: &[Column] = &[Column::Text, Column::MaybeInt];
const SEEN: &[Column] = &[Column::Bytes];
const ENTRY: &[Column] = &[Column::Bytes, Column::Text, Column::Text, Column::Int];

fn fixed<'a>(text: &'static str, values: Vec<Value<'a>>, columns: &'static [Column]) -> Statement<'a> {
    Statement { text: Cow::Borrowed(text), values, columns: Cow::Borrowed(columns), prepared: true }
}

fn built<'a>(text: String, values: Vec<Value<'a>>, columns: &'static [Column]) -> Statement<'a> {
    Statement { text: Cow::Owned(text), values, columns: Cow::Borrowed(columns), prepared: true }
}

/// The columns of a kind's table except the partition, in the order of reads and writes.
fn columns(kind: Kind) -> impl Iterator<Item = &'static str> {
    ["id", "generation", "owner", "parent", "body"]
        .into_iter()
        .chain(kind.columns().iter().map(|own| own.name))
}

/// [`columns`] as a list.
pub(super) fn listed(kind: Kind) -> String {
    columns(kind).collect::<Vec<_>>().join(", ")
}

/// The `SET` list that replaces an existing row.
pub(super) fn replacing(kind: Kind) -> String {
    let sets = columns(kind).skip(1).map(|column| format!("{column} = excluded.{column}"));
    format!(" ON CONFLICT (partition, id) DO UPDATE SET {}", sets.collect::<Vec<_>>().join(", "))
}

/// A statement that reads whole rows of a kind.
fn reading<'a>(kind: Kind, which: &str, values: Vec<Value<'a>>) -> Statement<'a> {
    let common = [Column::Text, Column::Int, Column::Text, Column::Text, Column::Text];
    let own = kind.columns().iter().map(|column| match column.column_type.is_text() {
        true => Column::MaybeText,
        false => Column::MaybeInt,
    });
    let text = format!("SELECT {} FROM {} WHERE {which}", listed(kind), kind.table());
    Statement { columns: common.into_iter().chain(own).collect(), ..built(text, values, &[]) }
}

/// `(head, $2, $3)` with `$1` for the partition, which all groups share.
fn groups(text: &mut String, count: usize, width: usize) {
    let mut next = 2;
    for group in 0..count {
        text.push_str(if group == 0 { "($1" } else { ", ($1" });
        for _ in 0..width {
            parameter(text, ", $", next);
            next += 1;
        }
        text.push(')');
    }
}

fn parameter(text: &mut String, before: &str, number: usize) {
    write!(text, "{before}{number}").expect("writing to a String cannot fail");
}

/// The partition and then `items`, padded to a power of two with copies of the last one.
fn padded<'a>(partition: &'a str, items: impl ExactSizeIterator<Item = Value<'a>>) -> Vec<Value<'a>> {
    let count = items.len().next_power_of_two();
    let mut values = Vec::with_capacity(1 + count);
    values.push(Value::Text(partition));
    values.extend(items);
    let last = values.last().copied().unwrap_or(Value::Text(partition));
    values.resize(1 + count, last);
    values
}

/// `answer` for each of `values` except the first; its text refers to the value as `asked.name`.
///
/// One sub-select per key, not an `IN` list: PostgreSQL has no statistics of a new table, would read the whole
/// partition for a list, and would keep that plan while the table grows. Every plan of a sub-select must use the
/// primary key.
fn look_up<'a>(answer: &str, values: Vec<Value<'a>>, columns: &'static [Column]) -> Statement<'a> {
    let mut text = String::with_capacity(192 + values.len() * 8);
    text.push_str("WITH asked(name) AS (VALUES ");
    for item in 1..values.len() {
        parameter(&mut text, if item == 1 { "($" } else { ", ($" }, item + 1);
        text.push(')');
    }
    text.push_str(") SELECT asked.name");
    text.push_str(answer);
    built(text, values, columns)
}

/// The generations of at most [`IDS_PER_STATEMENT`] rows of a kind; null for missing rows.
pub(super) fn generations<'a>(kind: Kind, partition: &'a str, ids: &[&'a str]) -> Statement<'a> {
    let answer = format!(
        ", (SELECT generation FROM {0} WHERE partition = $1 AND {0}.id = asked.name) FROM asked",
        kind.table()
    );
    look_up(&answer, padded(partition, ids.iter().map(|id| Value::Text(id))), GENERATION)
}

/// Those of at most [`IDS_PER_STATEMENT`] inbox keys that have entries. Usually none has one, and rows that say so
/// would only cost time of two threads.
pub(super) fn inbox_seen<'a>(partition: &'a str, keys: &[&'a Uuid]) -> Statement<'a> {
    let answer = " FROM asked WHERE (SELECT at_us FROM inbox WHERE partition = $1 AND inbox.key = asked.name) \
         IS NOT NULL";
    look_up(answer, padded(partition, keys.iter().map(|key| Value::Bytes(key.as_bytes()))), SEEN)
}

/// Deletes at most [`IDS_PER_STATEMENT`] rows of a kind. Planned for each execution, with the table's current size: see
/// [`look_up`].
pub(super) fn delete<'a>(kind: Kind, partition: &'a str, ids: &[&'a str]) -> Statement<'a> {
    let values = padded(partition, ids.iter().map(|id| Value::Text(id)));
    let mut text = format!("DELETE FROM {} WHERE partition = $1 AND id IN (", kind.table());
    for item in 1..values.len() {
        parameter(&mut text, if item == 1 { "$" } else { ", $" }, item + 1);
    }
    text.push(')');
    Statement { prepared: false, ..built(text, values, &[]) }
}

/// One whole row.
pub(super) fn row_one<'a>(kind: Kind, partition: &'a str, id: &'a str) -> Statement<'a> {
    reading(kind, "partition = $1 AND id = $2", vec![Value::Text(partition), Value::Text(id)])
}

/// Upserts at most [`ROWS_PER_STATEMENT`] rows of one kind.
pub(super) fn upsert<'a>(kind: Kind, partition: &'a str, rows: &[&'a Row]) -> Statement<'a> {
    put("INSERT INTO ", &replacing(kind), kind, partition, rows)
}

/// Inserts at most [`ROWS_PER_STATEMENT`] rows of one kind.
pub(super) fn insert<'a>(flavor: Flavor, kind: Kind, partition: &'a str, rows: &[&'a Row]) -> Statement<'a> {
    put(flavor.insert(), "", kind, partition, rows)
}

fn put<'a>(insert: &str, conflict: &str, kind: Kind, partition: &'a str, rows: &[&'a Row]) -> Statement<'a> {
    let width = 5 + kind.columns().len();
    let mut text = String::with_capacity(512 + rows.len() * width * 8);
    text.push_str(insert);
    text.push_str(kind.table());
    text.push_str(" (partition, ");
    text.push_str(&listed(kind));
    text.push_str(") VALUES ");
    groups(&mut text, rows.len(), width);
    text.push_str(conflict);
    let mut values = Vec::with_capacity(1 + rows.len() * width);
    values.push(Value::Text(partition));
    for row in rows {
        values.push(Value::Text(&row.key.id));
        values.push(Value::Int(row.generation.0));
        values.extend([Value::Text(&row.owner), Value::Text(&row.parent), Value::Text(&row.body)]);
        let own =
            kind.columns().iter().enumerate().map(|(place, column)| match column.column_type.is_text() {
                true => Value::MaybeText(text_value(row, place)),
                false => Value::MaybeInt(int_value(row, place)),
            });
        values.extend(own);
    }
    built(text, values, &[])
}

/// The value of a column of a kind's own; rows are validated, so a value of another type is absent.
pub(super) fn text_value(row: &Row, place: usize) -> Option<&str> {
    match row.values.get(place)? {
        Some(ColumnValue::Text(text)) => Some(text),
        _ => None,
    }
}

/// Like [`text_value`].
pub(super) fn int_value(row: &Row, place: usize) -> Option<i64> {
    match row.values.get(place)? {
        Some(ColumnValue::Int(int)) => Some(*int),
        _ => None,
    }
}

/// Inserts at most [`ROWS_PER_STATEMENT`] inbox entries. An existing entry is an error, never overwritten.
pub(super) fn inbox_add<'a>(flavor: Flavor, partition: &'a str, entries: &[&'a InboxEntry]) -> Statement<'a> {
    let mut text = String::with_capacity(128 + entries.len() * 30);
    text.push_str(flavor.insert());
    text.push_str("inbox (partition, key, fingerprint, reply, at_us) VALUES ");
    groups(&mut text, entries.len(), 4);
    let mut values = Vec::with_capacity(1 + entries.len() * 4);
    values.push(Value::Text(partition));
    for entry in entries {
        values.push(Value::Bytes(entry.key.as_bytes()));
        values.extend([Value::Text(&entry.fingerprint), Value::Text(&entry.reply), Value::Int(entry.at.0)]);
    }
    built(text, values, &[])
}

/// One inbox entry.
pub(super) fn inbox_one<'a>(partition: &'a str, key: &'a Uuid) -> Statement<'a> {
    fixed(INBOX_ONE, vec![Value::Text(partition), Value::Bytes(key.as_bytes())], ENTRY)
}

/// A page of rows in byte order of id; `limit` is capped at [`ROWS_PER_PAGE_MAX`].
pub(super) fn page<'a>(
    kind: Kind,
    partition: &'a str,
    after: Option<&'a str>,
    limit: usize,
) -> Statement<'a> {
    let relation = if after.is_some() { ">" } else { ">=" };
    let which = format!("partition = $1 AND id {relation} $2 ORDER BY id LIMIT $3");
    let values = vec![
        Value::Text(partition),
        Value::Text(after.unwrap_or_default()),
        Value::Int(count(limit.min(ROWS_PER_PAGE_MAX))),
    ];
    reading(kind, &which, values)
}

/// Deletes old rows; `limit` is capped at [`PRUNE_MAX`].
pub(super) fn prune(old: Old, partition: &str, before: Timestamp, limit: usize) -> Statement<'_> {
    let values = vec![Value::Text(partition), Value::Int(before.0), Value::Int(count(limit.min(PRUNE_MAX)))];
    let text = match old {
        Old::Answers => PRUNE_ANSWERS,
        Old::History => PRUNE_TENURES,
    };
    fixed(text, values, &[])
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Reads the server's version.
pub(super) fn version(flavor: Flavor) -> Statement<'static> {
    fixed(flavor.version(), Vec::new(), &[Column::Text])
}

/// Takes or renews the migration lock. Returns one row on success, none while another owner holds it.
pub(super) fn lock_take(owner: &str, expires: Timestamp, now: Timestamp) -> Statement<'_> {
    fixed(LOCK_TAKE, vec![Value::Text(owner), Value::Int(expires.0), Value::Int(now.0)], &[Column::Text])
}

/// Releases the migration lock.
pub(super) fn lock_release(owner: &str) -> Statement<'_> {
    fixed(LOCK_RELEASE, vec![Value::Text(owner)], &[])
}

/// The applied migrations.
pub(super) fn versions() -> Statement<'static> {
    fixed(VERSIONS, Vec::new(), &[Column::Int])
}

/// Records an applied migration.
pub(super) fn version_add(version: i64, name: &str, now: Timestamp) -> Statement<'_> {
    fixed(VERSION_ADD, vec![Value::Int(version), Value::Text(name), Value::Int(now.0)], &[])
}

/// Increments the partition's epoch and returns it.
pub(super) fn epoch_begin<'a>(partition: &'a str, holder: &'a str) -> Statement<'a> {
    fixed(EPOCH_BEGIN, vec![Value::Text(partition), Value::Text(holder)], &[Column::Int])
}

/// Renews the epoch; changes nothing when the epoch is over.
pub(super) fn epoch_renew(partition: &str, epoch: i64) -> Statement<'_> {
    fixed(EPOCH_RENEW, vec![Value::Text(partition), Value::Int(epoch)], &[])
}

/// Marks the epoch as released, so that the next node need not wait.
pub(super) fn epoch_release(partition: &str, epoch: i64) -> Statement<'_> {
    fixed(EPOCH_RELEASE, vec![Value::Text(partition), Value::Int(epoch)], &[])
}

/// The epoch's owner, and its last renewal.
pub(super) fn epoch_held(partition: &str) -> Statement<'_> {
    fixed(EPOCH_HELD, vec![Value::Text(partition)], &[Column::Int, Column::MaybeText, Column::MaybeInt])
}

/// The partition's epoch.
pub(super) fn epoch(flavor: Flavor, partition: &str) -> Statement<'_> {
    fixed(flavor.epoch(), vec![Value::Text(partition)], &[Column::Int])
}

/// A text without parameters or results.
pub(super) fn plain(text: impl Into<Cow<'static, str>>) -> Statement<'static> {
    Statement { text: text.into(), values: Vec::new(), columns: Cow::Borrowed(&[]), prepared: true }
}

/// Every statement that a store sends, for people and for checks against a server's own grammar. Statements with any
/// number of rows are shown with two.
pub fn statements() -> Vec<String> {
    let mut all: Vec<String> = super::migrate::texts().map(str::to_owned).collect();
    all.extend(
        [
            LOCK_TAKE,
            LOCK_RELEASE,
            VERSIONS,
            VERSION_ADD,
            EPOCH_BEGIN,
            EPOCH_RENEW,
            EPOCH_RELEASE,
            EPOCH_HELD,
            INBOX_ONE,
            PRUNE_ANSWERS,
            PRUNE_TENURES,
        ]
        .map(str::to_owned),
    );
    for flavor in [Flavor::Sqlite, Flavor::Postgres] {
        all.extend([flavor.begin(), flavor.epoch(), flavor.version()].map(str::to_owned));
    }
    all.extend([COMMIT, ROLLBACK].map(str::to_owned));
    all.push(super::single_statement::shown());
    let entry =
        InboxEntry { key: Uuid::nil(), fingerprint: String::new(), reply: String::new(), at: Timestamp(0) };
    all.push(inbox_seen("", &[&Uuid::nil(), &Uuid::nil()]).text.into_owned());
    for flavor in [Flavor::Sqlite, Flavor::Postgres] {
        all.push(inbox_add(flavor, "", &[&entry, &entry]).text.into_owned());
    }
    for &kind in Kind::ALL {
        let row = Row::bare(actors::store::Key::new(kind, ""), actors::store::Generation(0), "");
        let statements = [
            generations(kind, "", &["", ""]),
            row_one(kind, "", ""),
            page(kind, "", None, 1),
            page(kind, "", Some(""), 1),
            insert(Flavor::Sqlite, kind, "", &[&row, &row]),
            upsert(kind, "", &[&row, &row]),
            delete(kind, "", &["", ""]),
        ];
        all.extend(statements.into_iter().map(|statement| statement.text.into_owned()));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_padded_with_their_last_item() {
        let statement = generations(Kind::Machine, "p", &["a", "b", "c"]);
        assert_eq!(
            statement.text,
            "WITH asked(name) AS (VALUES ($2), ($3), ($4), ($5)) SELECT asked.name, (SELECT generation \
             FROM machine WHERE partition = $1 AND machine.id = asked.name) FROM asked"
        );
        assert_eq!(statement.values, ["p", "a", "b", "c", "c"].map(Value::Text));
    }

    #[test]
    fn groups_share_the_partition() {
        let mut text = String::new();
        groups(&mut text, 2, 2);
        assert_eq!(text, "($1, $2, $3), ($1, $4, $5)");
    }

    #[test]
    fn every_statement_stays_in_the_common_subset() {
        let banned = ["::", "?", "*", "now()", "LIKE", " / ", "SERIAL ", "INTEGER", "USING", "ANY("];
        let all = statements();
        assert!(all.len() > 100, "{} statements", all.len());
        for text in all {
            let found: Vec<_> = banned.iter().filter(|word| text.contains(**word)).collect();
            assert!(found.is_empty(), "{found:?} in {text}");
            assert!(!text.contains(';'), "one statement per text: {text}");
        }
    }
}
