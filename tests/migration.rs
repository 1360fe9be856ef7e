//! Migrates a database of an old release with real processes that are killed in the middle of every step, without loss;
//! an older program refuses a newer database and changes nothing.

use crate::serve::answers;
use crate::support::client::Client;
use crate::support::partition::{POSTGRES, Partition, SQLITE};
use crate::support::postgres::{self, Database};
use crate::support::process::{Process, within};
use actors::ids::PartitionId;
use actors::store::{Kind, Row, Store, join};
use actors::time::Timestamp;
use metalmesh::store::{Postgres, Sqlite};
use serde_json::{Value, json};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Row as _};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The last version before address rows had their own columns.
const OLD: usize = 27;

/// In addition to the rows of the golden database.
const ADDRESSES: usize = 3000;

/// The tables of that version, all with the same columns.
const TABLES: [(Kind, &str); 18] = [
    (Kind::Machine, "machine"),
    (Kind::Events, "events"),
    (Kind::Switch, "switch"),
    (Kind::SwitchStatus, "switch_status"),
    (Kind::Network, "network"),
    (Kind::Address, "address"),
    (Kind::QuarantinedAddress, "address_rest"),
    (Kind::History, "address_history"),
    (Kind::Claim, "claim"),
    (Kind::Partition, "partition"),
    (Kind::Size, "size"),
    (Kind::Image, "image"),
    (Kind::Layout, "layout"),
    (Kind::Project, "project"),
    (Kind::Tenant, "tenant"),
    (Kind::Namespace, "namespace"),
    (Kind::Prefix, "prefix"),
    (Kind::PrefixAddress, "prefix_address"),
];

fn partition_id() -> PartitionId {
    "mini-lab".into()
}

/// A row as stored before there were columns.
#[derive(Clone, Debug, PartialEq)]
struct Document {
    generation: i64,
    owner: String,
    parent: String,
    record: Value,
}

type Documents = BTreeMap<(&'static str, String), Document>;

/// Every row of a store.
async fn documents(store: &dyn Store) -> Documents {
    let mut documents = Documents::new();
    for (kind, table) in TABLES {
        let mut after: Option<String> = None;
        loop {
            let rows = store.rows(kind, after.as_deref(), usize::MAX).await.unwrap();
            let Some(last) = rows.last() else { break };
            after = Some(last.key.id.clone());
            documents.extend(rows.iter().map(|row| ((table, row.key.id.clone()), document(row))));
        }
    }
    documents
}

fn document(row: &Row) -> Document {
    Document {
        generation: row.generation.0,
        owner: row.owner.clone(),
        parent: row.parent.clone(),
        record: join(row).unwrap(),
    }
}

/// The rows of a partition of an old release.
async fn old_rows() -> Documents {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/v0/sqlite/store.db");
    std::fs::copy(golden, &path).unwrap();
    let store = Sqlite::open(&path, &partition_id(), Timestamp::from_millis(0)).await.unwrap();
    let mut rows = documents(&store).await;
    store.close().await;
    assert!(rows.len() > 50);
    let (id, address) = rows.iter().find(|((table, _), _)| *table == "address").unwrap();
    assert!(!id.1.is_empty());
    let address = address.clone();
    let network = json!("of-the-migration");
    rows.extend((0..ADDRESSES).map(|number| {
        let id = format!("10.200.{}.{}", number / 250, number % 250 + 1);
        let mut one = Document { parent: "of-the-migration".to_owned(), ..address.clone() };
        one.record["address"] = json!(id);
        one.record["network"] = network.clone();
        one.record["parent_prefix"] = json!("10.200.0.0/16");
        (("address", id), one)
    }));
    rows
}

/// The statements that create the tables of the old release.
fn schema(of: impl Fn(String) -> String) -> Vec<String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/store/migrations");
    let names =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.starts_with(char::is_numeric)).collect();
    names.sort();
    let numbered = names.iter().take(OLD).cloned();
    let all = ["schema_lock.sql".to_owned(), "schema_version.sql".to_owned()].into_iter().chain(numbered);
    let mut statements: Vec<String> =
        all.map(|name| of(std::fs::read_to_string(folder.join(name)).unwrap())).collect();
    for (version, name) in (1..).zip(&names[..OLD]) {
        let name = name.trim_end_matches(".sql");
        statements.push(format!(
            "INSERT INTO schema_version (version, name, at_us) VALUES ({version}, '{name}', 0)"
        ));
    }
    statements
}

