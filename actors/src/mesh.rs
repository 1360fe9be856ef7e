//! The port to other partitions: what is said between them, and how saying it can fail. Knows no transport.

use crate::command::{Answer, Command};
use crate::ids::PartitionId;
use crate::ipam::usage::Consumption;
use crate::refusal::Refusal;
use crate::runtime::CallError;
use crate::store::{Key, Kind, Row};
use crate::switch::filter::PortFilter;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What one partition asks of another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Are you there?
    Ping,
    /// Do you own this row, or did you answer a command with this key? Whoever removed a row still knows that.
    Has { row: Key, answered: Option<Uuid> },
    /// One thing of a kind with all that it is shown with, or all things, those after `after`, ascending by id.
    Show { kind: Kind, id: Option<String>, after: Option<String> },
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
    Shown(Box<Shown>),
    Executed(Result<Answer, CallError>),
}

/// Things of a kind and what they are shown with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    /// At most [`SHOWN_MAX`] things, and each row once that any of them refers to.
    pub rows: Vec<Row>,
    /// What follows from rows that were not sent, by the ids of the things.
    pub computed: BTreeMap<String, Computed>,
    /// The last id, when there may be more.
    pub more_after: Option<String>,
}

/// What only the owner of a thing can tell of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Computed {
    /// Of a network.
    pub consumption: Option<Consumption>,
    /// Of a switch, in the order of its ports; or why they cannot be told.
    pub port_filters: Option<Result<Vec<Option<PortFilter>>, Refusal>>,
}

/// Things of one answer: some hundred kilobytes of machines.
pub const SHOWN_MAX: usize = 200;

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
