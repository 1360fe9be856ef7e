//! Gauges of the partition's load: read from counters that row changes maintain, when metrics are requested.

use actors::gateway::Gateway;
use actors::machine::{Liveliness, ProvisioningState};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How long the store's last answer is reused.
const PING_PAUSE: Duration = Duration::from_millis(500);

/// Maximum of pools in metrics, the fullest ones: each has five series.
const POOLS_MAX: usize = 500;

/// Metrics show a slower store as down.
const PING_TIMEOUT: Duration = Duration::from_secs(2);

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct InState {
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct WithLiveliness {
    liveliness: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfKind {
    kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct InPool {
    network: String,
    family: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfPool {
    network: String,
    family: &'static str,
    /// `size`, `used`, `quarantined` or `largest_free`.
    kind: &'static str,
}

/// The gauges. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Load {
    actors: Gauge,
    calls: Gauge,
    machines: Family<InState, Gauge>,
    liveliness: Family<WithLiveliness, Gauge>,
    allocated: Gauge,
    orders: Gauge,
    overdue: Gauge,
    pool_addresses: Family<OfPool, Gauge<f64, AtomicU64>>,
    pool_exhausted_in_s: Family<InPool, Gauge<f64, AtomicU64>>,
    unreadable_rows: Family<OfKind, Gauge>,
    store_up: Gauge,
    store_ping_s: Gauge<f64, AtomicU64>,
    pinged: Arc<Mutex<Option<Instant>>>,
}

impl Load {
    /// Registers the gauges.
    pub(super) fn register(registry: &mut Registry) -> Self {
        let load = Self::default();
        registry.register("metalmesh_actors", "Actors started", load.actors.clone());
        registry.register("metalmesh_calls", "Calls to actors without an answer yet", load.calls.clone());
        registry.register("metalmesh_machines", "Machines by newest event", load.machines.clone());
        let help = "Machines by liveliness";
        registry.register("metalmesh_machines_liveliness", help, load.liveliness.clone());
        registry.register("metalmesh_machines_allocated", "Allocated machines", load.allocated.clone());
        let help = "BMC orders without an acknowledgement";
        registry.register("metalmesh_bmc_orders", help, load.orders.clone());
        let help = "Machines past the deadline of what they wait for";
        registry.register("metalmesh_machines_overdue", help, load.overdue.clone());
        let help = "Addresses of the fullest pools: size, used, quarantined, and the longest free run";
        registry.register("metalmesh_pool_addresses", help, load.pool_addresses.clone());
        let help = "Seconds until a pool is exhausted at its current growth; missing while it does not grow";
        registry.register("metalmesh_pool_exhausted_in_seconds", help, load.pool_exhausted_in_s.clone());
        let help = "Stored rows that cannot be read; commands on their kinds are refused";
        registry.register("metalmesh_unreadable_rows", help, load.unreadable_rows.clone());
        registry.register("metalmesh_store_up", "1 when the store answers", load.store_up.clone());
        let help = "Response time of the store in seconds";
        registry.register("metalmesh_store_ping_seconds", help, load.store_ping_s.clone());
        load
    }

    /// Updates all gauges.
    pub(super) async fn take(&self, gateway: &Gateway) {
        let (actors, calls) = gateway.load();
        self.actors.set(signed(actors));
        self.calls.set(signed(calls));
        self.count_machines(gateway);
        self.count_pools(gateway);
        for stopped in gateway.here().stopped().values() {
            let of = OfKind { kind: stopped.kind.entity() };
            self.unreadable_rows.get_or_create(&of).set(signed(stopped.rows));
        }
        self.ping(gateway).await;
    }

    /// Metrics are public and may be requested at any rate, so the store is asked only once in a while, by one caller
    /// at a time.
    async fn ping(&self, gateway: &Gateway) {
        let mut last = self.pinged.lock().await;
        if last.is_some_and(|at| at.elapsed() < PING_PAUSE) {
            return;
        }
        let began = Instant::now();
        let answer = tokio::time::timeout(PING_TIMEOUT, gateway.ping()).await;
        self.store_ping_s.set(began.elapsed().as_secs_f64());
        self.store_up.set(i64::from(matches!(answer, Ok(Ok(_)))));
        *last = Some(Instant::now());
    }

    fn count_pools(&self, gateway: &Gateway) {
        let mut pools = gateway.pools();
        pools.sort_by_key(|pool| std::cmp::Reverse(pool.gauge.percent()));
        pools.truncate(POOLS_MAX);
        self.pool_addresses.clear();
        self.pool_exhausted_in_s.clear();
        for pool in pools {
            let (network, family) = (pool.network.to_string(), pool.gauge.family.as_str());
            let counts = [
                ("size", pool.gauge.size),
                ("used", pool.gauge.used),
                ("quarantined", pool.gauge.quarantined),
                ("largest_free", pool.gauge.largest_free),
            ];
            for (kind, count) in counts {
                let of = OfPool { network: network.clone(), family, kind };
                self.pool_addresses.get_or_create(&of).set(approximately(count));
            }
            if let Some(seconds) = pool.exhausted_in_s {
                let of = InPool { network, family };
                self.pool_exhausted_in_s.get_or_create(&of).set(approximately(seconds.into()));
            }
        }
    }

    fn count_machines(&self, gateway: &Gateway) {
        let census = gateway.here().census(Clone::clone);
        for &state in ProvisioningState::ALL {
            let machines = census.states.get(&state).copied().unwrap_or_default();
            self.machines.get_or_create(&InState { state: state.as_str() }).set(signed(machines));
        }
        for liveliness in [Liveliness::Alive, Liveliness::Dead, Liveliness::Unknown] {
            let machines = census.liveliness.get(&liveliness).copied().unwrap_or_default();
            let liveliness = liveliness.as_str();
            self.liveliness.get_or_create(&WithLiveliness { liveliness }).set(signed(machines));
        }
        self.allocated.set(signed(census.allocated));
        self.orders.set(signed(census.orders));
        self.overdue.set(signed(census.overdue(gateway.now())));
    }
}

/// Metrics are floating point numbers.
#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53")]
fn approximately(count: u128) -> f64 {
    count as f64
}

fn signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
