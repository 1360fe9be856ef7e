//! Durable state in SQL: what is stored, and why.
//!
//! One table per kind of row, all with the same columns: the partition, the id, the generation (every write is a
//! compare-and-swap on it), two columns for searches, and a JSON body that databases do not inspect. Addresses and
//! prefixes store their fields in columns ([`Kind::columns`]) and have no body; the view `address_state` shows the
//! state of each address. The table `inbox` keeps the answers to writes, so that a repeated write is applied once. The
//! same tables and statements serve SQLite, PostgreSQL and CockroachDB.
//!
//! | module | owns |
//! | --- | --- |
//! | `sql` | all SQL texts |
//! | `flavor` | differences between the SQL dialects |
//! | `plan` | the outcome of a batch of transactions (pure) |
//! | `commit_resolution` | whether an unanswered commit happened (pure) |
//! | `batch` | a batch as one SQL transaction |
//! | `single_statement` | a batch as one statement, for PostgreSQL |
//! | `message` | the statements that go to SQLite's thread together (pure) |
//! | `writer` | the queue, the one writer, retries |
//! | `metrics` | sizes and durations of batches |
//! | `migrate` | the schema |
//! | `epoch` | the right to write: only the last opener of the partition has it |
//! | `standing` | whether the store can write, and which node serves the partition |
//! | `classify` | the meaning of errors |
//! | `sqlite`, `postgres` | connections |
//! | `url` | the TLS parameters of a database's URL, and how safe they are |
//!
//! # How addresses and prefixes stay distinct
//!
//! | never two of | guarded by |
//! | --- | --- |
//! | rows of one address of a partition's networks | the primary key of `address`: (partition, address) |
//! | rows of one address, or of one prefix, of a namespace | the primary keys of `prefix_address` and `prefix`: (partition, address or CIDR, and namespace) |
//! | quarantine rows of one address | the primary key of `address_rest` |
//! | writers of a partition | the row of `partition_epoch`, which every transaction checks before it writes |
//! | networks whose prefixes overlap, or are equal | the partition's one writer: the actor of networks decides one command after the other, and locks its rows until their commit is known; the epoch refuses an overtaken writer |
//! | roots of a namespace that overlap | the same, with the namespace's actor; and the row of the namespace, on whose generation a decision relies |
//! | children of a prefix that overlap | the partition's one writer: its index includes decisions whose commit is pending |
//!
//! A network is one row with all its prefixes in its body, so no key of that row can cover them. Overlap of ranges is
//! no equality: of these databases only PostgreSQL has a constraint for it (ipam 6.4). `metalmesh ipam check` finds
//! violations.
//!
//! A store knows rows, not machines. A transaction contains only SQL.

mod backoff;
mod batch;
mod classify;
mod commit_resolution;
mod decode;
mod epoch;
mod flavor;
mod link;
mod message;
mod metrics;
mod migrate;
mod plan;
mod postgres;
mod single_statement;
mod sql;
mod sqlite;
mod standing;
mod url;
mod writer;

pub use classify::may_come;
pub use flavor::Flavor;
pub use metrics::StoreMetrics;
pub use postgres::Postgres;
pub use sql::statements;
pub use sqlite::Sqlite;
pub use standing::Standing;
pub use url::{DatabaseUrl, UrlError, Way};

use actors::ids::PartitionId;
use actors::store::{
    Committed, INDEXED_BYTES_MAX, InboxEntry, Key, Kind, Old, Row, Store, StoreError, Transaction, validate,
};
use actors::time::Timestamp;
use async_trait::async_trait;
use backoff::{Backoff, Jitter};
use classify::{Stage, classify, gave_up};
use link::{Readers, Record, Target};
use parking_lot::Mutex;
use sql::Statement;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::sleep;
use uuid::Uuid;
use writer::{Job, QUEUE_MAX, Writer};

/// How to connect to a database, for writing and for reading.
#[derive(Debug)]
struct Wiring {
    target: Target,
    readers: Readers,
    /// This node's name for other nodes.
    holder: String,
}

/// The rows of one partition in a SQL database.
#[derive(Debug)]
pub struct SqlStore {
    partition: String,
    flavor: Flavor,
    readers: Readers,
    /// `None` once the store is closed.
    queue: Mutex<Option<mpsc::Sender<Job>>>,
    /// The first closer waits for this task; the others wait for the first.
    writer: tokio::sync::Mutex<Option<JoinHandle<()>>>,
    metrics: StoreMetrics,
    standing: watch::Receiver<Standing>,
}

impl SqlStore {
    async fn open(wiring: Wiring, partition: &PartitionId, now: Timestamp) -> Result<Self, StoreError> {
        let Wiring { target, readers, holder } = wiring;
        let partition = partition.to_string();
        if partition.len() > INDEXED_BYTES_MAX || partition.contains('\0') {
            return Err(StoreError::Invalid("the partition's id is too long or contains NUL".to_owned()));
        }
        let mut jitter = Jitter::new(now.0.unsigned_abs());
        let mut link = connect(&target, &mut jitter).await?;
        migrate::migrate(&mut link, target.flavor(), now).await?;
        let epoch = epoch::begin(&mut link, &partition, &holder, &mut jitter).await?;
        let flavor = target.flavor();
        let (sender, queue) = mpsc::channel(QUEUE_MAX);
        let seed = partition
            .bytes()
            .fold(now.0.unsigned_abs(), |seed, byte| seed.wrapping_mul(0x100_0000_01b3) ^ u64::from(byte));
        let metrics = StoreMetrics::default();
        let (stands, standing) = watch::channel(Standing::Writes);
        let writer = Writer::new(target, partition.clone(), epoch, link, seed, metrics.clone(), stands);
        let writer = tokio::spawn(writer.run(queue));
        tokio::spawn(renew(sender.downgrade()));
        Ok(Self {
            partition,
            flavor,
            readers,
            queue: Mutex::new(Some(sender)),
            writer: tokio::sync::Mutex::new(Some(writer)),
            metrics,
            standing,
        })
    }

