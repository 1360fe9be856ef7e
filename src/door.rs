//! What all doors of a node have in common: who is let in, for how long, and how much they may have the node hold before
//! it knows what they want.
//!
//! Knows connections and bytes; nothing of what is asked over them.

pub(crate) mod arrival;
pub(crate) mod budget;
#[cfg(feature = "node")]
mod connection;
#[cfg(feature = "node")]
pub(crate) mod descriptors;
#[cfg(feature = "node")]
pub(crate) mod http;
#[cfg(feature = "node")]
pub(crate) mod incoming;
#[cfg(feature = "node")]
mod listen;
#[cfg(feature = "node")]
mod places;
pub(crate) mod port;
#[cfg(feature = "node")]
pub(crate) mod tls;

#[cfg(feature = "node")]
pub use places::Limits;
#[cfg(feature = "node")]
pub(crate) use {
    connection::Connection,
    listen::listen,
    places::{PlaceMetrics, Places},
};

pub use port::HttpPort;

use std::net::SocketAddr;

/// Who is at the other end of a connection; among the extensions of its requests.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);
