//! The mesh: links between partitions over QUIC, with mutual TLS.
//!
//! * [`identity`]: who a node is. The root admits partitions, a partition's intermediate issues the certificates of its
//!   nodes, and the verifier accepts a node only below the path of its own partition.
//! * [`document`]: the members, the roots that are trusted and the identities that are denied: one numbered, signed
//!   text that every partition keeps and passes on.
//! * [`token`]: the invitation that one operator gives to another.
//! * [`Mesh`]: the links. Two partitions exchange calls in lanes, and heartbeats on a connection of their own.
//!
//! **Architecture invariant:** this crate knows peers, streams and bytes, never a machine. It reads no system clock and
//! draws no random numbers by itself: both are arguments.

pub mod address;
mod backoff;
mod cbor;
mod close;
pub mod document;
mod fault;
#[cfg(any(test, feature = "fixture"))]
pub mod fixture;
mod frame;
mod health;
mod hello;
pub mod identity;
pub mod join;
mod lanes;
mod mesh;
pub mod settings;
mod settle;
mod signal;
pub mod socket;
mod streams;
mod tasks;
pub mod token;
mod twins;

pub use fault::CallFault;
pub use health::{Direction, Directions};
pub use hello::{Hello, MAX_VERSION, MIN_VERSION, Role};
pub use mesh::{Counters, LinkStatus, Mesh, MeshConfig, MeshError, Server, UpStatus, WallMs};
pub use settings::Settings;
