//! Findings, and how they are collected and spelled.

use crate::naming::ID_BYTES_MAX;
use serde::{Deserialize, Serialize};

/// Maximum of findings about one member. The others are counted.
pub const FINDINGS_MAX: usize = 1000;

/// Whether a finding stands in the way of a join.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The plants are not joined while there is one.
    Conflict,
    /// For the operator's information.
    Remark,
}

/// Something in the inventories of two plants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub severity: Severity,
    /// What it is about, in the joiner: `network internet`.
    pub subject: String,
    /// One sentence; for a conflict, with the way out.
    pub text: String,
}

/// What was found about one member.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Comparison {
    /// At most [`FINDINGS_MAX`], conflicts first.
    pub findings: Vec<Finding>,
    /// Number of all conflicts, including those that are left out of the findings.
    pub conflicts: u64,
    /// Number of all remarks, including those that are left out of the findings.
    pub remarks: u64,
}

impl Comparison {
    /// Number of findings that are left out.
    pub fn left_out(&self) -> u64 {
        let listed = u64::try_from(self.findings.len()).unwrap_or(u64::MAX);
        self.conflicts.saturating_add(self.remarks).saturating_sub(listed)
    }

    /// Whether the plants can be joined, as far as this member is concerned.
    pub const fn is_clear(&self) -> bool {
        self.conflicts == 0
    }
}

/// Findings so far. Texts beyond the maximum are not made.
#[derive(Default)]
pub(super) struct Found {
    conflicts: Vec<Finding>,
    remarks: Vec<Finding>,
    more_conflicts: u64,
    more_remarks: u64,
}

impl Found {
    pub(super) fn conflict(&mut self, finding: impl FnOnce() -> Finding) {
        match self.conflicts.len() < FINDINGS_MAX {
            true => self.conflicts.push(finding()),
            false => self.left_out(1, 0),
        }
    }

    pub(super) fn remark(&mut self, finding: impl FnOnce() -> Finding) {
        match self.remarks.len() < FINDINGS_MAX {
            true => self.remarks.push(finding()),
            false => self.left_out(0, 1),
        }
    }

    /// Counts findings without a text.
    pub(super) fn left_out(&mut self, conflicts: u64, remarks: u64) {
        self.more_conflicts = self.more_conflicts.saturating_add(conflicts);
        self.more_remarks = self.more_remarks.saturating_add(remarks);
    }

    pub(super) fn into_comparison(self) -> Comparison {
        let all = |listed: usize, more: u64| u64::try_from(listed).unwrap_or(u64::MAX).saturating_add(more);
        let conflicts = all(self.conflicts.len(), self.more_conflicts);
        let remarks = all(self.remarks.len(), self.more_remarks);
        let mut findings = self.conflicts;
        findings.extend(self.remarks);
        findings.truncate(FINDINGS_MAX);
        Comparison { findings, conflicts, remarks }
    }
}

/// A name from the other plant, for a terminal: without control characters, and cut at the length of ids.
pub(super) fn shown(name: &str) -> String {
    let cut = &name[..name.floor_char_boundary(ID_BYTES_MAX)];
    let mut shown = cut.escape_debug().to_string();
    if cut.len() < name.len() {
        shown.push('…');
    }
    shown
}

/// A word for a shell.
pub(super) fn word(text: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.,:/=@+%".contains(letter);
    if text.chars().all(is_plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_elsewhere_cannot_move_the_cursor_or_leave_the_word() {
        let long = "ä".repeat(100);
        for (name, expected) in [
            ("leaf01", "leaf01"),
            ("a\u{1b}[2J\n", "a\\u{1b}[2J\\n"),
            ("ü", "ü"),
            (&long, &("ä".repeat(64) + "…")),
        ] {
            assert_eq!(shown(name), expected);
        }
        for (text, expected) in
            [("network/a=b", "network/a=b"), ("a b", "'a b'"), ("a'; rm", "'a'\\''; rm'"), ("$x", "'$x'")]
        {
            assert_eq!(word(text), expected);
        }
    }

    #[test]
    fn conflicts_come_first_and_all_are_counted() {
        let finding =
            |severity, number: usize| Finding { severity, subject: number.to_string(), text: String::new() };
        let mut found = Found::default();
        for number in 0..FINDINGS_MAX {
            found.remark(|| finding(Severity::Remark, number));
        }
        found.remark(|| panic!("there is no room"));
        found.conflict(|| finding(Severity::Conflict, 7));
        found.left_out(3, 0);
        let comparison = found.into_comparison();
        assert_eq!(comparison.findings.len(), FINDINGS_MAX);
        assert_eq!(comparison.findings[0], finding(Severity::Conflict, 7));
        assert_eq!((comparison.conflicts, comparison.remarks), (4, 1001));
        assert_eq!((comparison.left_out(), comparison.is_clear()), (5, false));
    }
}
