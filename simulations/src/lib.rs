//! Pretend hardware, and a simulator that plays whole federations of plants in one thread on pretend time.
//!
//! ```text
//!  scenario + seed ──► plan of faults ──► injector ──┐
//!                 └──► users ── links ──► node ◄─────┤  one task set per node; a crash drops it
//!                      racks ── links ──► │  ▲       │
//!                                         ▼  └─ links between nodes (the mesh port)
//!                      monitor ◄──────── disk ◄──────┘  outlives crashes; shows every commit
//! ```
//!
//! The actors, the router, the gateway, the services and the port of the store are those of production; hardware, links, clocks and
//! the way to the disk are pretended.
//!
//! # What lies on what
//!
//! A module names modules of its own row and of those below (`tests/tidy/arrows.rs`):
//!
//! | row | modules |
//! |---|---|
//! | what people ask and are shown | [`command_line`], [`mutants`], [`shrink`], [`report`] |
//! | what plays | [`run`], which lets [`workload`], [`injector`], [`sampler`], [`convergence`] and [`final_checks`] loose on a [`cluster`]; that is made of [`hardware`], [`node`]s with a [`local_api`], [`store`] and [`clock`] each, and of [`link`]s, over which the [`mesh`] and each [`path`] with its [`remote_api`] go |
//! | what looks on, and what it keeps | [`monitor`] with its [`checkers`] and [`counters`]; [`trace`], [`lifecycle`], [`history`], [`samples`], and all of it as the [`outcome`] |
//! | what describes a run | [`scenario`] with its kinds of [`fault`], the [`plan`] of faults that a [`seed`] draws, [`entities`], what must be seen [`sometimes`], [`bounds`], [`version`] |
//!
//! [`panics`] and [`progress`] know nothing of runs.
//!
//! **Architecture invariant:** no sockets, no clock, no thread, no randomness of its own, no order that a hash decides.
//! Time is tokio's, paused; chance comes from [`seed`]. What the hardware says goes through the port
//! [`hardware::MetalApi`].

pub mod bounds;
pub mod checkers;
pub mod clock;
pub mod cluster;
pub mod command_line;
pub mod convergence;
pub mod counters;
pub mod entities;
pub mod fault;
pub mod final_checks;
#[cfg(test)]
mod fixture;
pub mod hardware;
pub mod history;
pub mod injector;
pub mod lifecycle;
pub mod link;
pub mod local_api;
pub mod mesh;
pub mod monitor;
pub mod mutants;
pub mod node;
pub mod outcome;
pub mod panics;
pub mod path;
pub mod plan;
pub mod progress;
pub mod remote_api;
pub mod report;
pub mod run;
pub mod sampler;
pub mod samples;
pub mod scenario;
pub mod seed;
pub mod shrink;
pub mod sometimes;
pub mod store;
pub mod trace;
pub mod version;
pub mod workload;
