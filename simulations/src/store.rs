//! The store of a simulated node: the reference store, which survives crashes, behind a connection that is slow, busy,
//! loses responses and stalls. The monitor sees every durable commit.

use crate::monitor::Monitor;
use crate::sometimes::{
    ANSWERED_FROM_INBOX, CRASH_AFTER_COMMIT, CRASH_BEFORE_COMMIT, FENCED, REPLAYED, STORE_BUSY, STORE_FORGOT,
    STORE_FULL, STORE_SILENT,
};
use crate::trace::Trace;
use actors::ids::PartitionId;
use actors::store::memory::MemoryStore;
use actors::store::{Committed, InboxEntry, Key, Kind, Row, Store, StoreError, Transaction};
use actors::time::Timestamp;
use async_trait::async_trait;
use parking_lot::{Mutex, MutexGuard};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// The current faults; shares of commits from 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StoreFaults {
    /// Serialization failures (40001): nothing is written.
    pub busy: f64,
    /// The response is lost, and nothing was written.
    pub forgets: f64,
    /// The response is lost after everything was written.
    pub silent: f64,
    /// No call is answered, not even reads, until this ends.
    pub stalled: bool,
    /// Writes are refused, as on a disk without space.
    pub full: bool,
    /// Additional time of each call.
    pub slower: Duration,
}

/// When the process dies at a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrashPoint {
    BeforeCommit,
    AfterCommit,
}

/// The rows of one partition and the faults of the connection to them. Survives the node.
pub struct Disk {
    pub partition: PartitionId,
    pub rows: MemoryStore,
    latency: Duration,
    trace: Arc<Trace>,
    monitor: Arc<Monitor>,
    state: Mutex<DiskState>,
    changed: Notify,
}

struct DiskState {
    rng: ChaCha8Rng,
    faults: StoreFaults,
    crash: Option<CrashPoint>,
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Disk").field("partition", &self.partition).finish_non_exhaustive()
    }
}

impl Disk {
    pub fn new(
        partition: PartitionId,
        latency: Duration,
        rng: ChaCha8Rng,
        trace: Arc<Trace>,
        monitor: Arc<Monitor>,
    ) -> Self {
        let state = DiskState { rng, faults: StoreFaults::default(), crash: None };
        Self {
            partition,
            rows: MemoryStore::default(),
            latency,
            trace,
            monitor,
            state: Mutex::new(state),
            changed: Notify::new(),
        }
    }

    /// The observer of the run.
    pub fn monitor(&self) -> &Arc<Monitor> {
        &self.monitor
    }

    fn state(&self) -> MutexGuard<'_, DiskState> {
        self.state.lock()
    }

    /// Changes the current faults.
    pub fn change(&self, change: impl FnOnce(&mut StoreFaults)) {
        let mut state = self.state();
        change(&mut state.faults);
        drop(state);
        self.changed.notify_waiters();
    }

    /// The process dies at its next commit.
    pub fn crash_at_next_commit(&self, point: Option<CrashPoint>) {
        self.state().crash = point;
    }

    /// Half the duration of a call.
    fn half(&self) -> Duration {
        let most = u64::try_from(self.latency.as_millis()).unwrap_or(u64::MAX).max(1);
        let mut state = self.state();
        state.faults.slower / 2 + Duration::from_millis(state.rng.random_range(0..=most))
    }
}

/// A node's connection to its disk; dies with the node. Only the last opened one may write.
#[derive(Debug)]
pub struct Connection {
    disk: Arc<Disk>,
    rows: MemoryStore,
    closed: AtomicBool,
    /// Kills the process.
    kill: CancellationToken,
}

enum Fate {
    Well,
    Full,
    Busy,
    Forgotten,
    Silent,
}

/// The error of the node's stores for SQLite's and PostgreSQL's codes of a full disk.
fn full() -> StoreError {
    StoreError::Unavailable("database or disk is full".into())
}

impl Connection {
    pub fn new(disk: Arc<Disk>, kill: CancellationToken) -> Self {
        let rows = disk.rows.take_over();
        Self { disk, rows, closed: AtomicBool::new(false), kill }
    }

    async fn open(&self) -> Result<(), StoreError> {
        if self.closed.load(Ordering::Relaxed) {
            return Err(StoreError::Unavailable("closed".into()));
        }
        loop {
            let changed = self.disk.changed.notified();
            if !self.disk.state().faults.stalled {
                return Ok(());
            }
            changed.await;
        }
    }

    fn fate(&self) -> Fate {
        let mut state = self.disk.state();
        let StoreFaults { busy, forgets, silent, full, .. } = state.faults;
        let drawn: f64 = state.rng.random();
        match drawn {
            _ if full => Fate::Full,
            drawn if drawn < busy => Fate::Busy,
            drawn if drawn < busy + forgets => Fate::Forgotten,
            drawn if drawn < busy + forgets + silent => Fate::Silent,
            _ => Fate::Well,
        }
    }

