//! Live twins: two processes that run with the name and the key of one node. Both are refused, because no peer can tell
//! which of them is right.
//!
//! Each start of a node draws an incarnation. After a restart, the old incarnation is silent for good. Of twins, the
//! older one is heard again after the newer one was.

use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;

/// An incarnation that was silent for this long is gone.
pub(crate) const GONE_AFTER: Duration = Duration::from_secs(10);

/// Packets of a node that has stopped may arrive for this long.
const LATE: Duration = Duration::from_secs(1);

/// Names and incarnations that are kept. More are refused until others are gone.
const NODES_MAX: usize = 1024;
const INCARNATIONS_MAX: usize = 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Sole,
    /// An older incarnation was heard again just after a newer one, perhaps by late packets; or too many nodes are
    /// known to tell.
    Doubtful,
    Twins,
}

#[derive(Clone, Copy, Debug)]
struct Heard {
    incarnation: u128,
    first: Instant,
    last: Instant,
}

#[derive(Debug, Default)]
pub(crate) struct Twins {
    /// By name of the node, in the order in which incarnations were first heard.
    nodes: BTreeMap<String, Vec<Heard>>,
}

impl Twins {
    /// A proof that this incarnation lives: a handshake, or a heartbeat.
    pub(crate) fn hear(&mut self, node: &str, incarnation: u128, now: Instant) -> Verdict {
        if !self.nodes.contains_key(node) && self.nodes.len() >= NODES_MAX {
            self.nodes.retain(|_, heard| heard.iter().any(|one| now < one.last + GONE_AFTER));
            if self.nodes.len() >= NODES_MAX {
                return Verdict::Doubtful;
            }
        }
        let heard = self.nodes.entry(node.to_owned()).or_default();
        heard.retain(|one| one.incarnation == incarnation || now < one.last + GONE_AFTER);
        let is_full = heard.len() >= INCARNATIONS_MAX;
        match heard.iter_mut().find(|one| one.incarnation == incarnation) {
            Some(one) => one.last = now,
            None if is_full => return Verdict::Twins,
            None => heard.push(Heard { incarnation, first: now, last: now }),
        }
        verdict(heard, incarnation)
    }
}

fn verdict(heard: &[Heard], incarnation: u128) -> Verdict {
    let overlaps = heard.windows(2).map(|pair| pair[0].last.saturating_duration_since(pair[1].first));
    match overlaps.max() {
        Some(overlap) if overlap > LATE => Verdict::Twins,
        _ if heard.last().is_some_and(|newest| newest.incarnation != incarnation) => Verdict::Doubtful,
        _ => Verdict::Sole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Incarnations and milliseconds at which they are heard; the verdict at the end.
    #[tokio::test(start_paused = true)]
    async fn twins_are_two_that_are_heard_in_turns() {
        type Case<'a> = (&'a str, &'a [(u128, u64)], Verdict);
        let cases: [Case<'_>; 8] = [
            ("one", &[(1, 0), (1, 1000), (1, 90_000)], Verdict::Sole),
            ("a restart", &[(1, 0), (2, 500), (2, 1500), (2, 60_000)], Verdict::Sole),
            ("late packets of the old one", &[(1, 0), (2, 500), (1, 900), (2, 1500)], Verdict::Sole),
            ("the late packet itself", &[(1, 0), (2, 500), (1, 900)], Verdict::Doubtful),
            ("twins, seen by the older", &[(1, 0), (2, 500), (2, 1500), (1, 1600)], Verdict::Twins),
            ("twins, asked by the newer", &[(1, 0), (2, 500), (1, 1600), (2, 1700)], Verdict::Twins),
            ("one of them is stopped", &[(1, 0), (2, 500), (1, 1600), (2, 2000), (2, 11_700)], Verdict::Sole),
            ("restarts in a row", &[(1, 0), (2, 2000), (3, 4000), (4, 6000), (4, 7000)], Verdict::Sole),
        ];
        for (what, heard, expected) in cases {
            let start = Instant::now();
            let mut twins = Twins::default();
            let mut last = Verdict::Sole;
            for (incarnation, after_ms) in heard {
                last = twins.hear("a", *incarnation, start + Duration::from_millis(*after_ms));
            }
            assert_eq!(last, expected, "{what}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_kept_is_bounded() {
        let start = Instant::now();
        let mut twins = Twins::default();
        for number in 0..3 * NODES_MAX as u64 {
            let now = start + GONE_AFTER * number as u32;
            twins.hear(&format!("n{number}"), 1, now);
            twins.hear("often", u128::from(number), now);
        }
        assert!(twins.nodes.len() <= NODES_MAX);
        let now = start + GONE_AFTER * 20_000;
        let verdicts = (0..=NODES_MAX).map(|number| twins.hear(&format!("m{number}"), 1, now));
        assert_eq!(verdicts.last(), Some(Verdict::Doubtful));
        for number in 0..100 {
            twins.hear("flood", number, start + GONE_AFTER * 30_000);
        }
        assert!(twins.nodes["flood"].len() <= INCARNATIONS_MAX);
    }
}
