//! The port to other partitions: what is said between them, and how saying it can fail. Knows no transport.

use crate::command::{Answer, Command};
use crate::ids::PartitionId;
use crate::runtime::CallError;
use crate::store::{Key, Kind, Row};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What one partition asks of another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Are you there?
    Ping,
    /// Do you own this row, or did you answer a command with this key? Whoever removed a row still knows that.
    Has {
        row: Key,
        answered: Option<Uuid>,
    },
    Row(Key),
    /// Rows of a kind in ascending order of id, those after `after`; at most [`ROWS_PER_ANSWER_MAX`].
    Rows {
        kind: Kind,
        after: Option<String>,
    },
    Execute {
        command: Box<Command>,
        /// The caller chose the key, or it was sent before.
        may_be_retry: bool,
        /// How long the caller waits from now. Deadlines travel as lengths: clocks of two partitions need not agree.
        remaining_ms: u64,
        /// Partitions that passed it on. At most [`HOPS_MAX`].
        hops: u8,
    },
}

/// What the other partition says. One variant per request, and one for what it does not understand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    Pong,
    Has(Result<bool, CallError>),
    Row(Option<Row>),
    Rows(Vec<Row>),
    Executed(Result<Answer, CallError>),
}

/// Rows of one answer: some hundred kilobytes of machines.
pub const ROWS_PER_ANSWER_MAX: usize = 200;

/// A command is passed on once: whoever gets it from another partition executes it or refuses it.
pub const HOPS_MAX: u8 = 1;

/// Why there is no reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MeshError {
    /// The request was not sent: nothing was changed.
    #[error("there is no link")]
    NotSent,
    /// It was sent, and no reply will come. It may have been executed.
    #[error("the link broke before the answer came")]
    Lost,
}

/// Links to other partitions.
#[async_trait]
pub trait Mesh: Send + Sync {
    /// Sends a request and waits for its reply; whoever calls bounds the wait. A request may arrive more than once, and
    /// in another order than it was sent.
    async fn call(&self, to: &PartitionId, request: Request) -> Result<Reply, MeshError>;
}