    async fn crash_if(&self, point: CrashPoint, entity: &str) {
        let now = self.disk.state().crash == Some(point);
        if now {
            self.disk.crash_at_next_commit(None);
            self.disk.trace.record(format_args!("{} dies {point:?}", self.disk.partition));
            let seen = match point {
                CrashPoint::BeforeCommit => CRASH_BEFORE_COMMIT,
                CrashPoint::AfterCommit => CRASH_AFTER_COMMIT,
            };
            self.disk.trace.saw(seen);
            self.disk.trace.saw(&format!("{seen} of {entity}"));
            self.kill.cancel();
            std::future::pending::<()>().await;
        }
    }

    async fn apply(&self, transaction: Transaction) -> Result<Committed, StoreError> {
        let Disk { partition, trace, monitor, .. } = &*self.disk;
        let shown = transaction.clone();
        let is_deposed = self.rows.is_deposed();
        let committed = self.rows.commit(transaction).await;
        match &committed {
            Ok(Committed::Applied) => {
                if is_deposed {
                    let what = format!("a node wrote in {partition} after another one had taken over");
                    monitor.object("fenced", what);
                }
                for put in &shown.puts {
                    let Row { key, generation, .. } = &put.row;
                    let (kind, id, bytes) = (key.kind.entity(), &key.id, put.row.bytes());
                    trace.record(format_args!("{partition} puts {kind} {id} {} {bytes}", generation.0));
                }
                for delete in &shown.deletes {
                    trace.record(format_args!("{partition} deletes {:?}", delete.key));
                }
                monitor.committed(partition, &shown);
            }
            Ok(Committed::Replayed(entry)) => {
                trace.saw(REPLAYED);
                trace.record(format_args!("{partition} replays {}", entry.key));
            }
            Err(error) => {
                if is_deposed {
                    trace.saw(FENCED);
                }
                trace.record(format_args!("{partition} refuses: {error}"));
            }
        }
        committed
    }
}

#[async_trait]
impl Store for Connection {
    async fn commit(&self, transaction: Transaction) -> Result<Committed, StoreError> {
        self.open().await?;
        tokio::time::sleep(self.disk.half()).await;
        self.open().await?;
        let entity = transaction.puts.first().map_or("nothing", |put| put.row.key.kind.entity());
        self.crash_if(CrashPoint::BeforeCommit, entity).await;
        let lost = || Err(StoreError::Unknown("the answer was lost".into()));
        let result = match self.fate() {
            Fate::Full => {
                self.disk.trace.saw(STORE_FULL);
                Err(full())
            }
            Fate::Busy => {
                self.disk.trace.saw(STORE_BUSY);
                Err(StoreError::Busy("serialization failure".into()))
            }
            Fate::Forgotten => {
                self.disk.trace.saw(STORE_FORGOT);
                lost()
            }
            Fate::Silent => {
                self.disk.trace.saw(STORE_SILENT);
                self.apply(transaction).await?;
                lost()
            }
            Fate::Well => self.apply(transaction).await,
        };
        self.crash_if(CrashPoint::AfterCommit, entity).await;
        tokio::time::sleep(self.disk.half()).await;
        result
    }

    async fn inbox(&self, key: Uuid) -> Result<Option<InboxEntry>, StoreError> {
        self.open().await?;
        tokio::time::sleep(self.disk.half()).await;
        let kept = self.disk.rows.inbox(key).await;
        if matches!(kept, Ok(Some(_))) {
            self.disk.trace.saw(ANSWERED_FROM_INBOX);
        }
        kept
    }

    async fn row(&self, key: &Key) -> Result<Option<Row>, StoreError> {
        self.open().await?;
        tokio::time::sleep(self.disk.half()).await;
        self.disk.rows.row(key).await
    }

    async fn rows(&self, kind: Kind, after: Option<&str>, limit: usize) -> Result<Vec<Row>, StoreError> {
        self.open().await?;
        tokio::time::sleep(self.disk.half()).await;
        self.disk.rows.rows(kind, after, limit).await
    }

    async fn prune(
        &self,
        old: actors::store::Old,
        before: Timestamp,
        limit: usize,
    ) -> Result<usize, StoreError> {
        self.open().await?;
        if self.disk.state().faults.full {
            return Err(full());
        }
        self.disk.rows.prune(old, before, limit).await
    }

    async fn ping(&self) -> Result<String, StoreError> {
        self.open().await?;
        self.disk.rows.ping().await
    }

    /// The disk survives.
    async fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }
}
