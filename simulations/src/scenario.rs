//! What a run is like: plants, links, what users do, what goes wrong. Read from TOML; whatever is wrong in a file is
//! refused with its line and key.

mod check;
mod place;

use crate::link::LinkSpec;
use crate::plan::{Planned, Rates};
use crate::seed::{FNV_OFFSET, fold};
use check::Wrong;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::time::Duration;
use toml::de::DeTable;

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
    /// Faults that chance draws.
    #[serde(default)]
    pub faults: Rates,
    /// Faults that happen in every run.
    #[serde(default)]
    pub planned: Vec<Planned>,
}

/// A plant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartitionSpec {
    pub name: String,
    pub racks: u32,
    /// In each rack.
    pub machines: u32,
    /// Hosts that can serve the plant, one at a time.
    #[serde(default = "one")]
    pub nodes: u32,
}

const fn one() -> u32 {
    1
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
    /// Of machines that are given back, those that are taken again at once by their id, before or while they are reset.
    pub takes_again: f64,
    /// Of operations that keep all machines of a plant for another project, and ask for one of them. For one partition:
    /// what all partitions have is written where it is asked for.
    pub reserves: f64,
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
            takes_again: 0.0,
            reserves: 0.0,
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
        let shape = |error: toml::de::Error| BadScenario::Shape(error.to_string().trim_end().to_owned());
        let document = DeTable::parse(text).map_err(shape)?;
        let refused = |wrong: Wrong| {
            let line = place::line_of(text, document.get_ref(), &wrong.path);
            BadScenario::Value { line, key: wrong.key().to_owned(), reason: wrong.reason }
        };
        // Serde knows only where a planned fault begins, and not which of its keys is wrong.
        check::planned(&toml::from_str(text).map_err(shape)?).map_err(refused)?;
        let scenario: Self = toml::from_str(text).map_err(shape)?;
        scenario.check().map_err(refused)?;
        Ok(scenario)
    }

    /// What decides the events of a run besides seed, faults and commit, as 16 hexadecimal digits. What the scenario
    /// says about itself to people does not.
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

    /// What can go wrong, by the words of the plan.
    pub(crate) fn fault_kinds(&self) -> BTreeSet<String> {
        let planned = self.planned.iter().map(|planned| planned.fault.what.kind());
        self.faults.kinds().map(str::to_owned).chain(planned).collect()
    }
}

#[cfg(test)]
mod tests;
