//! Concurrent clients, and their measurements.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;
use tonic::{Code, Status};

/// Kinds of failures that are listed separately; all others count as one more kind.
const KINDS_MAX: usize = 16;

/// Maximal letters of a failure's text in the table.
const TEXT_MAX: usize = 160;

/// The measurements of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Figures {
    /// Durations of each client's operations.
    pub(super) clients: Vec<Vec<Duration>>,
    pub(super) took: Duration,
    /// Writing transactions and WAL bytes of the whole database cluster.
    pub(super) journal: Option<(u64, u64)>,
    pub(super) failures: Failures,
    /// Violations that the audit found.
    pub(super) broken: u64,
    /// CPU time of the service.
    pub(super) cpu: Option<Duration>,
}

impl Figures {
    pub(super) fn operations(&self) -> usize {
        self.clients.iter().map(Vec::len).sum()
    }

    pub(super) fn per_second(&self) -> f64 {
        approximately(self.operations()) / self.took.as_secs_f64().max(1e-9)
    }

    /// Over all operations; zero when there were none.
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

/// Failed operations, counted by the text of the error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Failures(BTreeMap<String, usize>);

impl Failures {
    pub(super) fn count_one(&mut self, why: &anyhow::Error) {
        self.note(told(why), 1);
    }

    pub(super) fn add(&mut self, others: Self) {
        for (kind, count) in others.0 {
            self.note(kind, count);
        }
    }

    fn note(&mut self, kind: String, count: usize) {
        let is_known = self.0.contains_key(&kind) || self.0.len() < KINDS_MAX;
        *self.0.entry(if is_known { kind } else { "others".to_owned() }).or_default() += count;
    }

    pub(super) fn count(&self) -> usize {
        self.0.values().sum()
    }

    pub(super) fn most_frequent(&self) -> Option<&str> {
        self.0.iter().max_by_key(|(_, count)| **count).map(|(kind, _)| kind.as_str())
    }
}

/// The most frequent first, one line each.
impl fmt::Display for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut kinds: Vec<_> = self.0.iter().collect();
        kinds.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        kinds.iter().try_for_each(|(kind, count)| write!(f, "\n     {count} failed: {kind}"))
    }
}

/// Without numbers: they distinguish addresses, not failures.
fn told(why: &anyhow::Error) -> String {
    let text = match why.downcast_ref::<Status>() {
        Some(status) if status.code() == Code::Unknown => status.message().to_owned(),
        Some(status) => format!("{:?}, {}", status.code(), status.message()),
        None => format!("{why:#}"),
    };
    let mut kind = String::new();
    for letter in text.chars().map(|letter| if letter.is_ascii_digit() { '#' } else { letter }) {
        if kind.len() >= TEXT_MAX {
            break;
        }
        if letter != '#' || !kind.ends_with('#') {
            kind.push(if letter.is_control() { ' ' } else { letter });
        }
    }
    kind
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
    fn failures_are_told_apart_by_what_they_say_and_not_by_where() {
        let mut failures = Failures::default();
        for number in 0..40 {
            let status = Status::invalid_argument(format!("10.0.{number}.7 is\nlocked"));
            failures.count_one(&status.into());
        }
        failures.count_one(&anyhow::anyhow!("closed").context("the connection"));
        assert_eq!(
            failures.to_string(),
            "\n     40 failed: InvalidArgument, #.#.#.# is locked\n     1 failed: the connection: closed"
        );
        assert_eq!(failures.most_frequent(), Some("InvalidArgument, #.#.#.# is locked"));
        for letter in 'a'..='z' {
            failures.count_one(&anyhow::anyhow!("{letter}"));
        }
        assert_eq!((failures.0.len(), failures.count()), (KINDS_MAX + 1, 67));
        assert_eq!(told(&anyhow::anyhow!("x".repeat(1000))).len(), TEXT_MAX);
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
