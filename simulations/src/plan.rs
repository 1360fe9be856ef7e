//! The plan of faults: drawn in advance from the seed, so that a run can be repeated without some of them.

pub(crate) mod stored;

pub use stored::Stored;

use crate::fault::{FAULTS_MAX, Fault, Planned, What};
use crate::scenario::Scenario;
use crate::seed::Seed;
use rand::{Rng, RngExt};
use std::time::Duration;

/// The largest number of polls before a crash; the number is a power of two. A busy partition has that many in a few
/// seconds, and a starting one has a dozen.
const TURNS_MAX: u32 = 8;

/// Range of delays of slow BMCs in the field, in seconds.
const BMC_SLOW_S: std::ops::RangeInclusive<u64> = 2..=90;

/// From a machine that never completes its boot to one that dies during its installation, in seconds.
const FLAPPING_S: std::ops::RangeInclusive<u64> = 3..=120;

const HOUR_MS: f64 = 3_600_000.0;

/// All faults of a run, by time: planned and random ones. None lasts longer than the safety phase.
pub fn draw(scenario: &Scenario, seed: Seed) -> Vec<Fault> {
    let duration_ms = scenario.duration_s * 1000;
    let mut faults: Vec<Fault> = scenario.planned.iter().flat_map(Planned::faults).take(FAULTS_MAX).collect();
    faults.retain(|fault| fault.at_ms < duration_ms);
    for fault in &mut faults {
        fault.for_ms = fault.for_ms.min(duration_ms - fault.at_ms);
    }
    for (kind, rate) in scenario.faults.named() {
        let mut rng = seed.stream(&format!("faults {kind}"));
        let mut at_ms = 0;
        while rate > 0.0 && faults.len() < FAULTS_MAX {
            let gap: f64 = -f64::ln(1.0 - rng.random::<f64>()) * HOUR_MS / rate;
            at_ms += Duration::from_secs_f64((gap / 1000.0).min(1e9)).as_millis();
            let Ok(at_ms) = u64::try_from(at_ms) else { break };
            if at_ms >= duration_ms {
                break;
            }
            let [least, most] = scenario.faults.lasts_s;
            let for_ms = rng.random_range(least * 1000..=most * 1000).min(duration_ms - at_ms);
            faults.extend(what(kind, scenario, &mut rng).map(|what| Fault { at_ms, for_ms, what }));
        }
    }
    faults.sort_by_key(|fault| fault.at_ms);
    faults
}

/// `None`: the scenario has no target for this kind.
fn what(kind: &str, scenario: &Scenario, rng: &mut impl Rng) -> Option<What> {
    let count = scenario.partitions.len();
    let here = rng.random_range(0..count);
    let there = (here + rng.random_range(1..count.max(2))) % count;
    let share = f64::from(rng.random_range(5..=60_u32)) / 100.0;
    let by_ms = rng.random_range(100..=3_000_u64);
    let skew_ms = rng.random_range(-600_000..=600_000_i64);
    let durable = rng.random_bool(0.5);
    let machines =
        usize::try_from(scenario.partitions[here].racks * scenario.partitions[here].machines).ok()?;
    let machine = rng.random_range(0..machines.max(1));
    let rack = machine / usize::try_from(scenario.partitions[here].machines.max(1)).ok()?;
    let node = scenario.partitions[here].name.clone();
    let other = scenario.partitions[there].name.clone();
    if matches!(kind, "cut" | "split" | "isolate" | "slow" | "loss") && count < 2 {
        return None;
    }
    Some(match kind {
        "crash" => What::Crash { node },
        "crash_at_commit" => What::CrashAtCommit { node, durable },
        "crash_at_turn" => What::CrashAtTurn { node, turn: 1 << rng.random_range(0..=TURNS_MAX) },
        "restart" => What::Restart { node },
        "pause" => What::Pause { node },
        "take_over" if scenario.partitions[here].nodes < 2 => return None,
        "take_over" => What::TakeOver { node },
        "cut" => What::Cut { from: node, to: other },
        "split" => What::Split { a: node, b: other },
        "isolate" => What::Isolate { node },
        "slow" => What::Slow { from: node, to: other, by_ms },
        "loss" => What::Loss { from: node, to: other, share },
        "store_busy" => What::StoreBusy { node, share },
        "store_forgets" => What::StoreForgets { node, share },
        "store_silent" => What::StoreSilent { node, share },
        "store_stall" => What::StoreStall { node },
        "store_slow" => What::StoreSlow { node, by_ms },
        "store_full" => What::StoreFull { node },
        "clock" => What::Clock { node, by_ms: skew_ms },
        "drift" => What::Drift { node, ppm: skew_ms / 1000 },
        "power_cut" => What::PowerCut { node },
        "bmc_dead" => What::BmcDead { node, machine },
        "bmc_lies" => What::BmcLies { node, machine },
        "bmc_slow" => What::BmcSlow { node, machine, by_s: rng.random_range(BMC_SLOW_S) },
        "bmc_ignores_boot" => What::BmcIgnoresBoot { node, machine },
        "flapping" => What::Flapping { node, machine, every_s: rng.random_range(FLAPPING_S) },
        "unplug" => What::Unplug { node, machine },
        "leaf_replaced" => What::LeafReplaced { node, rack },
        _ => What::CutRacks { node },
    })
}

#[cfg(test)]
mod tests;
