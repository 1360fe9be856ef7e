//! The port to other partitions: requests, replies and errors. It knows no transport, and transports do not know the
//! content of messages.

use crate::answer::Answer;
use crate::call::CallError;
use crate::command::Command;
use crate::ids::PartitionId;
use crate::ipam::usage::Consumption;
use crate::refusal::Refusal;
use crate::store::{Key, Kind, Row};
use crate::switch::filter::PortFilter;
use async_trait::async_trait;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::time::Duration;
use uuid::Uuid;

/// A request of one partition to another.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// Checks that the partition answers.
    Ping,
    /// Does the partition own this row, or did it answer a command with this key? A partition that removed the row
    /// still answers yes.
    Has { row: Key, answered: Option<Uuid> },
    /// Did the partition execute a command with this key, or is it executing one? It is asked before a command that
    /// belongs to no single partition; the reply is [`Reply::Has`]. An error: it is asking the same now.
    Answered { key: Uuid },
    /// One thing of a kind with the rows that it is shown with, or all things after `after`, ascending by id.
    Show { kind: Kind, id: Option<String>, after: Option<String> },
    Execute {
        command: Box<Command>,
        /// The caller chose the key, or the command was sent before.
        may_be_retry: bool,
        /// How long the caller still waits. Relative, because the clocks of two partitions may differ.
        remaining_ms: u64,
        /// Number of partitions that passed it on. At most [`HOPS_MAX`].
        hops: u8,
    },
}

/// A reply of another partition: one variant per request, one for failures, and one for unreadable requests.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    Pong,
    Has(Result<bool, CallError>),
    Shown(Box<Shown>),
    Executed(Result<Answer, CallError>),
    /// The request could not be served, and why.
    Failed(CallError),
    /// The partition does not know the request or its version: nothing was done. It reads versions `min_version` to
    /// `max_version` of messages.
    NotUnderstood {
        min_version: u16,
        max_version: u16,
        /// For people.
        reason: String,
    },
}

/// Things of a kind, with the rows that they are shown with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shown {
    /// At most [`SHOWN_MAX`] things, and once each row that they refer to.
    pub rows: Vec<Row>,
    /// Values computed from rows that were not sent, by the ids of the things.
    pub computed: BTreeMap<String, Computed>,
    /// The last id, if there may be more.
    pub more_after: Option<String>,
}

/// Values that only the owner of a thing can compute.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Computed {
    /// For a network.
    pub consumption: Option<Consumption>,
    /// Of a switch, in the order of its ports; or why they cannot be computed.
    pub port_filters: Option<Result<Vec<Option<PortFilter>>, Refusal>>,
}

/// Maximum of things in one answer: some hundred kilobytes of machines.
pub const SHOWN_MAX: usize = 200;

/// Maximal bytes of a message. The largest command, part of a dump, has some hundred kilobytes; an answer holds one
/// row, whose bound is [`crate::store::BODY_BYTES_MAX`].
pub const MESSAGE_BYTES_MAX: usize = 8 << 20;

/// An answer ends with the thing that takes its rows over this number of bytes: with that thing and the envelope, it
/// still fits into a message.
pub const SHOWN_BYTES_MAX: usize = 4 << 20;

/// A command is passed on once: the partition that receives it executes or refuses it.
pub const HOPS_MAX: u8 = 1;

/// Why there is no reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MeshError {
    /// The request was not sent: nothing was changed.
    #[error("there is no link")]
    NotSent,
    /// The request was sent, but no reply will come. It may have been executed.
    #[error("the link broke before the reply came")]
    Lost,
    /// The request exceeds the maximal size of a message, so it was not sent.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
}

/// The message cannot be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the message has {bytes} bytes, at most {MESSAGE_BYTES_MAX} are allowed")]
pub struct TooLarge {
    pub bytes: usize,
}

/// A request on its way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    pub request: Bytes,
    /// Requests with the same number leave in the order of their calls. Any number: a transport with fewer lanes takes
    /// the remainder.
    pub lane: u64,
    /// How long the caller still waits. A transport that could not send the request by then drops it.
    pub remaining: Duration,
}

/// Links to other partitions. They carry messages without knowing their content (see [`crate::wire`]).
#[async_trait]
pub trait Mesh: Send + Sync {
    /// Sends a request and waits for its reply; the caller bounds the wait. A request may arrive more than once, and a
    /// repetition out of order.
    async fn call(&self, to: &PartitionId, outgoing: Outgoing) -> Result<Bytes, MeshError>;

    /// Whether the partition answers now; the caller bounds the wait. Requests in transit must not delay the answer.
    async fn ping(&self, to: &PartitionId) -> Result<(), MeshError>;
}
