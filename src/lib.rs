//! metalmesh: a bare-metal control plane in one binary.
//!
//! ```text
//!  metalctl ── HTTP ──┐
//!  hammer, core ─ gRPC ┤ api, grpc: parse, authenticate, show
//!                      ▼
//!               Command { key, principal, partition, body }
//!                      │  actors::router: which actor?
//!                      ▼
//!               actor: decide(world, command, moment) -> rows to write + answer      (pure)
//!                      │  commit: compare-and-swap + inbox key, one transaction       (store)
//!                      ▼  adopt into the world, answer
//! ```
//!
//! Rooms: [`api`] and [`grpc`] are doors, `door` is what they have in common, [`store`] keeps rows, [`client`] lets pretend hardware talk to a node,
//! [`node`] knows everybody, [`mod@bench`] measures from outside, [`cli`] is what people type. The domain is the crate `actors`, pretend hardware the crate
//! `simulations`. Without the feature `node` there are only the two doors and what they need: a small build, to be fuzzed.
//!
//! # Invariants
//!
//! 1. An address is in use by at most one owner: its row is its claim, and the database holds one row per address.
//! 2. A machine has at most one allocation, and an installed one is never wiped: what leads to a wipe carries the token
//!    of the allocation it belongs to (`actors::machine`).
//! 3. An acknowledged write is durable and applied once, however often it was sent with the same key. A refusal under a
//!    key of the caller's is final as well: whoever mended what was wrong asks with a new key.
//! 4. No claim is left behind: an allocation is one transaction, so it leaves all of its claims or none; a reconciler
//!    compares claims with owners all the same.
//! 5. A partition decides from its own rows alone. What it does not own it asks the owner for, and says so when nobody
//!    answers (`actors::gateway`).
//! 6. Memory is a cache of rows. While the outcome of a commit is unknown, its rows are held until they were read again.
//!    A partition has one writer, the node that opened it last; what an earlier one still has under way is written before
//!    the next one reads, or never (`store::epoch`).
//! 7. Decisions are pure: time, randomness and ids come in as arguments.
//! 8. A transaction holds SQL only. BMC orders are part of the machine's row until they are acknowledged.
//! 9. Everything has a bound. Over it, the caller gets a typed refusal.
//!
//! # Decided where the house plan is silent
//!
//! * **One decision, one transaction, several rows.** An allocation writes the machine, its addresses and its ASN at once.
//!   Rows of a commit under way are held in memory, so that others pick other rows and share the commit.
//! * **Actors keep no state of their own.** They order decisions; what they know are the rows of the shared world.
//! * **go-ipam's namespaces are rows of their own** (`actors::namespace`), apart from metal-api's networks: nothing of the
//!   one is ever taken from the other. They belong to the partition that was asked.
//! * **A dump is loaded in many transactions and seen after the last one.** Until then its namespace looks empty, and a
//!   load that nobody finishes is undone.
//! * **A machine that waits has a deadline and a next try in its row** (`actors::machine::expectation`). When the try comes,
//!   a machine of nobody is told to boot where that helps; all others, allocated ones above all, are only looked at again,
//!   and a late one is named in the log and counted by `metalmesh_machines_overdue`.
//! * **BMC orders are rows, fetched by the partition's BMC agent** (`mesh/v1/bmc`), and acknowledged. A lost power command
//!   is not possible; a repeated one is harmless.

pub mod api;
#[cfg(feature = "node")]
mod bench;
#[cfg(feature = "node")]
pub mod cli;
#[cfg(feature = "node")]
pub mod client;
pub mod clock;
#[cfg(feature = "node")]
pub mod config;
mod correlation;
mod door;
pub mod grpc;
#[cfg(feature = "node")]
pub mod node;
#[cfg(feature = "node")]
pub mod store;
#[cfg(feature = "node")]
pub mod telemetry;
#[cfg(feature = "node")]
pub mod tls;
