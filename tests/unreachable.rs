//! Ids that no path can carry: new ones are refused, and old rows with such ids stay and can be removed.

use crate::serve::answers;
use crate::support::client::Client;
use crate::support::partition::{Partition, SQLITE};
use crate::support::process::run;
use actors::store::{Generation, Key, Kind, Put, Row, Store, Transaction};
use actors::time::Timestamp;
use metalmesh::store::Sqlite;
use serde_json::json;

async fn has_sizes_of_before(partition: &Partition, ids: &[&str]) {
    let file = partition.folder().join("plant.db");
    let store = Sqlite::open(&file, &"mini-lab".into(), Timestamp::from_millis(0)).await.unwrap();
    for id in ids {
        let time = "2026-01-01T00:00:00Z";
        let body = json!({"id": id, "name": "", "description": "", "created": time, "changed": time, "labels": {}, "constraints": []});
        let row = Row {
            key: Key::new(Kind::Size, *id),
            generation: Generation(1),
            owner: String::new(),
            parent: String::new(),
            values: Vec::new(),
            body: body.to_string().into(),
        };
        store
            .commit(Transaction { puts: vec![Put { row, expected: None }], ..Transaction::default() })
            .await
            .unwrap();
    }
    store.close().await;
}

#[tokio::test]
async fn rows_with_ids_that_no_path_can_carry_stay_listed_and_can_be_removed() {
    let partition = Partition::new(SQLITE);
    has_sizes_of_before(&partition, &["reservations", "a/b", "good"]).await;
    let delete =
        |id: &str| run(&["store", "delete", "--config", "node.toml", "size", id], partition.folder());
    let mut node = partition.serve();
    let client = Client::new(&partition.url());
    answers(&client).await;
    let listed = client.get("/v1/size").await.expect(200);
    assert_eq!(listed.as_array().unwrap().len(), 3, "{listed}");
    for id in ["reservations", "a/b", "..", "a\u{1}"] {
        client.put("/v1/size", &json!({"id": id, "constraints": []})).await;
        let found = client.get("/v1/size").await.expect(200);
        assert_eq!(found, listed, "{id:?}");
    }
    let (code, _, error) = delete("a/b");
    assert!(code == Some(1) && error.contains("served by another process"), "{error}");
    assert_eq!(node.terminate().await, Some(0));
    for (id, wanted, said) in [
        ("good", 1, "has an id that the API can reach"),
        ("no/such", 1, "there is no size with the id \"no/such\""),
        ("a/b", 0, "size \"a/b\" is deleted"),
        ("reservations", 0, "size \"reservations\" is deleted"),
    ] {
        let (code, told, error) = delete(id);
        assert!(code == Some(wanted) && (told + &error).contains(said), "{id}: {error}");
    }
    let _node = partition.serve();
    answers(&client).await;
    assert_eq!(client.get("/v1/size").await.expect(200).as_array().unwrap().len(), 1);
}
