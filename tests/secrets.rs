//! Files that only the node may read.

use crate::serve::answers;
use crate::support::client::Client;
use crate::support::partition::{Partition, SQLITE};
use crate::support::process::{Node, within};
use serde_json::json;
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(20);

fn modes(folder: &Path) -> BTreeMap<String, u32> {
    let files = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    files
        .map(|file| {
            let mode = file.metadata().unwrap().permissions().mode() & 0o777;
            (file.file_name().into_string().unwrap(), mode)
        })
        .collect()
}

/// The database and its journal contain the passwords of BMCs.
#[tokio::test]
async fn nobody_else_reads_the_database() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node::start_empty(folder.path());
    let client = Client::new(&node.url());
    answers(&client).await;
    client.put("/v1/size", &json!({"id": "s"})).await.expect(201);
    let private = ["control.sock", "mini-lab.db", "mini-lab.db-shm", "mini-lab.db-wal", "mini-lab.lock"];
    let wanted = private.map(|name| (name.to_owned(), 0o600)).into();
    assert_eq!(modes(&folder.path().join("data")), wanted);
    assert_eq!(modes(folder.path())["data"], 0o700);
}

/// A file that an older release or an operator created.
#[tokio::test]
async fn a_database_that_others_read_is_named_at_start() {
    let partition = Partition::new(SQLITE);
    let file = partition.folder().join("plant.db");
    std::fs::write(&file, "").unwrap();
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o644)).unwrap();
    let mut node = partition.serve();
    within(PATIENCE, "it says so", async || {
        partition.log().contains("others may read the database").then_some(())
    })
    .await;
    answers(&Client::new(&partition.url())).await;
    assert_eq!(node.terminate().await, Some(0));
}

/// A client that puts text into the log through a request cannot imitate the node's lines.
#[tokio::test]
async fn a_text_from_outside_is_no_line_of_the_log() {
    let partition = Partition::new(SQLITE);
    partition.write(&partition.config().replace("filter = \"info\"", "filter = \"debug\""));
    let mut node = partition.serve();
    let client = Client::new(&partition.url());
    answers(&client).await;
    let forged = "2026-01-01T00:00:00Z  INFO forged";
    let path = format!("/v1/machine/%0a{}%1b[2J%0d", forged.replace(' ', "%20"));
    assert_eq!(client.get(&path).await.status, 404);
    let key = format!("x\n{forged}");
    let reply = client.put("/v1/size", &json!({"id": key, "name": key})).await;
    assert!(reply.status == 201 || reply.status == 400, "{reply:?}");
    assert_eq!(client.get("/v1/health").await.status, 200);
    assert_eq!(node.terminate().await, Some(0));
    let log = partition.log();
    assert!(log.contains("forged"), "{log}");
    assert!(!log.lines().any(|line| line.starts_with("2026-01-01")), "{log}");
    let control = |letter: char| letter.is_control() && letter != '\n';
    assert!(!log.contains(control), "{log:?}");
}
