//! Brings a database to the newest schema: forward only, safe to repeat, safe from several processes at once.
//!
//! A file is one transaction, with its row in `schema_version`. CockroachDB commits each DDL statement on its own, so
//! that each may be repeated, and a crash between them does no harm. No advisory locks: there they exist and lock nothing
//! (store.md, section 1.1).

use super::classify::{Class, Stage, classify, gave_up};
use super::decode;
use super::link::Link;
use super::sql::{self, Flavor};
use actors::store::StoreError;
use actors::time::Timestamp;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// What must exist before a migration can be recorded or excluded.
const FIRST: [&str; 2] =
    [include_str!("migrations/schema_lock.sql"), include_str!("migrations/schema_version.sql")];

/// A process that died while it migrated keeps others out for so long.
const LOCK_FOR: Duration = Duration::from_secs(60);

/// How long to wait for another process that migrates.
const WAIT_MAX: Duration = Duration::from_secs(120);

/// How often to look whether it is done.
const WAIT_STEP: Duration = Duration::from_millis(50);

/// Tries of one step while other connections are in the way.
const TRIES_MAX: usize = 100;

macro_rules! migrations {
    ($($name:literal),+ $(,)?) => {
        /// Name and text, in the order of their versions, which begin at 1.
        const MIGRATIONS: &[(&str, &str)] = &[$(($name, include_str!(concat!("migrations/", $name, ".sql")))),+];
    };
}

migrations![
    "0001_tenant",
    "0002_project",
    "0003_partition",
    "0004_size",
    "0005_image",
    "0006_layout",
    "0007_network",
    "0008_address",
    "0009_claim",
    "0010_switch",
    "0011_switch_status",
    "0012_machine",
    "0013_events",
    "0014_inbox",
    "0015_inbox_at",
    "0016_network_owner",
    "0017_address_owner",
    "0018_claim_owner",
    "0019_machine_owner",
    "0020_network_parent",
    "0021_address_parent",
    "0022_address_rest",
    "0023_address_history",
    "0024_namespace",
    "0025_prefix",
    "0026_prefix_address",
    "0027_partition_epoch",
    "0028_address_columns",
    "0029_address_rest_columns",
    "0030_address_history_columns",
    "0031_prefix_columns",
    "0032_prefix_address_columns",
    "0033_address_state",
    "0034_address_history_until",
    "0035_partition_epoch_holder",
];

/// The DDL, for people.
pub(super) fn texts() -> impl Iterator<Item = &'static str> {
    FIRST.into_iter().chain(MIGRATIONS.iter().map(|(_, text)| *text)).flat_map(steps)
}

/// The statements of a file.
fn steps(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.trim_end().split(";\n")
}

/// A name for this attempt that no other process or handle has at the same time.
fn owner(now: Timestamp) -> String {
    static ATTEMPTS: AtomicU64 = AtomicU64::new(0);
    format!("{}-{}-{}", std::process::id(), now.0, ATTEMPTS.fetch_add(1, Ordering::Relaxed))
}

/// Applies what is missing. `now` is the node's clock.
pub(super) async fn migrate(link: &mut Link, flavor: Flavor, now: Timestamp) -> Result<(), StoreError> {
    let mut migration = Migration { link, flavor, now, started: Instant::now(), owner: owner(now) };
    let result = migration.run().await;
    if let Err(Stop::Database(error)) = &result {
        tracing::warn!(%error, "the schema could not be brought up to date");
    }
    result.map_err(|stop| match stop {
        Stop::Database(error) => gave_up(classify(&error, Stage::Before), error.into()),
        Stop::Refused(why) => StoreError::Invalid(why),
        Stop::Locked => StoreError::Busy("another process has been migrating for too long".into()),
    })
}

enum Stop {
    Database(sqlx::Error),
    Refused(String),
    Locked,
}

impl From<sqlx::Error> for Stop {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

struct Migration<'l> {
    link: &'l mut Link,
    flavor: Flavor,
    now: Timestamp,
    started: Instant,
    owner: String,
}

