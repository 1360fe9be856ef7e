//! Whether a fault is possible in a scenario.

use super::{PartitionSpec, Scenario};
use crate::fault::{FAULTS_MAX, Fault, Planned, What, Wrong};
use std::fmt::Display;
use std::ops::RangeInclusive;

/// Maximal slowdown: callers have long given up by then.
const SLOWER_MS: RangeInclusive<u64> = 1..=3_600_000;

/// Maximal error of a clock: a day.
const CLOCK_MS: RangeInclusive<i64> = -86_400_000..=86_400_000;

/// Maximal drift of a clock: a tenth.
const DRIFT_PPM: RangeInclusive<i64> = -100_000..=100_000;

/// Range of delays of BMCs and of the period of flapping power, in seconds.
const HARDWARE_S: RangeInclusive<u64> = 1..=3600;

const TURN: RangeInclusive<u64> = 1..=1_000_000_000;

const SHARE: RangeInclusive<f64> = 0.0..=1.0;

impl Fault {
    /// The key that does not fit the scenario.
    pub(crate) fn check(&self, scenario: &Scenario) -> Result<(), Wrong> {
        let duration_ms = scenario.duration_s.saturating_mul(1000);
        if self.at_ms >= duration_ms {
            return Err(Wrong::new("at_ms", format!("{} is not before the end, {duration_ms}", self.at_ms)));
        }
        if self.for_ms == 0 {
            return Err(Wrong::new("for_ms", "a fault must last longer than zero"));
        }
        self.what.check(scenario)
    }

    /// The same for a fault of a fixed plan.
    pub(crate) fn check_end(&self, scenario: &Scenario) -> Result<(), Wrong> {
        let duration_ms = scenario.duration_s.saturating_mul(1000);
        if self.at_ms.saturating_add(self.for_ms) > duration_ms {
            let reason = format!("it would end after the time for faults, {duration_ms}");
            return Err(Wrong::new("for_ms", reason));
        }
        self.check(scenario)
    }
}

impl Planned {
    /// Checks against the scenario. A fault that would outlast the safety phase is shortened, so it is accepted.
    pub(crate) fn check(&self, scenario: &Scenario) -> Result<(), Wrong> {
        self.fault.check(scenario)?;
        let most = u64::try_from(FAULTS_MAX).unwrap_or(u64::MAX);
        if self.times == 0 || self.times > most {
            return Err(Wrong::new("times", format!("{} is not from 1 to {most}", self.times)));
        }
        if self.times > 1 && self.every_ms == 0 {
            return Err(Wrong::new("every_ms", "a repeated fault needs a time between its starts"));
        }
        Ok(())
    }
}

impl What {
    fn check(&self, scenario: &Scenario) -> Result<(), Wrong> {
        let find = |name: &str| scenario.partitions.iter().find(|partition| partition.name == name);
        for (key, name) in self.named() {
            if find(name).is_none() {
                return Err(Wrong::new(key, format!("there is no partition {name}")));
            }
        }
        let Some(partition) = find(self.place()) else { return Ok(()) };
        match self {
            Self::CrashAtTurn { turn, .. } => within("turn", turn, &TURN),
            Self::Cut { from, to } => differ("to", from, to),
            Self::Split { a, b } => differ("b", a, b),
            Self::Slow { from, to, by_ms } => {
                differ("to", from, to)?;
                within("by_ms", by_ms, &SLOWER_MS)
            }
            Self::Loss { from, to, share } => {
                differ("to", from, to)?;
                within("share", share, &SHARE)
            }
            Self::StoreBusy { share, .. }
            | Self::StoreForgets { share, .. }
            | Self::StoreSilent { share, .. } => within("share", share, &SHARE),
            Self::StoreSlow { by_ms, .. } => within("by_ms", by_ms, &SLOWER_MS),
            Self::Clock { by_ms, .. } => within("by_ms", by_ms, &CLOCK_MS),
            Self::Drift { ppm, .. } => within("ppm", ppm, &DRIFT_PPM),
            Self::BmcSlow { machine, by_s, .. } => {
                has_machine(partition, *machine)?;
                within("by_s", by_s, &HARDWARE_S)
            }
            Self::Flapping { machine, every_s, .. } => {
                has_machine(partition, *machine)?;
                within("every_s", every_s, &HARDWARE_S)
            }
            Self::BmcDead { machine, .. }
            | Self::BmcLies { machine, .. }
            | Self::BmcIgnoresBoot { machine, .. }
            | Self::Unplug { machine, .. } => has_machine(partition, *machine),
            Self::LeafReplaced { rack, .. } => {
                let racks = usize::try_from(partition.racks).unwrap_or(usize::MAX);
                has("rack", *rack, racks, &partition.name)
            }
            Self::TakeOver { .. } if partition.nodes < 2 => {
                Err(Wrong::new("node", format!("{} has no second node for a takeover", partition.name)))
            }
            Self::Crash { .. }
            | Self::TakeOver { .. }
            | Self::CrashAtCommit { .. }
            | Self::Restart { .. }
            | Self::Pause { .. }
            | Self::Isolate { .. }
            | Self::StoreStall { .. }
            | Self::StoreFull { .. }
            | Self::PowerCut { .. }
            | Self::CutRacks { .. } => Ok(()),
        }
    }
}

fn within<T: PartialOrd + Display>(
    key: &'static str,
    value: &T,
    range: &RangeInclusive<T>,
) -> Result<(), Wrong> {
    // NaN is in no range.
    if range.contains(value) {
        return Ok(());
    }
    Err(Wrong::new(key, format!("{value} is not from {} to {}", range.start(), range.end())))
}

fn differ(key: &'static str, one: &str, other: &str) -> Result<(), Wrong> {
    if one == other { Err(Wrong::new(key, format!("{one} has no link to itself"))) } else { Ok(()) }
}

fn has_machine(partition: &PartitionSpec, machine: usize) -> Result<(), Wrong> {
    let machines = u64::from(partition.racks) * u64::from(partition.machines);
    has("machine", machine, usize::try_from(machines).unwrap_or(usize::MAX), &partition.name)
}

/// Both count from 0.
fn has(key: &'static str, number: usize, count: usize, partition: &str) -> Result<(), Wrong> {
    if number < count {
        return Ok(());
    }
    Err(Wrong::new(key, format!("{partition} has {count}, and the first is 0: there is no {number}")))
}
