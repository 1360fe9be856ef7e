//! One batch as one SQL transaction: read the rows it touches, let [`plan`] decide, write the union, commit. Where the
//! database supports it, all of this is one statement ([`single_statement`]).
//!
//! Knows the order of the statements, but neither queues nor retries.

use super::classify::{Class, Stage, classify};
use super::commit_resolution::{Resolution, UnresolvedCommit};
use super::decode;
use super::epoch::{self, Epoch};
use super::link::Link;
use super::plan::{BatchPlan, Found, TransactionResult, Write, plan, touched};
use super::single_statement::{self, Expected};
use super::sql::{self, BYTES_PER_STATEMENT, Flavor, IDS_PER_STATEMENT, ROWS_PER_STATEMENT, Statement};
use actors::store::{InboxEntry, Key, Kind, Row, Transaction};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Why this try of a batch failed.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) class: Class,
    pub(super) error: sqlx::Error,
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self { class: classify(&error, Stage::Before), error }
    }
}

/// The result of a batch.
#[derive(Debug)]
pub(super) enum Verdict {
    /// In the order of the batch; durable.
    Decided(Vec<TransactionResult>),
    /// An earlier commit of this batch got no response, and its outcome cannot be determined.
    Undecidable,
}

/// A batch with its partition and epoch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Batch<'b> {
    pub(super) flavor: Flavor,
    pub(super) partition: &'b str,
    pub(super) epoch: Epoch,
    pub(super) transactions: &'b [Transaction],
}

impl<'b> Batch<'b> {
    /// Executes the batch once. `unresolved` has its earlier commits without a response; if this commit gets none
    /// either, it is added.
    ///
    /// After a failure the SQL transaction stays open: the caller must roll back or drop the connection. It must not
    /// commit, because sqlx reports a commit after a failed statement as a success (store 1.5).
    pub(super) async fn attempt(
        self,
        link: &mut Link,
        unresolved: &mut Vec<UnresolvedCommit<'b>>,
    ) -> Result<Verdict, Failure> {
        if self.flavor == Flavor::Postgres
            && unresolved.is_empty()
            && let Some(verdict) = self.single_statement(link, unresolved).await?
        {
            return Ok(verdict);
        }
        let found = self.begin(link).await?;
        if let Some(verdict) = self.judge(link, unresolved, &found).await? {
            link.rollback().await?;
            return Ok(verdict);
        }
        unresolved.retain(|unresolved| unresolved.may_still_happen(&found));
        let plan = plan(self.transactions, &found);
        if plan.is_empty() {
            link.rollback().await?;
            return Ok(Verdict::Decided(plan.outcomes));
        }
        match self.write(link, &plan, &found).await {
            Ok(()) => Ok(Verdict::Decided(plan.outcomes)),
            Err((stage, error)) => {
                let class = classify(&error, stage);
                if class == Class::Ambiguous {
                    unresolved.push(UnresolvedCommit::new(plan, found));
                }
                Err(Failure { class, error })
            }
        }
    }

    /// Decides from the batch's preconditions and lets the database write if they hold. `None`: nothing was written,
    /// run the batch step by step.
    async fn single_statement(
        self,
        link: &mut Link,
        unresolved: &mut Vec<UnresolvedCommit<'b>>,
    ) -> Result<Option<Verdict>, Failure> {
        let expected = Expected::of(self.transactions);
        let found = expected.found();
        let plan = plan(self.transactions, &found);
        if plan.is_empty() {
            return Ok(None);
        }
        let Some(statement) = single_statement::statement(self.partition, self.epoch, &expected, &plan)
        else {
            return Ok(None);
        };
        match link.single_statement(&statement).await {
            Ok(true) => Ok(Some(Verdict::Decided(plan.outcomes))),
            Ok(false) => Ok(None),
            // A new row already exists, usually a used inbox key.
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Ok(None),
            Err(error) => {
                // The statement commits by itself, so a lost response may be that of its commit.
                let class = classify(&error, Stage::Commit);
                if class == Class::Ambiguous {
                    unresolved.push(UnresolvedCommit::new(plan, found));
                }
                Err(Failure { class, error })
            }
        }
    }

    /// Begins the SQL transaction, checks the epoch, and reads the rows that the batch touches.
    async fn begin(self, link: &mut Link) -> Result<Found, Failure> {
        let touched: Vec<(Kind, Vec<&str>)> = by_kind(touched(self.transactions)).into_iter().collect();
        let keys: Vec<&Uuid> = self
            .transactions
            .iter()
            .filter_map(|transaction| Some(&transaction.inbox.as_ref()?.key))
            .collect();
        let mut kinds = Vec::new();
        let mut script = vec![sql::plain(self.flavor.begin()), sql::epoch(self.flavor, self.partition)];
        for (kind, ids) in &touched {
            for ids in ids.chunks(IDS_PER_STATEMENT) {
                kinds.push(*kind);
                script.push(sql::generations(*kind, self.partition, ids));
            }
        }
        script.extend(keys.chunks(IDS_PER_STATEMENT).map(|keys| sql::inbox_seen(self.partition, keys)));
        let results = link.script(&script).await.map_err(|(_, error)| error)?;
        let mut results = results.into_iter().skip(1);
        if epoch::read(results.next().unwrap_or_default())? != Some(self.epoch) {
            return Err(Failure { class: Class::Deposed, error: epoch::is_over(self.partition) });
        }
        let mut found = Found::default();
        for (kind, records) in kinds.into_iter().zip(results.by_ref()) {
            for record in records {
                if let Some((id, generation)) = decode::generation(record)? {
                    found.generations.insert(Key::new(kind, id), generation);
                }
            }
        }
        for record in results.flatten() {
            let key = decode::seen(record)?;
            found.inbox.extend(self.entry(link, key).await?.map(|entry| (key, entry)));
        }
        Ok(found)
    }

