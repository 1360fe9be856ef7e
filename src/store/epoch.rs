//! Who may write: whoever opened the partition last.
//!
//! What a killed node has sent is carried out all the same, now or later, and a node that only seemed dead goes on. The
//! next one answers from rows that it read once, so nothing may come after it but what it wrote itself. Opening begins
//! an epoch, and every batch looks whether its own still is the last, in its own transaction: PostgreSQL keeps the epoch's
//! row shared until the end of the batch, so that a new epoch begins after a batch that is under way and before any that
//! comes later. SQLite has one writer at a time, and CockroachDB restarts a batch whose look a commit overtook.

use super::backoff::{Backoff, Jitter};
use super::classify::{Class, Stage, classify, gave_up};
use super::decode;
use super::link::{Link, Record};
use super::sql;
use actors::store::StoreError;
use tokio::time::sleep;

/// Counts those who opened a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Epoch(pub(super) i64);

/// Begins one, after all batches of the last one that are under way; fails as busy when one of them does not end for a
/// long time. What comes of it without an answer is an epoch that nobody has.
pub(super) async fn begin(
    link: &mut Link,
    partition: &str,
    holder: &str,
    jitter: &mut Jitter,
) -> Result<Epoch, StoreError> {
    let mut backoff = Backoff::new();
    loop {
        let error = match link.fetch(&sql::epoch_begin(partition, holder)).await.and_then(read) {
            Ok(Some(epoch)) => return Ok(epoch),
            Ok(None) => return Err(StoreError::Invalid("the database did not begin an epoch".to_owned())),
            Err(error) => error,
        };
        let class = classify(&error, Stage::Before);
        match backoff.next(class, jitter) {
            Some(wait) if class != Class::Lost => sleep(wait).await,
            _ => return Err(gave_up(class, error.into())),
        }
    }
}

pub(super) fn read(records: Vec<Record>) -> Result<Option<Epoch>, sqlx::Error> {
    records.into_iter().next().map(decode::int).transpose().map(|epoch| epoch.map(Epoch))
}

/// Why nothing was written.
pub(super) fn is_over(partition: &str) -> sqlx::Error {
    sqlx::Error::InvalidArgument(format!(
        "another node has opened partition {partition} after this one: this node no longer writes, stop it"
    ))
}
