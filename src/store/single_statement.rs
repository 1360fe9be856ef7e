//! A batch as one statement, for PostgreSQL. It contains the preconditions and the writes; the database writes if the
//! preconditions hold. This takes one round trip instead of five, unless another writer interferes.
//!
//! Every transaction names the generations that it expects, so [`Batch`] can decide without reading, and this module
//! makes the statement. If a precondition fails, nothing is written, and the batch runs step by step. CockroachDB
//! always runs step by step: this statement is not tested there.
//!
//! [`Batch`]: super::batch::Batch

use super::epoch::Epoch;
use super::plan::{BatchPlan, Found, Write, plan, steps};
use super::sql::{Flavor, int_value, listed, replacing, text_value};
use actors::store::{Delete, Generation, InboxEntry, Key, Kind, Put, Row, Transaction};
use actors::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use uuid::Uuid;

/// Maximum of rows of one kind that a statement deletes: each number has its own text.
const DELETES_MAX: usize = 64;

/// The end of every [`Statement::text`].
const END: &str = "SELECT holds FROM verdict";

/// A parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Text(Option<&'a str>),
    Texts(Vec<&'a str>),
    MaybeTexts(Vec<Option<&'a str>>),
    Int(i64),
    Ints(Vec<i64>),
    MaybeInts(Vec<Option<i64>>),
    Bytes(Vec<&'a [u8]>),
    MaybeInt(Option<i64>),
    Key(&'a [u8]),
}

impl Value<'_> {
    /// A column of one row as a single value.
    fn single(self) -> Self {
        match self {
            Self::Texts(texts) if let [text] = texts[..] => Self::Text(Some(text)),
            Self::MaybeTexts(texts) if let [text] = texts[..] => Self::Text(text),
            Self::Ints(ints) if let [int] = ints[..] => Self::Int(int),
            Self::MaybeInts(ints) if let [int] = ints[..] => Self::MaybeInt(int),
            Self::Bytes(keys) if let [key] = keys[..] => Self::Key(key),
            other => other,
        }
    }
}

/// A statement that returns one row with one truth value: whether it wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Statement<'a> {
    pub(super) text: String,
    pub(super) values: Vec<Value<'a>>,
}

/// The preconditions of a batch.
#[derive(Debug, Default)]
pub(super) struct Expected<'b> {
    /// The generation of every row it touches, as the first transaction that touches the row expects it.
    generations: BTreeMap<&'b Key, Option<Generation>>,
    /// Inbox keys that must have no entry.
    unseen: BTreeSet<&'b Uuid>,
}

impl<'b> Expected<'b> {
    pub(super) fn of(batch: &'b [Transaction]) -> Self {
        let mut expected = Self::default();
        for transaction in batch {
            for (key, generation) in steps(transaction) {
                expected.generations.entry(key).or_insert(generation);
            }
            expected.unseen.extend(transaction.inbox.iter().map(|entry| &entry.key));
        }
        expected
    }

    /// The database's content if all preconditions hold.
    pub(super) fn found(&self) -> Found {
        let generations =
            self.generations.iter().filter_map(|(key, generation)| Some(((*key).clone(), (*generation)?)));
        Found { generations: generations.collect(), inbox: BTreeMap::new() }
    }

    fn is_new(&self, key: &Key) -> bool {
        self.generations.get(key).is_some_and(Option::is_none)
    }

