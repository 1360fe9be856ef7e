//! Protocols of several commands, each in one place: the gRPC services, the HTTP API and the simulator's hardware all
//! use them.
//!
//! Depends only on a [`Gateway`](crate::gateway::Gateway). Knows no wire format: endpoints check bounds and convert
//! messages.

pub mod address_history;
pub mod audit;
pub mod dumps;
pub mod events;
pub mod orders;
pub mod wait;
