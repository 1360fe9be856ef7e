//! Time and randomness of a node, passed in from outside.

use crate::time::Timestamp;
use parking_lot::Mutex;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::fmt;
use std::sync::Arc;
use uuid::Uuid;

/// The wall clock.
pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;
}

/// Follows tokio's clock, which tests and simulations pause.
#[derive(Debug)]
pub struct PausedClock {
    base: Timestamp,
    started: tokio::time::Instant,
}

impl PausedClock {
    /// Shows `base` now.
    pub fn starting_at(base: Timestamp) -> Self {
        Self { base, started: tokio::time::Instant::now() }
    }
}

impl Clock for PausedClock {
    fn now(&self) -> Timestamp {
        self.base + self.started.elapsed()
    }
}

/// All inputs of a node from outside except its store.
#[derive(Clone)]
pub struct Env {
    clock: Arc<dyn Clock>,
    rng: Arc<Mutex<ChaCha8Rng>>,
}

impl Env {
    pub fn new(clock: Arc<dyn Clock>, seed: u64) -> Self {
        Self { clock, rng: Arc::new(Mutex::new(ChaCha8Rng::seed_from_u64(seed))) }
    }

    /// To the millisecond, as in rows: memory must not know more than the store, nor a first answer more than a
    /// repeated one.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.clock.now().millis())
    }

    /// Gives access to the node's random generator.
    pub fn with_rng<T>(&self, use_it: impl FnOnce(&mut ChaCha8Rng) -> T) -> T {
        use_it(&mut self.rng.lock())
    }

    /// A random version 4 UUID.
    pub fn uuid(&self) -> Uuid {
        let mut bytes = [0; 16];
        self.with_rng(|rng| rand::Rng::fill_bytes(rng, &mut bytes));
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }
}

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Env").field("now", &self.now().to_string()).finish_non_exhaustive()
    }
}
