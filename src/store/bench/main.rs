//! Durable writes per second of the stores, compared with the disk and the database alone in the same run: `cargo bench
//! --bench store [-- filter]`. PostgreSQL is measured if it is installed, or if `METALMESH_TEST_POSTGRES` names a
//! server.

#![expect(clippy::print_stdout, reason = "the report of a benchmark goes to the terminal")]

use actors::ipam::{Address, AddressType};
use actors::record::Record;
use actors::store::{Committed, Generation, InboxEntry, Key, Kind, Put, Row, Store, Transaction};
use actors::time::Timestamp;
use anyhow::{Context, ensure};
use futures_util::future::try_join_all;
use metalmesh::store::{Postgres, Sqlite};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, Executor};
use std::io::Write;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::Instant;

#[path = "../../../tests/support/mod.rs"]
#[expect(dead_code, clippy::unwrap_used, reason = "of the tests, which use more of it")]
mod support;

/// About the length of a machine's JSON.
const BODY_BYTES: usize = 1400;
const CALLERS: [usize; 3] = [1, 64, 256];
const MEASURE_FOR: Duration = Duration::from_secs(3);
const WARM_UP_FOR: Duration = Duration::from_secs(1);
const ROWS_PER_INSERT: usize = 100;
/// Machines of a partition that are updated repeatedly.
const ROWS_UPDATED: usize = 10_240;
static RUNS: AtomicU64 = AtomicU64::new(0);
static KEYS: AtomicU64 = AtomicU64::new(0);
const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// The node's own setup: all work for a request runs on one thread.
#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let filter = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))
        .context("a directory on the disk that is measured")?;
    let file_1 = file(&dir.path().join("file-1"), 1)?;
    let file_100 = file(&dir.path().join("file-100"), 100)?;
    println!("file, append + fdatasync      1 row per sync {file_1:>9.0} rows/s");
    println!("file, append + fdatasync    100 rows per sync {file_100:>8.0} rows/s");
    if "sqlite".contains(&filter) {
        sqlite(dir.path(), file_1).await?;
    }
    if "postgres".contains(&filter) {
        match support::postgres::database("bench").await {
            Some(database) => postgresql(&database.url, file_1).await?,
            None => println!("PostgreSQL is not installed"),
        }
    }
    Ok(())
}

fn file(path: &Path, rows: usize) -> anyhow::Result<f64> {
    let mut file = std::fs::File::create(path)?;
    let batch = vec![b'x'; BODY_BYTES * rows];
    let mut done = 0;
    let started = Instant::now();
    while started.elapsed() < MEASURE_FOR {
        file.write_all(&batch)?;
        file.sync_data()?;
        done += rows;
    }
    Ok(per_second(done, started))
}

fn per_second(done: usize, started: Instant) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let done = done as f64;
    done / started.elapsed().as_secs_f64()
}

