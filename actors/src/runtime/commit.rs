//! The one way of a decision into the store and the world.

use super::command_actor::{Doubt, Executor, chain};
use super::gate::Alone;
use super::resolver::{self, Held, InDoubt};
use crate::call::CallError;
use crate::decision::Decision;
use crate::planted::{Bug, planted};
use crate::refusal::Refusal;
use crate::store::{Committed, InboxEntry, Key, StoreError, Transaction, validate};
use crate::world::RowGuard;
use uuid::Uuid;

/// A decision that is ready to be written.
pub(super) struct Write<T> {
    /// The key of its command, or of its step.
    pub(super) key: Uuid,
    /// The outcome to keep for retries.
    pub(super) entry: Option<InboxEntry>,
    pub(super) decision: Decision<T>,
    pub(super) rows: RowGuard,
    /// If it needs the partition for itself, it keeps it until its outcome is known.
    pub(super) alone: Option<Alone>,
}

/// What a successful commit shows.
pub(super) enum Written<T> {
    Applied(T),
    /// Another attempt under the same key was first.
    Replayed(InboxEntry),
}

/// Why a commit failed.
pub(super) enum Failed {
    /// The changed row was read again.
    Conflict,
    Unknown(Doubt),
    Call(CallError),
}

impl Executor {
    /// Commits a decision, then applies it to the world.
    pub(super) async fn write<T>(&self, write: Write<T>) -> Result<Written<T>, Failed> {
        let Write { key, entry, mut decision, rows, alone } = write;
        let transaction = Transaction { inbox: entry, ..decision.take_transaction() };
        // Every store would refuse it; it is the caller's error, and a retry is useless.
        if let Err(error) = validate(&transaction) {
            return Err(Failed::Call(Refusal::unprocessable(error.to_string()).into()));
        }
        // From here on, if this future is dropped, the rows stay locked until the store has been asked about them.
        let held = Held { rows, attempt: self.attempts.begin(key), alone };
        let in_doubt = InDoubt::new(&self.doubts, written(&transaction), held);
        if planted(Bug::AdoptBeforeCommit) {
            decision.adopt_early(&self.world);
        }
        let outcome = self.store.commit(transaction).await;
        match outcome {
            Ok(Committed::Applied) => {
                let answer = decision.apply(&self.world);
                in_doubt.settle();
                Ok(Written::Applied(answer))
            }
            Ok(Committed::Replayed(entry)) => {
                // Applied by another attempt, possibly with other rows: reload ours from the store.
                match self.reload(in_doubt.keys()).await {
                    Ok(()) => in_doubt.settle(),
                    Err(_) => drop(in_doubt),
                }
                Ok(Written::Replayed(entry))
            }
            Err(StoreError::Conflict { key }) => {
                let reloaded = self.reload(std::slice::from_ref(&key)).await;
                in_doubt.settle();
                Err(reloaded.map_or_else(Failed::Call, |()| Failed::Conflict))
            }
            Err(error @ (StoreError::Busy(_) | StoreError::Unavailable(_) | StoreError::Invalid(_))) => {
                in_doubt.settle();
                Err(Failed::Call(self.unavailable(&error)))
            }
            Err(error @ StoreError::Unknown(_)) if planted(Bug::ForgetReload) => {
                in_doubt.settle();
                Err(Failed::Call(self.unavailable(&error)))
            }
            Err(error @ StoreError::Unknown(_)) => {
                tracing::warn!(%key, error = chain(&error), "the outcome of a commit is unknown");
                Err(Failed::Unknown(in_doubt.known()))
            }
        }
    }

    /// Reads rows again from the store.
    async fn reload(&self, keys: &[Key]) -> Result<(), CallError> {
        resolver::reload(&self.world, self.store.as_ref(), keys)
            .await
            .map_err(|error| self.unavailable(&*error))
    }

    pub(super) fn unavailable(&self, error: &dyn std::error::Error) -> CallError {
        tracing::warn!(error = chain(error), "the store failed");
        CallError::Unavailable { partition: self.partition.clone(), reason: error.to_string() }
    }
}

fn written(transaction: &Transaction) -> Vec<Key> {
    let puts = transaction.puts.iter().map(|put| put.row.key.clone());
    puts.chain(transaction.deletes.iter().map(|delete| delete.key.clone())).collect()
}
