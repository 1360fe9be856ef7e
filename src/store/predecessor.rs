//! What sessions of before still have under way when a store opens.
//!
//! A node that was killed may have sent a `COMMIT` that PostgreSQL carries out after the next node has started. Rows that
//! were read before it is done are of the past, and nobody would tell: memory would miss an address that is somebody's,
//! or keep one that was given back. So whoever opens first waits for every transaction that has written.
//!
//! SQLite's transactions end with their process. CockroachDB has no statement that waits for writers; there a conflict
//! with the row's generation is what brings memory up to date.

use super::backoff::{Backoff, Jitter};
use super::classify::{Stage, classify, gave_up};
use super::link::Link;
use super::sql::{self, Flavor};
use actors::store::StoreError;
use tokio::time::sleep;

/// Ends when all transactions that had written have ended; fails as busy when one does not for a long time.
pub(super) async fn done(link: &mut Link, flavor: Flavor, jitter: &mut Jitter) -> Result<(), StoreError> {
    if flavor != Flavor::Postgres {
        return Ok(());
    }
    let script = [sql::plain(flavor.begin()), sql::plain(sql::writers_done())];
    let mut backoff = Backoff::new();
    loop {
        let waited = link.script(&script).await;
        // The locks were wanted for the wait alone.
        let is_clean = link.rollback().await.is_ok();
        let Err((_, error)) = waited else { return Ok(()) };
        let class = classify(&error, Stage::Before);
        match backoff.next(class, jitter) {
            Some(wait) if is_clean => sleep(wait).await,
            _ => return Err(gave_up(class, error.into())),
        }
    }
}
