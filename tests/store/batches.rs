//! Group commit: concurrent callers share commits.

use super::{NOW, partition, put, rows};
use crate::support::postgres;
use actors::store::{Committed, Store};
use futures_util::future::join_all;
use metalmesh::store::{Postgres, SqlStore, Sqlite};
use prometheus_client::registry::Registry;

const CALLERS: u32 = 200;

/// Minimal average of callers per commit. A batch takes the callers that wait during the last commit.
const SHARED_MIN: u32 = 8;

/// Committed transactions so far, and the number of commits.
fn counts(store: &SqlStore) -> (u32, u32) {
    let mut registry = Registry::default();
    store.metrics().register(&mut registry);
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
    let read = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("{text}"));
        line.trim().parse::<f64>().unwrap() as u32
    };
    (read("metalmesh_store_batch_transactions_sum "), read("metalmesh_store_batch_transactions_count "))
}

async fn callers_share_commits(store: &SqlStore) {
    for number in 0..3 {
        let id = format!("alone-{number}");
        assert_eq!(store.commit(put(&id, None, 1)).await.unwrap(), Committed::Applied);
    }
    assert_eq!(counts(store), (3, 3), "one after the other, each has a commit of its own");
    let answers = join_all((0..CALLERS).map(|number| store.commit(put(&format!("{number}"), None, 1)))).await;
    assert!(answers.into_iter().all(|answer| answer.unwrap() == Committed::Applied));
    assert_eq!(rows(store).await.len(), (CALLERS + 3) as usize);
    let (transactions, commits) = counts(store);
    assert_eq!(transactions, CALLERS + 3);
    assert!((commits - 3) * SHARED_MIN <= CALLERS, "{CALLERS} callers took {} commits", commits - 3);
}

#[tokio::test]
async fn callers_share_commits_of_sqlite() {
    let dir = tempfile::tempdir().unwrap();
    let store = Sqlite::open(dir.path().join("store"), &partition("p"), NOW).await.unwrap();
    callers_share_commits(&store).await;
}

#[tokio::test]
async fn callers_share_commits_of_postgres() {
    let Some(database) = postgres::database("batches").await else { return };
    let store = Postgres::open(&database.url, &partition("p"), NOW).await.unwrap();
    callers_share_commits(&store).await;
}
