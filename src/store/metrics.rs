//! Metrics of the writer: transactions per commit, and the duration of commits.

use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;
use std::time::Duration;

/// Cheap to clone.
#[derive(Clone, Debug)]
pub struct StoreMetrics {
    batch: Histogram,
    commit_s: Histogram,
}

impl Default for StoreMetrics {
    fn default() -> Self {
        Self {
            batch: Histogram::new(exponential_buckets(1.0, 2.0, 10)),
            commit_s: Histogram::new(exponential_buckets(0.000_25, 2.0, 14)),
        }
    }
}

impl StoreMetrics {
    /// Registers the metrics.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "metalmesh_store_batch_transactions",
            "Transactions per commit",
            self.batch.clone(),
        );
        registry.register(
            "metalmesh_store_commit_seconds",
            "Seconds from the begin of a batch to the end of its commit, retries included",
            self.commit_s.clone(),
        );
    }

    pub(super) fn committed(&self, transactions: usize, took: Duration) {
        #[expect(clippy::cast_precision_loss, reason = "a batch has a few hundred at most")]
        self.batch.observe(transactions as f64);
        self.commit_s.observe(took.as_secs_f64());
    }
}
