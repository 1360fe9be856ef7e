//! Simulated hardware, and a simulator of whole federations in one thread on virtual time.
//!
//! ```text
//!  scenario + seed ──► plan of faults ──► injector ──┐
//!                 └──► users ── links ──► node ◄─────┤  one task set per node; a crash drops it
//!                      racks ── links ──► │  ▲       │
//!                                         ▼  └─ links between nodes (the mesh port)
//!                      monitor ◄──────── disk ◄──────┘  outlives crashes; shows every commit
//! ```
//!
//! The actors, the router, the gateway, the services and the store's port are those of production; hardware, links,
//! clocks and the connection to the disk are simulated.
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
//! **Architecture invariant:** no sockets, no clock, no threads, no other randomness, no order that depends on a hash.
//! Time is tokio's, paused; randomness comes from [`seed`]. Hardware speaks through the port [`hardware::MetalApi`].

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