fn inserts(rows: &Documents) -> impl Iterator<Item = String> {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    rows.iter().map(move |((table, id), row)| {
        let Document { generation, owner, parent, record } = row;
        let [id, owner, parent, body] = [id, owner, parent, &record.to_string()].map(|text| quoted(text));
        format!(
            "INSERT INTO {table} (partition, id, generation, owner, parent, body) \
             VALUES ('mini-lab', {id}, {generation}, {owner}, {parent}, {body})"
        )
    })
}

/// An old database, accessed from outside.
trait Outside {
    async fn execute(&mut self, statement: &str);

    /// The applied versions.
    async fn versions(&mut self) -> Vec<i64>;

    /// Blocks every process that records a version.
    async fn hold(&mut self, version: i64);

    /// Whether a process is blocked there.
    async fn is_held(&mut self) -> bool;

    /// Ends the block, and the locks of dead processes expire.
    async fn release(&mut self);
}

struct File(SqliteConnection);

impl Outside for File {
    async fn execute(&mut self, statement: &str) {
        self.0.execute(AssertSqlSafe(statement.to_owned())).await.unwrap();
    }

    async fn versions(&mut self) -> Vec<i64> {
        let rows = self.0.fetch_all("SELECT version FROM schema_version ORDER BY version").await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    async fn hold(&mut self, version: i64) {
        let forever =
            "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n) SELECT count(*) FROM n";
        self.execute(&format!(
            "CREATE TRIGGER held BEFORE INSERT ON schema_version WHEN NEW.version = {version} BEGIN {forever}; END"
        ))
        .await;
    }

    /// No other process can write during a migration.
    async fn is_held(&mut self) -> bool {
        let locked = self.0.execute("BEGIN IMMEDIATE").await.is_err();
        if !locked {
            self.0.execute("ROLLBACK").await.unwrap();
        }
        locked
    }

    async fn release(&mut self) {
        self.execute("DROP TRIGGER held").await;
        self.execute("UPDATE schema_lock SET expires_at_us = 0").await;
    }
}

struct Server(sqlx::PgConnection);

impl Outside for Server {
    async fn execute(&mut self, statement: &str) {
        self.0.execute(AssertSqlSafe(statement.to_owned())).await.unwrap();
    }

    async fn versions(&mut self) -> Vec<i64> {
        let rows = self.0.fetch_all("SELECT version FROM schema_version ORDER BY version").await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    async fn hold(&mut self, version: i64) {
        self.execute(
            "CREATE OR REPLACE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN PERFORM pg_sleep(3600); RETURN NEW; END $$",
        )
        .await;
        self.execute(&format!(
            "CREATE TRIGGER held BEFORE INSERT ON schema_version FOR EACH ROW \
             WHEN (NEW.version = {version}) EXECUTE FUNCTION hold()"
        ))
        .await;
    }

    async fn is_held(&mut self) -> bool {
        let sleeping = "SELECT count(*) FROM pg_stat_activity \
                        WHERE datname = current_database() AND wait_event = 'PgSleep'";
        self.0.fetch_one(sleeping).await.unwrap().get::<i64, _>(0) > 0
    }

    /// The server continues a dead client's statement until it notices.
    async fn release(&mut self) {
        self.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity \
             WHERE datname = current_database() AND wait_event = 'PgSleep'",
        )
        .await;
        self.execute("DROP TRIGGER held ON schema_version").await;
        self.execute("UPDATE schema_lock SET expires_at_us = 0").await;
    }
}

/// A process dies in the middle of each step; an unfinished step has no effect.
async fn killed_in_every_step(partition: &Partition, database: &mut impl Outside) {
    let newest = newest();
    assert!(newest > OLD, "there is something to do");
    for version in OLD + 1..=newest {
        let version = i64::try_from(version).unwrap();
        database.hold(version).await;
        let mut node = partition.serve();
        within(Duration::from_secs(30), "the migration is under way", async || {
            assert!(node.is_running(), "{}", partition.log());
            (database.is_held().await).then_some(())
        })
        .await;
        node.kill();
        database.release().await;
        assert_eq!(database.versions().await.last(), Some(&(version - 1)));
    }
}

fn newest() -> usize {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/store/migrations");
    let names =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with(char::is_numeric)).count()
}

