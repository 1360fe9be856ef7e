//! The parts of a run: partitions with their nodes and racks, the links between them, and the observers.

use crate::checkers::audit::Durable;
use crate::clock::SkewedClock;
use crate::entities;
use crate::hardware::{Chassis, Faults, Pace, Profile, Rack, RackConfig};
use crate::history::History;
use crate::link::Links;
use crate::mesh::Network;
use crate::monitor::Monitor;
use crate::node::Node;
use crate::path::Path;
use crate::remote_api::RemoteApi;
use crate::scenario::{PartitionSpec, Scenario, USERS, WorkloadSpec};
use crate::seed::Seed;
use crate::store::Disk;
use crate::trace::Trace;
use actors::answer::Answer;
use actors::command::Body;
use actors::decision::{Principal, Role};
use actors::ids::{NetworkId, PartitionId};
use actors::runtime::Clock;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// A partition: one node, its disk and its racks.
#[derive(Debug)]
pub struct PlayedPartition {
    pub node: Arc<Node>,
    /// Hosts that can serve it.
    pub nodes: u32,
    pub racks: Vec<Rack>,
    /// Names of the racks' ends of links.
    pub rack_ends: Vec<String>,
    /// The project's network.
    pub network: NetworkId,
    /// The result of the last audit of the disk.
    pub durable: Mutex<Durable>,
}

/// The parts of a run.
#[derive(Debug)]
pub struct Cluster {
    pub scenario: Arc<Scenario>,
    pub seed: Seed,
    pub trace: Arc<Trace>,
    pub monitor: Arc<Monitor>,
    pub history: Arc<History>,
    pub links: Arc<Links>,
    pub partitions: BTreeMap<PartitionId, PlayedPartition>,
}

/// The principal of the setup and of users: it may do everything.
pub fn admin() -> Principal {
    Principal { email: "metal-admin@metal-stack.io".to_owned(), role: Role::Admin }
}

/// The name of a rack's end of links.
fn rack_end(partition: &str, number: u32) -> String {
    format!("{partition}/rack-{number}")
}

impl Cluster {
    /// Starts all nodes and creates their entities; the racks stay off. Must run on the run's thread, inside its task
    /// set.
    pub async fn build(scenario: Arc<Scenario>, seed: Seed, trace: Arc<Trace>) -> Result<Self, String> {
        let monitor = Arc::new(Monitor::new(Arc::clone(&trace)));
        monitor.expect_rests(Duration::from_secs(scenario.workload.quarantine_s.into()));
        let links = Arc::new(Links::new(seed, Arc::clone(&trace)));
        let network = Arc::new(Network::new(Arc::clone(&links)));
        let names: BTreeSet<PartitionId> =
            scenario.partitions.iter().map(|partition| PartitionId::from(partition.name.as_str())).collect();
        for (from, to) in names.iter().flat_map(|from| names.iter().map(move |to| (from, to))) {
            links.lay(from.as_str(), to.as_str(), scenario.links.mesh);
        }
        let mut partitions = BTreeMap::new();
        for (index, spec) in scenario.partitions.iter().enumerate() {
            let partition = PartitionId::from(spec.name.as_str());
            let disk = Disk::new(
                partition.clone(),
                Duration::from_millis(scenario.store.latency_ms),
                seed.stream(&format!("store {partition}")),
                Arc::clone(&trace),
                Arc::clone(&monitor),
            );
            let others = names.iter().filter(|name| **name != partition).cloned().collect();
            let clock = Arc::new(SkewedClock::new(trace.started()));
            let mesh = network.mesh_of(&partition);
            let node = Node::new(Arc::new(disk), clock, others, mesh, seed, Arc::clone(&trace));
            let node = Arc::new(node);
            network.plug(&node);
            node.start();
            for (from, to) in [(USERS, partition.as_str()), (partition.as_str(), USERS)] {
                links.lay(from, to, scenario.links.users);
            }
            let network = furnish(&node, index, &scenario.workload).await?;
            let rack_ends = (0..spec.racks).map(|number| rack_end(&spec.name, number)).collect();
            let (racks, durable) = (Vec::new(), Mutex::default());
            partitions.insert(
                partition,
                PlayedPartition { node, nodes: spec.nodes, racks, rack_ends, network, durable },
            );
        }
        let history = Arc::default();
        Ok(Self { scenario, seed, trace, monitor, history, links, partitions })
    }

    /// Switches all racks on.
    pub fn power_on(&mut self) {
        let Self { scenario, seed, trace, links, partitions, .. } = self;
        for spec in &scenario.partitions {
            let partition = PartitionId::from(spec.name.as_str());
            let Some(played) = partitions.get_mut(&partition) else { continue };
            for number in 0..spec.racks {
                let end = rack_end(&spec.name, number);
                let path = Path {
                    node: Arc::clone(&played.node),
                    there: links.lay(&end, &spec.name, scenario.links.hardware),
                    back: links.lay(&spec.name, &end, scenario.links.hardware),
                };
                let config = rack(scenario, spec, number, *seed);
                let clock: Arc<dyn Clock> = Arc::new(SkewedClock::new(trace.started()));
                played.racks.push(Rack::start(&config, Arc::new(RemoteApi { path }), clock));
            }
        }
    }

    /// All machines of a partition from outside, rack by rack.
    pub fn cases<'a>(&'a self, partition: &str) -> impl Iterator<Item = &'a Arc<Chassis>> {
        let played = self.partitions.get(&PartitionId::from(partition));
        played.into_iter().flat_map(|played| &played.racks).flat_map(|rack| &rack.machines)
    }

    /// All machines everywhere.
    pub fn all_cases(&self) -> impl Iterator<Item = &Arc<Chassis>> {
        self.partitions.values().flat_map(|played| &played.racks).flat_map(|rack| &rack.machines)
    }

    pub fn now_ms(&self) -> u64 {
        u64::try_from(self.trace.now().as_millis()).unwrap_or(u64::MAX)
    }
}

fn rack(scenario: &Scenario, spec: &PartitionSpec, number: u32, seed: Seed) -> RackConfig {
    RackConfig {
        partition: spec.name.as_str().into(),
        rack: format!("rack-{number}").into(),
        machines: spec.machines,
        profile: Profile::default(),
        pace: Pace::default(),
        faults: Faults { crash_probability: scenario.hardware.crash_probability, ..Faults::default() },
        seed: seed.number(&format!("rack {} {number}", spec.name)),
    }
}

/// Creates a partition's entities; returns the project's network.
async fn furnish(node: &Node, index: usize, workload: &WorkloadSpec) -> Result<NetworkId, String> {
    let mut last = None;
    for body in entities::commands(node.partition.as_str(), index, workload) {
        last = Some(create(node, body).await?);
    }
    match last {
        Some(Answer::Network(network)) => Ok(network.id.clone()),
        answer => Err(format!("no network was allocated but {answer:?}")),
    }
}

async fn create(node: &Node, body: Body) -> Result<Answer, String> {
    let what = format!("{body:?}");
    let answer = node.call(move |inside| async move {
        // Other partitions may not have started yet, and own nothing here.
        inside.gateway.local().ask(&admin(), None, body).await
    });
    let answered = answer.await.map_err(|gone| format!("the node is gone: {gone:?}"))?;
    answered.map_err(|error| format!("{error}: {what}"))
}
