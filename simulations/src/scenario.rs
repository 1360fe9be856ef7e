//! What a run is like: plants, links, what users do, what goes wrong. Read from TOML; whatever is wrong in a file is
//! refused with its line and key.

use crate::link::LinkSpec;
use crate::plan::{Planned, Rates};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::time::Duration;

/// Partitions of a run at most: prefixes and names are made for so many.
const PARTITIONS_MAX: usize = 16;

/// Pretend days of one run at most.
const DAYS_MAX: u64 = 30;

/// A scenario. Times are pretend time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    pub name: String,
    /// What it is there to show.
    pub description: String,
    /// Users work and faults happen for so long.
    pub duration_s: u64,
    /// After that, everything must be well again within this.
    pub converge_s: u64,
    pub partitions: Vec<PartitionSpec>,
    #[serde(default)]
    pub links: LinkSpecs,
    #[serde(default)]
    pub store: StoreSpec,
    #[serde(default)]
    pub hardware: HardwareSpec,
    #[serde(default)]
    pub workload: WorkloadSpec,
    /// Faults that chance draws.
    #[serde(default)]
    pub faults: Rates,
    /// Faults that happen in every run.
    #[serde(default)]
    pub planned: Vec<Planned>,
}

/// A plant with one node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartitionSpec {
    pub name: String,
    pub racks: u32,
    /// In each rack.
    pub machines: u32,
}

/// By who is at the ends.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LinkSpecs {
    /// Between a rack and its node.
    pub hardware: LinkSpec,
    /// Between users and a node.
    pub users: LinkSpec,
    /// Between nodes of different partitions.
    pub mesh: LinkSpec,
}

