//! Actors around decisions: who decides when, in which order, and what happens when a commit fails.
//!
//! One way through: [`LocalPartition::ask`] finds the actor that owns what a command changes ([`Domain`]), the
//! [`command_actor`] lets it decide (pure), commits the decision, adopts it into the world, and only then answers.
//!
//! * **An address is a cache entry.** The directory keeps addresses; an actor that died is started again by the next
//!   call, and one that nobody asks is forgotten. It has no state but its id: what it knows are the rows of the world.
//! * **Database first, memory second.** The world changes after a commit said yes. While the outcome of a commit is
//!   unknown its rows stay held: nobody decides about them until the [`resolver`] has read them again.
//! * **What a decision relies on stands still.** The rows it writes are its own until its commit is known, those that
//!   it demands unchanged cannot be written meanwhile. Waiters are woken in their order, one by one.
//! * **Bounds**: every mailbox, every number of calls in flight, every try. Over the bound the caller gets a typed
//!   refusal.

mod actor_id;
mod calls;
mod command_actor;
mod compare;
mod directory;
mod env;
mod fingerprint;
#[cfg(test)]
mod golden_tests;
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
pub use local_partition::{CLOSING, LocalPartition, LocalPartitionConfig, StartError};
