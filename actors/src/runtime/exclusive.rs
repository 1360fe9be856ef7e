//! Steps that need the partition for themselves, and freezes.

use super::command_actor::CONFLICTS_MAX;
use super::commit::{Failed, Write, Written};
use super::freezes::Freeze;
use super::gate::Alone;
use super::local_partition::{ASK_TIMEOUT, LocalPartition};
use crate::call::CallError;
use crate::decision::Decision;
use crate::store::{Generation, Key, Kind};
use crate::time::Timestamp;
use crate::world::World;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::timeout;

/// Longest wait of an exclusive step for running commands. Commands that arrive meanwhile wait longer than this.
const QUIET_PATIENCE: Duration = Duration::from_secs(3);

/// Longest wait of a freeze for running commands.
const FREEZE_PATIENCE: Duration = Duration::from_secs(1);

/// Why an exclusive step was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotDone<R> {
    /// The step's own reason; nothing was changed.
    #[error(transparent)]
    Refused(R),
    #[error(transparent)]
    Call(CallError),
}

impl<R> From<CallError> for NotDone<R> {
    fn from(error: CallError) -> Self {
        Self::Call(error)
    }
}

/// A row as a decision leaves it; `None`: removed.
type Left = (Key, Option<Generation>);

impl LocalPartition {
    /// Decides while no command runs, commits the decision as one transaction, and applies it. Commands that arrive
    /// meanwhile wait up to 5 s, and are then refused. It waits up to 3 s for running commands.
    ///
    /// If the store does not tell the outcome, commands wait until it is known, independent of this future; after 10 s,
    /// the result is [`CallError::Unknown`]. All other errors guarantee that nothing was changed.
    pub async fn exclusively<T, R>(
        &self,
        mut decide: impl FnMut(&World, Timestamp) -> Result<Decision<T>, R>,
    ) -> Result<T, NotDone<R>> {
        let alone = self.alone_within(QUIET_PATIENCE).await?;
        for _ in 0..CONFLICTS_MAX {
            let now = self.now();
            let mut decision = decide(self.world(), now).map_err(NotDone::Refused)?;
            decision.begin_at(self.world().next_generation(now));
            if decision.is_empty() {
                return Ok(decision.answer);
            }
            // Only a repair may hold a row now, for a moment.
            let rows = match self.world().hold(decision.locks()) {
                Ok(rows) => rows,
                Err(turn) => {
                    drop(timeout(QUIET_PATIENCE, turn).await);
                    continue;
                }
            };
            let (decision, answer) = decision.parted();
            let left: Vec<Left> = decision.left().collect();
            let key = self.next_key();
            let write = Write { key, entry: None, decision, rows, alone: Some(alone.clone()) };
            match self.executor().write(write).await {
                Ok(Written::Applied(()) | Written::Replayed(_)) => return Ok(answer),
                Err(Failed::Conflict) => {}
                Err(Failed::Call(error)) => return Err(error.into()),
                Err(Failed::Unknown(doubt)) => {
                    if timeout(ASK_TIMEOUT, doubt).await.is_err() {
                        return Err(CallError::Unknown { key }.into());
                    }
                    return match self.has_left(&left) {
                        true => Ok(answer),
                        false => Err(self.unavailable("the store did not take the step, repeat it").into()),
                    };
                }
            }
        }
        Err(CallError::Conflict.into())
    }

    /// Refuses commands that create something of these kinds, until the result is dropped, at most for `time`. What was
    /// begun before is finished when this returns; it waits up to 1 s for it.
    pub async fn freeze(&self, kinds: BTreeSet<Kind>, time: Duration) -> Result<Freeze, CallError> {
        let freeze = self.executor().freezes.begin(kinds, FREEZE_PATIENCE + time);
        self.alone_within(FREEZE_PATIENCE).await?;
        freeze.ends_in(time);
        Ok(freeze)
    }

    async fn alone_within(&self, patience: Duration) -> Result<Alone, CallError> {
        let alone = self.gate().alone(self.world(), patience).await;
        alone.ok_or_else(|| {
            let seconds = patience.as_secs();
            self.unavailable(&format!("commands were still running after {seconds} s, try again"))
        })
    }

    /// Whether memory shows what a decision leaves.
    fn has_left(&self, left: &[Left]) -> bool {
        let world = self.world();
        left.iter().all(|(key, generation)| world.row(key).map(|row| row.generation) == *generation)
    }
}
