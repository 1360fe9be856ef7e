//! The faults of hardware and their frequency. A machine's randomness comes from its own generator, seeded by the
//! rack's seed.

use actors::ids::MachineId;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::time::Duration;

/// The faults of a rack.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Faults {
    /// At each step of an installer, from 0 to 1.
    pub crash_probability: f64,
    /// Additional time that a BMC needs to carry out an order.
    pub slow_bmc: Duration,
}

/// A machine's own random generator.
#[derive(Debug)]
pub(super) struct Dice {
    rng: ChaCha8Rng,
    crash_probability: f64,
}

impl Dice {
    /// The same rack seed and machine give the same sequence.
    pub(super) fn new(seed: u64, machine: &MachineId, faults: Faults) -> Self {
        let own = super::plan::digest(&[machine.as_str()]);
        let crash_probability =
            if faults.crash_probability.is_nan() { 0.0 } else { faults.crash_probability.clamp(0.0, 1.0) };
        Self { rng: ChaCha8Rng::seed_from_u64(seed ^ own), crash_probability }
    }

    /// Whether the installer crashes at `step`, with the error message.
    pub(super) fn crash(&mut self, step: &str) -> Result<(), String> {
        if self.rng.random_bool(self.crash_probability) {
            return Err(format!("pretend fault while {step}"));
        }
        Ok(())
    }

    /// A random duration from `least` to `most`.
    pub(super) fn between(&mut self, least: Duration, most: Duration) -> Duration {
        least + most.saturating_sub(least).mul_f64(self.rng.random::<f64>())
    }

    /// A password of 16 characters (api-machines 8, step 16).
    pub(super) fn password(&mut self) -> String {
        let mut bytes = [0; 8];
        self.rng.fill_bytes(&mut bytes);
        bytes.map(|byte| format!("{byte:02x}")).concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crashes(seed: u64, crash_probability: f64) -> usize {
        let faults = Faults { crash_probability, ..Faults::default() };
        let mut dice = Dice::new(seed, &"m1".into(), faults);
        (0..1000).filter(|_| dice.crash("testing").is_err()).count()
    }

    #[test]
    fn chance_is_as_likely_as_asked_and_the_same_for_a_seed() {
        assert_eq!(crashes(1, 0.0), 0);
        assert_eq!(crashes(1, f64::NAN), 0);
        assert_eq!(crashes(1, 2.0), 1000);
        assert!((200..300).contains(&crashes(1, 0.25)));
        assert_eq!(crashes(7, 0.25), crashes(7, 0.25));
        let passwords = [1, 2].map(|seed| Dice::new(seed, &"m1".into(), Faults::default()).password());
        assert_ne!(passwords[0], passwords[1]);
        assert_eq!(passwords[0].len(), 16);
    }
}
