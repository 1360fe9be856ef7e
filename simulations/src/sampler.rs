//! Samples a run every few simulated seconds for the report: states of machines, use of pools. Read-only: it draws no
//! randomness, records no event, and calls no node.

use crate::cluster::Cluster;
use crate::hardware::{Chassis, Running};
use crate::progress::Progress;
use crate::samples::{Machines, Sample, Samples};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

/// The first interval of samples.
const EVERY: Duration = Duration::from_secs(2);

/// Samples one run.
#[derive(Debug)]
pub struct Sampler {
    /// By machine, with the number of its partition.
    cases: BTreeMap<String, (usize, Arc<Chassis>)>,
    samples: Samples,
}

impl Sampler {
    pub fn new(cluster: &Cluster) -> Self {
        let partitions = cluster.partitions.keys().map(|name| name.as_str().to_owned()).collect();
        let cases = cluster.partitions.keys().enumerate().flat_map(|(played, name)| {
            cluster
                .cases(name.as_str())
                .map(move |chassis| (chassis.plan.id.0.clone(), (played, Arc::clone(chassis))))
        });
        let every_ms = u64::try_from(EVERY.as_millis()).unwrap_or(u64::MAX);
        let samples = Samples { every_ms, partitions, ..Samples::default() };
        Self { cases: cases.collect(), samples }
    }

    /// Samples periodically, and reports the run's progress.
    pub async fn watch(&mut self, cluster: &Cluster, progress: &Progress) -> Infallible {
        loop {
            self.look(cluster);
            progress.at(cluster.trace.now());
            tokio::time::sleep(Duration::from_millis(self.samples.every_ms)).await;
        }
    }

    /// The last look, and all of them.
    pub fn end(mut self, cluster: &Cluster) -> Samples {
        self.look(cluster);
        self.samples.pools = cluster.monitor.pools();
        self.samples
    }

    fn look(&mut self, cluster: &Cluster) {
        let mut machines = vec![Machines::default(); self.samples.partitions.len()];
        for (played, chassis) in self.cases.values() {
            count(&mut machines[*played], chassis);
        }
        cluster.monitor.each_allocated(|id| {
            let Some((played, chassis)) = self.cases.get(id) else { return };
            let machines = &mut machines[*played];
            machines.allocated += 1;
            if chassis.is_powered() && chassis.running() == Running::Installer {
                machines.waiting -= 1;
                machines.installing += 1;
            }
        });
        let used = cluster.monitor.pools().iter().map(|pool| pool.used).collect();
        self.samples.push(Sample { at_ms: cluster.now_ms(), machines, used });
    }
}

fn count(machines: &mut Machines, chassis: &Chassis) {
    let counter = match chassis.running() {
        _ if !chassis.is_powered() => &mut machines.off,
        Running::Nothing | Running::Firmware | Running::BiosSetup => &mut machines.booting,
        Running::Installer => &mut machines.waiting,
        Running::System(_) => &mut machines.system,
    };
    *counter += 1;
}
