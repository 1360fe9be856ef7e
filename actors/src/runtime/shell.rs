//! The one actor type: decides, commits, adopts, answers.

use super::actor_id::ActorKind;
use super::call::CallError;
use super::directory::Place;
use super::env::Env;
use crate::command::{Answer, Body, Command};
use crate::decision::{Decided, Decision, Moment};
use crate::ids::PartitionId;
use crate::refusal::Refusal;
use crate::store::{Committed, InboxEntry, Key, Store, StoreError, Transaction, validate};
use crate::time::Timestamp;
use crate::world::{Held, World};
use actix::dev::MessageResponse;
use actix::{Actor, AsyncContext, AtomicResponse, Context, Handler, Message, WrapFuture};
use sha2::{Digest, Sha256};
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use uuid::Uuid;

/// Decisions for one command when rows keep changing under it (api-machines 4.3 retries as often).
const CONFLICTS_MAX: u32 = 10;

/// Between two attempts to read rows whose commit had no answer.
const RELOAD_PAUSE: Duration = Duration::from_millis(250);

/// A room's decision. Pure.
pub type Decide = fn(&World, &Body, &mut Moment<'_>) -> Decided<Answer>;

/// What all actors of a node share.
#[derive(Clone)]
pub(super) struct Core {
    pub(super) world: Arc<World>,
    pub(super) store: Arc<dyn Store>,
    pub(super) env: Env,
    pub(super) home: PartitionId,
    pub(super) decide: Decide,
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core").field("home", &self.home).finish_non_exhaustive()
    }
}

/// A command for an actor; the answer goes where the caller waits.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(super) struct Ask {
    pub(super) command: Box<Command>,
    /// The caller chose the key, so that this may be a retry of something that was applied before.
    pub(super) may_be_retry: bool,
    pub(super) answer: oneshot::Sender<Result<Answer, CallError>>,
    pub(super) place: Place,
}

/// An actor. It has no state of its own: see the module above.
#[derive(Debug)]
pub(super) struct Shell {
    core: Rc<Core>,
    kind: ActorKind,
}

impl Shell {
    pub(super) fn new(core: Rc<Core>, kind: ActorKind) -> Self {
        Self { core, kind }
    }
}

impl Actor for Shell {
    type Context = Context<Self>;
}

impl Handler<Ask> for Shell {
    type Result = Handling;

    fn handle(&mut self, ask: Ask, ctx: &mut Self::Context) -> Self::Result {
        let Ask { command, may_be_retry, answer, place } = ask;
        let first = if may_be_retry { Ok(None) } else { self.core.first(&command) };
        let begun = match first {
            Ok(Some(Begun::Answered(reply))) => {
                drop(place);
                answer.send(Ok(reply)).ok();
                return Handling::Done;
            }
            Err(error) => {
                drop(place);
                answer.send(Err(error)).ok();
                return Handling::Done;
            }
            Ok(Some(Begun::Holds(begun))) => Some(begun),
            Ok(None) => None,
        };
        let core = Rc::clone(&self.core);
        let work = async move {
            let result = core.execute(&command, may_be_retry, begun).await;
            drop(place);
            // A caller that gave up meanwhile can ask again with its key.
            answer.send(result).ok();
        };
        if self.kind.is_serial() {
            return Handling::Waits(AtomicResponse::new(Box::pin(work.into_actor(self))));
        }
        ctx.spawn(work.into_actor(self));
        Handling::Done
    }
}

/// What a message costs its actor: nothing more, or the wait for a commit.
pub(super) enum Handling {
    Done,
    Waits(AtomicResponse<Shell, ()>),
}

impl MessageResponse<Shell, Ask> for Handling {
    fn handle(self, ctx: &mut Context<Shell>, answered: Option<actix::dev::OneshotSender<()>>) {
        match self {
            Self::Done => {}
            Self::Waits(commit) => MessageResponse::<Shell, Ask>::handle(commit, ctx, answered),
        }
    }
}

/// A decision that needs no waiting: it writes nothing, or its rows are held.
enum Begun {
    Answered(Answer),
    Holds(Box<(Decision<Answer>, Held)>),
}

impl Core {
    /// Decides without waiting. `None`: some of the rows are in flight.
    fn first(&self, command: &Command) -> Result<Option<Begun>, CallError> {
        let now = self.env.now();
        if now >= command.deadline {
            return Err(CallError::Expired);
        }
        let decision = self.decide(command, now)?;
        if decision.is_empty() {
            return Ok(Some(Begun::Answered(decision.answer)));
        }
        let held = self.world.hold(decision.written());
        Ok(held.map(|held| Begun::Holds(Box::new((decision, held)))))
    }

