//! Makes a plan smaller while it violates the same invariant, so that a person reads two faults instead of forty.

use crate::fault::Fault;

/// Removes faults, first half of them at once and then fewer, as long as `breaks` reports that the rest still violates
/// it. Tries at most `tries_max` times.
pub fn shrink(faults: &[Fault], tries_max: usize, mut breaks: impl FnMut(&[Fault]) -> bool) -> Vec<Fault> {
    let mut kept = faults.to_vec();
    let mut tries = 0;
    let mut piece = kept.len().div_ceil(2).max(1);
    while !kept.is_empty() {
        let mut at = 0;
        let mut shrunk = false;
        while at < kept.len() {
            if tries == tries_max {
                return kept;
            }
            tries += 1;
            let end = kept.len().min(at + piece);
            let rest: Vec<Fault> = kept[..at].iter().chain(&kept[end..]).cloned().collect();
            if breaks(&rest) {
                kept = rest;
                shrunk = true;
            } else {
                at = end;
            }
        }
        if piece == 1 && !shrunk {
            break;
        }
        piece = (piece / 2).max(1);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::What;

    fn crash(at_ms: u64) -> Fault {
        Fault { at_ms, for_ms: 1, what: What::Crash { node: "a".to_owned() } }
    }

    #[test]
    fn shrinking_drops_what_is_not_needed() {
        let all: Vec<Fault> = (0..40).map(crash).collect();
        let needed = |rest: &[Fault]| rest.contains(&crash(7)) && rest.contains(&crash(31));
        assert_eq!(shrink(&all, 1000, needed), [crash(7), crash(31)]);
        assert_eq!(shrink(&all, 1000, |_| true), []);
        assert_eq!(shrink(&all, 1, |_| false), all);
    }
}
