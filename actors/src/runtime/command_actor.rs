//! The one actor type: decides, commits, applies, answers.

use super::actor_id::{ActorKind, ActorName};
use super::commit::{Failed, Write, Written};
use super::directory::{COMMANDS_PER_ACTOR_MAX, Place};
use super::env::Env;
use super::freezes::{FROZEN, Freezes};
use super::gate::Passage;
use super::held_keys::HeldKey;
use super::inbox::{self, Attempts};
use super::resolver::InDoubtQueue;
use crate::answer::Answer;
use crate::call::CallError;
use crate::command::{Body, Command};
use crate::decision::{Decided, Decision, DecisionContext};
use crate::ids::PartitionId;
use crate::planted::{Bug, planted};
use crate::refusal::Refusal;
use crate::store::{Committed, InboxEntry, Store, StoreError, Transaction};
use crate::time::Timestamp;
use crate::world::{LockSet, RowGuard, Ticket, World};
use actix::dev::MessageResponse;
use actix::{Actor, Addr, AtomicResponse, Context, Handler, Message, WrapFuture};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

/// Maximal decisions for one command when its rows keep changing (api-machines 4.3 retries as often).
pub(super) const CONFLICTS_MAX: u32 = 10;

/// The domain's functions that the runtime calls. Pure.
#[derive(Clone, Copy, Debug)]
pub struct Domain {
    pub decide: Decide,
    /// The actor that executes a command in its partition.
    pub actor: for<'a> fn(&World, &'a Body) -> ActorName<'a>,
}

/// A decision. Pure.
pub type Decide = fn(&World, &Body, &mut DecisionContext<'_>) -> Decided<Answer>;

/// Shared by all actors of a node.
#[derive(Clone)]
pub(super) struct Executor {
    pub(super) world: Arc<World>,
    pub(super) store: Arc<dyn Store>,
    pub(super) env: Env,
    pub(super) partition: PartitionId,
    pub(super) domain: Domain,
    pub(super) doubts: InDoubtQueue,
    pub(super) attempts: Arc<Attempts>,
    pub(super) freezes: Freezes,
}

impl fmt::Debug for Executor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Executor").field("partition", &self.partition).finish_non_exhaustive()
    }
}

/// A command in transit, shared by its caller and its actor.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) command: Command,
    /// The caller chose the key, so this may be a retry of an applied command.
    pub(super) may_be_retry: bool,
    /// The end of the caller's wait: a command that has not started by then is dropped. Monotonic, because clocks can
    /// be set.
    pub(super) until: Instant,
    /// Set as soon as the command may have an effect.
    pub(super) begun: AtomicBool,
    /// Its key, if it may be retried: other partitions learn that it is being executed here.
    pub(super) _running: Option<HeldKey>,
}

/// A call, with the channel to its caller.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) call: Arc<Call>,
    pub(super) answer: oneshot::Sender<Result<Answer, CallError>>,
    /// Until the command is finished.
    pub(super) passage: Passage,
}

/// A call for an actor that has a place for it.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub(super) struct Ask {
    pub(super) call: Waiting,
    pub(super) place: Place,
}

/// An actor. It has no state of its own: see the module above.
#[derive(Debug)]
pub(super) struct CommandActor {
    executor: Rc<Executor>,
    kind: ActorKind,
}

impl CommandActor {
    /// Its mailbox has room for every place that the directory hands out.
    pub(super) fn start(executor: Rc<Executor>, kind: ActorKind) -> Addr<Self> {
        Self::create(|ctx| {
            ctx.set_mailbox_capacity(COMMANDS_PER_ACTOR_MAX);
            Self { executor, kind }
        })
    }
}

impl Actor for CommandActor {
    type Context = Context<Self>;
}

impl Handler<Ask> for CommandActor {
    type Result = Handling;

