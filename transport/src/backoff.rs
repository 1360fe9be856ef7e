//! Pauses between attempts: from 0 to a bound that doubles up to [`PAUSE_MAX`], uniform. It never gives up.

use crate::settings::PAUSE_MAX;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use std::time::Duration;

const FIRST: Duration = Duration::from_millis(100);

/// The bound does not grow after so many failures.
const DOUBLINGS_MAX: u32 = 8;

#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The pause after another failure.
    pub(crate) fn next(&mut self, chance: &mut ChaCha8Rng) -> Duration {
        let bound = FIRST.saturating_mul(1 << self.failures.min(DOUBLINGS_MAX)).min(PAUSE_MAX);
        self.failures = self.failures.saturating_add(1);
        bound.mul_f64(chance.random_range(0.0..=1.0))
    }

    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn pauses_grow_up_to_a_second_and_are_spread() {
        let mut chance = ChaCha8Rng::seed_from_u64(1);
        for failures in [0, 1, 2, 3, 4, 20, u32::MAX - 1000] {
            let bound = PAUSE_MAX.min(FIRST * (1 << failures.min(8)));
            let pauses: Vec<Duration> = (0..1000).map(|_| Backoff { failures }.next(&mut chance)).collect();
            assert!(pauses.iter().all(|pause| *pause <= bound), "{failures}");
            assert!(pauses.iter().any(|pause| *pause > bound.mul_f64(0.9)), "{failures}");
            assert!(pauses.iter().any(|pause| *pause < bound.mul_f64(0.1)), "{failures}");
        }
    }

    #[test]
    fn it_starts_again_after_success() {
        let mut chance = ChaCha8Rng::seed_from_u64(2);
        let mut backoff = Backoff { failures: 30 };
        backoff.reset();
        assert!(backoff.next(&mut chance) <= FIRST);
        assert_eq!(backoff.failures, 1);
    }
}
