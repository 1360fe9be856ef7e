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
//! | [`api`] | HTTP: `routes.rs` has every route, `routes/` one file per resource, `auth` authentication, `error.rs` the body of a refusal |
//! | `src/api/contract`, `actors/src/design`, `actors/src/ipam/design`, `src/store/design` | the pages that comments cite: `api-machines 3.2`, `ipam 6.6`; `contract/README.md` explains the citations |
//! | [`grpc`] | the boot and event services, and go-ipam's service: conversions only |
//! | `door` | shared by both ports: connections, TLS, connection limits, memory budgets |
//! | [`store`] | rows in SQLite and PostgreSQL: what is stored, and why; migrations |
//! | [`cli`], [`config`] | one file per command; the keys of `node.toml` and their checks |
//! | [`node`] | starts and stops everything, in order |
//! | [`federation`], [`mesh`] | how partitions become one: control socket, invitations, joining, documents; the transport behind the domain's port |
//! | `transport/src` | the QUIC links between partitions: identities, the members' document, health, lanes |
//! | [`client`] | how simulated hardware and commands call a node |
//! | [`telemetry`], [`mod@bench`] | logs and process metrics; load from outside |
//! | `actors/src/{addressing,record}` | families, prefixes and their arithmetic; the stored records, by noun |
//! | `actors/src/{index,world}` | indexes of what is free; rows in memory, row locks, and the indexes of the rows |
//! | `actors/src/{decision,answer}.rs` | rows to write, not yet applied; the answers to commands |
//! | `actors/src/{machine,switch,network,ipam,namespace,masterdata}` | one noun each: commands, pure decisions, tests |
//! | `actors/src/{command,check}` | all commands with the types of their answers; checks of rows against each other and of indexes against rows |
//! | `actors/src/runtime` | command actors, commits, the inbox and its fingerprints, commits of unknown outcome |
//! | `actors/src/background` | one file per background task, their scheduler and their state |
//! | `actors/src/{gateway,service,router}` | the entry point, shared protocols, the routing to partitions |
//! | `actors/src/{mesh,wire}` | calls between partitions: the port, and versioned messages |
//! | `actors/src/schema.rs` | the one table of kinds of rows |
//! | `actors/src/store` | the store's port and its guarantees |
//! | `simulations/src` | simulated hardware; a cluster of nodes, links, disks and clocks; faults, workload, checkers, reports; its `lib.rs` says what lies on what |
//! | `tests` | one binary; `support` starts processes, `clients` has published clients, `golden` data of older releases, `fuzz` |
//!
//! How to add a resource that operators define: [`adding_a_resource`].
//!
//! # Where do I change …
//!
//! | what | where |
//! |---|---|
//! | the text or the class of a refusal | the decision, for example `actors/src/machine/free.rs`; `src/api/error.rs` maps classes to HTTP status codes |
//! | the body of an answer | `src/api/routes/<resource>.rs`, for machines `src/api/routes/machine/response.rs`; `src/api/tests/shapes.json` lists what clients rely on |
//! | a stored field | `actors/src/record/<noun>.rs`, a new field with `#[serde(default)]`; a column also needs `actors/src/schema.rs` and a new file in `src/store/migrations` |
//! | a command | the noun's `command.rs` and `decide.rs`, and `actors/src/command/ask/<noun>.rs` (masterdata: the table in `actors/src/masterdata.rs`), `actors/src/wire/v1`, `actors/src/router.rs` and `router/destination.rs`; the compiler asks for each |
//! | a route, or its permissions | `src/api/routes.rs` |
//! | which machine is allocated | `actors/src/machine/allocate/candidate.rs`; the checks of a request are in `spec.rs` |
//! | a background task | its file in `actors/src/background`, and `start` in `background.rs` |
//! | a configuration key | `src/config.rs`, `configs/node.toml`, and `src/cli/serve.rs`, which passes it on |
//! | a metric | `src/api/load.rs` for the partition, `src/store/metrics.rs` for the store, `src/door/port.rs` for requests |
//! | a fault or a check of the simulator | `simulations/src/fault/what.rs` and `injector.rs`; `simulations/src/checkers`; planted bugs are listed in `actors/src/planted.rs` |
//!
//! Without the feature `node` the crate has only the two endpoints and their dependencies: a small build for fuzzing.
//!
//! # Glossary
//!
//! | word | meaning |
//! |---|---|
//! | partition | a location with its racks; it owns its rows and keeps working when it is cut off |
//! | node | one process; the node that opened a partition last writes for it |
//! | local partition | the partition that this node serves, with its store, clock and actors: [`actors::runtime::LocalPartition`] |
//! | command, answer, refusal | a request to an actor, and the two outcomes of its decision |
//! | decision | rows to write and an answer, not yet applied; computed from a world, a command and a `DecisionContext` |
//! | world | the committed rows of a partition, in memory |
//! | row lock, ticket | holds a row that a decision uses until its commit is known; the place of the next waiter in its queue |
//! | background task | periodic work of a partition; `metalmesh tasks` shows its last run and result |
//! | inbox, fingerprint | stored answers by the caller's key; a hash that detects different commands under one key |
//! | epoch | counts the openings of a partition; a node with an older epoch can no longer write |
//! | expectation | the event that a machine waits for, its deadline, and the next step |
//! | quarantine | the time after its release in which an address is not allocated again |
//! | claim | a number allocated from a pool (VRF, ASN), with its owner |
//! | federation, member, root | the partitions that belong together; one of them; the key that admits partitions, which one member holds |
//! | document | members, trusted roots and denied keys of a federation: numbered, signed by the root, kept and passed on by all |
//! | token | the invitation of one partition, used once |
//! | link, lane | the connections of two partitions; a stream of requests that are begun in order |
//! | planted bug | a deliberate mistake that the simulator must find |
//! | fixture | what a test stands on: a partition with rows, a clock that is set, links with faults (`actors::fixture`) |
//!
//! # Invariants
//!
//! 1. An address is in use by at most one owner: its row is its claim, and the database holds one row per address.
//! 2. A machine has at most one allocation, and an installed one is never wiped: every step that leads to a wipe
//!    carries the token of its allocation (`actors::machine`).
//! 3. An acknowledged write is durable and applied once, even if it was sent many times with the same key. A refusal
//!    under a caller's key is final as well: after correcting the cause, the caller uses a new key.
//! 4. No claim leaks: an allocation is one transaction, so it writes all of its claims or none. A reconciler still
//!    compares claims with owners.
//! 5. A partition decides only from its own rows. It asks the owner for everything else, and reports an owner that does
//!    not answer (`actors::gateway`).
//! 6. Memory is a cache of rows. While the outcome of a commit is unknown, its rows stay locked until they have been
//!    read again. A partition has one writer, the node that opened it last. Pending writes of an earlier node are
//!    applied before the next node reads, or never (`store::epoch`).
//! 7. Decisions are pure: time, randomness and ids are arguments.
//! 8. A transaction holds SQL only. BMC orders are part of the machine's row until they are acknowledged.
//! 9. Everything has a bound. Beyond it, the caller gets a typed refusal.
//!
//! # Decisions
//!
//! * **One decision, one transaction, several rows.** An allocation writes the machine, its addresses and its ASN at
//!   once. Rows of a pending commit are locked in memory, so that other commands use other rows and share the commit.
//! * **Actors keep no state of their own.** They order decisions; their data are the rows of the shared world.
//! * **go-ipam's namespaces have their own rows** (`actors::namespace`), separate from metal-api's networks: neither
//!   allocates from the other. They belong to the partition that got the request.
//! * **A dump is loaded in many transactions and becomes visible with the last one.** Until then its namespace is
//!   empty. An abandoned load is undone.
//! * **A waiting machine has a deadline and a next try in its row** (`actors::machine::expectation`). At the next try,
//!   a machine without an allocation is ordered to boot from the network if that helps. All others, above all allocated
//!   ones, get no order. The log names late machines, and `metalmesh_machines_overdue` counts them.
//! * **BMC orders are rows that the partition's BMC agent fetches** (`mesh/v1/bmc`) and acknowledges. A power command
//!   cannot be lost; repeating it is harmless.

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
#[cfg(feature = "node")]
pub mod federation;
pub mod grpc;
#[cfg(feature = "node")]
pub mod mesh;
#[cfg(feature = "node")]
pub mod node;
#[cfg(feature = "node")]
pub mod store;
#[cfg(feature = "node")]
pub mod telemetry;
#[cfg(feature = "node")]
pub mod tls;
pub mod version;
