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
//! **Architecture invariant:** no sockets, no clock, no threads, no other randomness, no order that depends on a hash.
//! Time is tokio's, paused; randomness comes from [`seed`]. Hardware speaks through the port [`hardware::MetalApi`].

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
