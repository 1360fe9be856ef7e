//! Measures how full pools are and how fast they fill, and warns in time. Runs periodically, and keeps its results for
//! readers.

use super::task::{BackgroundTask, TaskOutcome};
use crate::addressing::Family;
use crate::ids::NetworkId;
use crate::ipam::gauge::{self, Gauge};
use crate::runtime::LocalPartition;
use crate::time::Timestamp;
use parking_lot::Mutex;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Interval of measurements.
const EVERY: Duration = Duration::from_secs(30);

/// Time constant of the rate: a change this long ago counts about a third.
const RATE_OVER: Duration = Duration::from_secs(900);

/// Percentages of use that cause a warning.
const WARN_AT: [u8; 2] = [80, 90];

/// A pool whose use falls this far below a warning can cause it again.
const CALM_BELOW: u8 = 2;

/// Pools measured before the task yields.
const LOOKED_AT_ONCE: usize = 50;

/// One family of a network as last measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PoolState {
    pub network: NetworkId,
    #[serde(flatten)]
    pub gauge: Gauge,
    /// Growth in addresses per second; negative when more are released than allocated.
    pub growth_per_s: f64,
    /// Seconds until the pool is exhausted at this growth; `None`: it does not grow.
    pub exhausted_in_s: Option<u64>,
    #[serde(skip)]
    warned: u8,
}

/// By network and family.
pub(super) type Pools = BTreeMap<(NetworkId, Family), PoolState>;

/// Publishes its results for readers.
pub(super) struct MeasurePools {
    pools: Arc<Mutex<Pools>>,
    last: Option<Timestamp>,
}

impl MeasurePools {
    pub(super) fn new(pools: Arc<Mutex<Pools>>) -> Self {
        Self { pools, last: None }
    }
}

impl BackgroundTask for MeasurePools {
    fn name(&self) -> &'static str {
        "measure_pools"
    }

    fn every(&self) -> Duration {
        EVERY
    }

    async fn run(&mut self, local: &LocalPartition) -> TaskOutcome {
        let now = local.now();
        let passed = self.last.map_or(EVERY, |last| now.since(last));
        let before = self.pools.lock().clone();
        let after = look(local, &before, passed).await;
        let mut outcome = TaskOutcome::default();
        outcome.add("measured", after.len());
        *self.pools.lock() = after;
        self.last = Some(now);
        outcome
    }
}

async fn look(local: &LocalPartition, before: &Pools, passed: Duration) -> Pools {
    let world = local.world();
    let mut resting: BTreeMap<(NetworkId, Family), u128> = BTreeMap::new();
    for rest in world.quarantined.all() {
        let family = Family::of(&rest.parent_prefix);
        *resting.entry((rest.network.clone(), family)).or_default() += 1;
    }
    let mut pools = Pools::new();
    for (count, network) in world.networks.all().into_iter().enumerate() {
        if count % LOOKED_AT_ONCE == 0 {
            tokio::task::yield_now().await;
        }
        let quarantined = |family| resting.get(&(network.id.clone(), family)).copied().unwrap_or_default();
        for gauge in gauge::read(world, &network, quarantined) {
            let place = (network.id.clone(), gauge.family);
            let state = next(before.get(&place), &network.id, gauge, passed);
            warn(before.get(&place), &state);
            pools.insert(place, state);
        }
    }
    pools
}

/// The state after `before`, some time later.
fn next(before: Option<&PoolState>, network: &NetworkId, gauge: Gauge, passed: Duration) -> PoolState {
    let growth_per_s = before.map_or(0.0, |before| {
        let seconds = passed.as_secs_f64().max(1.0);
        let rate = (approximately(gauge.used) - approximately(before.gauge.used)) / seconds;
        let weight = 1.0 - (-seconds / RATE_OVER.as_secs_f64()).exp();
        before.growth_per_s + weight * (rate - before.growth_per_s)
    });
    let free = approximately(gauge.size.saturating_sub(gauge.used));
    // A decayed rate counts as none.
    let seconds =
        (growth_per_s > 1e-6).then(|| Duration::try_from_secs_f64(free / growth_per_s).ok()).flatten();
    let percent = gauge.percent();
    let reached = WARN_AT.into_iter().filter(|at| percent >= *at).max().unwrap_or(0);
    let warned = before.map_or(0, |before| before.warned);
    let warned = if percent.saturating_add(CALM_BELOW) < warned { reached } else { warned.max(reached) };
    PoolState {
        network: network.clone(),
        gauge,
        growth_per_s,
        exhausted_in_s: seconds.map(|seconds| seconds.as_secs()),
        warned,
    }
}

fn warn(before: Option<&PoolState>, state: &PoolState) {
    if state.warned > before.map_or(0, |before| before.warned) && state.gauge.size > 0 {
        tracing::warn!(
            network = %state.network,
            family = state.gauge.family.as_str(),
            percent = state.gauge.percent(),
            used = %state.gauge.used,
            size = %state.gauge.size,
            exhausted_in_s = state.exhausted_in_s,
            "a pool of addresses is {} % full", state.warned
        );
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rate need not be exact")]
fn approximately(count: u128) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests;
