//! Errors of a call to an actor, named for what the caller may do next.

use crate::ids::PartitionId;
use crate::refusal::Refusal;
use uuid::Uuid;

/// All variants except [`CallError::Unknown`] and [`CallError::UnreadableAnswer`] guarantee that nothing was changed.
/// Partitions send it to each other unchanged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The command was refused; a retry gets the same refusal, unless it is a conflict.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// Rows kept changing during the decision: retry.
    #[error("the entity was changed from another, please retry")]
    Conflict,
    /// A mailbox or queue is full: retry later.
    #[error("overloaded, try again in a moment")]
    Overloaded,
    /// The deadline passed before the work began.
    #[error("the deadline passed before the work began, try again")]
    Expired,
    /// The partition cannot be reached, its store does not answer, or the node is stopping.
    #[error("partition {partition} cannot answer now: {reason}")]
    Unavailable { partition: PartitionId, reason: String },
    /// The write may or may not have happened. A retry with the same key is safe and returns the outcome.
    #[error("the outcome is unknown, retry with key {key}")]
    Unknown { key: Uuid },
    /// The same key was used with another command.
    #[error("key {key} was used for another command")]
    KeyReused { key: Uuid },
    /// The write with this key was applied or refused before, and this release cannot read its answer.
    #[error(
        "this release cannot read the stored answer to the command with key {key}: check the entity it changed, and use \
         another key to repeat it"
    )]
    UnreadableAnswer { key: Uuid },
}
