//! The domain of metalmesh and its runtime.
//!
//! One module per noun: [`machine`], [`switch`], [`network`], [`ipam`], [`namespace`], [`masterdata`]. Its module in
//! [`mod@record`] defines what is stored, its `command` the requests, and its decisions are pure:
//! `decide(world, command, context)` returns the rows to write and the answer, or a refusal. The [`runtime`] commits a
//! decision, applies it to the [`world`] and then answers. Endpoints hold only a [`gateway`]; protocols of several
//! commands that several endpoints share are a [`service`]. One table defines the kinds of rows: [`mod@schema`].
//!
//! Layers, each of which depends only on those before it: [`addressing`]; [`mod@record`]; [`index`] and [`answer`];
//! [`world`]; [`decision`]; [`masterdata`], [`switch`] and [`namespace`]; [`ipam`]; [`network`]; [`machine`];
//! [`command`], [`check`] and [`federation`]; then the code that routes and runs commands. `tests/tidy/arrows.rs`
//! enforces them.
//!
//! **Architecture invariant:** this crate opens no socket, speaks no SQL, reads no clock and draws no random numbers.
//! Time, randomness and ids are arguments; stores, meshes and BMCs are ports with implementations elsewhere.

// The contract of the store names this crate like the crates that include it.
#[cfg(test)]
extern crate self as actors;

pub mod addressing;
pub mod answer;
pub mod background;
pub mod call;
pub mod check;
pub mod command;
pub mod decide;
pub mod decision;
pub mod federation;
#[cfg(any(test, feature = "fixture"))]
pub mod fixture;
pub mod gateway;
pub mod ids;
pub mod index;
pub mod ipam;
mod loading;
pub mod machine;
pub mod masterdata;
pub mod mesh;
pub mod namespace;
pub mod naming;
pub mod network;
pub mod planted;
pub mod record;
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
