//! Pretend hardware: machines, switches and BMCs that behave, and misbehave, like the real ones.
//!
//! **Architecture invariant:** no sockets, no clock, no randomness of its own. What the hardware says goes through the
//! port [`hardware::MetalApi`]; time is tokio's, which tests pause; chance comes from a seed.

pub mod hardware;
