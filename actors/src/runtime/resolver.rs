//! Commits without a response: their rows stay locked until the store has shown their outcome.

use super::command_actor::chain;
use super::gate::Alone;
use super::inbox::Attempt;
use crate::store::{BoxError, Key, Store};
use crate::world::{RowGuard, World};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

/// Shortest and longest pause between two attempts to read rows.
const PAUSE_MIN: Duration = Duration::from_millis(250);
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// Interval of log lines while it continues.
const SAY_EVERY: Duration = Duration::from_secs(60);

/// The queue of commits in doubt. Unbounded, but never longer than the number of calls in flight.
pub(super) type InDoubtQueue = mpsc::UnboundedSender<Doubtful>;

/// Rows of a commit with an unknown outcome.
#[derive(Debug)]
pub(super) struct Doubtful {
    keys: Vec<Key>,
    #[expect(dead_code, reason = "let go with this")]
    held: Held,
    #[expect(dead_code, reason = "waiters are woken when this is dropped")]
    known: oneshot::Sender<()>,
}

/// A pending commit. If it is dropped before it is settled, the resolver gets its rows.
#[derive(Debug)]
pub(super) struct InDoubt {
    doubts: InDoubtQueue,
    keys: Vec<Key>,
    held: Option<Held>,
}

/// What a commit holds until its outcome is known.
#[derive(Debug)]
#[expect(dead_code, reason = "let go together")]
pub(super) struct Held {
    pub(super) rows: RowGuard,
    pub(super) attempt: Attempt,
    pub(super) alone: Option<Alone>,
}

impl InDoubt {
    pub(super) fn new(doubts: &InDoubtQueue, keys: Vec<Key>, held: Held) -> Self {
        Self { doubts: doubts.clone(), keys, held: Some(held) }
    }

    pub(super) fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// The outcome is known and the world is up to date: unlocks the rows.
    pub(super) fn settle(mut self) {
        drop(self.held.take());
    }

    /// Passes the rows to the resolver; ends when it has read them.
    pub(super) fn known(mut self) -> oneshot::Receiver<()> {
        self.leave()
    }

    fn leave(&mut self) -> oneshot::Receiver<()> {
        let (known, when_known) = oneshot::channel();
        if let Some(held) = self.held.take() {
            // Without a resolver the node is stopping, and no decisions follow.
            self.doubts.send(Doubtful { keys: std::mem::take(&mut self.keys), held, known }).ok();
        }
        when_known
    }
}

impl Drop for InDoubt {
    fn drop(&mut self) {
        drop(self.leave());
    }
}

/// Reads rows until the store answers, as long as the node lives.
pub(super) async fn run(
    world: Arc<World>,
    store: Arc<dyn Store>,
    mut doubts: mpsc::UnboundedReceiver<Doubtful>,
) {
    let mut said: Option<Instant> = None;
    let mut pause = PAUSE_MIN;
    let mut left: Vec<Doubtful> = Vec::new();
    loop {
        if left.is_empty() {
            pause = PAUSE_MIN;
            let Some(doubtful) = doubts.recv().await else { return };
            left.push(doubtful);
        }
        while let Ok(doubtful) = doubts.try_recv() {
            left.push(doubtful);
        }
        for doubtful in std::mem::take(&mut left) {
            if let Err(error) = reload(&world, store.as_ref(), &doubtful.keys).await {
                if said.is_none_or(|said| said.elapsed() >= SAY_EVERY) {
                    said = Some(Instant::now());
                    let (error, rows) = (chain(&*error), doubtful.keys.len());
                    tracing::warn!(
                        error,
                        rows,
                        "rows stay locked: the outcome of their commit cannot be read"
                    );
                }
                left.push(doubtful);
            }
        }
        if !left.is_empty() {
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }
}

/// Updates the world with the store's version of these rows.
pub(super) async fn reload(world: &World, store: &dyn Store, keys: &[Key]) -> Result<(), BoxError> {
    for key in keys {
        let row = store.row(key).await?;
        world.load(key, row.as_ref())?;
    }
    Ok(())
}
