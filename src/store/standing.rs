//! The state of a store: whether it can write, and why not; and which node serves the partition.
//!
//! A partition's node renews its epoch every few seconds, so it learns of a takeover even without writes. A second node
//! sees the renewals and stands by. Nodes do not compare clocks, only whether the count increases. SQLite has one
//! process per file and needs no stand-by; it renews to find out whether it can write again.

use super::backoff::{Backoff, Jitter};
use super::classify::{Stage, classify, gave_up};
use super::decode;
use super::link::Target;
use super::sql;
use actors::store::StoreError;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How often an epoch is renewed.
pub(super) const RENEW_EVERY: Duration = Duration::from_secs(5);

/// A node without a renewal for this long has stopped, or cannot reach the database either.
const GONE_AFTER: Duration = Duration::from_secs(15);

/// Interval of checks for a renewal.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The state of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The last write succeeded, or there was none.
    Writes,
    /// The last write failed, for a reason other than its content.
    CannotWrite(String),
    /// Another node has opened the partition: this one no longer writes.
    TakenOver {
        /// The name of that node, if known.
        by: Option<String>,
    },
}

/// The row of a partition's epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Held {
    epoch: i64,
    holder: Option<String>,
    renewals: Option<i64>,
}

/// Returns when `me` may serve the partition: no node serves it, its node stopped renewing, or that node has the same
/// name. `told` is called with the name of each serving node, once.
pub(super) async fn turn(
    target: &Target,
    partition: &str,
    me: &str,
    mut told: impl FnMut(&str),
) -> Result<(), StoreError> {
    let mut last: Option<(Held, Instant)> = None;
    let (mut backoff, mut jitter) = (Backoff::new(), Jitter::new(0));
    loop {
        let held = match look(target, partition).await {
            Ok(held) => held,
            Err(error) => {
                let class = classify(&error, Stage::Before);
                match backoff.next(class, &mut jitter) {
                    Some(wait) => sleep(wait).await,
                    None => return Err(gave_up(class, error.into())),
                }
                continue;
            }
        };
        backoff = Backoff::new();
        let Some((held, holder)) = held.and_then(|held| held.holder.clone().map(|holder| (held, holder)))
        else {
            return Ok(());
        };
        if holder == me {
            return Ok(());
        }
        match &last {
            Some((seen, since)) if *seen == held => {
                if since.elapsed() >= GONE_AFTER {
                    return Ok(());
                }
            }
            seen => {
                if seen.as_ref().is_none_or(|(seen, _)| seen.holder != held.holder) {
                    told(&holder);
                }
                last = Some((held, Instant::now()));
            }
        }
        sleep(LOOK_EVERY).await;
    }
}

/// `None`: the partition was never served, or the schema is of an older release, whose nodes do not renew.
async fn look(target: &Target, partition: &str) -> Result<Option<Held>, sqlx::Error> {
    let mut link = target.connect().await?;
    let records = match link.fetch(&sql::epoch_held(partition)).await {
        Ok(records) => records,
        Err(sqlx::Error::Database(error)) if is_older(error.code().as_deref()) => return Ok(None),
        Err(error) => return Err(error),
    };
    link.close().await?;
    records.into_iter().next().map(decode::held).transpose()
}

/// Undefined table, undefined column.
fn is_older(code: Option<&str>) -> bool {
    matches!(code, Some("42P01" | "42703"))
}

impl Held {
    pub(super) fn new(epoch: i64, holder: Option<String>, renewals: Option<i64>) -> Self {
        Self { epoch, holder, renewals }
    }

    pub(super) fn into_holder(self) -> Option<String> {
        self.holder
    }
}