    fn handle(&mut self, ask: Ask, _: &mut Self::Context) -> Self::Result {
        let Ask { call: Waiting { call, answer, passage }, place } = ask;
        let first = if call.may_be_retry { Ok(None) } else { self.executor.first(&call, false).map(Some) };
        let first = match first {
            Ok(Some(Begun::Answered(reply))) => {
                drop((place, passage));
                answer.send(Ok(reply)).ok();
                return Handling::Done;
            }
            Err(error) => {
                drop((place, passage));
                answer.send(Err(error)).ok();
                return Handling::Done;
            }
            Ok(first) => first,
        };
        let executor = Rc::clone(&self.executor);
        let work = async move {
            let (result, doubt) = executor.execute(&call, first).await;
            drop(passage);
            // The place is free before the caller gets the answer, unless the commit is still in doubt.
            let place = doubt.is_some().then_some(place);
            // A caller that gave up can retry with its key.
            answer.send(result).ok();
            doubt.zip(place)
        };
        if self.kind.is_serial() {
            // The next decision may read all rows of a kind, which must not be in doubt then.
            let work = async move {
                if let Some((doubt, _place)) = work.await {
                    doubt.await.ok();
                }
            };
            return Handling::Waits(AtomicResponse::new(Box::pin(work.into_actor(self))));
        }
        // Not on the actor's context: a panic of another decision would kill this commit, too.
        actix::spawn(work);
        Handling::Done
    }
}

/// What a message requires of its actor: nothing more, or waiting for a commit.
pub(super) enum Handling {
    Done,
    Waits(AtomicResponse<CommandActor, ()>),
}

impl MessageResponse<CommandActor, Ask> for Handling {
    fn handle(self, ctx: &mut Context<CommandActor>, answered: Option<actix::dev::OneshotSender<()>>) {
        match self {
            Self::Done => {}
            Self::Waits(commit) => MessageResponse::<CommandActor, Ask>::handle(commit, ctx, answered),
        }
    }
}

/// The result of a decision without waiting.
enum Begun {
    /// It writes nothing.
    Answered(Answer),
    /// Its rows are locked.
    RowLocks(Box<(Decision<Answer>, RowGuard)>),
    /// One of them is locked by another command.
    Waits(oneshot::Receiver<Ticket>),
}

/// Ends when the outcome of an unanswered commit is known.
pub(super) type Doubt = oneshot::Receiver<()>;

impl Executor {
    /// Decides without waiting; `again`: not the first decision of this command.
    fn first(&self, call: &Call, again: bool) -> Result<Begun, CallError> {
        if Instant::now() >= call.until {
            return Err(CallError::Expired);
        }
        // Other commands use this actor: a panic of one command must not kill it.
        let decided = catch_unwind(AssertUnwindSafe(|| {
            self.world.whole(|| self.decide(&call.command, self.env.now(), again))
        }));
        let unavailable = |reason| CallError::Unavailable { partition: self.partition.clone(), reason };
        let decision = match decided {
            Ok(Ok(decided)) => decided.map_err(CallError::Refused)?,
            Ok(Err(stopped)) => return Err(unavailable(stopped.to_string())),
            Err(_) => {
                tracing::error!(key = %call.command.key, "the decision of a command panicked; nothing was changed");
                return Err(unavailable("this node has an internal error, see its log".to_owned()));
            }
        };
        if decision.is_empty() {
            return Ok(Begun::Answered(decision.answer));
        }
        if self.freezes.refuses(&decision) {
            return Err(unavailable(FROZEN.to_owned()));
        }
        let locks = if planted(Bug::ForgetHold) { LockSet::default() } else { decision.locks() };
        Ok(match self.world.hold(locks) {
            Ok(guard) => Begun::RowLocks(Box::new((decision, guard))),
            Err(ticket) => Begun::Waits(ticket),
        })
    }

    /// Commits the begun decision, or decides first, and applies it; bounded by `until` and [`CONFLICTS_MAX`]. If the
    /// caller gives up, `begun` shows whether the command may have had an effect.
    async fn execute(
        &self,
        call: &Call,
        mut first: Option<Begun>,
    ) -> (Result<Answer, CallError>, Option<Doubt>) {
        let Call { command, may_be_retry, begun, .. } = call;
        let mut lost = None;
        for look in 0..CONFLICTS_MAX {
            let ready = match first.take() {
                Some(first) => Ok(first),
                None if *may_be_retry => self.first_of_retry(call, look > 0).await,
                None => self.first(call, look > 0),
            };
            let (mut decision, guard) = match self.when_held(call, ready).await {
                Ok(Ok(begun)) => *begun,
                Ok(Err(answer)) => return (Ok(answer), None),
                Err(error) => return (Err(error), None),
            };
            lost = decision.take_lost();
            begun.store(true, Ordering::Release);
            match self.commit(call, decision, guard).await {
                Ok(answer) => return (Ok(answer), None),
                Err(Failed::Conflict) => begun.store(false, Ordering::Release),
                Err(Failed::Unknown(doubt)) => {
                    return (Err(CallError::Unknown { key: command.key }), Some(doubt));
                }
                Err(Failed::Call(error)) => return (Err(error), None),
            }
        }
        (Err(lost.map_or(CallError::Conflict, CallError::Refused)), None)
    }

