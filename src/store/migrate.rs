//! Migrates a database to the newest schema: forward only, repeatable, safe from several processes at once.
//!
//! A file is one transaction that also inserts its row into `schema_version`. CockroachDB commits each DDL statement
//! separately, so each is repeatable, and a crash between them does no harm. Advisory locks are not used: CockroachDB
//! accepts them without locking (store 1.1).

use super::classify::{Class, Stage, classify, gave_up};
use super::decode;
use super::link::Link;
use super::sql::{self, Flavor};
use actors::store::StoreError;
use actors::time::Timestamp;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// The tables that migrations need before they can be recorded or locked.
const FIRST: [&str; 2] =
    [include_str!("migrations/schema_lock.sql"), include_str!("migrations/schema_version.sql")];

/// A process that dies during a migration blocks others for this long.
const LOCK_FOR: Duration = Duration::from_secs(60);

/// Longest wait for another process's migration.
const WAIT_MAX: Duration = Duration::from_secs(120);

/// Interval of checks whether it has finished.
const WAIT_STEP: Duration = Duration::from_millis(50);

/// Maximal tries of one step on conflicts.
const TRIES_MAX: usize = 100;

/// A migration: its file's name, which begins with its version, and its text.
type File = (&'static str, &'static str);

macro_rules! file {
    ($name:literal) => {
        ($name, include_str!(concat!("migrations/", $name, ".sql")))
    };
}

/// Migrations of tables that are not of a kind of row.
const OTHERS: [File; 4] = [
    file!("0014_inbox"),
    file!("0015_inbox_at"),
    file!("0027_partition_epoch"),
    file!("0035_partition_epoch_holder"),
];

macro_rules! migrations {
    ($(
        $(#[$meta:meta])*
        $kind:ident {
            record: $record:ty, rows: [$($rows:ident $(, $changes:ident)?)?], migrations: [$($name:literal),* $(,)?], $($rest:tt)*
        }
    )+) => {
        /// Migrations that create the tables of kinds.
        const OF_KINDS: &[File] = &[$($(file!($name)),*),+];
    };
}

actors::schema!(migrations);

/// All migrations, in the order of their versions, which start at 1.
static MIGRATIONS: LazyLock<Vec<File>> = LazyLock::new(|| {
    let mut files = [OF_KINDS, &OTHERS].concat();
    files.sort_unstable();
    files
});

/// The DDL, for people.
pub(super) fn texts() -> impl Iterator<Item = &'static str> {
    FIRST.into_iter().chain(MIGRATIONS.iter().map(|(_, text)| *text)).flat_map(steps)
}

/// The statements of a file.
fn steps(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.trim_end().split(";\n")
}

/// A name for this attempt that is unique among all processes and handles.
fn owner(now: Timestamp) -> String {
    static ATTEMPTS: AtomicU64 = AtomicU64::new(0);
    format!("{}-{}-{}", std::process::id(), now.0, ATTEMPTS.fetch_add(1, Ordering::Relaxed))
}

/// Applies the missing migrations. `now` is the node's clock.
pub(super) async fn migrate(link: &mut Link, flavor: Flavor, now: Timestamp) -> Result<(), StoreError> {
    let mut migration = Migration { link, flavor, now, started: Instant::now(), owner: owner(now) };
    let result = migration.run().await;
    if let Err(Stop::Database(error)) = &result {
        tracing::warn!(%error, "the schema migration failed");
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

    /// The current time on the clock of `now`.
    fn time(&self) -> Timestamp {
        self.now + self.started.elapsed()
    }

    /// The missing versions.
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

    /// Retries after conflicts with other processes: despite `IF NOT EXISTS`, PostgreSQL fails when two processes
    /// create the same table at the same moment.
    async fn patiently(&mut self, script: &[sql::Statement<'_>]) -> Result<(), sqlx::Error> {
        let mut tries = 0;
        loop {
            let error = match self.run_all(script).await {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            if script.len() > 1 && self.flavor.has_transactional_ddl() {
                // Has no effect if no transaction began.
                self.link.rollback().await.ok();
            }
            if tries == TRIES_MAX || classify(&error, Stage::Before) != Class::Retry {
                return Err(error);
            }
            tries += 1;
            sleep(WAIT_STEP).await;
        }
    }

    /// One by one: a later statement may depend on an earlier one.
    async fn run_all(&mut self, script: &[sql::Statement<'_>]) -> Result<(), sqlx::Error> {
        for statement in script {
            self.link.run(statement).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
