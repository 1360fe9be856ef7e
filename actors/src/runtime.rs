//! Actors around decisions: their order, their commits, and failed commits.
//!
//! There is one path: [`LocalPartition::ask`] finds the actor that owns what a command changes ([`Domain`]). The
//! [`command_actor`] decides (pure), commits the decision, applies it to the world, and then answers.
//!
//! * **An address is a cache entry.** The directory caches addresses of actors. The next call restarts a dead actor,
//!   and an idle actor is dropped. An actor has no state except its id: its data are the rows of the world.
//! * **Database first, memory second.** The world changes after a successful commit. While the outcome of a commit is
//!   unknown, its rows stay locked: no decision uses them until the [`resolver`] has read them again.
//! * **Rows of a decision do not change.** Rows that it writes are locked until its commit is known; rows that it
//!   relies on cannot be written meanwhile. Waiters are woken in order, one by one.
//! * **A step may have the partition for itself** ([`LocalPartition::exclusively`]): commands pass a `gate`.
//! * **Bounds** for every mailbox, all calls in flight, all retries. Beyond a bound, the caller gets a typed refusal.

mod actor_id;
mod calls;
mod command_actor;
mod commit;
mod compare;
mod directory;
mod env;
mod exclusive;
mod fingerprint;
mod freezes;
mod gate;
mod held_keys;
mod inbox;
mod local_partition;
mod resolver;
#[cfg(test)]
mod tests;

pub use crate::call::CallError;
pub use actor_id::{ActorKind, ActorName};
pub use command_actor::{Decide, Domain};
pub use compare::Comparison;
pub use directory::COMMANDS_PER_ACTOR_MAX;
pub use env::{Clock, Env, PausedClock};
pub use exclusive::NotDone;
pub use freezes::Freeze;
pub(crate) use held_keys::HeldKeys;
pub use local_partition::{CLOSING, LocalPartition, LocalPartitionConfig, StartError};
