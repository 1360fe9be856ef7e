//! Addresses of running actors. An address is a cache entry: a dead one is replaced by the next call.

use super::actor_id::ActorKind;
use super::shell::{Core, Shell};
use actix::{Actor, Addr};
use dashmap::DashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
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

/// Finds actors from any thread; starts them on the one where they live.
#[derive(Debug)]
pub(super) struct Directory {
    running: DashMap<ActorName, Running>,
    starts: mpsc::Sender<Start>,
}

/// An actor and how many commands it has.
#[derive(Clone, Debug)]
pub(super) struct Running {
    pub(super) address: Addr<Shell>,
    commands: Arc<AtomicUsize>,
}

impl Running {
    /// Takes a place for one command; `None` when the actor is full.
    pub(super) fn place(&self) -> Option<Place> {
        let before = self.commands.fetch_add(1, Ordering::AcqRel);
        let place = Place { commands: Arc::clone(&self.commands) };
        (before < COMMANDS_PER_ACTOR_MAX).then_some(place)
    }
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
    started: oneshot::Sender<Running>,
}

impl Directory {
    pub(super) fn new() -> (Self, mpsc::Receiver<Start>) {
        let (starts, requests) = mpsc::channel(STARTS_MAX);
        (Self { running: DashMap::new(), starts }, requests)
    }

    /// The actor, started if it does not run; `None` when the node is stopping.
    pub(super) async fn find(&self, name: ActorName) -> Option<Running> {
        if let Some(running) = self.alive(&name) {
            return Some(running);
        }
        let (started, starting) = oneshot::channel();
        self.starts.send(Start { name, started }).await.ok()?;
        starting.await.ok()
    }

    fn alive(&self, name: &ActorName) -> Option<Running> {
        self.running.get(name).filter(|running| running.address.connected()).map(|running| running.clone())
    }

    /// Runs on the actors' thread until the node stops.
    pub(super) async fn serve(&self, core: Rc<Core>, mut requests: mpsc::Receiver<Start>) {
        while let Some(Start { name, started }) = requests.recv().await {
            let running = self.alive(&name).unwrap_or_else(|| {
                let address = Shell::new(Rc::clone(&core), name.0).start();
                let running = Running { address, commands: Arc::default() };
                self.running.insert(name, running.clone());
                running
            });
            // A caller that gave up meanwhile needs no address.
            started.send(running).ok();
        }
    }

    /// How many actors are known.
    pub(super) fn len(&self) -> usize {
        self.running.len()
    }
}
