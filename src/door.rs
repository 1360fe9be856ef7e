//! What both ports of a node share: which connections are accepted, for how long, and how much memory they may use
//! before their requests are known.
//!
//! Knows connections and bytes, not the requests on them.

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

/// The peer of a connection; in the extensions of its requests.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);
