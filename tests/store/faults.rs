//! PostgreSQL: failures of the server during a commit.

use super::{NOW, partition, put, remembered, rows, takeover};
use crate::support::postgres::{self, Cluster, Database};
use actors::store::{Committed, Delete, Generation, Key, Kind, Store, StoreError, Transaction};
use futures_util::future::{join, join_all};
use metalmesh::store::{Postgres, SqlStore};

async fn open(database: &Database) -> SqlStore {
    Postgres::open(&database.url, &partition("p"), NOW).await.unwrap()
}

#[tokio::test]
async fn serialization_failures_at_commit_are_tried_again() {
    let Some(database) = postgres::database("retry").await else { return };
    let store = open(&database).await;
    database
        .at_commit(
            "machine",
            "IF nextval('tries') <= 3 THEN RAISE EXCEPTION USING ERRCODE = '40001'; END IF;",
        )
        .await;
    assert_eq!(store.commit(put("a", None, 1)).await.unwrap(), Committed::Applied);
    assert_eq!(database.number("SELECT last_value FROM tries").await, 4);
    assert_eq!(rows(&store).await, ["a"]);
}

#[tokio::test]
async fn endless_serialization_failures_are_busy_and_write_nothing() {
    let Some(database) = postgres::database("busy").await else { return };
    let store = open(&database).await;
    database.at_commit("machine", "RAISE EXCEPTION USING ERRCODE = '40001';").await;
    let answer = store.commit(remembered(put("a", None, 1), 1)).await;
    assert!(matches!(answer, Err(StoreError::Busy(_))), "{answer:?}");
    assert!(rows(&store).await.is_empty());
    database.run("DROP TRIGGER fault ON machine").await;
    assert_eq!(store.commit(remembered(put("a", None, 1), 1)).await.unwrap(), Committed::Applied);
}

#[tokio::test]
async fn a_refused_row_fails_alone_even_at_commit() {
    let Some(database) = postgres::database("refused").await else { return };
    let store = open(&database).await;
    database.at_commit("machine", "IF NEW.id = 'poison' THEN RAISE EXCEPTION 'poisoned'; END IF;").await;
    let ids = ["a", "poison", "b"];
    let answers = join_all(ids.map(|id| store.commit(put(id, None, 1)))).await;
    assert!(matches!(answers[1], Err(StoreError::Invalid(_))), "{answers:?}");
    assert!(answers[0].is_ok() && answers[2].is_ok(), "{answers:?}");
    assert_eq!(rows(&store).await, ["a", "b"]);
}

/// The session dies while `COMMIT` runs its triggers: nothing was committed, and the retry succeeds.
#[tokio::test]
async fn a_commit_that_died_before_it_was_durable_is_run_again() {
    let Some(database) = postgres::database("died").await else { return };
    let store = open(&database).await;
    database.at_commit("machine", "IF nextval('tries') = 1 THEN PERFORM pg_sleep(60); END IF;").await;
    let kill = database.terminate("wait_event = 'PgSleep'");
    let (answer, ()) = join(store.commit(remembered(put("a", None, 1), 1)), kill).await;
    assert_eq!(answer.unwrap(), Committed::Applied);
    assert_eq!(database.number("SELECT last_value FROM tries").await, 2);
    let row = store.row(&Key::new(Kind::Machine, "a")).await.unwrap().unwrap();
    assert_eq!(row.generation, Generation(1));
}

/// Without an inbox entry, a missing row may never have been written, or have been deleted again.
#[tokio::test]
async fn a_lost_create_without_inbox_entry_is_unknown() {
    let Some(database) = postgres::database("unknown").await else { return };
    let store = open(&database).await;
    database.at_commit("machine", "IF nextval('tries') = 1 THEN PERFORM pg_sleep(60); END IF;").await;
    let kill = database.terminate("wait_event = 'PgSleep'");
    let (answer, ()) = join(store.commit(put("a", None, 1)), kill).await;
    assert!(matches!(answer, Err(StoreError::Unknown(_))), "{answer:?}");
    assert_eq!(store.commit(put("a", None, 1)).await.unwrap(), Committed::Applied);
}

/// The session dies after the commit was durable and before its response.
async fn durable_without_answer(name: &str, keyed: bool) {
    let Some(database) = postgres::database(name).await else { return };
    let waits =
        "SELECT count(*) FROM pg_settings WHERE name = 'synchronous_standby_names' AND setting = 'nobody'";
    if database.number(waits).await == 0 {
        return postgres::skipped("the server has no standby that never answers");
    }
    let store = open(&database).await;
    let Database { name, .. } = &database;
    database.run(&format!("ALTER DATABASE {name} SET synchronous_commit = on")).await;
    database.terminate("state = 'idle'").await;
    // Finds its session dead and opens a new one with a waiting commit; it prunes nothing and waits for nothing.
    store.prune(actors::store::Old::Answers, NOW, 1).await.unwrap();
    let first = put("a", None, 1);
    let first = if keyed { remembered(first, 1) } else { first };
    let kill = async {
        // Later sessions, including the one that checks the outcome, do not wait for a standby.
        let local =
            format!("SET synchronous_commit = local; ALTER DATABASE {name} SET synchronous_commit = local");
        database.run(&local).await;
        database.terminate("wait_event = 'SyncRep'").await;
    };
    let (answer, ()) = join(store.commit(first.clone()), kill).await;
    assert_eq!(answer.unwrap(), Committed::Applied);
    assert_eq!(rows(&store).await, ["a"]);
    let again = store.commit(first).await;
    if keyed {
        assert!(matches!(again, Ok(Committed::Replayed(_))), "{again:?}");
    } else {
        assert!(matches!(again, Err(StoreError::Conflict { .. })), "{again:?}");
    }
}

