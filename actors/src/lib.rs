//! The domain of metalmesh and its runtime.
//!
//! Rooms, one per noun: [`machine`], [`switch`], [`network`], [`ipam`], [`namespace`], [`masterdata`]. The [`mod@record`] of
//! a noun says what is stored, its `command` what it can be asked, and its decisions are pure:
//! `decide(world, command, context)` gives the rows to write and the answer, or a refusal. The [`runtime`] commits a
//! decision, adopts it into the [`world`] and then answers. Endpoints hold a [`gateway`] and nothing else; what several
//! of them say in more than one command is a [`service`]. What kinds of rows there are is one table: [`mod@schema`].
//!
//! Layers, each of which names those before it only: [`addressing`], [`mod@record`], [`index`], [`world`] and [`decision`],
//! beside these [`answer`]; [`masterdata`], [`switch`] and [`namespace`], then [`ipam`], [`network`], [`machine`]; [`command`]
//! and [`check`]; what runs, carries and offers commands. A test of the whole project, `tests/tidy/arrows.rs`, keeps them apart.
//!
//! **Architecture invariant:** nothing here opens a socket, speaks SQL, reads a clock or draws a random number of its
//! own. Time, randomness and ids are passed in; stores, meshes and BMCs are ports that others plug in.

// The contract of the store names this crate as those do who include it in their tests.
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
