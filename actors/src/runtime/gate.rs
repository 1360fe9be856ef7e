//! Lets commands pass, or one step that needs the partition for itself.
//!
//! Commands share the partition. A step that waits for it stops new commands, which wait in order until it is done.

use crate::world::World;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};
use tokio::time::timeout;

/// A command waits this long for a step that has the partition for itself.
pub(super) const COMMAND_PATIENCE: Duration = Duration::from_secs(5);

/// The gate of one partition.
#[derive(Debug, Default)]
pub(super) struct Gate(Arc<RwLock<()>>);

/// A command that is not finished: no step has the partition for itself.
#[derive(Debug)]
pub(super) struct Passage {
    #[expect(dead_code, reason = "held")]
    guard: OwnedRwLockReadGuard<()>,
}

/// No command runs, and none begins until the last clone is dropped.
#[derive(Clone, Debug)]
pub(super) struct Alone {
    #[expect(dead_code, reason = "held")]
    guard: Arc<OwnedRwLockWriteGuard<()>>,
}

impl Gate {
    /// Lets a command begin; `None`: a step has or wants the partition for longer than [`COMMAND_PATIENCE`].
    pub(super) async fn pass(&self) -> Option<Passage> {
        let guard = match Arc::clone(&self.0).try_read_owned() {
            Ok(guard) => guard,
            Err(_) => timeout(COMMAND_PATIENCE, Arc::clone(&self.0).read_owned()).await.ok()?,
        };
        Some(Passage { guard })
    }

    /// Stops new commands, and waits until none runs and the outcome of every commit is known. `None`: it took longer
    /// than `patience`, and commands go on.
    pub(super) async fn alone(&self, world: &Arc<World>, patience: Duration) -> Option<Alone> {
        let quiet = async {
            let guard = Arc::clone(&self.0).write_owned().await;
            while let Some(turn) = world.when_unlocked() {
                // A turn that is dropped is passed on.
                drop(turn.await);
            }
            Alone { guard: Arc::new(guard) }
        };
        timeout(patience, quiet).await.ok()
    }
}
