//! Many clients at once, and what they saw.

use std::time::Duration;

/// What a run measured.
#[derive(Clone, Debug, Default)]
pub(super) struct Figures {
    /// Operations of each client: how long each took.
    pub(super) clients: Vec<Vec<Duration>>,
    pub(super) took: Duration,
    /// Transactions that wrote, and bytes of journal, of the whole database cluster.
    pub(super) journal: Option<(u64, u64)>,
    /// Operations that ended with an error.
    pub(super) failed: usize,
    /// Promises that were not kept.
    pub(super) broken: u64,
    /// Time that the service was on processors.
    pub(super) cpu: Option<Duration>,
}

impl Figures {
    pub(super) fn operations(&self) -> usize {
        self.clients.iter().map(Vec::len).sum()
    }

    pub(super) fn per_second(&self) -> f64 {
        approximately(self.operations()) / self.took.as_secs_f64().max(1e-9)
    }

    /// Of all operations; zero when there were none.
    pub(super) fn percentile(&self, percent: usize) -> Duration {
        let mut all: Vec<Duration> = self.clients.iter().flatten().copied().collect();
        all.sort_unstable();
        let last = all.len().saturating_sub(1);
        all.get(all.len() * percent / 100).or_else(|| all.get(last)).copied().unwrap_or_default()
    }

    /// Jain's index of the clients' operations: 1 when all have the same, 1/n when one has them all.
    pub(super) fn fairness(&self) -> f64 {
        let counts: Vec<f64> = self.clients.iter().map(|own| approximately(own.len())).collect();
        let sum: f64 = counts.iter().sum();
        let squares: f64 = counts.iter().map(|count| count * count).sum();
        if squares == 0.0 { 1.0 } else { sum * sum / (approximately(counts.len()) * squares) }
    }
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
pub(super) fn approximately(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(counts: &[usize]) -> Figures {
        let own = |count: &usize| (1..=*count).map(|ms| Duration::from_millis(ms as u64)).collect();
        Figures {
            clients: counts.iter().map(own).collect(),
            took: Duration::from_secs(2),
            ..Figures::default()
        }
    }

    #[test]
    fn fairness_is_between_one_and_one_for_all() {
        assert!((figures(&[5, 5, 5, 5]).fairness() - 1.0).abs() < 1e-9);
        assert!((figures(&[20, 0, 0, 0]).fairness() - 0.25).abs() < 1e-9);
        assert!((figures(&[]).fairness() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn percentiles_and_rates_are_of_all_clients() {
        let figures = figures(&[100, 100]);
        assert_eq!(figures.percentile(50), Duration::from_millis(51));
        assert_eq!(figures.percentile(99), Duration::from_millis(100));
        assert!((figures.per_second() - 100.0).abs() < 1e-9);
        assert_eq!(Figures::default().percentile(99), Duration::ZERO);
    }
}
