//! A whole rack: machines, two switches and a BMC agent, each a task of its own. Starts and stops them.

use super::bmc::Agent;
use super::case::Case;
use super::faults::{Dice, Faults};
use super::machine::{Machine, Surroundings};
use super::pace::Pace;
use super::plan::RackPlan;
use super::port::MetalApi;
use super::profile::Profile;
use super::switch::Leaf;
use actors::ids::{MachineId, PartitionId, RackId};
use actors::runtime::Clock;
use std::sync::Arc;
use tokio::task::JoinSet;

/// What a rack is and how it behaves.
#[derive(Clone, Debug)]
pub struct RackConfig {
    pub partition: PartitionId,
    pub rack: RackId,
    pub machines: u32,
    pub profile: Profile,
    pub pace: Pace,
    pub faults: Faults,
    /// All chance comes from it.
    pub seed: u64,
}

/// A running rack. Dropping it pulls the plug.
#[derive(Debug)]
pub struct Rack {
    pub machines: Vec<Arc<Case>>,
    pub leaves: [Arc<Leaf>; 2],
    running: JoinSet<()>,
}

impl Rack {
    /// Switches everything on. The hardware speaks through `api` and tells the time by `clock`.
    pub fn start(config: &RackConfig, api: Arc<dyn MetalApi>, clock: Arc<dyn Clock>) -> Self {
        let RackConfig { partition, rack, machines, profile, pace, faults, seed } = config;
        let plan = RackPlan::new(partition, rack, *machines, profile);
        let around = Surroundings { api, clock, pace: *pace };
        let machines: Vec<Arc<Case>> = plan.machines.into_iter().map(|it| Arc::new(Case::new(it))).collect();
        let leaves = plan.switches.map(|switch| Arc::new(Leaf::new(switch, machines.clone())));
        let mut running = JoinSet::new();
        for leaf in &leaves {
            let life = Arc::clone(leaf).run(around.clone());
            running.spawn(async move { match life.await {} });
        }
        let agent = Agent {
            partition: partition.clone(),
            cases: machines.iter().map(|case| (case.plan.id.clone(), Arc::clone(case))).collect(),
            around: around.clone(),
            slow: faults.slow_bmc,
        };
        running.spawn(async move { match agent.run().await {} });
        for case in &machines {
            let dice = Dice::new(*seed, &case.plan.id, *faults);
            let machine = Machine { case: Arc::clone(case), around: around.clone(), dice };
            running.spawn(async move { match machine.run().await {} });
        }
        Self { machines, leaves, running }
    }

    /// The machine with this id.
    pub fn machine(&self, id: &MachineId) -> Option<&Arc<Case>> {
        self.machines.iter().find(|case| case.plan.id == *id)
    }

    /// Cuts the power of everything.
    pub async fn stop(mut self) {
        self.running.shutdown().await;
    }
}
