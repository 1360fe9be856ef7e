//! How a call to an actor can fail, in terms of what the caller may do next.

use crate::ids::PartitionId;
use crate::refusal::Refusal;
use uuid::Uuid;

/// Every variant but [`CallError::Unknown`] and [`CallError::UnreadableAnswer`] promises that nothing was changed.
/// Travels between partitions as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The room said no; asking the same again gives the same, unless the refusal is a conflict.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// Rows kept changing under the decision: try again.
    #[error("the entity was changed from another, please retry")]
    Conflict,
    /// A mailbox or queue is full: try again later.
    #[error("overloaded, try again in a moment")]
    Overloaded,
    /// The deadline passed before the work began.
    #[error("the deadline passed before the work began, try again")]
    Expired,
    /// The partition cannot be reached, its store does not answer, or the node is stopping.
    #[error("partition {partition} cannot answer now: {reason}")]
    Unavailable { partition: PartitionId, reason: String },
    /// The write may or may not have happened. Asking again with the same key is safe and tells.
    #[error("the outcome is unknown, retry with key {key}")]
    Unknown { key: Uuid },
    /// The same key came with another command before.
    #[error("key {key} was used for another command")]
    KeyReused { key: Uuid },
    /// The write with this key was applied or refused once, and this release cannot read what it was answered.
    #[error(
        "this release cannot read the stored answer to the command with key {key}: check the entity it changed, and use \
         another key to repeat it"
    )]
    UnreadableAnswer { key: Uuid },
}
