//! The port to other partitions: what is said between them, and how saying it can fail. Knows no transport, and no
//! transport knows what is said.

use crate::call::CallError;
use crate::command::{Answer, Command};
use crate::ids::PartitionId;
use crate::ipam::usage::Consumption;
use crate::refusal::Refusal;
use crate::store::{Key, Kind, Row};
use crate::switch::filter::PortFilter;
use async_trait::async_trait;
use bytes::Bytes;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What one partition asks of another.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// Are you there?
    Ping,
    /// Does the partition own this row, or did it answer a command with this key? A partition that removed the row
    /// still answers yes.
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
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    Pong,
    Has(Result<bool, CallError>),
    Shown(Box<Shown>),
    Executed(Result<Answer, CallError>),
    /// What was asked for could not be looked at, and why.
    Failed(CallError),
    /// It does not know such a request, or not in this version: nothing was done. It reads versions `min_version` to
    /// `max_version` of messages.
    NotUnderstood {
        min_version: u16,
        max_version: u16,
        /// For people.
        reason: String,
    },
}

/// Things of a kind and what they are shown with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shown {
    /// At most [`SHOWN_MAX`] things, and each row once that any of them refers to.
    pub rows: Vec<Row>,
    /// What follows from rows that were not sent, by the ids of the things.
    pub computed: BTreeMap<String, Computed>,
    /// The last id, when there may be more.
    pub more_after: Option<String>,
}

/// What only the owner of a thing can tell of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Computed {
    /// Of a network.
    pub consumption: Option<Consumption>,
    /// Of a switch, in the order of its ports; or why they cannot be computed.
    pub port_filters: Option<Result<Vec<Option<PortFilter>>, Refusal>>,
}

/// Things of one answer: some hundred kilobytes of machines.
pub const SHOWN_MAX: usize = 200;

/// Bytes of a message. The largest command, part of a dump, has some hundred kilobytes; an answer holds one row, whose
/// bound is [`crate::store::BODY_BYTES_MAX`].
pub const MESSAGE_BYTES_MAX: usize = 8 << 20;

/// An answer ends with the thing with which its rows have so many bytes: with that one, and what is around them all, it
/// fits into a message.
pub const SHOWN_BYTES_MAX: usize = 4 << 20;

/// A command is passed on once: the partition that receives it executes or refuses it.
pub const HOPS_MAX: u8 = 1;

/// Why there is no reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MeshError {
    /// The request was not sent: nothing was changed.
    #[error("there is no link")]
    NotSent,
    /// It was sent, and no reply will come. It may have been executed.
    #[error("the link broke before the reply came")]
    Lost,
    /// It is larger than messages may be, so it was not sent.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
}

/// The message cannot be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the message has {bytes} bytes, at most {MESSAGE_BYTES_MAX} are allowed")]
pub struct TooLarge {
    pub bytes: usize,
}

/// Links to other partitions. They carry messages, and know nothing of what these say (see [`crate::wire`]).
#[async_trait]
pub trait Mesh: Send + Sync {
    /// Sends a request and waits for its reply; the caller bounds the wait. A request may arrive more than once and out
    /// of order.
    async fn call(&self, to: &PartitionId, request: Bytes) -> Result<Bytes, MeshError>;
}
