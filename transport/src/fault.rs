//! How a call may end without a reply.

/// Whether the peer may have executed the request is the difference that matters to callers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallFault {
    /// It never left this node.
    #[error("not sent: {0}")]
    NotSent(String),
    /// The peer's end of the link refused it, and did not execute it.
    #[error("refused by the peer and not executed: {0}")]
    Refused(String),
    /// It left, and no reply came: the peer may have executed it.
    #[error("outcome unknown: {0}")]
    Lost(String),
    /// Not sent, because it is too large.
    #[error("the request has {bytes} bytes, at most {bytes_max} are allowed")]
    TooLarge { bytes: usize, bytes_max: usize },
}
