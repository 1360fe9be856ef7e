//! How long a process was on processors. Knows Linux's `/proc`; elsewhere nothing is told.

use std::time::Duration;

/// Clock ticks of `/proc/PID/stat`: 100 a second on every Linux that Rust runs on.
const TICK: Duration = Duration::from_millis(10);

/// So far; `None`: there is no such process.
pub(super) fn cpu(pid: u32) -> Option<Duration> {
    ticks(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?).map(|ticks| TICK * ticks)
}

/// In user and in kernel mode. The name of a process may hold anything.
fn ticks(stat: &str) -> Option<u32> {
    let (_, fields) = stat.rsplit_once(") ")?;
    fields.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<u32>().ok()).sum()
}

#[cfg(test)]
mod tests {
    #[test]
    fn both_modes_count_whatever_the_name_is() {
        let stat = "7 (a) b) c) S 1 7 7 0 -1 4194560 100 0 1 0 250 31 0 0 20 0 4 0 1 2 3";
        assert_eq!(super::ticks(stat), Some(281));
        assert_eq!(super::ticks("7 (a) S 1 7"), Some(0));
        assert_eq!(super::ticks("what"), None);
    }

    #[test]
    fn this_process_has_been_busy() {
        assert!(super::cpu(std::process::id()).is_some());
        assert_eq!(super::cpu(u32::MAX), None);
    }
}
