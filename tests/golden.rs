//! Opens a partition of the release before: nothing is lost, and a retry with an old key gets its old answer
//! (`golden/v0/README.md`).

use crate::goipam::Door;
use crate::serve::answers;
use crate::support::client::Client;
use crate::support::partition::{POSTGRES, Partition, SQLITE};
use crate::support::postgres::database;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Executor};
use std::path::PathBuf;

/// Keys expire after two days; those of the files are set to a moment ago.
const JUST_NOW: &str = "UPDATE inbox SET at_us = ";

fn just_now() -> String {
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_micros();
    format!("{JUST_NOW}{now}")
}

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/v0").join(name)
}

fn text(name: &str) -> String {
    std::fs::read_to_string(file(name)).unwrap()
}

/// Fields that change while a machine is silent.
const PASSES: [&str; 3] = ["liveliness", "events", "changed"];

/// Everything that was shown is still shown; there may be more.
fn shows(now: &Value, then: &Value, at: &str) {
    match (now, then) {
        (Value::Object(now), Value::Object(then)) => {
            for (name, then) in then.iter().filter(|(name, _)| !PASSES.contains(&name.as_str())) {
                shows(now.get(name).unwrap_or(&Value::Null), then, &format!("{at}/{name}"));
            }
        }
        (Value::Array(now), Value::Array(then)) => {
            assert_eq!(now.len(), then.len(), "{at}");
            now.iter()
                .zip(then)
                .enumerate()
                .for_each(|(n, (now, then))| shows(now, then, &format!("{at}/{n}")));
        }
        _ => assert_eq!(now, then, "{at}"),
    }
}

/// A machine or switch is shown in its current state, whatever the stored answer was.
fn same_answer(path: &str, now: &Value, then: &Value) {
    let of_hardware = ["/v1/machine", "/v1/firewall", "/v1/switch"].iter().any(|own| path.starts_with(own));
    if of_hardware && then.is_object() {
        assert_eq!(now["id"], then["id"], "{path}");
        assert_eq!(now["name"], then["name"], "{path}");
    } else {
        shows(now, then, path);
    }
}

async fn goes_on(partition: &Partition, files: &str) {
    let mut node = partition.serve();
    let client = Client::new(&partition.url());
    answers(&client).await;
    let lists: Value = serde_json::from_str(&text(&format!("{files}/lists.json"))).unwrap();
    let ipam = Door::new(partition.http);
    for (what, then) in lists.as_object().unwrap() {
        let now = match what.strip_prefix("dump of ") {
            Some(namespace) => ipam.ask("Dump", &json!({"namespace": namespace})).await.unwrap().1,
            None => client.get(what).await.expect(200),
        };
        shows(&now, then, what);
    }
    for _ in 0..2 {
        for line in text(&format!("{files}/retries.jsonl")).lines() {
            let retry: Value = serde_json::from_str(line).unwrap();
            let [key, method, path] = ["key", "method", "path"].map(|name| retry[name].as_str().unwrap());
            let body = Some(&retry["body"]).filter(|body| !body.is_null());
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let reply = client.send(method, path, body, Some(key)).await.unwrap();
            assert_eq!(json!(reply.status), retry["status"], "{path}: {}", reply.body);
            same_answer(path, &reply.body, &retry["reply"]);
        }
        // New answers survive a crash, too.
        node.kill();
        node = partition.serve();
        answers(&client).await;
    }
    for (what, then) in lists.as_object().unwrap().iter().filter(|(what, _)| what.starts_with('/')) {
        shows(&client.get(what).await.expect(200), then, what);
    }
    assert_eq!(node.terminate().await, Some(0));
}

/// A configuration with go-ipam's service on the HTTP port, which this test uses.
fn partition(store: &str) -> Partition {
    let partition = Partition::new(store);
    partition.write(&(partition.config().to_owned() + "\n[ipam]\nservice = true\n"));
    partition
}

#[tokio::test]
async fn a_sqlite_file_of_the_release_before_is_opened() {
    let partition = partition(SQLITE);
    let store = partition.folder().join("plant.db");
    std::fs::copy(file("sqlite/store.db"), &store).unwrap();
    let mut database = SqliteConnectOptions::new().filename(&store).connect().await.unwrap();
    database.execute(AssertSqlSafe(just_now())).await.unwrap();
    drop(database);
    goes_on(&partition, "sqlite").await;
}

#[tokio::test]
async fn a_postgresql_database_of_the_release_before_is_opened() {
    let Some(database) = database("golden").await else { return };
    let mut connection = database.connect().await;
    connection.execute(AssertSqlSafe(text("postgres/store.sql"))).await.unwrap();
    database.run(&just_now()).await;
    let partition = partition(POSTGRES);
    std::fs::write(partition.folder().join("store.url"), &database.url).unwrap();
    goes_on(&partition, "postgres").await;
}
