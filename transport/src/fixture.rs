//! What tests share: a network of pretend UDP sockets on tokio's paused clock, below the real QUIC and TLS, and members
//! of a federation with their certificates.

mod faults;
mod federation;
mod network;
mod socket;
#[cfg(test)]
mod tests;

pub use faults::{Fault, play};
pub use federation::{Federation, Member, NOW_MS, wall_ms};
pub use network::{Network, Path, Trace};