impl Migration<'_> {
    async fn run(&mut self) -> Result<(), Stop> {
        for text in FIRST {
            self.patiently(&[sql::plain(self.flavor.ddl(text))]).await?;
        }
        if self.missing().await?.is_empty() {
            return Ok(());
        }
        self.lock().await?;
        let result = self.apply().await;
        self.link.run(&sql::lock_release(&self.owner.clone())).await?;
        result
    }

    /// The time by the clock that `now` came from.
    fn time(&self) -> Timestamp {
        self.now + self.started.elapsed()
    }

    /// Versions that were not applied yet.
    async fn missing(&mut self) -> Result<Vec<usize>, Stop> {
        let mut applied = Vec::new();
        for record in self.link.fetch(&sql::versions()).await? {
            applied.push(decode::int(record)?);
        }
        let newest = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
        match applied.last() {
            Some(version) if *version > newest => Err(Stop::Refused(format!(
                "the database has schema version {version}, this program knows {newest}; use a newer program"
            ))),
            _ => Ok((1..=MIGRATIONS.len())
                .filter(|version| !applied.iter().any(|one| usize::try_from(*one) == Ok(*version)))
                .collect()),
        }
    }

    async fn lock(&mut self) -> Result<(), Stop> {
        while self.started.elapsed() < WAIT_MAX {
            if self.take_lock().await? {
                return Ok(());
            }
            sleep(WAIT_STEP).await;
        }
        Err(Stop::Locked)
    }

    async fn take_lock(&mut self) -> Result<bool, sqlx::Error> {
        let now = self.time();
        let owner = self.owner.clone();
        match self.link.fetch(&sql::lock_take(&owner, now + LOCK_FOR, now)).await {
            Ok(records) => Ok(!records.is_empty()),
            Err(error) if classify(&error, Stage::Before) == Class::Retry => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn apply(&mut self) -> Result<(), Stop> {
        for version in self.missing().await? {
            let Some((name, text)) = MIGRATIONS.get(version - 1) else { continue };
            if !self.take_lock().await? {
                return Err(Stop::Locked);
            }
            let number = i64::try_from(version).unwrap_or(i64::MAX);
            let mut script: Vec<_> = steps(text).map(|step| sql::plain(self.flavor.ddl(step))).collect();
            script.push(sql::version_add(number, name, self.time()));
            if self.flavor.has_transactional_ddl() {
                script.insert(0, sql::plain(self.flavor.begin()));
                script.push(sql::plain(sql::COMMIT));
            }
            self.patiently(&script).await?;
        }
        Ok(())
    }

    /// Other processes may be at the same statement: `IF NOT EXISTS` does not keep PostgreSQL from failing when two
    /// create the same table at the same moment.
    async fn patiently(&mut self, script: &[sql::Statement<'_>]) -> Result<(), sqlx::Error> {
        let mut tries = 0;
        loop {
            let error = match self.run_all(script).await {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            if script.len() > 1 && self.flavor.has_transactional_ddl() {
                // Without an effect when it did not begin.
                self.link.rollback().await.ok();
            }
            if tries == TRIES_MAX || classify(&error, Stage::Before) != Class::Retry {
                return Err(error);
            }
            tries += 1;
            sleep(WAIT_STEP).await;
        }
    }

    /// One by one: what a later statement means may depend on an earlier one.
    async fn run_all(&mut self, script: &[sql::Statement<'_>]) -> Result<(), sqlx::Error> {
        for statement in script {
            self.link.run(statement).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Sqlite;
    use super::super::link::{Cell, Target};
    use super::*;
    use actors::ids::PartitionId;
    use actors::ipam::{Address, Rest};
    use actors::store::{Fact, Generation, Key, Kind, Put, Store, Transaction, join};
    use actors::world::Record;
    use sqlx::sqlite::SqliteConnectOptions;

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    /// Before addresses were rows.
    const DOCUMENTS: usize = 27;

    const OLD_BODY: &str = r#"{"address":"10.0.0.1","parent_prefix":"10.0.0.0/24","network":"n","project":"p",
        "allocation_uuid":"00000000-0000-0000-0000-000000000007","name":"front","description":"","type":"static",
        "tags":["a=b"],"created":"2026-11-28T10:00:00.123Z","changed":"2026-11-28T10:00:00.123Z","attachments":[]}"#;

    async fn old_database(path: &std::path::Path) -> Link {
        let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
        let mut link = Target::Sqlite(Box::new(options)).connect().await.unwrap();
        for text in FIRST.into_iter().chain(MIGRATIONS[..DOCUMENTS].iter().map(|(_, text)| *text)) {
            link.run(&sql::plain(Flavor::Sqlite.ddl(text))).await.unwrap();
        }
        for (version, (name, _)) in (1..).zip(&MIGRATIONS[..DOCUMENTS]) {
            link.run(&sql::version_add(version, name, NOW)).await.unwrap();
        }
        let text = format!(
            "INSERT INTO address (partition, id, generation, owner, parent, body) VALUES ('mini-lab', '10.0.0.1', 5, \
             'p', 'n', '{OLD_BODY}')"
        );
        link.run(&sql::plain(text)).await.unwrap();
        link
    }

    #[tokio::test]
    async fn rows_from_before_they_had_columns_are_read_and_get_them_when_written() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let mut link = old_database(&path).await;
        let store = Sqlite::open(&path, &PartitionId::from("mini-lab"), NOW).await.unwrap();
        let key = Key::new(Kind::Address, "10.0.0.1");
        let old = store.row(&key).await.unwrap().unwrap();
        let address: Address = join(&old).unwrap();
        assert_eq!((&*address.name, &*address.project.0, address.tags.len()), ("front", "p", 1));
        let put = Put { row: address.row(Generation(6)), expected: Some(Generation(5)) };
        let rest = Rest {
            address: "10.0.0.2".parse().unwrap(),
            parent_prefix: address.parent_prefix,
            network: address.network.clone(),
            project: "q".into(),
            allocation_uuid: address.allocation_uuid,
            since: NOW,
            until: NOW + Duration::from_secs(1),
        };
        let rest = Put { row: rest.row(Generation(1)), expected: None };
        store.commit(Transaction { puts: vec![put, rest], ..Transaction::default() }).await.unwrap();
        let new = store.row(&key).await.unwrap().unwrap();
        assert_eq!(join::<Address>(&new).unwrap(), address);
        assert_eq!((&*new.body, &new.facts[0]), ("{}", &Some(Fact::Text("10.0.0.0/24".to_owned()))));
        let state =
            "SELECT state, network, project, prefix, since_us, until_us FROM address_state ORDER BY address";
        let columns = [sql::Column::Text; 4].into_iter().chain([sql::Column::MaybeInt; 2]).collect();
        let states = link.fetch(&sql::Statement { columns, ..sql::plain(state) }).await.unwrap();
        let texts = |texts: [&str; 4]| texts.map(|text| Cell::Text(text.to_owned())).into_iter();
        let allocated = texts(["ALLOC", "n", "p", "10.0.0.0/24"]);
        let since = [Cell::Int(1_795_860_000_123_000), Cell::Null];
        let resting = texts(["QUAR", "n", "q", "10.0.0.0/24"]);
        let until = [Cell::Int(NOW.0), Cell::Int(NOW.0 + 1_000_000)];
        assert_eq!(states, [allocated.chain(since).collect::<Vec<_>>(), resting.chain(until).collect()]);
        store.close().await;
    }
}
