//! metalmesh: a bare-metal control plane in one binary.
//!
//! ```text
//!  metalctl ── HTTP ──┐
//!  hammer, core ─ gRPC ┤ api, grpc: parse, authenticate, show
//!                      ▼
//!   actors::gateway: execute, get, list, watch        all that endpoints hold
//!                      │  actors::service: waiting, events, BMC orders, audit: what several endpoints say in one way
//!                      │  actors::router: which partition, which actor?
//!          here ◄──────┴──────► elsewhere: actors::wire messages over actors::mesh, to the gateway there
//!            ▼
//!               Command { key, principal, partition, body }
//!                      ▼
//!     command actor: decide(world, command, context) -> rows to write + answer      (pure)
//!                      │  commit: compare-and-swap + inbox key, one transaction       (store)
//!                      ▼  adopt into the world, answer
//! ```
//!
//! # Code map
//!
//! | folder | what it is |
//! |---|---|
//! | [`api`] | HTTP: `routes.rs` names every route, one file per resource, `auth` who asks, `error.rs` how a refusal is written |
//! | `src/api/contract`, `actors/src/design`, `actors/src/ipam/design`, `src/store/design` | the pages that comments cite: `api-machines 3.2`, `ipam 6.6`; `contract/README.md` says how to find them |
//! | [`grpc`] | the boot and event services, and go-ipam's service: conversions only |
//! | `door` | what both ports have in common: connections, TLS, places, budgets of memory |
//! | [`store`] | rows in SQLite and PostgreSQL: what is stored, and why; migrations |
//! | [`cli`], [`config`] | one file per command; the keys of `node.toml` and what is wrong with them |
//! | [`node`] | starts and stops everything, in order |
//! | [`client`] | how pretend hardware and commands talk to a node |
//! | [`telemetry`], [`mod@bench`] | logs and process metrics; load from outside |
//! | `actors/src/{addressing,record}` | families, prefixes and their arithmetic; what is stored, by noun |
//! | `actors/src/{index,world}` | what is free, found without a look at all rows; rows in memory, row locks, what is derived from them |
//! | `actors/src/{decision,answer}.rs` | rows to write, not yet applied; what is answered |
//! | `actors/src/{machine,switch,network,ipam,namespace,masterdata}` | one noun each: commands, pure decisions, tests |
//! | `actors/src/{command,check}` | all commands, and which answer each has; whether the rows agree with each other and the indexes with the rows |
//! | `actors/src/runtime` | command actors, commits, the inbox and its fingerprints, commits in doubt |
//! | `actors/src/background` | one file per background task, what runs them, and how each stands |
//! | `actors/src/{gateway,service,router}` | the entrance, shared protocols, which partition owns what |
//! | `actors/src/{mesh,wire}` | what partitions say to each other: the port, and versioned messages |
//! | `actors/src/schema.rs` | the one table of kinds of rows |
//! | `actors/src/store` | the port of the store and its promises |
//! | `simulations/src` | pretend hardware; a cluster of nodes, links, disks and clocks; faults, workload, checkers, reports; its `lib.rs` says what lies on what |
//! | `tests` | one binary; `support` starts processes, `clients` are real ones, `golden` is what older releases wrote, `fuzz` |
//!
//! How something new is added that operators define: [`adding_a_resource`].
//!
//! # Where do I change …
//!
//! | what | where |
//! |---|---|
//! | the text or the class of a refusal | in the decision, `actors/src/machine/free.rs` and its like; which status a class has is `src/api/error.rs` |
//! | what an answer shows | `src/api/<resource>.rs`, for machines `src/api/machine/response.rs`; `src/api/tests/shapes.json` says what clients rely on |
//! | what is stored | `actors/src/record/<noun>.rs`, a new field with `#[serde(default)]`; a column is in `actors/src/schema.rs` and a new file of `src/store/migrations` |
//! | a command | the noun's `command.rs` and `decide.rs`, and `actors/src/command/ask/<noun>.rs` (masterdata: the table in `actors/src/masterdata.rs`), `actors/src/wire/v1`, `actors/src/router.rs` and `router/destination.rs`; the compiler asks for each |
//! | a route, or who may use it | `src/api/routes.rs` |
//! | which machine is allocated | `actors/src/machine/allocate/candidate.rs`, what is asked of a request in `spec.rs` |
//! | a background task | its file in `actors/src/background`, and `start` in `background.rs` |
//! | a key of the configuration | `src/config.rs`, `configs/node.toml`, and `src/cli/serve.rs`, which passes it on |
//! | a metric | `src/api/load.rs` of the partition, `src/store/metrics.rs` of the store, `src/door/port.rs` of requests |
//! | what the simulator does to a cluster, or looks at | `simulations/src/fault/what.rs` and `injector.rs`; `simulations/src/checkers`; a planted bug is named in `actors/src/planted.rs` |
//!
//! Without the feature `node` there are only the two endpoints and what they need: a small build, to be fuzzed.
//!
//! # Glossary
//!
//! | word | what it means here |
//! |---|---|
//! | partition | a plant with its racks; owns its rows, and goes on when it is cut off |
//! | node | one process; the last one that opened a partition writes for it |
//! | command, answer, refusal | what is asked, and one of the two outcomes of deciding it |
//! | decision | rows to write and an answer, not yet applied; made from a world, a command and a `DecisionContext` |
//! | world | the rows of a partition in memory, as they were committed |
//! | row lock, ticket | a row that a decision relies on until its commit is known; the turn of the next who waits for it |
//! | background task | what a partition does by itself, again and again; `metalmesh tasks` shows when it ran and what came of it |
//! | inbox, fingerprint | answers by the caller's key; what tells commands apart that came with one key |
//! | epoch | counts who opened a partition; an older one cannot write any more |
//! | expectation | what a machine waits for, until when, and what happens then |
//! | quarantine | the time in which an address that was given back is not given again |
//! | claim | a number taken from a pool (VRF, ASN), with its owner |
//! | planted bug | a mistake on purpose that the simulator must find |
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
//! # Decisions
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

#[doc = include_str!("adding_a_resource.md")]
pub mod adding_a_resource {}
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
pub mod door;
pub mod grpc;
#[cfg(feature = "node")]
pub mod node;
#[cfg(feature = "node")]
pub mod store;
#[cfg(feature = "node")]
pub mod telemetry;
#[cfg(feature = "node")]
pub mod tls;
pub mod version;