    /// Waits for locked rows, as long as the command may still start. The inner `Err` is an answer that needs no
    /// commit.
    async fn when_held(
        &self,
        call: &Call,
        mut ready: Result<Begun, CallError>,
    ) -> Result<Result<Box<(Decision<Answer>, RowGuard)>, Answer>, CallError> {
        loop {
            match ready? {
                Begun::Answered(answer) => return Ok(Err(answer)),
                Begun::RowLocks(begun) => return Ok(Ok(begun)),
                Begun::Waits(ticket) => {
                    // A ticket comes from a row's lock, which exists as long as the world does.
                    let ticket = timeout_at(call.until, ticket).await.map_err(|_| CallError::Expired)?;
                    ready = if call.may_be_retry {
                        self.first_of_retry(call, true).await
                    } else {
                        self.first(call, true)
                    };
                    if let (Ok(ticket), Ok(Begun::RowLocks(_))) = (ticket, &ready) {
                        ticket.used();
                    }
                }
            }
        }
    }

    /// [`Executor::first`] for a command that may have been decided before, or is being committed now.
    async fn first_of_retry(&self, call: &Call, again: bool) -> Result<Begun, CallError> {
        let command = &call.command;
        let settled = self.attempts.settled(command.key);
        timeout_at(call.until, settled).await.map_err(|_| CallError::Expired)?;
        let entry = self.store.inbox(command.key).await.map_err(|error| self.unavailable(&error))?;
        if let Some(entry) = entry {
            return self.replayed(call, &entry).await.map(Begun::Answered);
        }
        let outcome = match self.first(call, again) {
            Ok(Begun::Answered(answer)) => Ok(answer),
            Err(CallError::Refused(refusal)) => Err(refusal),
            other => return other,
        };
        if command.body.is_remembered() {
            return self.conclude(call, outcome).await.map(Begun::Answered);
        }
        outcome.map(Begun::Answered).map_err(CallError::Refused)
    }

    /// The stored outcome of another attempt. Waits until memory shows it: the other attempt may have started a moment
    /// ago, and its commit may be in doubt.
    async fn replayed(&self, call: &Call, entry: &InboxEntry) -> Result<Answer, CallError> {
        let command = &call.command;
        let settled = timeout_at(call.until, self.attempts.settled(command.key)).await;
        settled.map_err(|_| CallError::Unknown { key: command.key })?;
        inbox::replay(command, entry)
    }

    /// Stores an outcome without rows as the only one under its key; if another attempt was first, returns that one's
    /// answer.
    async fn conclude(&self, call: &Call, outcome: Result<Answer, Refusal>) -> Result<Answer, CallError> {
        let command = &call.command;
        let entry = inbox::entry(command, outcome.as_ref(), self.env.now());
        let transaction = Transaction { inbox: Some(entry), ..Transaction::default() };
        match self.store.commit(transaction).await {
            Ok(Committed::Applied) => outcome.map_err(CallError::Refused),
            Ok(Committed::Replayed(entry)) => self.replayed(call, &entry).await,
            Err(StoreError::Unknown(_)) => Err(CallError::Unknown { key: command.key }),
            Err(error) => Err(self.unavailable(&error)),
        }
    }

    fn decide(&self, command: &Command, now: Timestamp, again: bool) -> Decided<Answer> {
        self.env.with_rng(|rng| {
            let Command { key, principal, .. } = command;
            let mut context =
                DecisionContext { now, rng, principal, key: *key, partition: &self.partition, again };
            let mut decision = (self.domain.decide)(&self.world, &command.body, &mut context)?;
            decision.begin_at(self.world.next_generation(now));
            Ok(decision)
        })
    }

    async fn commit(
        &self,
        call: &Call,
        decision: Decision<Answer>,
        rows: RowGuard,
    ) -> Result<Answer, Failed> {
        let Command { key, body, .. } = &call.command;
        let remembers = body.is_remembered() && !planted(Bug::DropInboxKey);
        let entry = remembers.then(|| inbox::entry(&call.command, Ok(&decision.answer), self.env.now()));
        match self.write(Write { key: *key, entry, decision, rows, alone: None }).await? {
            Written::Applied(answer) => Ok(answer),
            Written::Replayed(entry) => self.replayed(call, &entry).await.map_err(Failed::Call),
        }
    }
}

/// The error and its sources, for logs.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source())
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}
