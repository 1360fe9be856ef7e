//! Protocols that are more than one command, each once: the gRPC services, the HTTP API and the simulator's hardware
//! speak them all through here.
//!
//! Holds a [`Gateway`](crate::gateway::Gateway) and nothing else of the node. Knows no wire: what comes from one is
//! checked for its bounds by the endpoint, and what goes to one is written there.

pub mod address_history;
pub mod audit;
pub mod dumps;
pub mod events;
pub mod orders;
pub mod wait;