    /// Ids and generations as parallel lists.
    fn by_kind(&self) -> BTreeMap<Kind, (Vec<&'b str>, Vec<Option<i64>>)> {
        let mut kinds: BTreeMap<Kind, (Vec<&'b str>, Vec<Option<i64>>)> = BTreeMap::new();
        for (key, generation) in &self.generations {
            let (ids, generations) = kinds.entry(key.kind).or_default();
            ids.push(&key.id);
            generations.push(generation.map(|generation| generation.0));
        }
        kinds
    }
}

/// The statement that executes the plan under its preconditions; `None` when it would be too long.
///
/// Each column of any number of rows is one parameter, so a few texts serve all batches. A batch with at most one row
/// of each kind, as from a single caller, has plain values instead, and its insertions alone check that new rows do not
/// exist: this saves a third of the server's time.
pub(super) fn statement<'b>(
    partition: &'b str,
    epoch: Epoch,
    expected: &Expected<'b>,
    plan: &BatchPlan<'b>,
) -> Option<Statement<'b>> {
    let (mut puts, mut deletes) = (BTreeMap::<Kind, Vec<&Row>>::new(), BTreeMap::<Kind, Vec<&'b str>>::new());
    for (key, write) in &plan.writes {
        match write {
            Write::Put(row) => puts.entry(key.kind).or_default().push(row),
            Write::Delete => deletes.entry(key.kind).or_default().push(&key.id),
        }
    }
    if deletes.values().any(|ids| ids.len() > DELETES_MAX) {
        return None;
    }
    let entries: Vec<&InboxEntry> = plan.inbox.values().copied().collect();
    let looked_at = expected.by_kind();
    // A key that is not inserted, because its transaction conflicts, must be checked.
    let is_single = looked_at.values().all(|(ids, _)| ids.len() == 1)
        && entries.len() <= 1
        && expected.unseen.len() == entries.len();
    let mut text = Text::new(partition, epoch, is_single);
    if is_single {
        text.expect_each(expected, plan);
    } else {
        text.expect(looked_at, &expected.unseen);
    }
    for (kind, rows) in puts {
        text.put(kind, &rows, is_single && rows.iter().all(|row| expected.is_new(&row.key)));
    }
    for (kind, ids) in deletes {
        text.delete(kind, &ids);
    }
    if !entries.is_empty() {
        text.remember(&entries);
    }
    Some(text.end())
}

/// The text under construction. The partition is `$1`, the epoch `$2`.
struct Text<'b> {
    text: String,
    values: Vec<Value<'b>>,
    writes: usize,
    is_single: bool,
}

impl<'b> Text<'b> {
    fn new(partition: &'b str, epoch: Epoch, is_single: bool) -> Self {
        let text = format!(
            "WITH last(epoch) AS ({}), verdict(holds) AS (SELECT (SELECT epoch FROM last) IS NOT DISTINCT FROM $2",
            Flavor::Postgres.epoch()
        );
        Self { text, values: vec![Value::Text(Some(partition)), Value::Int(epoch.0)], writes: 0, is_single }
    }

    fn add(&mut self, text: std::fmt::Arguments<'_>) {
        self.text.write_fmt(text).expect("writing to a String cannot fail");
    }

    /// Adds a parameter; returns its number.
    fn value(&mut self, value: Value<'b>) -> usize {
        self.values.push(value);
        self.values.len()
    }

    /// The `FROM` item for rows of these columns.
    fn rows(&mut self, columns: Vec<Value<'b>>) -> String {
        let numbers: Vec<String> = columns
            .into_iter()
            .map(|column| format!("${}", self.value(if self.is_single { column.single() } else { column })))
            .collect();
        let numbers = numbers.join(", ");
        if self.is_single { format!("(VALUES ({numbers}))") } else { format!("unnest({numbers})") }
    }

