//! What a lane is, without streams: requests that wait for credit and for replies, requests that are taken in, and
//! replies that are sent piece by piece. All in memory, with the time passed in.

mod intake;
mod outbox;
mod replies;

pub(crate) use intake::{Intake, Request, Taken};
pub(crate) use outbox::Outbox;
pub(crate) use replies::Replies;

/// What is written at once.
const BATCH_BYTES: usize = 64 << 10;

/// How much a peer may send before it gets an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Credit {
    pub(crate) requests: usize,
    pub(crate) bytes: usize,
}
