//! The rules for a scenario. Bounds make sure that a run ends, and that it does what the file says.

use super::{LinkSpec, PartitionSpec, Scenario, USERS};
use crate::bounds::MACHINES_MAX;
use crate::fault::{self, Planned};
use crate::sometimes;
use std::fmt::Display;
use std::ops::RangeInclusive;

/// Maximum of partitions of a run: there are prefixes and names for this many.
const PARTITIONS_MAX: usize = 16;

/// Simulated seconds of each phase of a run, and of all pauses.
const PHASE_S: RangeInclusive<u64> = 1..=30 * 24 * 3600;

/// Maximum of nodes of a partition.
const NODES_MAX: u32 = 8;

/// Maximum of racks of one partition.
const RACKS_MAX: u32 = 10_000;

/// Maximum of machines of a run.
const ALL_MACHINES_MAX: u64 = 100_000;

/// Each is a task with its own randomness.
const USERS_MAX: usize = 10_000;

/// Maximum that one user holds of a kind.
const HELD_MAX: usize = 10_000;

const EVERY_S_MAX: u64 = 24 * 3600;

/// Callers have long given up by then.
const LATENCY_MS_MAX: u64 = 3_600_000;

/// A message delayed by a day counts as lost.
const LATE_MS_MAX: u64 = 24 * 3_600_000;

/// Maximal letters of a name: names are part of file names and machine names.
const NAME_MAX: usize = 64;

/// A wrong key: keys and numbers from the top of the file on, separated by dots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) path: String,
    pub(super) reason: String,
}

impl Wrong {
    fn new(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { path: path.into(), reason: reason.into() }
    }

    fn planned(index: usize, wrong: fault::Wrong) -> Self {
        Self::new(format!("planned.{index}.{}", wrong.key), wrong.reason)
    }

    /// The last key of the path.
    pub(super) fn key(&self) -> &str {
        let mut steps = self.path.rsplit('.');
        steps.find(|step| step.parse::<usize>().is_err()).unwrap_or_default()
    }
}

/// Checks that planned faults can be parsed, before the whole file is.
pub(super) fn planned(document: &serde_json::Value) -> Result<(), Wrong> {
    let list = document.get("planned").and_then(serde_json::Value::as_array);
    for (index, table) in list.into_iter().flatten().enumerate() {
        // A value that is no table is refused when the rest is parsed.
        let Some(table) = table.as_object() else { continue };
        Planned::read(table.clone()).map_err(|wrong| Wrong::planned(index, wrong))?;
    }
    Ok(())
}

impl Scenario {
    pub(super) fn check(&self) -> Result<(), Wrong> {
        name("name", &self.name)?;
        within("duration_s", self.duration_s, &PHASE_S)?;
        within("converge_s", self.converge_s, &PHASE_S)?;
        self.check_partitions()?;
        for (key, link) in
            [("hardware", self.links.hardware), ("users", self.links.users), ("mesh", self.links.mesh)]
        {
            check_link(&format!("links.{key}"), &link)?;
        }
        within("store.latency_ms", self.store.latency_ms, &(0..=LATENCY_MS_MAX))?;
        within("hardware.crash_probability", self.hardware.crash_probability, &(0.0..=1.0))?;
        self.check_workload()?;
        for (index, expected) in self.expects.iter().enumerate() {
            if !sometimes::ALL.iter().any(|it| it.name == expected) {
                let known: Vec<&str> = sometimes::ALL.iter().map(|it| it.name).collect();
                let reason = format!("no code marks {expected:?}; known marks: {}", known.join(", "));
                return Err(Wrong::new(format!("expects.{index}"), reason));
            }
        }
        self.faults.check().map_err(|(key, reason)| Wrong::new(format!("faults.{key}"), reason))?;
        for (index, planned) in self.planned.iter().enumerate() {
            planned.check(self).map_err(|wrong| Wrong::planned(index, wrong))?;
        }
        Ok(())
    }

