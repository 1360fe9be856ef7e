//! The definition of a run: partitions, links, behaviour of users, faults. Parsed from TOML; errors name the line and
//! the key.

mod check;
mod faults;
mod place;

use crate::fault::{Planned, Rates};
use crate::seed::{FNV_OFFSET, fold};
use check::Wrong;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::time::Duration;
use toml::de::DeTable;

/// The users' end of links: no partition has this name.
pub const USERS: &str = "users";

/// A scenario. Times are simulated time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    pub name: String,
    /// The purpose of the scenario, for people.
    pub description: String,
    /// Duration of the phase with users and faults.
    pub duration_s: u64,
    /// After that, everything must be well again within this.
    pub converge_s: u64,
    /// What a campaign must have seen at least once, by the names of [`crate::sometimes::ALL`].
    #[serde(default)]
    pub expects: Vec<String>,
    pub partitions: Vec<PartitionSpec>,
    #[serde(default)]
    pub links: LinkSpecs,
    #[serde(default)]
    pub store: StoreSpec,
    #[serde(default)]
    pub hardware: HardwareSpec,
    #[serde(default)]
    pub workload: WorkloadSpec,
    /// Random faults.
    #[serde(default)]
    pub faults: Rates,
    /// Faults of every run.
    #[serde(default)]
    pub planned: Vec<Planned>,
}

/// A partition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartitionSpec {
    pub name: String,
    pub racks: u32,
    /// In each rack.
    pub machines: u32,
    /// Hosts that can serve the partition, one at a time.
    #[serde(default = "one")]
    pub nodes: u32,
}

const fn one() -> u32 {
    1
}

/// The normal state of a link.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LinkSpec {
    pub latency_ms: u64,
    /// Maximal additional latency.
    pub jitter_ms: u64,
    /// Share of lost messages, from 0 to 1.
    pub loss: f64,
    /// Share of messages that arrive twice.
    pub duplicate: f64,
    /// Share of messages that others overtake.
    pub reorder: f64,
    /// Maximal delay of overtaken messages and of duplicates.
    pub late_ms_max: u64,
    /// 0: without a bound.
    pub bytes_per_s: u64,
}

impl Default for LinkSpec {
    fn default() -> Self {
        Self {
            latency_ms: 1,
            jitter_ms: 1,
            loss: 0.0,
            duplicate: 0.0,
            reorder: 0.0,
            late_ms_max: 500,
            bytes_per_s: 0,
        }
    }
}

/// Links by the kind of their ends.
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
    /// A commit takes up to twice this time.
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
}

/// The behaviour of users.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WorkloadSpec {
    pub users: usize,
    /// A user pauses up to twice this time between two operations.
    pub every_s: u64,
    /// Maximum of machines that one user holds.
    pub machines_max: usize,
    /// Maximum of addresses that one user holds besides those of machines, and of half as many networks; 0: none.
    pub addresses_max: usize,
    /// Share of operations that are an operator's mistakes, from 0 to 1.
    pub mistakes: f64,
    /// Share of writes that are sent twice at once, with the same key.
    pub impatience: f64,
    /// Share of freed machines that are allocated again at once by their id, before or during their reset.
    pub takes_again: f64,
    /// Share of operations that reserve all machines of a partition for another project, and then request one of them.
    /// For one partition only: global rows are written where the request arrives.
    pub reserves: f64,
    /// Each machine also gets a public address, from a pool of this prefix length; 0: none.
    pub public_prefix: u8,
    /// Seconds of quarantine of a released public address.
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
            takes_again: 0.0,
            reserves: 0.0,
            public_prefix: 0,
            quarantine_s: 0,
        }
    }
}

/// Why a scenario is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadScenario {
    /// Invalid TOML, an unknown key, or a value of the wrong type. The text has line and key.
    #[error("{0}")]
    Shape(String),
    #[error("line {line}: {key}: {reason}")]
    Value { line: usize, key: String, reason: String },
}

impl Scenario {
    pub fn parse(text: &str) -> Result<Self, BadScenario> {
        let shape = |error: toml::de::Error| BadScenario::Shape(error.to_string().trim_end().to_owned());
        let document = DeTable::parse(text).map_err(shape)?;
        let refused = |wrong: Wrong| {
            let line = place::line_of(text, document.get_ref(), &wrong.path);
            BadScenario::Value { line, key: wrong.key().to_owned(), reason: wrong.reason }
        };
        // Serde only knows where a planned fault starts, not which of its keys is wrong.
        check::planned(&toml::from_str(text).map_err(shape)?).map_err(refused)?;
        let scenario: Self = toml::from_str(text).map_err(shape)?;
        scenario.check().map_err(refused)?;
        Ok(scenario)
    }

    /// The inputs of a run besides seed, faults and commit, as 16 hexadecimal digits. Texts of the scenario for people
    /// are not included.
    pub fn hash(&self) -> String {
        let silent =
            Self { name: String::new(), description: String::new(), expects: Vec::new(), ..self.clone() };
        let text = serde_json::to_string(&silent).expect("a scenario has text keys");
        format!("{:016x}", fold(FNV_OFFSET, text.as_bytes()))
    }

    pub fn duration(&self) -> Duration {
        Duration::from_secs(self.duration_s)
    }

    pub fn converge(&self) -> Duration {
        Duration::from_secs(self.converge_s)
    }

    /// The kinds of faults, as named in plans.
    pub(crate) fn fault_kinds(&self) -> BTreeSet<String> {
        let planned = self.planned.iter().map(|planned| planned.fault.what.kind());
        self.faults.kinds().map(str::to_owned).chain(planned).collect()
    }
}

#[cfg(test)]
mod tests;