impl Default for LinkSpecs {
    fn default() -> Self {
        let lan = LinkSpec::default();
        let wan = LinkSpec { latency_ms: 20, jitter_ms: 5, ..LinkSpec::default() };
        Self { hardware: lan, users: lan, mesh: wan }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StoreSpec {
    /// A commit takes up to twice this.
    pub latency_ms: u64,
}

impl Default for StoreSpec {
    fn default() -> Self {
        Self { latency_ms: 2 }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HardwareSpec {
    /// At each step of an installer, from 0 to 1.
    pub crash_probability: f64,
    /// BMCs take so much longer than good ones.
    pub slow_bmc_s: u64,
}

/// What users do.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WorkloadSpec {
    pub users: usize,
    /// A user rests up to twice so long between two operations.
    pub every_s: u64,
    /// Machines that one user holds at most.
    pub machines_max: usize,
    /// Addresses that one user holds at most beside his machines, and half as many networks; 0: he takes none.
    pub addresses_max: usize,
    /// Of operations that are an operator's mistakes, from 0 to 1.
    pub mistakes: f64,
    /// Of writes that are sent a second time at once, with the same key.
    pub impatience: f64,
    /// Each machine also gets a public address, from a pool of this prefix length; 0: none.
    pub public_prefix: u8,
    /// So long a public address rests before it is given again.
    pub quarantine_s: u32,
}

impl Default for WorkloadSpec {
    fn default() -> Self {
        Self {
            users: 3,
            every_s: 60,
            machines_max: 4,
            addresses_max: 0,
            mistakes: 0.2,
            impatience: 0.1,
            public_prefix: 0,
            quarantine_s: 0,
        }
    }
}

/// Why a scenario cannot be played.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadScenario {
    /// Not TOML, an unknown key, or a value of the wrong kind. The text shows line and key.
    #[error("{0}")]
    Shape(String),
    #[error("line {line}: {key}: {reason}")]
    Value { line: usize, key: String, reason: String },
}

impl Scenario {
    pub fn parse(text: &str) -> Result<Self, BadScenario> {
        let scenario: Self = toml::from_str(text)
            .map_err(|error| BadScenario::Shape(error.to_string().trim_end().to_owned()))?;
        scenario.check().map_err(|(key, reason)| BadScenario::Value {
            line: line_of(text, key),
            key: key.to_owned(),
            reason,
        })?;
        Ok(scenario)
    }

    pub fn duration(&self) -> Duration {
        Duration::from_secs(self.duration_s)
    }

    pub fn converge(&self) -> Duration {
        Duration::from_secs(self.converge_s)
    }

    /// What can go wrong, by the words of the plan.
    pub(crate) fn fault_kinds(&self) -> BTreeSet<String> {
        let planned = self.planned.iter().map(|planned| planned.fault.what.kind());
        self.faults.kinds().map(str::to_owned).chain(planned).collect()
    }

    /// The key that is wrong, and why.
    fn check(&self) -> Result<(), (&'static str, String)> {
        let days = DAYS_MAX * 24 * 3600;
        for (key, seconds) in [("duration_s", self.duration_s), ("converge_s", self.converge_s)] {
            if seconds == 0 || seconds > days {
                return Err((key, format!("{seconds} is not from 1 to {days}")));
            }
        }
        if self.partitions.is_empty() || self.partitions.len() > PARTITIONS_MAX {
            return Err(("partitions", format!("from 1 to {PARTITIONS_MAX} partitions are possible")));
        }
        for (index, partition) in self.partitions.iter().enumerate() {
            if self.partitions[..index].iter().any(|other| other.name == partition.name) {
                return Err(("name", format!("there are two partitions {}", partition.name)));
            }
            if partition.machines > crate::hardware::MACHINES_MAX {
                return Err(("machines", format!("at most {}", crate::hardware::MACHINES_MAX)));
            }
        }
        let shares = [
            ("crash_probability", self.hardware.crash_probability),
            ("mistakes", self.workload.mistakes),
            ("impatience", self.workload.impatience),
        ];
        let links = [self.links.hardware, self.links.users, self.links.mesh];
        let of_links = links
            .iter()
            .flat_map(|link| [("loss", link.loss), ("duplicate", link.duplicate), ("reorder", link.reorder)]);
        for (key, share) in shares.into_iter().chain(of_links) {
            if !(0.0..=1.0).contains(&share) {
                return Err((key, format!("{share} is not from 0 to 1")));
            }
        }
        let prefix = self.workload.public_prefix;
        if prefix != 0 && !(16..=30).contains(&prefix) {
            return Err(("public_prefix", format!("{prefix} is neither 0 nor from 16 to 30")));
        }
        self.faults.check()?;
        self.planned.iter().try_for_each(|planned| planned.fault.check(self))
    }
}

/// The first line that sets this key.
fn line_of(text: &str, key: &str) -> usize {
    let sets = |line: &str| {
        let line = line.trim_start().trim_start_matches('[');
        line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with(['=', ']']))
            || line.contains(&format!("{key} ="))
    };
    text.lines().position(sets).map_or(1, |index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "name = \"t\"\ndescription = \"d\"\nduration_s = 60\nconverge_s = 60\n\
                        [[partitions]]\nname = \"a\"\nracks = 1\nmachines = 2\n";

    #[test]
    fn a_bad_scenario_is_refused_with_line_and_key() {
        Scenario::parse(GOOD).unwrap();
        let rows = [
            (GOOD.replace("duration_s = 60", "duration_s = \"x\""), "line 3", "duration_s"),
            (GOOD.replace("racks", "rocks"), "line 7", "rocks"),
            (GOOD.replace("duration_s = 60", "duration_s = 0"), "line 3", "duration_s"),
            (format!("{GOOD}[workload]\nmistakes = 1.5\n"), "line 10", "mistakes"),
            (format!("{GOOD}[links.mesh]\nloss = -1.0\n"), "line 10", "loss"),
            (
                format!("{GOOD}[[planned]]\nat_ms = 1\nfor_ms = 1\nkind = \"crash\"\nnode = \"z\"\n"),
                "line 13",
                "node",
            ),
            (
                format!("{GOOD}[[planned]]\nat_ms = 1\nfor_ms = 1\nkind = \"crash\"\nnode = \"a\"\nby = 1\n"),
                "line 9",
                "by",
            ),
        ];
        for (text, line, key) in rows {
            let error = Scenario::parse(&text).unwrap_err().to_string();
            assert!(error.contains(line) && error.contains(key), "{error}");
        }
    }
}
