//! Forgets what is old: answers to commands, and who had an address.

use crate::runtime::Site;
use crate::store::Old;
use std::time::Duration;

/// Between two rounds of forgetting.
const EVERY: Duration = Duration::from_secs(600);

/// Answers are remembered this long (runtime.md 7: at least 24 h).
pub(super) const ANSWERS_KEPT: Duration = Duration::from_secs(48 * 3600);

/// What is forgotten in one transaction.
const ROWS_MAX: usize = 1000;

pub(super) async fn run(site: Site, old: Old, kept: Duration) {
    while !site.is_stopping() {
        match site.store().prune(old, site.now() - kept, ROWS_MAX).await {
            Ok(ROWS_MAX) => continue,
            Ok(_) => {}
            Err(error) => tracing::debug!(%error, ?old, "what is old was not forgotten this time"),
        }
        tokio::time::sleep(EVERY).await;
    }
}

#[cfg(test)]
mod tests;
