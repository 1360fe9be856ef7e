//! Samples of a run every few simulated seconds: states of machines, use of pools. The report draws them.

use crate::counters::Pool;
use serde::Serialize;

/// Maximum of samples of one run. At the maximum, every second one is dropped and the interval doubles.
const SAMPLES_MAX: usize = 480;

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

impl Machines {
    pub fn all(&self) -> u32 {
        self.off + self.booting + self.waiting + self.installing + self.system
    }
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
    #[serde(rename = "plants")]
    pub partitions: Vec<String>,
    /// As they were at the end.
    pub pools: Vec<Pool>,
    pub samples: Vec<Sample>,
}

impl Samples {
    pub(crate) fn push(&mut self, sample: Sample) {
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
