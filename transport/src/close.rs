//! Why connections are closed: a number for the peer's program, a sentence for people.

use crate::frame::{plain, shortened};
use quinn::{Connection, ConnectionError, VarInt};

pub(crate) const STOPPED: VarInt = VarInt::from_u32(1);
/// A newer link took over.
pub(crate) const REPLACED: VarInt = VarInt::from_u32(2);
/// The closing end hears nothing.
pub(crate) const UNHEARD: VarInt = VarInt::from_u32(3);
pub(crate) const REFUSED: VarInt = VarInt::from_u32(4);
pub(crate) const TWINS: VarInt = VarInt::from_u32(5);
pub(crate) const BROKEN: VarInt = VarInt::from_u32(6);
/// What was asked for is done.
pub(crate) const DONE: VarInt = VarInt::from_u32(7);

/// Nothing happens if the connection is closed already: why that was stays known.
pub(crate) fn with(connection: &Connection, code: VarInt, reason: &str) {
    if connection.close_reason().is_some() {
        return;
    }
    connection.close(code, shortened(reason).as_bytes());
}

/// The code by which the peer closed, if it did.
pub(crate) fn code(error: &ConnectionError) -> Option<VarInt> {
    match error {
        ConnectionError::ApplicationClosed(close) => Some(close.error_code),
        _ => None,
    }
}

/// A sentence for people.
pub(crate) fn sentence(error: &ConnectionError) -> String {
    match error {
        ConnectionError::ApplicationClosed(close) => plain(&close.reason),
        ConnectionError::ConnectionClosed(close) if !close.reason.is_empty() => plain(&close.reason),
        ConnectionError::TimedOut => "no answer".to_owned(),
        ConnectionError::LocallyClosed => "closed by this node".to_owned(),
        other => other.to_string(),
    }
}
