//! SQLite: an embedded file, one process. The default of a node.

use super::link::{Readers, Target};
use super::{SqlStore, Wiring};
use actors::ids::PartitionId;
use actors::store::StoreError;
use actors::time::Timestamp;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use std::path::Path;
use std::time::Duration;

/// Moves the journal's pages into the database.
pub(super) const CHECKPOINT: &str = "PRAGMA wal_checkpoint(TRUNCATE)";

/// How long a connection waits for another one's lock.
const BUSY_FOR: Duration = Duration::from_secs(5);

/// Connections for reading. Each has its own thread, and reads are single look-ups and pages.
const READERS: u32 = 2;

/// Journal length, in pages, at which a commit copies them into the database. A page that changed many times is copied
/// once, so longer journals save writes. This length is 64 MB, which the first start after a crash must read.
const CHECKPOINT_PAGES: u32 = 16_000;

/// Page cache of the writing connection, negative for KiB. Keys are random, so a batch changes a page per key: with the
/// default of 2 MB, pages would be written before the commit and read again for the next one. More is not faster,
/// because each commit walks over all pages in memory. The default is enough for readers: the operating system caches
/// the pages, too.
const CACHE: &str = "-16384";

/// Prepared statements per connection: one per table and number of rows in use.
const STATEMENTS: usize = 400;

/// Rows buffered between SQLite's thread and ours: a whole `IN` list without a pause.
const ROWS_IN_FLIGHT: usize = 300;

/// Opens stores in SQLite files.
#[derive(Clone, Copy, Debug)]
pub struct Sqlite;

impl Sqlite {
    /// Opens the file at `path`, creates it if missing, and migrates its schema.
    pub async fn open(
        path: impl AsRef<Path>,
        partition: &PartitionId,
        now: Timestamp,
    ) -> Result<SqlStore, StoreError> {
        let options = options(path.as_ref());
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .min_connections(0)
            .acquire_timeout(BUSY_FOR)
            .test_before_acquire(false)
            .connect_lazy_with(options.clone().read_only(true).create_if_missing(false));
        let options = options.pragma("cache_size", CACHE);
        let (target, readers) = (Target::Sqlite(Box::new(options)), Readers::Sqlite(readers));
        let wiring = Wiring { target, readers, holder: super::this_process() };
        SqlStore::open(wiring, partition, now).await
    }
}

/// A commit is durable when it returns: `FULL` syncs the journal each time.
fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .busy_timeout(BUSY_FOR)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .pragma("wal_autocheckpoint", CHECKPOINT_PAGES.to_string())
        // A statement's changes are kept until its end. In a file they would be written to the disk for nothing.
        .pragma("temp_store", "memory")
        .statement_cache_capacity(STATEMENTS)
        .row_buffer_size(ROWS_IN_FLIGHT)
}
