//! The domain of metalmesh and its runtime.
//!
//! Rooms, one per noun: [`machine`], [`switch`], [`network`], [`ipam`], [`namespace`], [`masterdata`]. A room's
//! `record` says what is stored, its `command` what it can be asked, and its decisions are pure:
//! `decide(world, command, context)` gives the rows to write and the answer, or a refusal. The [`runtime`] commits a
//! decision, adopts it into the [`world`] and then answers. Endpoints hold a [`gateway`] and nothing else; what several
//! of them say in more than one command is a [`service`]. What kinds of rows there are is one table: [`mod@schema`].
//!
//! **Architecture invariant:** nothing here opens a socket, speaks SQL, reads a clock or draws a random number of its
//! own. Time, randomness and ids are passed in; stores, meshes and BMCs are ports that others plug in.

// The contract of the store names this crate as those do who include it in their tests.
#[cfg(test)]
extern crate self as actors;

pub mod background;
pub mod call;
pub mod command;
pub mod decide;
pub mod decision;
#[cfg(any(test, feature = "fixture"))]
pub mod fixture;
pub mod gateway;
pub mod ids;
pub mod ipam;
mod loading;
pub mod machine;
pub mod masterdata;
pub mod mesh;
pub mod namespace;
pub mod naming;
pub mod network;
pub mod planted;
pub mod refusal;
pub mod router;
pub mod runtime;
pub mod schema;
pub mod service;
pub mod spoken;
pub mod store;
pub mod switch;
pub mod time;
pub mod wire;
pub mod world;
