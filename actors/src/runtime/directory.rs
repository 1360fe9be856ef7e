//! Addresses of running actors. An address is a cache entry: a dead one is replaced by the next call, and an actor that
//! nobody asked for a while is forgotten. It has no state, so that nothing is lost with it.

use super::actor_id::ActorKind;
use super::shell::{Core, Shell};
use actix::{Actor, Addr};
use dashmap::DashMap;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// An actor of this partition: what it is responsible for.
pub(super) type ActorName = (ActorKind, String);

/// Commands that one actor has been given and not finished.
///
/// The bound is ours, not the mailbox's: actix guarantees every clone of an address a slot of its own, so that callers
/// with clones pass its capacity.
pub const COMMANDS_PER_ACTOR_MAX: usize = 512;

/// Starts waiting for the actors' thread at most.
const STARTS_MAX: usize = 4096;

/// Actors that run at once. Names come from outside: whoever asks for a machine that nobody knows starts an actor, too.
const ACTORS_MAX: usize = 1 << 17;

/// Between two looks for actors that nobody asks.
const ROUND: Duration = Duration::from_secs(60);

/// An actor that nobody asked for so many rounds is forgotten.
const IDLE_ROUNDS_MAX: u32 = 15;

/// Finds actors from any thread; starts them on the one where they live.
#[derive(Debug)]
pub(super) struct Directory {
    running: DashMap<ActorName, Running>,
    starts: mpsc::Sender<Start>,
}

/// An actor, how many commands it has, and for how many rounds it had none.
#[derive(Debug)]
struct Running {
    address: Addr<Shell>,
    commands: Arc<AtomicUsize>,
    idle_rounds: AtomicU32,
}

impl Running {
    /// Takes a place for one command; `None` when the actor is full.
    fn give_place(&self) -> Option<Found> {
        self.idle_rounds.store(0, Ordering::Relaxed);
        let before = self.commands.fetch_add(1, Ordering::AcqRel);
        let place = Place { commands: Arc::clone(&self.commands) };
        (before < COMMANDS_PER_ACTOR_MAX).then(|| Found { address: self.address.clone(), place })
    }

    fn is_busy(&self) -> bool {
        self.commands.load(Ordering::Acquire) > 0
    }
}

/// An actor and a place for one command: it is not forgotten before the place was left.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) address: Addr<Shell>,
    pub(super) place: Place,
}

/// Why there is no actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// It has as many commands, or the node as many actors, as it can have.
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

/// Asks the actors' thread for an actor.
#[derive(Debug)]
pub(super) struct Start {
    name: ActorName,
    started: oneshot::Sender<Result<Found, Missing>>,
}

impl Directory {
    pub(super) fn new() -> (Self, mpsc::Receiver<Start>) {
        let (starts, requests) = mpsc::channel(STARTS_MAX);
        (Self { running: DashMap::new(), starts }, requests)
    }

    /// A place at the actor, started if it does not run.
    pub(super) async fn find(&self, name: ActorName) -> Result<Found, Missing> {
        if let Some(found) = self.alive(&name) {
            return found;
        }
        let (started, starting) = oneshot::channel();
        self.starts.send(Start { name, started }).await.map_err(|_| Missing::Stopping)?;
        starting.await.unwrap_or(Err(Missing::Stopping))
    }

    /// The place is taken while the entry is locked, so that no round forgets the actor in between.
    fn alive(&self, name: &ActorName) -> Option<Result<Found, Missing>> {
        let running = self.running.get(name).filter(|running| running.address.connected())?;
        Some(running.give_place().ok_or(Missing::Full))
    }

    /// Runs on the actors' thread until the node stops.
    pub(super) async fn serve(&self, core: Rc<Core>, mut requests: mpsc::Receiver<Start>) {
        let mut rounds = tokio::time::interval(ROUND);
        loop {
            tokio::select! {
                biased;
                request = requests.recv() => {
                    let Some(Start { name, started }) = request else { return };
                    let found = self.alive(&name).unwrap_or_else(|| self.start(&core, name));
                    // A caller that gave up meanwhile needs no address.
                    started.send(found).ok();
                }
                _ = rounds.tick() => self.forget_idle(IDLE_ROUNDS_MAX),
            }
        }
    }

    fn start(&self, core: &Rc<Core>, name: ActorName) -> Result<Found, Missing> {
        if self.running.len() >= ACTORS_MAX {
            self.forget_idle(0);
            if self.running.len() >= ACTORS_MAX {
                return Err(Missing::Full);
            }
        }
        let address = Shell::new(Rc::clone(core), name.0).start();
        let running = Running { address, commands: Arc::default(), idle_rounds: AtomicU32::new(0) };
        let found = running.give_place().ok_or(Missing::Full);
        self.running.insert(name, running);
        found
    }

    /// Forgets actors without commands that were not asked for `rounds_max` rounds. An actor ends when its last address
    /// is gone: in the order of their names, which a hash must not decide.
    fn forget_idle(&self, rounds_max: u32) {
        let is_idle = |running: &Running| {
            !running.is_busy() && running.idle_rounds.fetch_add(1, Ordering::Relaxed) >= rounds_max
        };
        let idle =
            self.running.iter().filter(|running| is_idle(running)).map(|running| running.key().clone());
        let names: BTreeSet<ActorName> = idle.collect();
        for name in names {
            self.running.remove_if(&name, |_, running| !running.is_busy());
        }
    }

    /// How many actors are known.
    pub(super) fn len(&self) -> usize {
        self.running.len()
    }
}
