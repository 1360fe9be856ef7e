//! Addresses of running actors. An address is a cache entry: the next call replaces a dead actor, and an idle one is
//! dropped. Actors have no state, so nothing is lost.

use super::actor_id::{ActorId, ActorKind, ActorName};
use super::command_actor::{Ask, CommandActor, Executor, Waiting};
use crate::call::CallError;
use actix::Addr;
use actix::prelude::SendError;
use dashmap::DashMap;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;
use strum::EnumCount;
use tokio::sync::mpsc;

/// Maximum of unfinished commands of one actor.
///
/// This includes those in the mailbox, which has the same size.
pub const COMMANDS_PER_ACTOR_MAX: usize = 512;

/// Maximum of starts that wait for the actors' thread.
const STARTS_MAX: usize = 4096;

/// Maximum of running actors. Ids come from outside: a request for an unknown machine starts an actor, too.
const ACTORS_MAX: usize = 1 << 17;

/// Interval of the search for idle actors.
const ROUND: Duration = Duration::from_secs(60);

/// An actor without calls for this many rounds is dropped.
const IDLE_ROUNDS_MAX: u32 = 15;

/// Finds actors from any thread; starts them on their own thread.
#[derive(Debug)]
pub(super) struct Directory {
    /// By kind, so that a call can look up its actor by a borrowed text.
    running: [DashMap<String, Running>; ActorKind::COUNT],
    starts: mpsc::Sender<Start>,
}

/// An actor, its number of commands, and the rounds for which it had none.
#[derive(Debug)]
struct Running {
    address: Addr<CommandActor>,
    commands: Arc<AtomicUsize>,
    idle_rounds: AtomicU32,
}

impl Running {
    /// Puts a call into the mailbox. It has one sender, because cloning a sender costs more than the message.
    fn give(&self, call: Waiting) -> Result<(), Undelivered> {
        self.idle_rounds.store(0, Ordering::Relaxed);
        let before = self.commands.fetch_add(1, Ordering::AcqRel);
        let place = Place { commands: Arc::clone(&self.commands) };
        if before >= COMMANDS_PER_ACTOR_MAX {
            return Err(Undelivered::Full(call));
        }
        self.address.try_send(Ask { call, place }).map_err(|error| match error {
            SendError::Full(ask) => Undelivered::Full(ask.call),
            SendError::Closed(ask) => Undelivered::Dead(ask.call),
        })
    }

    fn is_busy(&self) -> bool {
        self.commands.load(Ordering::Acquire) > 0
    }
}

/// A call that no actor accepted.
#[derive(Debug)]
enum Undelivered {
    /// The actor has its maximum of commands, or the node its maximum of actors.
    Full(Waiting),
    /// No actor of this name runs.
    Dead(Waiting),
}

/// Why a call was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotSent {
    Full,
    Stopping,
}

/// A command's place at its actor, from the call until the command is finished or lost.
#[derive(Debug)]
pub(super) struct Place {
    commands: Arc<AtomicUsize>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.commands.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Asks the actors' thread to start an actor for the call.
#[derive(Debug)]
pub(super) struct Start {
    name: ActorName<'static>,
    call: Waiting,
}

impl Directory {
    pub(super) fn new() -> (Self, mpsc::Receiver<Start>) {
        let (starts, requests) = mpsc::channel(STARTS_MAX);
        (Self { running: Default::default(), starts }, requests)
    }

    /// Sends a call to an actor; starts the actor if it does not run.
    pub(super) async fn send(&self, name: ActorName<'_>, call: Waiting) -> Result<(), NotSent> {
        match self.give(&name, call) {
            Ok(()) => Ok(()),
            Err(Undelivered::Full(_)) => Err(NotSent::Full),
            Err(Undelivered::Dead(call)) => {
                let name = (name.0, Cow::Owned(name.1.into_owned()));
                self.starts.send(Start { name, call }).await.map_err(|_| NotSent::Stopping)
            }
        }
    }

    /// The entry stays locked, so that the idle search does not drop the actor in between.
    fn give(&self, (kind, key): &ActorName<'_>, call: Waiting) -> Result<(), Undelivered> {
        match self.running[*kind as usize].get(key.as_ref()) {
            Some(running) => running.give(call),
            None => Err(Undelivered::Dead(call)),
        }
    }

    /// Runs on the actors' thread until the node stops.
    pub(super) async fn serve(&self, executor: Rc<Executor>, mut requests: mpsc::Receiver<Start>) {
        let mut rounds = tokio::time::interval(ROUND);
        loop {
            tokio::select! {
                biased;
                request = requests.recv() => {
                    let Some(Start { name, call }) = request else { return };
                    let given = match self.give(&name, call) {
                        Err(Undelivered::Dead(call)) => self.start(&executor, name, call),
                        given => given,
                    };
                    if let Err(Undelivered::Full(call) | Undelivered::Dead(call)) = given {
                        // A caller that gave up does not need the answer.
                        call.answer.send(Err(CallError::Overloaded)).ok();
                    }
                }
                _ = rounds.tick() => self.forget_idle(IDLE_ROUNDS_MAX),
            }
        }
    }

    fn start(&self, executor: &Rc<Executor>, name: ActorName<'_>, call: Waiting) -> Result<(), Undelivered> {
        if self.len() >= ACTORS_MAX {
            self.forget_idle(0);
            if self.len() >= ACTORS_MAX {
                return Err(Undelivered::Full(call));
            }
        }
        let address = CommandActor::start(Rc::clone(executor), name.0);
        let running = Running { address, commands: Arc::default(), idle_rounds: AtomicU32::new(0) };
        let given = running.give(call);
        let before = self.running[name.0 as usize].insert(name.1.clone().into_owned(), running);
        if before.is_some() {
            let actor = ActorId { partition: executor.partition.clone(), name };
            tracing::error!(%actor, "an actor panicked and was restarted");
        }
        given
    }

    /// Drops actors that had no commands for `rounds_max` rounds. An actor ends with its last address: they are dropped
    /// in the order of their names, not in that of a hash.
    fn forget_idle(&self, rounds_max: u32) {
        let is_idle = |running: &Running| {
            !running.is_busy() && running.idle_rounds.fetch_add(1, Ordering::Relaxed) >= rounds_max
        };
        for running in &self.running {
            let idle = running.iter().filter(|running| is_idle(running)).map(|running| running.key().clone());
            let keys: BTreeSet<String> = idle.collect();
            for key in keys {
                running.remove_if(&key, |_, running| !running.is_busy());
            }
        }
    }

    /// Number of known actors.
    pub(super) fn len(&self) -> usize {
        self.running.iter().map(DashMap::len).sum()
    }
}
