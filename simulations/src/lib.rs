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
//! The actors, the router, the gateway, the services and the port of the store are those of production; hardware,
//! links, clocks and the way to the disk are pretended.
//!
//! **Architecture invariant:** no sockets, no clock, no thread, no randomness of its own, no order that a hash decides.
//! Time is tokio's, paused; chance comes from [`seed`]. What the hardware says goes through the port
//! [`hardware::MetalApi`].

pub mod checkers;
pub mod clock;
pub mod cluster;
pub mod command_line;
pub mod convergence;
pub mod counters;
pub mod entities;
pub mod final_checks;
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
pub mod panics;
pub mod path;
pub mod plan;
pub mod progress;
pub mod remote_api;
pub mod report;
pub mod run;
pub mod sampler;
pub mod scenario;
pub mod seed;
pub mod shrink;
pub mod sometimes;
pub mod store;
pub mod trace;
pub mod workload;