async fn sqlite(dir: &Path, file_1: f64) -> anyhow::Result<()> {
    let options = SqliteConnectOptions::new()
        .filename(dir.join("raw"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let mut connection = options.connect().await?;
    let raw = raw(&mut connection).await?;
    println!("SQLite, raw INSERT of {ROWS_PER_INSERT} rows             {raw:>9.0} rows/s");
    let store = Sqlite::open(dir.join("store"), &"bench".into(), NOW).await?;
    measure("SQLite", Arc::new(store), raw, file_1).await
}

async fn postgresql(url: &str, file_1: f64) -> anyhow::Result<()> {
    let mut connection = PgConnectOptions::from_str(url)?.connect().await?;
    let raw = raw(&mut connection).await?;
    println!("PostgreSQL, raw INSERT of {ROWS_PER_INSERT} rows         {raw:>9.0} rows/s");
    let store = Postgres::open(url, &"bench".into(), NOW).await?;
    measure("PostgreSQL", Arc::new(store), raw, file_1).await
}

/// Throughput of one connection that only inserts rows with ascending ids.
async fn raw<C, DB>(connection: &mut C) -> anyhow::Result<f64>
where
    DB: sqlx::Database,
    for<'c> &'c mut C: Executor<'c, Database = DB>,
    DB::Arguments: sqlx::IntoArguments<DB>,
    for<'q> i64: sqlx::Encode<'q, DB> + sqlx::Type<DB>,
    for<'q> &'q str: sqlx::Encode<'q, DB> + sqlx::Type<DB>,
{
    connection.execute("CREATE TABLE raw (id BIGINT PRIMARY KEY, body TEXT NOT NULL)").await?;
    let groups: Vec<String> =
        (0..ROWS_PER_INSERT).map(|row| format!("(${}, ${})", 2 * row + 1, 2 * row + 2)).collect();
    let text: Arc<str> = format!("INSERT INTO raw (id, body) VALUES {}", groups.join(", ")).into();
    let body = body(0);
    let mut id = 0_i64;
    let mut done = 0;
    let started = Instant::now();
    while started.elapsed() < MEASURE_FOR {
        let mut query = sqlx::query(AssertSqlSafe(Arc::clone(&text)));
        for _ in 0..ROWS_PER_INSERT {
            query = query.bind(id).bind(body.as_str());
            id += 1;
        }
        query.execute(&mut *connection).await?;
        done += ROWS_PER_INSERT;
    }
    Ok(per_second(done, started))
}

/// Incompressible text, as far as JSON allows.
fn body(seed: u64) -> String {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let bytes: Vec<u8> = (0..BODY_BYTES / 2).map(|_| rng.random()).collect();
    format!("\"{}\"", hex::encode(bytes))
}

/// The kind of writes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Workload {
    /// New machines with random ids and keys, the worst case: each changes a page of two indexes.
    Machines,
    /// Existing machines, with ascending keys as a node's own: most writes of a partition.
    Updates,
    /// New addresses in ascending order, as a pool allocates them.
    Addresses,
}

impl Workload {
    const ALL: [(&'static str, Self); 3] =
        [("new machines", Self::Machines), ("updates", Self::Updates), ("new addresses", Self::Addresses)];
}

async fn measure(name: &str, store: Arc<dyn Store>, raw: f64, file_1: f64) -> anyhow::Result<()> {
    for (title, workload) in Workload::ALL {
        let mut rows = if workload == Workload::Updates { existing(&store).await? } else { Vec::new() };
        for callers in CALLERS {
            run(&store, callers, WARM_UP_FOR, workload, &mut rows).await?;
            let (rate, mut waits) = run(&store, callers, MEASURE_FOR, workload, &mut rows).await?;
            waits.sort_unstable();
            let at = |percent: usize| waits.get(waits.len() * percent / 100).copied().unwrap_or_default();
            println!(
                "{name}, {title:>13}, {callers:>3} callers: {rate:>8.0} writes/s, p50 {:>7.2?}, p99 {:>7.2?}; \
                 {:.2} of the raw INSERT, {:.1} times a lone fdatasync",
                at(50),
                at(99),
                rate / raw,
                rate / file_1,
            );
        }
    }
    store.close().await;
    Ok(())
}

fn machine(rng: &mut ChaCha8Rng, body: &str) -> Row {
    let key = Key::new(Kind::Machine, uuid::Uuid::from_u128(rng.random()).to_string());
    Row::bare(key, Generation::first(NOW), body)
}

fn address(number: u32) -> Row {
    let address = Address {
        address: std::net::Ipv4Addr::from(number).into(),
        parent_prefix: "0.0.0.0/0".parse().expect("it is one"),
        network: "internet".into(),
        project: "00000000-0000-0000-0000-000000000001".into(),
        allocation_uuid: uuid::Uuid::from_u128(number.into()),
        request: Some(uuid::Uuid::from_u128(number.into())),
        name: "front".to_owned(),
        description: "what users write here".to_owned(),
        kind: AddressType::Ephemeral,
        tags: vec!["cluster.metal-stack.io/id=00000000-0000-0000-0000-000000000001".to_owned()],
        created: NOW,
        changed: NOW,
        attachments: Vec::new(),
        held_since: None,
    };
    address.row(Generation::first(NOW))
}

async fn existing(store: &Arc<dyn Store>) -> anyhow::Result<Vec<Row>> {
    let mut rng = ChaCha8Rng::seed_from_u64(u64::MAX);
    let body = body(u64::MAX);
    let rows: Vec<Row> = (0..ROWS_UPDATED).map(|_| machine(&mut rng, &body)).collect();
    for rows in rows.chunks(ROWS_PER_INSERT) {
        let puts = rows.iter().map(|row| Put { row: row.clone(), expected: None }).collect();
        store.commit(Transaction { puts, ..Transaction::default() }).await?;
    }
    Ok(rows)
}

/// Callers that each write their part of `rows`, or new rows if there are none; each write has an inbox entry.
async fn run(
    store: &Arc<dyn Store>,
    callers: usize,
    length: Duration,
    workload: Workload,
    rows: &mut Vec<Row>,
) -> anyhow::Result<(f64, Vec<Duration>)> {
    let stop = Arc::new(AtomicBool::new(false));
    let share = rows.len() / callers;
    let started = Instant::now();
    let tasks: Vec<_> = (0..callers)
        .map(|_| {
            let own = rows.split_off(rows.len() - share);
            tokio::spawn(call(Arc::clone(store), workload, own, Arc::clone(&stop)))
        })
        .collect();
    tokio::time::sleep(length).await;
    stop.store(true, Ordering::Relaxed);
    let mut waits = Vec::new();
    for task in try_join_all(tasks).await? {
        let (own_waits, own_rows) = task?;
        waits.extend(own_waits);
        rows.extend(own_rows);
    }
    Ok((per_second(waits.len(), started), waits))
}

async fn call(
    store: Arc<dyn Store>,
    workload: Workload,
    mut rows: Vec<Row>,
    stop: Arc<AtomicBool>,
) -> anyhow::Result<(Vec<Duration>, Vec<Row>)> {
    // Every run has its own seed, so that keys do not repeat.
    let mut rng = ChaCha8Rng::seed_from_u64(RUNS.fetch_add(1, Ordering::Relaxed));
    let body = body(rng.random());
    let mut waits = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let place = waits.len() % rows.len().max(1);
        let (key, put) = match rows.get_mut(place) {
            Some(row) => {
                let expected = Some(row.generation);
                row.generation = row.generation.next();
                let key = uuid::Uuid::from_u64_pair(0, KEYS.fetch_add(1, Ordering::Relaxed));
                (key, Put { row: row.clone(), expected })
            }
            None if workload == Workload::Addresses => {
                let number = KEYS.fetch_add(1, Ordering::Relaxed);
                let row = address(u32::try_from(number)?);
                (uuid::Uuid::from_u64_pair(0, number), Put { row, expected: None })
            }
            None => {
                let key = uuid::Uuid::from_u128(rng.random());
                (key, Put { row: machine(&mut rng, &body), expected: None })
            }
        };
        let entry =
            InboxEntry { key, fingerprint: "0123456789abcdef".to_owned(), reply: "{}".to_owned(), at: NOW };
        let write = Transaction { puts: vec![put], inbox: Some(entry), ..Transaction::default() };
        let sent = Instant::now();
        let answer = store.commit(write).await?;
        ensure!(answer == Committed::Applied, "{answer:?}");
        waits.push(sent.elapsed());
    }
    Ok((waits, rows))
}
