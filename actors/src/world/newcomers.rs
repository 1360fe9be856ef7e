//! Counts new machines, and bounds all machines.

use crate::time::Timestamp;
use std::collections::BTreeMap;

/// Default maximum of machines of one partition.
pub const MACHINES_MAX: usize = 50_000;

/// How long new machines are counted, in seconds.
const REMEMBERED_S: i64 = 10;

/// Machines by the second in which their rows were created.
#[derive(Debug)]
pub struct Newcomers {
    by_second: BTreeMap<i64, usize>,
    pub machines_max: usize,
}

impl Default for Newcomers {
    fn default() -> Self {
        Self { by_second: BTreeMap::new(), machines_max: MACHINES_MAX }
    }
}

impl Newcomers {
    pub(super) fn came(&mut self, created: Timestamp) {
        let second = second(created);
        *self.by_second.entry(second).or_default() += 1;
        let newest = self.by_second.keys().next_back().copied().unwrap_or(second);
        self.by_second.retain(|second, _| *second > newest - REMEMBERED_S);
    }

    /// New machines of the last ten seconds.
    pub fn lately(&self, now: Timestamp) -> usize {
        let now = second(now);
        self.by_second.range(now - REMEMBERED_S + 1..=now).map(|(_, count)| count).sum()
    }
}

fn second(time: Timestamp) -> i64 {
    time.millis().div_euclid(1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_ten_seconds_count_and_are_kept() {
        let mut newcomers = Newcomers::default();
        let at = |second: i64| Timestamp::from_millis(second * 1000 + 500);
        for time in [0, 3, 3, 9] {
            newcomers.came(at(time));
        }
        assert_eq!([9, 10, 12, 13, 18, 19].map(|time| newcomers.lately(at(time))), [4, 3, 3, 1, 1, 0]);
        assert_eq!(newcomers.lately(at(2)), 1, "a clock that was set back");
        newcomers.came(at(100));
        assert_eq!(newcomers.by_second.len(), 1);
    }
}
