//! A node: a partition, its gateway and its tasks in a separate task set. A crash drops all of it without
//! notice; the disk survives.

use crate::clock::SkewedClock;
use crate::lifecycle::LifecycleEvent;
use crate::local_api::LocalApi;
use crate::seed::Seed;
use crate::sometimes::{CRASH_AT_TURN, CRASH_WHILE_STARTING};
use crate::store::{Connection, Disk};
use crate::trace::Trace;
use actors::background;
use actors::gateway::Gateway;
use actors::ids::PartitionId;
use actors::mesh::Mesh;
use actors::runtime::{Env, LocalPartition, LocalPartitionConfig};
use parking_lot::{Mutex, MutexGuard};
use std::collections::BTreeSet;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, LocalSet};
use tokio_util::sync::CancellationToken;

/// Maximum of calls that a node accepts before it works on them.
const CALLS_MAX: usize = 65_536;

/// Pause before a node whose store does not answer restarts, like a service manager.
const START_RETRY: Duration = Duration::from_secs(1);

/// Longest wait for calls at a graceful stop.
const PATIENCE: Duration = Duration::from_secs(10);

type Work = Pin<Box<dyn Future<Output = ()>>>;
type Call = Box<dyn FnOnce(Inside) -> Work + Send>;

/// The parts of a running node.
#[derive(Clone, Debug)]
pub struct Inside {
    pub gateway: Gateway,
    /// The services for hardware.
    pub local_api: LocalApi,
}

/// The process does not run, or died before it answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone {
    /// Nothing was started.
    pub refused: bool,
}

/// A node over several lives of its process.
pub struct Node {
    pub partition: PartitionId,
    pub disk: Arc<Disk>,
    pub clock: Arc<SkewedClock>,
    others: BTreeSet<PartitionId>,
    mesh: Arc<dyn Mesh>,
    seed: Seed,
    trace: Arc<Trace>,
    life: Mutex<Option<Life>>,
    /// Lives on frozen hosts that another one took over from.
    frozen: Mutex<Vec<Life>>,
    lives: AtomicU64,
    paused: AtomicBool,
    turns_left: AtomicU64,
}

struct Life {
    number: u64,
    calls: mpsc::Sender<Call>,
    task: JoinHandle<()>,
    ready: Arc<AtomicBool>,
    gate: Arc<Gate>,
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node").field("partition", &self.partition).finish_non_exhaustive()
    }
}

impl Node {
    pub fn new(
        disk: Arc<Disk>,
        clock: Arc<SkewedClock>,
        others: BTreeSet<PartitionId>,
        mesh: Arc<dyn Mesh>,
        seed: Seed,
        trace: Arc<Trace>,
    ) -> Self {
        Self {
            partition: disk.partition.clone(),
            disk,
            clock,
            others,
            mesh,
            seed,
            trace,
            life: Mutex::new(None),
            frozen: Mutex::default(),
            lives: AtomicU64::new(0),
            paused: AtomicBool::new(false),
            turns_left: AtomicU64::new(0),
        }
    }

