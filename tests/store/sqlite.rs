//! SQLite: opening, reopening, and other users of the file.

use super::{NOW, partition, put, rows, takeover};
use actors::store::{Committed, Store, StoreError};
use futures_util::future::{join, join_all};
use metalmesh::store::{SqlStore, Sqlite};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Executor};
use std::path::Path;

async fn outside(path: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(path).connect().await.unwrap()
}

async fn open(dir: &Path) -> SqlStore {
    Sqlite::open(dir.join("store"), &partition("p"), NOW).await.unwrap()
}

#[tokio::test]
async fn many_may_open_a_new_file_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    let same = partition("p");
    let stores = join_all((0..8).map(|_| Sqlite::open(&path, &same, NOW))).await;
    let stores: Vec<_> = stores.into_iter().map(Result::unwrap).collect();
    takeover::only_one_of_these_writes(&stores).await;
}

#[tokio::test]
async fn what_was_answered_survives_a_drop_without_close() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    let store = Sqlite::open(&path, &partition("p"), NOW).await.unwrap();
    store.commit(put("a", None, 1)).await.unwrap();
    drop(store);
    let store = Sqlite::open(&path, &partition("p"), NOW).await.unwrap();
    assert_eq!(rows(&store).await, ["a"]);
}

/// For the only handle: a dropped one closes its files later.
#[tokio::test]
async fn a_close_leaves_nothing_to_recover() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    let store = Sqlite::open(&path, &partition("p"), NOW).await.unwrap();
    store.commit(put("a", None, 1)).await.unwrap();
    store.close().await;
    let journal = std::fs::metadata(dir.path().join("store-wal")).map(|file| file.len());
    assert_eq!(journal.unwrap_or(0), 0);
    let store = Sqlite::open(&path, &partition("p"), NOW).await.unwrap();
    assert_eq!(rows(&store).await, ["a"]);
}

#[tokio::test]
async fn whoever_opens_takes_over() {
    let dir = tempfile::tempdir().unwrap();
    takeover::whoever_opens_takes_over(async || open(dir.path()).await).await;
}

#[tokio::test]
async fn commits_beside_a_takeover_are_seen_or_refused() {
    let dir = tempfile::tempdir().unwrap();
    takeover::commits_beside_it_are_seen_or_refused(async || open(dir.path()).await).await;
}

#[tokio::test]
async fn a_commit_waits_for_a_lock_that_goes_away() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    let store = Sqlite::open(&path, &partition("p"), NOW).await.unwrap();
    let mut other = outside(&path).await;
    other.execute("BEGIN IMMEDIATE").await.unwrap();
    let release = async {
        assert!(rows(&store).await.is_empty(), "readers are not in the way of a writer");
        other.execute("COMMIT").await.unwrap();
    };
    let (answer, ()) = join(store.commit(put("a", None, 1)), release).await;
    assert_eq!(answer.unwrap(), Committed::Applied);
}

#[tokio::test]
async fn one_refused_row_does_not_fail_its_batch() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    let store = Sqlite::open(&path, &partition("p"), NOW).await.unwrap();
    let trigger = "CREATE TRIGGER poison BEFORE INSERT ON machine WHEN new.id = 'poison' \
                   BEGIN SELECT RAISE(ABORT, 'poisoned'); END";
    outside(&path).await.execute(trigger).await.unwrap();
    let ids = ["a", "b", "poison", "c"];
    let answers = join_all(ids.map(|id| store.commit(put(id, None, 1)))).await;
    for (id, answer) in ids.iter().zip(answers) {
        match answer {
            Ok(Committed::Applied) => assert_ne!(*id, "poison"),
            Err(StoreError::Invalid(why)) => {
                assert!(*id == "poison" && why.contains("poisoned"), "{id}: {why}")
            }
            other => panic!("{id}: {other:?}"),
        }
    }
    assert_eq!(rows(&store).await, ["a", "b", "c"]);
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    Sqlite::open(&path, &partition("p"), NOW).await.unwrap().close().await;
    let newer = "INSERT INTO schema_version (version, name, at_us) VALUES (9999, 'of the future', 0)";
    outside(&path).await.execute(newer).await.unwrap();
    let answer = Sqlite::open(&path, &partition("p"), NOW).await;
    assert!(matches!(answer, Err(StoreError::Invalid(_))), "{answer:?}");
}

#[tokio::test]
async fn a_crashed_migration_is_taken_over_and_finished() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    Sqlite::open(&path, &partition("p"), NOW).await.unwrap().close().await;
    // As up to version 27, when a statement and its row were no transaction: the statement was executed, its row was
    // not written, and the lock of the dead process has expired.
    let crash = format!(
        "DELETE FROM schema_version WHERE version BETWEEN 20 AND 27; \
         INSERT INTO schema_lock (name, owner, expires_at_us) VALUES ('migrate', 'dead', {})",
        NOW.0 - 1
    );
    outside(&path).await.execute(sqlx::AssertSqlSafe(crash)).await.unwrap();
    let store = Sqlite::open(&path, &partition("p"), NOW).await.unwrap();
    store.commit(put("a", None, 1)).await.unwrap();
}

#[tokio::test]
async fn a_file_that_cannot_be_opened_is_unavailable() {
    let answer = Sqlite::open("/nowhere/at/all/store", &partition("p"), NOW).await;
    assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
}
