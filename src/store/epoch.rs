//! The right to write: only the last opener of a partition has it.
//!
//! Statements of a killed node may still execute later, and a node that only seemed dead may continue. The next node
//! answers from rows that it read once, so after its read only its own writes may happen. Opening begins an epoch, and
//! every batch checks in its own transaction that its epoch is the last. PostgreSQL holds a shared lock on the epoch's
//! row until the batch ends, so a new epoch begins after running batches and before all later ones. SQLite has one
//! writer at a time. CockroachDB restarts a batch if another commit invalidates its check.

use super::backoff::{Backoff, Jitter};
use super::classify::{Class, Stage, classify, gave_up};
use super::decode;
use super::link::{Link, Record};
use super::sql;
use actors::store::StoreError;
use tokio::time::sleep;

/// Counts the openings of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Epoch(pub(super) i64);

/// Begins an epoch after all running batches of the last one. Fails as busy if one of them does not end in a long time.
/// If the response is lost, the new epoch may exist without an owner.
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

/// The error of a batch whose epoch is over.
pub(super) fn is_over(partition: &str) -> sqlx::Error {
    sqlx::Error::InvalidArgument(format!(
        "another node has opened partition {partition} after this one: this node no longer writes, stop it"
    ))
}
