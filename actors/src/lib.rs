//! The domain of metalmesh and its runtime.
//!
//! **Architecture invariant:** nothing here opens a socket, speaks SQL, reads a clock or draws a random number of its
//! own. Time, randomness and ids are passed in; stores, meshes and BMCs are ports that others plug in.

pub mod ids;
pub mod refusal;
pub mod store;
pub mod time;
