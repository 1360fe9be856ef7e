//! Samples a run every few simulated seconds for the report: states of machines, use of pools. Read-only: it draws no
//! randomness, records no event, and calls no node.

use crate::cluster::Cluster;
use crate::counters::Pool;
use crate::hardware::{Chassis, Running};
use crate::progress::Progress;
use serde::Serialize;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

/// Maximum of samples of one run. At the maximum, every second one is dropped and the interval doubles.
const SAMPLES_MAX: usize = 480;

/// The first interval of samples.
const EVERY: Duration = Duration::from_secs(2);

/// The states of a partition's machines; all except `allocated` add up to all machines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Machines {
    pub off: u32,
    /// Firmware, or before it.
    pub booting: u32,
    /// In the installer, without an allocation.
    pub waiting: u32,
    /// In the installer, with an allocation.
    pub installing: u32,
    /// Runs an installed system.
    pub system: u32,
    pub allocated: u32,
}

/// One sample.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sample {
    pub at_ms: u64,
    /// By partition.
    pub machines: Vec<Machines>,
    /// Used addresses by pool; later pools are missing.
    pub used: Vec<u64>,
}

/// All samples of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Samples {
    pub every_ms: u64,
    pub plants: Vec<String>,
    /// As they were at the end.
    pub pools: Vec<Pool>,
    pub samples: Vec<Sample>,
}

impl Samples {
    fn push(&mut self, sample: Sample) {
        if self.samples.len() >= SAMPLES_MAX {
            let mut index = 0;
            self.samples.retain(|_| {
                index += 1;
                index % 2 == 1
            });
            self.every_ms *= 2;
        }
        self.samples.push(sample);
    }
}

/// Samples one run.
#[derive(Debug)]
pub struct Sampler {
    /// By machine, with the number of its plant.
    cases: BTreeMap<String, (usize, Arc<Chassis>)>,
    samples: Samples,
}

impl Sampler {
    pub fn new(cluster: &Cluster) -> Self {
        let plants = cluster.plants.keys().map(|name| name.as_str().to_owned()).collect();
        let cases = cluster.plants.keys().enumerate().flat_map(|(plant, name)| {
            cluster
                .cases(name.as_str())
                .map(move |chassis| (chassis.plan.id.0.clone(), (plant, Arc::clone(chassis))))
        });
        let every_ms = u64::try_from(EVERY.as_millis()).unwrap_or(u64::MAX);
        let samples = Samples { every_ms, plants, ..Samples::default() };
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
        let mut machines = vec![Machines::default(); self.samples.plants.len()];
        for (plant, chassis) in self.cases.values() {
            machines[*plant].count(chassis);
        }
        cluster.monitor.each_allocated(|id| {
            let Some((plant, chassis)) = self.cases.get(id) else { return };
            let machines = &mut machines[*plant];
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

impl Machines {
    fn count(&mut self, chassis: &Chassis) {
        let counter = match chassis.running() {
            _ if !chassis.is_powered() => &mut self.off,
            Running::Nothing | Running::Firmware | Running::BiosSetup => &mut self.booting,
            Running::Installer => &mut self.waiting,
            Running::System(_) => &mut self.system,
        };
        *counter += 1;
    }

    pub fn all(&self) -> u32 {
        self.off + self.booting + self.waiting + self.installing + self.system
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_run_is_sampled_less_often_and_to_its_end() {
        let mut samples = Samples { every_ms: 2000, ..Samples::default() };
        let mut at_ms = 0;
        while at_ms < 10_000_000 {
            samples.push(Sample { at_ms, ..Sample::default() });
            at_ms += samples.every_ms;
        }
        assert!((SAMPLES_MAX / 2..=SAMPLES_MAX).contains(&samples.samples.len()));
        assert_eq!(samples.samples[0].at_ms, 0);
        let gaps = samples.samples.windows(2).map(|pair| pair[1].at_ms - pair[0].at_ms);
        assert!(gaps.clone().all(|gap| gap <= samples.every_ms) && gaps.max() == Some(samples.every_ms));
    }
}
