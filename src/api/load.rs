//! What the partition is busy with, as gauges: taken when somebody asks for metrics, not before.

use actors::machine::Liveliness;
use actors::machine::events::State;
use actors::runtime::Site;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// For how long the store's last answer is good.
const PING_PAUSE: Duration = Duration::from_millis(500);

/// A store that takes longer to answer is down as far as metrics are concerned.
const PING_TIMEOUT: Duration = Duration::from_secs(2);

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct InState {
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct WithLiveliness {
    liveliness: &'static str,
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
    store_up: Gauge,
    store_ping_s: Gauge<f64, AtomicU64>,
    pinged: Arc<Mutex<Option<Instant>>>,
}

impl Load {
    /// Adds them to `registry`.
    pub(super) fn register(registry: &mut Registry) -> Self {
        let load = Self::default();
        registry.register("metalmesh_actors", "Actors that were started", load.actors.clone());
        registry.register("metalmesh_calls", "Calls to actors without an answer yet", load.calls.clone());
        registry.register("metalmesh_machines", "Machines by newest event", load.machines.clone());
        let help = "Machines by liveliness";
        registry.register("metalmesh_machines_liveliness", help, load.liveliness.clone());
        registry.register(
            "metalmesh_machines_allocated",
            "Machines that somebody has",
            load.allocated.clone(),
        );
        let help = "Orders that no BMC agent acknowledged yet";
        registry.register("metalmesh_bmc_orders", help, load.orders.clone());
        let help = "Machines of which something awaited did not come in time";
        registry.register("metalmesh_machines_overdue", help, load.overdue.clone());
        registry.register("metalmesh_store_up", "1 when the store answers", load.store_up.clone());
        let help = "Seconds that the store took to answer";
        registry.register("metalmesh_store_ping_seconds", help, load.store_ping_s.clone());
        load
    }

    /// Looks at everything.
    pub(super) async fn take(&self, site: &Site) {
        let (actors, calls) = site.load();
        self.actors.set(signed(actors));
        self.calls.set(signed(calls));
        self.count_machines(site);
        self.ping(site).await;
    }

    /// Anybody may ask for metrics, as often as they like: the store is asked once in a while, by one caller at a time.
    async fn ping(&self, site: &Site) {
        let mut last = self.pinged.lock().await;
        if last.is_some_and(|at| at.elapsed() < PING_PAUSE) {
            return;
        }
        let began = Instant::now();
        let answer = tokio::time::timeout(PING_TIMEOUT, site.ping()).await;
        self.store_ping_s.set(began.elapsed().as_secs_f64());
        self.store_up.set(i64::from(matches!(answer, Ok(Ok(_)))));
        *last = Some(Instant::now());
    }

    fn count_machines(&self, site: &Site) {
        let (world, now) = (site.world(), site.now());
        let mut states: BTreeMap<State, i64> = State::ALL.into_iter().map(|state| (state, 0)).collect();
        let mut liveliness = BTreeMap::from(
            [Liveliness::Alive, Liveliness::Dead, Liveliness::Unknown].map(|it| (it.as_str(), 0)),
        );
        let (mut allocated, mut orders, mut overdue) = (0, 0, 0);
        for machine in world.machines.all() {
            let events = world.events.get(machine.id.as_str());
            let state = events.as_deref().map_or(State::Initial, |events| State::of(events));
            *states.entry(state).or_default() += 1;
            let alive = events.as_deref().map_or(Liveliness::Unknown, |events| events.liveliness);
            *liveliness.entry(alive.as_str()).or_default() += 1;
            allocated += i64::from(machine.allocation.is_some());
            orders += signed(machine.orders.len());
            overdue += i64::from(machine.expectation.as_ref().is_some_and(|it| now > it.deadline));
        }
        for (state, machines) in states {
            self.machines.get_or_create(&InState { state: state.as_str() }).set(machines);
        }
        for (liveliness, machines) in liveliness {
            self.liveliness.get_or_create(&WithLiveliness { liveliness }).set(machines);
        }
        self.allocated.set(allocated);
        self.orders.set(orders);
        self.overdue.set(overdue);
    }
}

fn signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