    /// One sub-select per key: every plan must use the primary key for it.
    fn expect(
        &mut self,
        kinds: BTreeMap<Kind, (Vec<&'b str>, Vec<Option<i64>>)>,
        unseen: &BTreeSet<&'b Uuid>,
    ) {
        let mut union = " AND NOT EXISTS (";
        for (kind, (ids, generations)) in kinds {
            let known = self.rows(vec![Value::Texts(ids), Value::MaybeInts(generations)]);
            self.add(format_args!(
                "{union}SELECT 1 FROM {known} AS known(name, generation) WHERE (SELECT generation FROM {0} WHERE \
                 partition = $1 AND {0}.id = known.name) IS DISTINCT FROM known.generation",
                kind.table()
            ));
            union = " UNION ALL ";
        }
        if !unseen.is_empty() {
            let new = self.rows(vec![keys(unseen.iter().copied())]);
            self.add(format_args!(
                "{union}SELECT 1 FROM {new} AS new(name) WHERE (SELECT at_us FROM inbox WHERE partition = $1 AND \
                 inbox.key = new.name) IS NOT NULL"
            ));
        }
        self.add(format_args!("))"));
    }

    /// At most one row of each kind. The insertion itself checks a new row.
    fn expect_each(&mut self, expected: &Expected<'b>, plan: &BatchPlan<'b>) {
        let is_inserted =
            |key: &Key| expected.is_new(key) && matches!(plan.writes.get(key), Some(Write::Put(_)));
        for (key, generation) in expected.generations.iter().filter(|(key, _)| !is_inserted(key)) {
            let id = self.value(Value::Text(Some(&key.id)));
            let generation = self.value(Value::MaybeInt(generation.map(|generation| generation.0)));
            self.add(format_args!(
                " AND (SELECT generation FROM {} WHERE partition = $1 AND id = ${id}) IS NOT DISTINCT FROM ${generation}",
                key.kind.table()
            ));
        }
        self.add(format_args!(")"));
    }

    fn write(&mut self) {
        self.writes += 1;
        let number = self.writes;
        self.add(format_args!(", write_{number} AS ("));
    }

    /// `are_new`: the rows must not exist.
    fn put(&mut self, kind: Kind, rows: &[&'b Row], are_new: bool) {
        let texts = |field: fn(&Row) -> &str| Value::Texts(rows.iter().map(|row| field(row)).collect());
        let mut values = vec![
            texts(|row| &row.key.id),
            Value::Ints(rows.iter().map(|row| row.generation.0).collect()),
            texts(|row| &row.owner),
            texts(|row| &row.parent),
            texts(|row| &row.body),
        ];
        values.extend(kind.columns().iter().enumerate().map(|(place, column)| {
            match column.column_type.is_text() {
                true => Value::MaybeTexts(rows.iter().map(|row| text_value(row, place)).collect()),
                false => Value::MaybeInts(rows.iter().map(|row| int_value(row, place)).collect()),
            }
        }));
        let new = self.rows(values);
        let (table, columns) = (kind.table(), listed(kind));
        self.write();
        self.add(format_args!(
            "INSERT INTO {table} (partition, {columns}) SELECT $1, {columns} FROM {new} AS new({columns}) \
             WHERE (SELECT holds FROM verdict){})",
            if are_new { String::new() } else { replacing(kind) }
        ));
    }

    /// One sub-select per row, as in [`Self::expect`]; their number is padded to a power of two, so that a few texts
    /// suffice. No row has a null id.
    fn delete(&mut self, kind: Kind, ids: &[&'b str]) {
        let some = ids.iter().copied().map(Some);
        for id in some.chain(std::iter::repeat(None)).take(ids.len().next_power_of_two()) {
            let id = self.value(Value::Text(id));
            self.write();
            self.add(format_args!(
                "DELETE FROM {} WHERE partition = $1 AND id = ${id} AND (SELECT holds FROM verdict))",
                kind.table()
            ));
        }
    }

    fn remember(&mut self, entries: &[&'b InboxEntry]) {
        let texts =
            |field: fn(&InboxEntry) -> &str| Value::Texts(entries.iter().map(|entry| field(entry)).collect());
        let new = self.rows(vec![
            keys(entries.iter().map(|entry| &entry.key)),
            texts(|entry| &entry.fingerprint),
            texts(|entry| &entry.reply),
            Value::Ints(entries.iter().map(|entry| entry.at.0).collect()),
        ]);
        self.write();
        self.add(format_args!(
            "INSERT INTO inbox (partition, key, fingerprint, reply, at_us) SELECT $1, key, fingerprint, reply, at_us \
             FROM {new} AS new(key, fingerprint, reply, at_us) WHERE (SELECT holds FROM verdict))"
        ));
    }

    fn end(mut self) -> Statement<'b> {
        self.add(format_args!(" {END}"));
        Statement { text: self.text, values: self.values }
    }
}

fn keys<'b>(keys: impl Iterator<Item = &'b Uuid>) -> Value<'b> {
    Value::Bytes(keys.map(|key| key.as_bytes().as_slice()).collect())
}

/// The statement of a batch with one step of each kind, for people.
pub(super) fn shown() -> String {
    let key = |id| Key::new(Kind::Address, id);
    let (generation, at) = (Generation(1), Timestamp(0));
    let row = Row::bare(key("put"), generation, "");
    let (fingerprint, reply) = (String::new(), String::new());
    let batch = [Transaction {
        puts: vec![Put { row, expected: None }],
        deletes: vec![Delete { key: key("deleted"), expected: generation }],
        inbox: Some(InboxEntry { key: Uuid::nil(), fingerprint, reply, at }),
        ..Transaction::default()
    }];
    let expected = Expected::of(&batch);
    let plan = plan(&batch, &expected.found());
    statement("", Epoch(1), &expected, &plan).map(|statement| statement.text).unwrap_or_default()
}

#[cfg(test)]
mod tests;