    /// The kind of the database server.
    pub fn flavor(&self) -> Flavor {
        self.flavor
    }

    /// Metrics of the writer.
    pub fn metrics(&self) -> &StoreMetrics {
        &self.metrics
    }

    /// The store's state; the last value is [`Standing::TakenOver`].
    pub fn standing(&self) -> watch::Receiver<Standing> {
        self.standing.clone()
    }

    fn sender(&self) -> Result<mpsc::Sender<Job>, StoreError> {
        let queue = self.queue.lock();
        queue.clone().ok_or_else(closed)
    }

    async fn enqueue(&self, job: Job) -> Result<(), StoreError> {
        self.sender()?.send(job).await.map_err(|_| closed())
    }

    /// Reads are retried after conflicts and broken connections.
    async fn read(&self, statement: &Statement<'_>) -> Result<Vec<Record>, StoreError> {
        drop(self.sender()?);
        let mut backoff = Backoff::new();
        let mut jitter = Jitter::new(0);
        loop {
            let error = match self.readers.fetch(statement).await {
                Ok(records) => return Ok(records),
                Err(error) => error,
            };
            let class = classify(&error, Stage::Before);
            match backoff.next(class, &mut jitter) {
                Some(wait) => sleep(wait).await,
                None => return Err(gave_up(class, error.into())),
            }
        }
    }
}

/// Two processes that create the same file may conflict for a moment.
async fn connect(target: &Target, jitter: &mut Jitter) -> Result<link::Link, StoreError> {
    let mut backoff = Backoff::new();
    loop {
        let error = match target.connect().await {
            Ok(link) => return Ok(link),
            Err(error) => error,
        };
        let class = classify(&error, Stage::Before);
        match backoff.next(class, jitter) {
            Some(wait) => sleep(wait).await,
            None => return Err(gave_up(class, error.into())),
        }
    }
}

/// Renews the epoch until the store is closed.
async fn renew(queue: mpsc::WeakSender<Job>) {
    loop {
        sleep(standing::RENEW_EVERY).await;
        let Some(queue) = queue.upgrade() else { return };
        // A full queue is being worked on, and its results update the standing.
        queue.try_send(Job::Renew).ok();
    }
}

/// The default name of a node.
fn this_process() -> String {
    format!("process {}", std::process::id())
}

fn closed() -> StoreError {
    StoreError::Unavailable("the store is closed".into())
}

fn unreadable(error: sqlx::Error) -> StoreError {
    StoreError::Invalid(error.to_string())
}

#[async_trait]
impl Store for SqlStore {
    async fn commit(&self, transaction: Transaction) -> Result<Committed, StoreError> {
        validate(&transaction)?;
        let (answer, answered) = oneshot::channel();
        self.enqueue(Job::Commit(transaction, answer)).await?;
        answered.await.unwrap_or_else(|_| Err(StoreError::Unknown("the writer has ended".into())))
    }

    async fn inbox(&self, key: Uuid) -> Result<Option<InboxEntry>, StoreError> {
        let records = self.read(&sql::inbox_one(&self.partition, &key)).await?;
        records.into_iter().next().map(decode::entry).transpose().map_err(unreadable)
    }

    async fn row(&self, key: &Key) -> Result<Option<Row>, StoreError> {
        // No stored text contains NUL, and PostgreSQL refuses NUL in parameters.
        if key.id.contains('\0') {
            return self.sender().map(|_| None);
        }
        let records = self.read(&sql::row_one(key.kind, &self.partition, &key.id)).await?;
        records.into_iter().next().map(|record| decode::row(key.kind, record)).transpose().map_err(unreadable)
    }

    async fn rows(&self, kind: Kind, after: Option<&str>, limit: usize) -> Result<Vec<Row>, StoreError> {
        // No stored id contains NUL, so the ids after `a\0..` are the ids after `a`.
        let after = after.and_then(|after| after.split('\0').next());
        let records = self.read(&sql::page(kind, &self.partition, after, limit)).await?;
        records
            .into_iter()
            .map(|record| decode::row(kind, record))
            .collect::<Result<_, _>>()
            .map_err(unreadable)
    }

    async fn prune(&self, old: Old, before: Timestamp, limit: usize) -> Result<usize, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.enqueue(Job::Prune { old, before, limit, answer }).await?;
        answered.await.unwrap_or_else(|_| Err(StoreError::Unknown("the writer has ended".into())))
    }

    async fn ping(&self) -> Result<String, StoreError> {
        let standing = self.standing.borrow().clone();
        match standing {
            Standing::Writes => {}
            Standing::CannotWrite(reason) => {
                return Err(StoreError::Unavailable(format!("it cannot write: {reason}").into()));
            }
            Standing::TakenOver { .. } => {
                return Err(StoreError::Unavailable(epoch::is_over(&self.partition).into()));
            }
        }
        let records = self.read(&sql::version(self.flavor)).await?;
        let text = records.into_iter().next().map(decode::text).transpose().map_err(unreadable)?;
        Ok(text.unwrap_or_default())
    }

    async fn close(&self) {
        drop(self.queue.lock().take());
        let mut writer = self.writer.lock().await;
        if let Some(writer) = writer.take()
            && let Err(error) = writer.await
        {
            tracing::error!(%error, "the store's writer failed");
        }
        self.readers.close().await;
    }
}