#[tokio::test]
async fn a_durable_commit_without_answer_is_found_by_its_key() {
    durable_without_answer("answerless_key", true).await;
}

#[tokio::test]
async fn a_durable_commit_without_answer_is_found_by_its_rows() {
    durable_without_answer("answerless_rows", false).await;
}

/// Statements of a killed node are executed later. Rows that were read before would then be outdated.
#[tokio::test]
async fn whoever_opens_sees_what_was_still_being_committed() {
    let Some(database) = postgres::database("predecessor").await else { return };
    let killed = open(&database).await;
    database.at_commit("machine", "PERFORM pg_sleep(1);").await;
    let next = async {
        database.until("wait_event = 'PgSleep'").await;
        rows(&open(&database).await).await
    };
    let (answer, seen) = join(killed.commit(put("a", None, 1)), next).await;
    assert_eq!(answer.unwrap(), Committed::Applied);
    assert_eq!(seen, ["a"]);
}

#[tokio::test]
async fn killed_idle_sessions_are_not_noticed() {
    let Some(database) = postgres::database("idle").await else { return };
    let store = open(&database).await;
    for generation in 1..=3 {
        let expected = (generation > 1).then_some(generation - 1);
        assert_eq!(store.commit(put("a", expected, generation)).await.unwrap(), Committed::Applied);
        assert_eq!(rows(&store).await, ["a"]);
        database.terminate("state = 'idle'").await;
    }
    assert_eq!(rows(&store).await, ["a"]);
}

#[tokio::test]
async fn a_crash_of_the_server_loses_nothing_that_was_answered() {
    let Some(cluster) = Cluster::start() else {
        return postgres::skipped("PostgreSQL is not installed");
    };
    let store = Postgres::open(&cluster.url(), &partition("p"), NOW).await.unwrap();
    for round in 1..=3 {
        let expected = (round > 1).then_some(round - 1);
        assert_eq!(store.commit(put("a", expected, round)).await.unwrap(), Committed::Applied);
        cluster.crash();
        let row = store.row(&Key::new(Kind::Machine, "a")).await.unwrap().unwrap();
        assert_eq!(row.generation, Generation(round));
    }
    store.close().await;
    let store = Postgres::open(&cluster.url(), &partition("p"), NOW).await.unwrap();
    assert_eq!(rows(&store).await, ["a"]);
}

#[tokio::test]
async fn many_may_migrate_a_new_database_at_once() {
    let Some(database) = postgres::database("migrate").await else { return };
    let stores = join_all((0..6).map(|_| open(&database))).await;
    takeover::only_one_of_these_writes(&stores).await;
    assert_eq!(database.number("SELECT count(*) FROM schema_lock").await, 0);
}

#[tokio::test]
async fn whoever_opens_takes_over() {
    let Some(database) = postgres::database("takeover").await else { return };
    takeover::whoever_opens_takes_over(async || open(&database).await).await;
}

#[tokio::test]
async fn commits_beside_a_takeover_are_seen_or_refused() {
    let Some(database) = postgres::database("beside").await else { return };
    takeover::commits_beside_it_are_seen_or_refused(async || open(&database).await).await;
}

/// As after a restore of some of the tables: the partition's owner is unknown.
#[tokio::test]
async fn without_its_epoch_nobody_writes() {
    let Some(database) = postgres::database("no_epoch").await else { return };
    let store = open(&database).await;
    database.run("DELETE FROM partition_epoch").await;
    let answer = store.commit(put("a", None, 1)).await;
    assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
    assert_eq!(open(&database).await.commit(put("a", None, 1)).await.unwrap(), Committed::Applied);
}

/// A batch that is running when the next node opens, and is too long for one statement.
#[tokio::test]
async fn a_long_commit_beside_a_takeover_is_seen() {
    let Some(database) = postgres::database("long").await else { return };
    let killed = open(&database).await;
    let all: Vec<_> = (0..100).map(|number| put(&number.to_string(), None, 1).puts.remove(0)).collect();
    killed.commit(Transaction { puts: all, ..Transaction::default() }).await.unwrap();
    let delete =
        |number: u32| Delete { key: Key::new(Kind::Machine, number.to_string()), expected: Generation(1) };
    let deletes = (0..99).map(delete).collect();
    database.at_commit("machine", "PERFORM pg_sleep(1);").await;
    let next = async {
        database.until("wait_event = 'PgSleep'").await;
        rows(&open(&database).await).await
    };
    let transaction = Transaction { deletes, puts: put("z", None, 1).puts, ..Transaction::default() };
    let (answer, seen) = join(killed.commit(transaction), next).await;
    assert_eq!(answer.unwrap(), Committed::Applied);
    assert_eq!(seen, ["99", "z"]);
}

#[tokio::test]
async fn an_absent_server_is_unavailable() {
    let answer = Postgres::open("postgres://nobody@%2Fnowhere/none", &partition("p"), NOW).await;
    assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
    let answer = Postgres::open("no url", &partition("p"), NOW).await;
    assert!(matches!(answer, Err(StoreError::Invalid(_))), "{answer:?}");
}