    /// The outcome of the earlier tries; `None`: none was committed, continue.
    async fn judge(
        self,
        link: &mut Link,
        unresolved: &[UnresolvedCommit<'b>],
        found: &Found,
    ) -> Result<Option<Verdict>, sqlx::Error> {
        let mut undecidable = false;
        for unresolved in unresolved {
            let rows = if unresolved.needs_rows() {
                self.rows(link, unresolved.keys()).await?
            } else {
                BTreeMap::new()
            };
            match unresolved.resolution(found, &rows) {
                Resolution::Committed => return Ok(Some(Verdict::Decided(unresolved.plan.outcomes.clone()))),
                Resolution::Unknown => undecidable = true,
                Resolution::Aborted => {}
            }
        }
        Ok(undecidable.then_some(Verdict::Undecidable))
    }

    async fn entry(self, link: &mut Link, key: Uuid) -> Result<Option<InboxEntry>, sqlx::Error> {
        let records = link.fetch(&sql::inbox_one(self.partition, &key)).await?;
        records.into_iter().next().map(decode::entry).transpose()
    }

    /// One by one: a commit without a response is rare, and one without an inbox entry is rarer.
    async fn rows(
        self,
        link: &mut Link,
        keys: impl Iterator<Item = &'b Key>,
    ) -> Result<BTreeMap<Key, Row>, sqlx::Error> {
        let mut rows = BTreeMap::new();
        for Key { kind, id } in keys {
            for record in link.fetch(&sql::row_one(*kind, self.partition, id)).await? {
                let row = decode::row(*kind, record)?;
                rows.insert(row.key.clone(), row);
            }
        }
        Ok(rows)
    }

    /// Writes and commits; a failure says whether `COMMIT` may have been executed.
    async fn write(
        self,
        link: &mut Link,
        plan: &BatchPlan<'b>,
        found: &Found,
    ) -> Result<(), (Stage, sqlx::Error)> {
        let mut script = self.statements(plan, found);
        let commit = script.len();
        script.push(sql::plain(sql::COMMIT));
        match link.script(&script).await {
            Ok(_) => Ok(()),
            Err((place, error)) if place < commit => Err((Stage::Before, error)),
            Err((_, error)) => Err((Stage::Commit, error)),
        }
    }

    fn statements<'p>(self, plan: &'p BatchPlan<'b>, found: &Found) -> Vec<Statement<'p>>
    where
        'b: 'p,
    {
        let mut inserts: BTreeMap<Kind, Vec<&Row>> = BTreeMap::new();
        let mut upserts: BTreeMap<Kind, Vec<&Row>> = BTreeMap::new();
        let mut deletes: BTreeMap<Kind, Vec<&str>> = BTreeMap::new();
        for (key, write) in &plan.writes {
            // Only SQLite's lock excludes that another writer adds the row meanwhile.
            let is_new = self.flavor == Flavor::Sqlite && !found.generations.contains_key(*key);
            match write {
                Write::Put(row) if is_new => inserts.entry(key.kind).or_default().push(row),
                Write::Put(row) => upserts.entry(key.kind).or_default().push(row),
                Write::Delete => deletes.entry(key.kind).or_default().push(&key.id),
            }
        }
        let mut statements = Vec::new();
        for (kind, rows) in &inserts {
            let chunks = chunks(rows, |row| row.bytes());
            statements.extend(chunks.map(|rows| sql::insert(self.flavor, *kind, self.partition, rows)));
        }
        for (kind, rows) in &upserts {
            let chunks = chunks(rows, |row| row.bytes());
            statements.extend(chunks.map(|rows| sql::upsert(*kind, self.partition, rows)));
        }
        for (kind, ids) in &deletes {
            let chunks = ids.chunks(IDS_PER_STATEMENT);
            statements.extend(chunks.map(|ids| sql::delete(*kind, self.partition, ids)));
        }
        let entries: Vec<&InboxEntry> = plan.inbox.values().copied().collect();
        let chunks = chunks(&entries, |entry| entry.reply.len());
        statements.extend(chunks.map(|entries| sql::inbox_add(self.flavor, self.partition, entries)));
        statements
    }
}

fn by_kind<'k>(keys: impl IntoIterator<Item = &'k Key>) -> BTreeMap<Kind, Vec<&'k str>> {
    let mut kinds: BTreeMap<Kind, Vec<&str>> = BTreeMap::new();
    for key in keys {
        kinds.entry(key.kind).or_default().push(&key.id);
    }
    kinds
}

/// Splits `items` so that each piece is below the bounds of one statement. A piece has at least one item.
fn chunks<T>(items: &[T], bytes: impl Fn(&T) -> usize) -> impl Iterator<Item = &[T]> {
    let mut rest = items;
    std::iter::from_fn(move || {
        let mut total = 0;
        let fits = rest.iter().take(ROWS_PER_STATEMENT).take_while(|item| {
            total += bytes(item);
            total <= BYTES_PER_STATEMENT
        });
        let (piece, after) = rest.split_at(fits.count().max(1).min(rest.len()));
        rest = after;
        (!piece.is_empty()).then_some(piece)
    })
}

#[cfg(test)]
mod tests;