    /// Commits what was begun or decides first, adopts; bounded by the deadline and [`CONFLICTS_MAX`].
    async fn execute(
        &self,
        command: &Command,
        may_be_retry: bool,
        mut begun: Option<Box<(Decision<Answer>, Held)>>,
    ) -> Result<Answer, CallError> {
        if may_be_retry && let Some(answer) = self.replayed(command).await? {
            return Ok(answer);
        }
        for _ in 0..CONFLICTS_MAX {
            let (decision, held) = loop {
                if let Some(begun) = begun.take() {
                    break *begun;
                }
                let cleared = self.world.in_flight_cleared();
                match self.first(command) {
                    Ok(Some(Begun::Answered(answer))) => return Ok(answer),
                    Ok(Some(Begun::Holds(begun))) => break *begun,
                    Ok(None) => cleared.await,
                    // The first try may have been applied since: what it did is no reason to refuse its repetition.
                    Err(refused @ CallError::Refused(_)) if may_be_retry => {
                        return self.replayed(command).await?.ok_or(refused);
                    }
                    Err(error) => return Err(error),
                }
            };
            match self.commit(command, decision).await {
                Ok(answer) => return Ok(answer),
                Err(Failed::Conflict(key)) => self.reload(std::slice::from_ref(&key)).await?,
                Err(Failed::Unknown(keys)) => {
                    self.resolve_later(keys, held);
                    return Err(CallError::Unknown { key: command.key });
                }
                Err(Failed::Call(error)) => return Err(error),
            }
        }
        Err(CallError::Conflict)
    }

    /// What the command answered when it was applied before.
    async fn replayed(&self, command: &Command) -> Result<Option<Answer>, CallError> {
        let entry = self.store.inbox(command.key).await.map_err(|error| self.unavailable(&error))?;
        entry.map(|entry| replay(command, &entry)).transpose()
    }

    fn decide(&self, command: &Command, now: Timestamp) -> Decided<Answer> {
        self.env.with_rng(|rng| {
            let mut moment = Moment { now, rng, principal: &command.principal, home: &self.home };
            (self.decide)(&self.world, &command.body, &mut moment)
        })
    }

    async fn commit(&self, command: &Command, mut decision: Decision<Answer>) -> Result<Answer, Failed> {
        let mut transaction: Transaction = decision.take_transaction();
        if command.body.is_remembered() {
            transaction.inbox = Some(InboxEntry {
                key: command.key,
                fingerprint: fingerprint(command),
                reply: serde_json::to_string(&decision.answer).expect("answers are maps with text keys"),
                at: self.env.now(),
            });
        }
        // Every store would refuse it; the fault is the caller's, who must not come again with the same.
        if let Err(error) = validate(&transaction) {
            return Err(Failed::Call(Refusal::unprocessable(error.to_string()).into()));
        }
        let keys: Vec<Key> = written(&transaction);
        match self.store.commit(transaction).await {
            Ok(Committed::Applied) => Ok(decision.apply(&self.world)),
            Ok(Committed::Replayed(entry)) => {
                self.reload(&keys).await.map_err(Failed::Call)?;
                replay(command, &entry).map_err(Failed::Call)
            }
            Err(StoreError::Conflict { key }) => Err(Failed::Conflict(key)),
            Err(error @ (StoreError::Busy(_) | StoreError::Unavailable(_) | StoreError::Invalid(_))) => {
                Err(Failed::Call(self.unavailable(&error)))
            }
            Err(error @ StoreError::Unknown(_)) => {
                tracing::warn!(key = %command.key, error = chain(&error), "the outcome of a commit is unknown");
                Err(Failed::Unknown(keys))
            }
        }
    }

    /// Reads rows again: the store is the truth.
    async fn reload(&self, keys: &[Key]) -> Result<(), CallError> {
        for key in keys {
            let row = self.store.row(key).await.map_err(|error| self.unavailable(&error))?;
            self.world.load(key, row.as_ref()).map_err(|error| self.unavailable(&error))?;
        }
        Ok(())
    }

    /// Keeps the rows held until the store said what became of them.
    fn resolve_later(&self, keys: Vec<Key>, held: Held) {
        let core = self.clone();
        actix::spawn(async move {
            while core.reload(&keys).await.is_err() {
                tokio::time::sleep(RELOAD_PAUSE).await;
            }
            drop(held);
        });
    }

    fn unavailable(&self, error: &dyn std::error::Error) -> CallError {
        tracing::warn!(error = chain(error), "the store did not do what it was asked");
        CallError::Unavailable { partition: self.home.clone(), reason: error.to_string() }
    }
}

/// How a commit failed.
enum Failed {
    Conflict(Key),
    Unknown(Vec<Key>),
    Call(CallError),
}

fn written(transaction: &Transaction) -> Vec<Key> {
    let puts = transaction.puts.iter().map(|put| put.row.key.clone());
    puts.chain(transaction.deletes.iter().map(|delete| delete.key.clone())).collect()
}

fn replay(command: &Command, entry: &InboxEntry) -> Result<Answer, CallError> {
    let reused = CallError::KeyReused { key: command.key };
    if entry.fingerprint != fingerprint(command) {
        return Err(reused);
    }
    serde_json::from_str(&entry.reply).map_err(|_| reused)
}

/// Tells commands apart that came with the same key; who asked is part of it.
fn fingerprint(command: &Command) -> String {
    struct Digesting(Sha256);
    impl std::io::Write for Digesting {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.update(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut digest = Digesting(Sha256::new());
    serde_json::to_writer(&mut digest, &(&command.principal.email, &command.body))
        .expect("commands serialise");
    let bytes: [u8; 32] = digest.0.finalize().into();
    Uuid::from_bytes(std::array::from_fn(|i| bytes[i])).simple().to_string()
}

/// The error and its sources, for logs.
fn chain(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source())
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}