    fn life(&self) -> MutexGuard<'_, Option<Life>> {
        self.life.lock()
    }

    fn frozen(&self) -> MutexGuard<'_, Vec<Life>> {
        self.frozen.lock()
    }

    fn mark(&self, mark: LifecycleEvent) {
        self.trace.mark(self.partition.as_str(), mark);
    }

    /// True from the start of the process, ready or not.
    pub fn is_up(&self) -> bool {
        self.number().is_some()
    }

    /// True once all rows are loaded.
    pub fn is_ready(&self) -> bool {
        self.is_up() && self.life().as_ref().is_some_and(|life| life.ready.load(Ordering::Relaxed))
    }

    /// Starts the process if it does not run. Must be called on the run's thread, inside its task set.
    pub fn start(self: &Arc<Self>) {
        if self.is_up() {
            return;
        }
        let number = self.lives.fetch_add(1, Ordering::Relaxed);
        self.trace.record(format_args!("{} starts life {number}", self.partition));
        self.mark(LifecycleEvent::Starts);
        let (calls, inbox) = mpsc::channel(CALLS_MAX);
        let ready = Arc::new(AtomicBool::new(false));
        let process = Arc::clone(self).process(number, inbox, Arc::clone(&ready));
        let gate = Arc::new(Gate::default());
        gate.set(self.paused.load(Ordering::Relaxed));
        let inner = Some(Box::pin(process));
        let gated = Gated { node: Arc::clone(self), number, gate: Arc::clone(&gate), inner };
        let task = tokio::task::spawn_local(gated);
        *self.life() = Some(Life { number, calls, task, ready, gate });
    }

    async fn process(self: Arc<Self>, number: u64, inbox: mpsc::Receiver<Call>, ready: Arc<AtomicBool>) {
        let kill = CancellationToken::new();
        let tasks = LocalSet::new();
        let life = tasks.run_until(self.live(number, kill.clone(), inbox, &ready));
        tokio::select! {
            biased;
            () = kill.cancelled() => {
                self.trace.record(format_args!("{} is dead", self.partition));
                self.mark(LifecycleEvent::Dies);
            }
            () = life => {
                self.trace.record(format_args!("{} has stopped", self.partition));
                self.mark(LifecycleEvent::Stopped);
            }
        }
    }

    async fn live(
        &self,
        number: u64,
        kill: CancellationToken,
        mut inbox: mpsc::Receiver<Call>,
        ready: &AtomicBool,
    ) {
        let local = loop {
            let store = Arc::new(Connection::new(Arc::clone(&self.disk), kill.clone()));
            let env = Env::new(
                Arc::clone(&self.clock) as _,
                self.seed.number(&format!("node {} life {number}", self.partition)),
            );
            let (partition, domain) = (self.partition.clone(), actors::decide::DOMAIN);
            match LocalPartition::start(LocalPartitionConfig { partition, store, env, domain }).await {
                Ok(local) => break local,
                Err(error) => self.trace.record(format_args!("{} cannot start: {error}", self.partition)),
            }
            tokio::time::sleep(START_RETRY).await;
        };
        let background = background::start(&local, background::Settings::default());
        let mesh = Arc::clone(&self.mesh);
        let gateway = Gateway::new(local.clone(), mesh, self.others.clone()).with_background(background);
        gateway.start();
        let inside =
            Inside { local_api: LocalApi::new(gateway.clone()).watched_by(self.disk.monitor()), gateway };
        ready.store(true, Ordering::Relaxed);
        self.trace.record(format_args!("{} is ready", self.partition));
        self.mark(LifecycleEvent::Ready);
        while let Some(call) = inbox.recv().await {
            tokio::task::spawn_local(call(inside.clone()));
            if local.is_stopping() {
                break;
            }
        }
        local.stop(PATIENCE).await;
    }

    /// Kills the process at once, with its memory.
    pub fn crash(&self) {
        if let Some(life) = self.life().take() {
            self.trace.record(format_args!("{} crashes", self.partition));
            self.mark(LifecycleEvent::Crashes);
            life.task.abort();
        }
    }

    /// The host freezes, and another one takes over: it starts the process again on the same disk. Does nothing without
    /// a process.
    pub fn take_over(self: &Arc<Self>) {
        let Some(life) = self.life().take() else { return };
        self.trace.record(format_args!("{} is taken over", self.partition));
        life.gate.set(true);
        self.frozen().push(life);
        self.start();
    }

    /// Frozen hosts continue as if nothing had happened.
    pub fn thaw(&self) {
        self.trace.record(format_args!("{} has frozen hosts that go on", self.partition));
        self.frozen().iter().for_each(|life| life.gate.set(false));
    }

    /// Frozen hosts are switched off.
    pub fn switch_off_frozen(&self) {
        self.frozen().drain(..).for_each(|life| life.task.abort());
    }

    /// The process dies at its `turn`-th poll from now on, at whatever await its tasks have reached; the first is 1,
    /// and 0 means never.
    pub fn crash_at_turn(&self, turn: u64) {
        self.turns_left.store(turn, Ordering::Relaxed);
    }

    /// True when the process dies at this poll. Only polls of its last life count.
    fn dies_now(&self, number: u64) -> bool {
        if number + 1 != self.lives.load(Ordering::Relaxed) {
            return false;
        }
        let before = self.turns_left.load(Ordering::Relaxed);
        self.turns_left.store(before.saturating_sub(1), Ordering::Relaxed);
        if before != 1 {
            return false;
        }
        self.trace.record(format_args!("{} dies at a turn", self.partition));
        self.mark(LifecycleEvent::Crashes);
        self.trace.saw(if self.is_ready() { CRASH_AT_TURN } else { CRASH_WHILE_STARTING });
        true
    }

    /// Stops the process gracefully; the future ends with it. A process that does not end is killed, as a service
    /// manager would do: a paused one would hold its connections for ever.
    pub async fn stop(&self) {
        let Some(Life { calls, task, .. }) = self.life().take() else { return };
        self.trace.record(format_args!("{} is asked to stop", self.partition));
        self.mark(LifecycleEvent::Stops);
        drop(calls);
        let kill = task.abort_handle();
        if tokio::time::timeout(PATIENCE * 2, task).await.is_err() {
            self.trace.record(format_args!("{} did not stop in time", self.partition));
            kill.abort();
        }
    }

    /// Freezes or continues the process; time passes meanwhile.
    pub fn pause(&self, paused: bool) {
        self.trace.record(format_args!("{} paused={paused}", self.partition));
        self.mark(if paused { LifecycleEvent::Pauses } else { LifecycleEvent::GoesOn });
        self.paused.store(paused, Ordering::Relaxed);
        if let Some(life) = self.life().as_ref() {
            life.gate.set(paused);
        }
    }

    /// Runs work inside the node. Dropping the call cuts the work off, like a closed connection.
    pub async fn call<T, F, W>(&self, work: F) -> Result<T, Gone>
    where
        T: Send + 'static,
        F: FnOnce(Inside) -> W + Send + 'static,
        W: Future<Output = T> + 'static,
    {
        let calls = self.life().as_ref().map(|life| life.calls.clone()).ok_or(Gone { refused: true })?;
        let (mut answer, answered) = oneshot::channel();
        let call: Call = Box::new(move |inside| {
            let work = work(inside);
            Box::pin(async move {
                tokio::select! {
                    biased;
                    () = answer.closed() => {}
                    done = work => { answer.send(done).ok(); }
                }
            })
        });
        calls.send(call).await.map_err(|_| Gone { refused: true })?;
        drop(calls);
        answered.await.map_err(|_| Gone { refused: false })
    }

    /// The number of the current life.
    fn number(&self) -> Option<u64> {
        self.life().as_ref().filter(|life| !life.task.is_finished()).map(|life| life.number)
    }

    /// A view of the running process; `None` before it is ready, and when it died before the call: the memory of a dead
    /// process lacks its last writes.
    pub async fn look(&self) -> Option<Inside> {
        if !self.is_ready() {
            return None;
        }
        let asked = self.number();
        let inside = self.call(std::future::ready).await.ok()?;
        (self.number() == asked).then_some(inside)
    }
}

/// Pauses a process.
#[derive(Debug, Default)]
struct Gate {
    paused: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl Gate {
    fn set(&self, paused: bool) {
        self.paused.store(paused, Ordering::Relaxed);
        if paused {
            return;
        }
        if let Some(waker) = self.waker.lock().take() {
            waker.wake();
        }
    }
}

struct Gated<F> {
    node: Arc<Node>,
    /// The life that it belongs to.
    number: u64,
    gate: Arc<Gate>,
    /// `None` once it is dead.
    inner: Option<Pin<Box<F>>>,
}

impl<F: Future<Output = ()>> Future for Gated<F> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let gate = &self.gate;
        if gate.paused.load(Ordering::Relaxed) {
            let waker = Some(context.waker().clone());
            *gate.waker.lock() = waker;
            return Poll::Pending;
        }
        if self.node.dies_now(self.number) {
            self.inner = None;
        }
        match &mut self.inner {
            Some(inner) => inner.as_mut().poll(context),
            None => Poll::Ready(()),
        }
    }
}
