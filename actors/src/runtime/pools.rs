//! How full the pools are, how fast they fill, and a warning in time. Looked at once in a while, kept for whoever asks.

use super::site::Site;
use crate::ids::NetworkId;
use crate::ipam::gauge::{self, Gauge};
use crate::network::Family;
use crate::time::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// What happened so long ago counts a third in the rate.
const RATE_OVER: Duration = Duration::from_secs(900);

/// Warned of when so many hundredths are used.
const WARN_AT: [u8; 2] = [80, 90];

/// A pool that falls so far below what was warned of can be warned of again.
const CALM_BELOW: u8 = 2;

/// Pools looked at before others have their turn.
const LOOKED_AT_ONCE: usize = 50;

/// One family of a network as it was at the last look.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PoolState {
    pub network: NetworkId,
    #[serde(flatten)]
    pub gauge: Gauge,
    /// Addresses more per second; negative when more return than are taken.
    pub growth_per_s: f64,
    /// Until all are used if it goes on like this; `None`: it does not grow.
    pub exhausted_in_s: Option<u64>,
    #[serde(skip)]
    warned: u8,
}

/// By network and family.
pub(super) type Pools = BTreeMap<(NetworkId, Family), PoolState>;

impl Site {
    /// All pools as they were at the last look, ascending by network.
    pub fn pools(&self) -> Vec<PoolState> {
        self.pools_read(|pools| pools.values().cloned().collect())
    }
}

pub(super) async fn watch(site: Site) {
    let mut last: Option<Timestamp> = None;
    let mut before = Pools::new();
    while !site.is_stopping() {
        let now = site.now();
        let passed = last.map_or(LOOK_EVERY, |last| now.since(last));
        let after = look(&site, &before, passed).await;
        before.clone_from(&after);
        site.pools_replace(after);
        last = Some(now);
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn look(site: &Site, before: &Pools, passed: Duration) -> Pools {
    let world = site.world();
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

/// The state that follows on `before` after a while.
fn next(before: Option<&PoolState>, network: &NetworkId, gauge: Gauge, passed: Duration) -> PoolState {
    let growth_per_s = before.map_or(0.0, |before| {
        let seconds = passed.as_secs_f64().max(1.0);
        let rate = (approximately(gauge.used) - approximately(before.gauge.used)) / seconds;
        let weight = 1.0 - (-seconds / RATE_OVER.as_secs_f64()).exp();
        before.growth_per_s + weight * (rate - before.growth_per_s)
    });
    let free = approximately(gauge.size.saturating_sub(gauge.used));
    // A rate that is left of long ago is none.
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
            "a pool of addresses is used up to {} %", state.warned
        );
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rate need not be exact")]
fn approximately(count: u128) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::super::tests::log_capture::Heard;
    use super::*;

    fn gauge(used: u128) -> Gauge {
        Gauge { family: Family::IPv4, size: 1000, used, quarantined: 0, largest_free: 1000 - used }
    }

    fn follow(uses: &[u128]) -> Vec<PoolState> {
        let mut states: Vec<PoolState> = Vec::new();
        for used in uses {
            states.push(next(states.last(), &"n".into(), gauge(*used), LOOK_EVERY));
        }
        states
    }

    /// Each mark is warned of once, and again only after it was left behind.
    #[test]
    fn a_mark_is_warned_of_when_it_is_reached() {
        let states = follow(&[700, 800, 850, 790, 799, 801, 900, 890, 950, 700, 800]);
        let warned: Vec<u8> = states.iter().map(|state| state.warned).collect();
        assert_eq!(warned, [0, 80, 80, 80, 80, 80, 90, 90, 90, 0, 80]);
    }

    #[test]
    fn the_rate_follows_and_tells_when_all_are_used() {
        let steady: Vec<u128> = (0..200).map(|look| look * 3).collect();
        let states = follow(&steady);
        let last = states.last().unwrap();
        assert!((last.growth_per_s - 0.1).abs() < 0.002, "{last:?}");
        let left = f64::from(1000 - 597) / last.growth_per_s;
        assert!(last.exhausted_in_s.unwrap().abs_diff(left as u64) <= 1, "{last:?}");
        let falling = follow(&[500, 490, 480]);
        assert_eq!(falling.last().unwrap().exhausted_in_s, None);
        assert_eq!(follow(&[500]).last().unwrap().exhausted_in_s, None, "one look tells no rate");
    }

    /// At 80 and at 90 % somebody is told: who, how much, and how long it will last.
    #[test]
    fn each_mark_is_one_warning() {
        let heard = Heard::default();
        tracing::subscriber::with_default(heard.clone(), || {
            let states = follow(&[799, 800, 870, 899, 900, 950, 700, 810]);
            warn(None, &states[0]);
            states.windows(2).for_each(|two| warn(Some(&two[0]), &two[1]));
        });
        let heard = heard.lines();
        assert_eq!(heard.len(), 3, "{heard:?}");
        for (line, (mark, used)) in heard.iter().zip([(80, 800), (90, 900), (80, 810)]) {
            assert!(line.contains(&format!("a pool of addresses is used up to {mark} %")), "{line}");
            assert!(line.contains("network=n") && line.contains(&format!("used={used}")), "{line}");
        }
        assert!(heard[0].contains("exhausted_in_s="), "{heard:?}");
    }
}
