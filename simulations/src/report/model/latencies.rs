//! Latencies of users' operations by kind, with their outcomes.

use crate::history::{Operation, OperationResult};
use std::collections::BTreeMap;

/// Doublings from 1 ms on; the last one holds everything from 4 minutes and 22 seconds on.
pub(crate) const BUCKETS: usize = 19;

/// Maximum of operations drawn individually; of more, every n-th.
const DOTS_MAX: usize = 4000;

/// All operations of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kind {
    pub(crate) name: String,
    pub(crate) ok: usize,
    pub(crate) refused: usize,
    pub(crate) unknown: usize,
    /// Tries beyond the first.
    pub(crate) retries: u64,
    /// Over finished operations.
    pub(crate) p50_ms: Option<u64>,
    pub(crate) p90_ms: Option<u64>,
    pub(crate) p99_ms: Option<u64>,
    pub(crate) max_ms: Option<u64>,
    /// Number of operations that took up to 1 ms, 2 ms, 4 ms and so on.
    pub(crate) histogram: [usize; BUCKETS],
}

impl Kind {
    pub(crate) fn count(&self) -> usize {
        self.ok + self.refused + self.unknown
    }
}

/// By the first word of the operation.
pub(crate) fn by_kind(operations: &[Operation]) -> Vec<Kind> {
    let mut kinds: BTreeMap<&str, (Kind, Vec<u64>)> = BTreeMap::new();
    for operation in operations {
        let name = operation.what.split(' ').next().unwrap_or_default();
        let (kind, times) = kinds.entry(name).or_default();
        match &operation.outcome {
            OperationResult::Ok(_) => kind.ok += 1,
            OperationResult::Failed(_) => kind.refused += 1,
            OperationResult::Unknown => kind.unknown += 1,
        }
        kind.retries += u64::from(operation.tries.saturating_sub(1));
        times.extend(took(operation));
    }
    kinds
        .into_iter()
        .map(|(name, (kind, times))| Kind { name: name.to_owned(), ..timed(kind, times) })
        .collect()
}

fn took(operation: &Operation) -> Option<u64> {
    operation.ended_ms.map(|ended| ended.saturating_sub(operation.invoked_ms))
}

fn timed(mut kind: Kind, mut times: Vec<u64>) -> Kind {
    times.sort_unstable();
    let at = |share: usize| times.get(times.len().saturating_sub(1) * share / 100).copied();
    (kind.p50_ms, kind.p90_ms, kind.p99_ms, kind.max_ms) = (at(50), at(90), at(99), at(100));
    for ms in times {
        kind.histogram[bucket(ms)] += 1;
    }
    kind
}

fn bucket(ms: u64) -> usize {
    let doublings = ms.saturating_sub(1).checked_ilog2().map_or(0, |log| log + 1);
    usize::try_from(doublings).unwrap_or(BUCKETS).min(BUCKETS - 1)
}

/// Individual operations: their start and duration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dots {
    pub(crate) ok: Vec<(u64, u64)>,
    pub(crate) refused: Vec<(u64, u64)>,
    pub(crate) unknown: Vec<(u64, u64)>,
    /// One in this many is drawn.
    pub(crate) one_of: usize,
}

impl Dots {
    pub(crate) fn of(operations: &[Operation]) -> Self {
        let one_of = operations.len().div_ceil(DOTS_MAX).max(1);
        let mut dots = Self { one_of, ..Self::default() };
        for operation in operations.iter().step_by(one_of) {
            let Some(ms) = took(operation) else { continue };
            let class = match &operation.outcome {
                OperationResult::Ok(_) => &mut dots.ok,
                OperationResult::Failed(_) => &mut dots.refused,
                OperationResult::Unknown => &mut dots.unknown,
            };
            class.push((operation.invoked_ms, ms));
        }
        dots
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    fn operation(what: &str, took_ms: Option<u64>, outcome: OperationResult) -> Operation {
        Operation { tries: 3, ..fixture::operation(what, 100, took_ms, outcome) }
    }

    #[test]
    fn kinds_are_counted_and_timed() {
        let ok = || OperationResult::Ok(String::new());
        let mut all: Vec<_> = (1..=100).map(|ms| operation("read m1", Some(ms), ok())).collect();
        all.push(operation("free", Some(9), OperationResult::Failed("no".to_owned())));
        all.push(operation("free", None, OperationResult::Unknown));
        let [free, read] = by_kind(&all).try_into().unwrap();
        assert_eq!((free.count(), free.ok, free.refused, free.unknown, free.retries), (2, 0, 1, 1, 4));
        assert_eq!((free.p50_ms, free.max_ms), (Some(9), Some(9)));
        assert_eq!(
            (read.p50_ms, read.p90_ms, read.p99_ms, read.max_ms),
            (Some(50), Some(90), Some(99), Some(100))
        );
        assert_eq!(read.histogram[..8], [1, 1, 2, 4, 8, 16, 32, 36]);
        assert_eq!(by_kind(&[operation("list", None, OperationResult::Unknown)])[0].p50_ms, None);
    }

    #[test]
    fn a_bucket_is_a_doubling() {
        let rows = [(0, 0), (1, 0), (2, 1), (3, 2), (4, 2), (5, 3), (1024, 10), (u64::MAX, BUCKETS - 1)];
        rows.iter().for_each(|(ms, expected)| assert_eq!(bucket(*ms), *expected, "{ms}"));
    }

    #[test]
    fn of_very_many_operations_every_nth_is_drawn() {
        let many = vec![operation("read", Some(5), OperationResult::Ok(String::new())); 100_000];
        let dots = Dots::of(&many);
        assert_eq!((dots.one_of, dots.ok.len()), (25, 4000));
        assert_eq!(Dots::of(&many[..10]).one_of, 1);
    }
}