    fn check_partitions(&self) -> Result<(), Wrong> {
        if self.partitions.is_empty() || self.partitions.len() > PARTITIONS_MAX {
            let reason = format!("from 1 to {PARTITIONS_MAX} partitions are possible");
            return Err(Wrong::new("partitions", reason));
        }
        let mut machines = 0;
        for (index, partition) in self.partitions.iter().enumerate() {
            let at = |key| format!("partitions.{index}.{key}");
            name(&at("name"), &partition.name)?;
            if partition.name == USERS {
                return Err(Wrong::new(at("name"), "the name is reserved for the users"));
            }
            if self.partitions[..index].iter().any(|other| other.name == partition.name) {
                return Err(Wrong::new(at("name"), format!("there are two partitions {}", partition.name)));
            }
            let PartitionSpec { racks, machines: each, .. } = partition;
            within(&at("racks"), *racks, &(0..=RACKS_MAX))?;
            within(&at("nodes"), partition.nodes, &(1..=NODES_MAX))?;
            within(&at("machines"), *each, &(0..=MACHINES_MAX))?;
            if *racks == 0 && *each > 0 {
                return Err(Wrong::new(at("machines"), format!("there are no racks for {each} machines")));
            }
            machines += u64::from(*racks) * u64::from(*each);
            if machines > ALL_MACHINES_MAX {
                let reason = format!("{machines} machines up to here, and {ALL_MACHINES_MAX} are possible");
                return Err(Wrong::new(at("machines"), reason));
            }
        }
        Ok(())
    }

    fn check_workload(&self) -> Result<(), Wrong> {
        let workload = &self.workload;
        within("workload.users", workload.users, &(0..=USERS_MAX))?;
        within("workload.every_s", workload.every_s, &(1..=EVERY_S_MAX))?;
        within("workload.machines_max", workload.machines_max, &(0..=HELD_MAX))?;
        within("workload.addresses_max", workload.addresses_max, &(0..=HELD_MAX))?;
        within("workload.mistakes", workload.mistakes, &(0.0..=1.0))?;
        within("workload.impatience", workload.impatience, &(0.0..=1.0))?;
        within("workload.takes_again", workload.takes_again, &(0.0..=1.0))?;
        within("workload.reserves", workload.reserves, &(0.0..=1.0))?;
        if workload.reserves > 0.0 && self.partitions.len() > 1 {
            return Err(Wrong::new("workload.reserves", "reservations need a scenario with one partition"));
        }
        within("workload.quarantine_s", u64::from(workload.quarantine_s), &(0..=*PHASE_S.end()))?;
        let prefix = workload.public_prefix;
        if prefix != 0 && !(16..=30).contains(&prefix) {
            let reason = format!("{prefix} is neither 0 nor from 16 to 30");
            return Err(Wrong::new("workload.public_prefix", reason));
        }
        Ok(())
    }
}

fn check_link(path: &str, link: &LinkSpec) -> Result<(), Wrong> {
    let at = |key| format!("{path}.{key}");
    within(&at("latency_ms"), link.latency_ms, &(0..=LATENCY_MS_MAX))?;
    within(&at("jitter_ms"), link.jitter_ms, &(0..=LATENCY_MS_MAX))?;
    within(&at("late_ms_max"), link.late_ms_max, &(0..=LATE_MS_MAX))?;
    within(&at("loss"), link.loss, &(0.0..=1.0))?;
    within(&at("duplicate"), link.duplicate, &(0.0..=1.0))?;
    within(&at("reorder"), link.reorder, &(0.0..=1.0))
}

fn within<T: PartialOrd + Display>(path: &str, value: T, range: &RangeInclusive<T>) -> Result<(), Wrong> {
    // NaN is in no range.
    if range.contains(&value) {
        return Ok(());
    }
    Err(Wrong::new(path, format!("{value} is not from {} to {}", range.start(), range.end())))
}

fn name(path: &str, name: &str) -> Result<(), Wrong> {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    if name.is_empty() || name.len() > NAME_MAX || name.starts_with('.') || !name.chars().all(fits) {
        let reason =
            format!("{name:?} is not from 1 to {NAME_MAX} letters, digits, dots, - and _, the first no dot");
        return Err(Wrong::new(path, reason));
    }
    Ok(())
}
