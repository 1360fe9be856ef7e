//! A whole rack: machines, two switches and a BMC agent, each a separate task. Starts and stops them.

use super::bmc::Agent;
use super::chassis::{Chassis, Running};
use super::faults::{Dice, Faults};
use super::machine::{Machine, Surroundings};
use super::pace::Pace;
use super::plan::RackPlan;
use super::port::MetalApi;
use super::profile::Profile;
use super::switch::Leaf;
use actors::ids::{PartitionId, RackId};
use actors::machine::EventKind;
use actors::runtime::Clock;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// The configuration of a rack.
#[derive(Clone, Debug)]
pub struct RackConfig {
    pub partition: PartitionId,
    pub rack: RackId,
    pub machines: u32,
    pub profile: Profile,
    pub pace: Pace,
    pub faults: Faults,
    /// Seed of all random choices.
    pub seed: u64,
}

/// Longest time for the shutdown events of a rack.
const FAREWELL_TIMEOUT: Duration = Duration::from_secs(2);

/// A running rack. Dropping it cuts the power.
pub struct Rack {
    pub machines: Vec<Arc<Chassis>>,
    pub leaves: [Arc<Leaf>; 2],
    running: JoinSet<()>,
    api: Arc<dyn MetalApi>,
}

impl fmt::Debug for Rack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rack").field("machines", &self.machines.len()).finish_non_exhaustive()
    }
}

impl Rack {
    /// Switches everything on. The hardware calls `api` and uses `clock`.
    pub fn start(config: &RackConfig, api: Arc<dyn MetalApi>, clock: Arc<dyn Clock>) -> Self {
        let RackConfig { partition, rack, machines, profile, pace, faults, seed } = config;
        let plan = RackPlan::new(partition, rack, *machines, profile);
        let around = Surroundings { api: Arc::clone(&api), clock, pace: *pace };
        let machines: Vec<Arc<Chassis>> =
            plan.machines.into_iter().map(|it| Arc::new(Chassis::new(it))).collect();
        let leaves = plan.switches.map(|switch| Arc::new(Leaf::new(switch, &machines)));
        let mut running = JoinSet::new();
        for leaf in &leaves {
            let life = Arc::clone(leaf).run(around.clone());
            running.spawn(async move { match life.await {} });
        }
        let agent = Agent {
            partition: partition.clone(),
            cases: machines.iter().map(|chassis| (chassis.plan.id.clone(), Arc::clone(chassis))).collect(),
            around: around.clone(),
            slow: faults.slow_bmc,
        };
        running.spawn(async move { match agent.run().await {} });
        for chassis in &machines {
            let dice = Dice::new(*seed, &chassis.plan.id, *faults);
            let leaves = leaves.clone();
            let machine = Machine { chassis: Arc::clone(chassis), leaves, around: around.clone(), dice };
            running.spawn(async move { match machine.run().await {} });
        }
        Self { machines, leaves, running, api }
    }

    /// Cuts the power of everything. Machines with a running installer send a planned reboot; without it their next
    /// network boot would look like a crash.
    pub async fn stop(mut self) {
        self.running.shutdown().await;
        let leaving = self.machines.iter().filter(|chassis| chassis.running() == Running::Installer);
        let message = || (EventKind::PlannedReboot, "the simulated rack is switched off".to_owned());
        let events: BTreeMap<_, _> = leaving.map(|chassis| (chassis.plan.id.clone(), message())).collect();
        if events.is_empty() {
            return;
        }
        match tokio::time::timeout(FAREWELL_TIMEOUT, self.api.send_events(events)).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::info!(%error, "the events of the shutdown were not delivered"),
            Err(_) => tracing::info!("the events of the shutdown were not delivered in time"),
        }
    }
}
