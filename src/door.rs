//! What all doors of a node have in common: how much those outside may have it hold, before it knows what they want.
//!
//! Knows connections and bytes; nothing of what is asked over them.

pub(crate) mod budget;

use std::net::SocketAddr;

/// Who is at the other end of a connection; among the extensions of its requests.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);