/// All rows are shown.
async fn shows(partition: &Partition, rows: &Documents) {
    let node = partition.serve();
    let client = Client::new(&partition.url());
    answers(&client).await;
    for (path, table) in [("/v1/ip", "address"), ("/v1/network", "network"), ("/v1/machine", "machine")] {
        let shown = client.get(path).await.expect(200);
        let mut shown: Vec<&str> = shown.as_array().unwrap().iter().map(id).collect();
        shown.sort_unstable();
        let stored = rows.keys().filter(|(of, _)| *of == table).map(|(_, id)| id.as_str());
        assert_eq!(shown, stored.collect::<Vec<_>>(), "{path}");
    }
    stop(node).await;
}

fn id(shown: &Value) -> &str {
    shown.get("ipaddress").unwrap_or(&shown["id"]).as_str().unwrap()
}

async fn stop(mut node: Process) {
    assert_eq!(node.terminate().await, Some(0));
}

#[tokio::test]
async fn a_sqlite_file_survives_a_kill_in_every_step() {
    let rows = old_rows().await;
    let partition = Partition::new(SQLITE);
    let path = partition.folder().join("plant.db");
    let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let options = options.busy_timeout(Duration::from_millis(200));
    let mut file = File(options.connect().await.unwrap());
    file.execute("PRAGMA journal_mode = WAL").await;
    let in_sqlite =
        |text: String| text.replace("ADD COLUMN IF NOT EXISTS", "ADD COLUMN").replace(" COLLATE \"C\"", "");
    file.execute("BEGIN").await;
    for statement in schema(in_sqlite).into_iter().chain(inserts(&rows)) {
        file.execute(&statement).await;
    }
    file.execute("COMMIT").await;
    killed_in_every_step(&partition, &mut file).await;
    file.0.close().await.unwrap();
    let store = Sqlite::open(&path, &partition_id(), Timestamp::from_millis(0)).await.unwrap();
    assert_eq!(documents(&store).await, rows);
    store.close().await;
    shows(&partition, &rows).await;
}

async fn on_postgres(name: &str) -> Option<(Database, Partition)> {
    let database = postgres::database(name).await?;
    let partition = Partition::new(POSTGRES);
    std::fs::write(partition.folder().join("store.url"), &database.url).unwrap();
    Some((database, partition))
}

#[tokio::test]
async fn a_postgresql_database_survives_a_kill_in_every_step() {
    let rows = old_rows().await;
    let Some((database, partition)) = on_postgres("kill_migration").await else { return };
    let mut server = Server(database.connect().await);
    server.execute("BEGIN").await;
    for statement in schema(|text| text).into_iter().chain(inserts(&rows)) {
        server.execute(&statement).await;
    }
    server.execute("COMMIT").await;
    killed_in_every_step(&partition, &mut server).await;
    let store = Postgres::open(&database.url, &partition_id(), Timestamp::from_millis(0)).await.unwrap();
    assert_eq!(documents(&store).await, rows);
    store.close().await;
    shows(&partition, &rows).await;
}

/// The database of a later release: refused with a helpful message, and unchanged.
async fn refuses(partition: &Partition, database: &mut impl Outside) {
    stop_when_it_answers(partition).await;
    database
        .execute("INSERT INTO schema_version (version, name, at_us) VALUES (9999, '9999_of_the_future', 0)")
        .await;
    let before = database.versions().await;
    let mut node = partition.serve();
    let code = node.exit().await;
    assert!(code.is_some_and(|code| code != 0), "{code:?}");
    let log = partition.log();
    let words =
        format!("the database has schema version 9999, this program knows {}; use a newer program", newest());
    assert!(log.contains(&words), "{log}");
    assert!(!log.contains("panicked"), "{log}");
    assert_eq!(database.versions().await, before);
}

async fn stop_when_it_answers(partition: &Partition) {
    let node = partition.serve();
    answers(&Client::new(&partition.url())).await;
    stop(node).await;
}

#[tokio::test]
async fn an_older_program_refuses_a_newer_sqlite_file() {
    let partition = Partition::new(SQLITE);
    stop_when_it_answers(&partition).await;
    let path = partition.folder().join("plant.db");
    let mut file = File(SqliteConnectOptions::new().filename(&path).connect().await.unwrap());
    refuses(&partition, &mut file).await;
}

#[tokio::test]
async fn an_older_program_refuses_a_newer_postgresql_database() {
    let Some((database, partition)) = on_postgres("newer").await else { return };
    let mut server = Server(database.connect().await);
    refuses(&partition, &mut server).await;
}
