//! An unreadable row makes its kind unavailable, and no other: commands that need the kind are refused with the row and
//! a remedy, and the node keeps serving.

use crate::metrics;
use crate::serve::answers;
use crate::support::client::Client;
use crate::support::partition::{POSTGRES, Partition, SQLITE};
use crate::support::postgres::database;
use crate::support::rack;
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Executor};

/// As a later release might write it: a field has become a list.
const OF_TOMORROW: &str = r#"{"id":"of-tomorrow","name":["a","b"]}"#;

fn insert(table: &str, id: &str, body: &str) -> String {
    format!(
        "INSERT INTO {table} (partition, id, generation, owner, parent, body) \
         VALUES ('mini-lab', '{id}', 1, '', '', '{body}')"
    )
}

async fn in_the_file(partition: &Partition, statement: String) {
    let options = SqliteConnectOptions::new().filename(partition.folder().join("plant.db"));
    options.connect().await.unwrap().execute(AssertSqlSafe(statement)).await.unwrap();
}

/// Refused, with everything that an operator needs.
async fn refused(client: &Client, path: &str, body: Option<&Value>, kind: &str, id: &str) {
    let reply = match body {
        Some(body) => client.post(path, body).await,
        None => client.get(path).await,
    };
    assert_eq!(reply.status, 503, "{path}: {}", reply.body);
    let text = reply.body.to_string();
    for word in [kind, id, "newer release", "damaged", "repair or remove"] {
        assert!(text.contains(word), "{path}: {text}");
    }
}

/// With the tables before the damage.
async fn prepared(partition: &Partition) -> Value {
    let mut node = partition.serve();
    let client = Client::new(&partition.url());
    answers(&client).await;
    rack::create_entities(&client).await;
    let network = rack::allocate_network(&client).await;
    let wanted = json!({"projectid": network["projectid"], "networkid": network["id"]});
    client.post("/v1/ip/allocate", &wanted).await.expect(201);
    assert_eq!(node.terminate().await, Some(0));
    wanted
}

/// A size: machines cannot be matched with sizes, addresses still work.
async fn a_size_is_damaged(partition: &Partition, wanted: &Value) {
    let mut node = partition.serve();
    let client = Client::new(&partition.url());
    answers(&client).await;
    let health = client.get("/v1/health").await.expect(200);
    assert_eq!(health["status"], "degraded");
    assert_eq!(health["services"]["store"]["status"], "healthy");
    assert!(health["services"]["rows"]["message"].as_str().unwrap().contains("of-tomorrow"), "{health}");
    let shown = metrics::read(partition.http).await;
    assert!((shown.value("metalmesh_unreadable_rows", "kind=\"size\"") - 1.0).abs() < f64::EPSILON);
    refused(&client, "/v1/size", None, "size", "of-tomorrow").await;
    refused(&client, "/v1/size/c1-small", None, "size", "of-tomorrow").await;
    let size = json!({"id": "v1-small-x86", "name": "n"});
    refused(&client, "/v1/size", Some(&size), "size", "of-tomorrow").await;
    let put = client.put("/v1/size", &json!({"id": "another"})).await;
    assert_eq!(put.status, 503, "{}", put.body);
    for path in ["/v1/network", "/v1/ip", "/v1/image", "/v1/partition", "/v1/project"] {
        assert!(!client.get(path).await.expect(200).as_array().unwrap().is_empty(), "{path}");
    }
    client.post("/v1/ip/allocate", wanted).await.expect(201);
    let log = partition.log();
    assert!(log.contains("commands on a kind are refused") && !log.contains("panicked"), "{log}");
    assert_eq!(node.terminate().await, Some(0));
}

/// An address: neither it nor any other may be allocated.
async fn an_address_is_damaged(partition: &Partition, wanted: &Value, id: &str) {
    let mut node = partition.serve();
    let client = Client::new(&partition.url());
    answers(&client).await;
    refused(&client, "/v1/ip/allocate", Some(wanted), "ip", id).await;
    refused(&client, &format!("/v1/ip/allocate/{id}"), Some(wanted), "ip", id).await;
    refused(&client, "/v1/ip", None, "ip", id).await;
    // It shows the usage of the networks.
    refused(&client, "/v1/network", None, "ip", id).await;
    refused(&client, &format!("/v1/ip/{id}"), None, "ip", id).await;
    client.get("/v1/machine").await.expect(200);
    client.get("/v1/partition").await.expect(200);
    assert_eq!(node.terminate().await, Some(0));
}

/// The node recovers once the row is repaired.
async fn is_well_again(partition: &Partition) {
    let mut node = partition.serve();
    let client = Client::new(&partition.url());
    answers(&client).await;
    assert_eq!(client.get("/v1/health").await.expect(200)["status"], "healthy");
    client.get("/v1/size").await.expect(200);
    client.get("/v1/ip").await.expect(200);
    assert_eq!(node.terminate().await, Some(0));
}

async fn stops_its_kind_alone(partition: &Partition, run: impl AsyncFn(String)) {
    let wanted = prepared(partition).await;
    run(insert("size", "of-tomorrow", OF_TOMORROW)).await;
    a_size_is_damaged(partition, &wanted).await;
    run("DELETE FROM size WHERE id = 'of-tomorrow'".to_owned()).await;
    let id = "10.0.0.7";
    run(insert("address", id, "{")).await;
    an_address_is_damaged(partition, &wanted, id).await;
    run(format!("DELETE FROM address WHERE id = '{id}'")).await;
    is_well_again(partition).await;
}

#[tokio::test]
async fn an_unreadable_row_of_a_sqlite_file_stops_its_kind_alone() {
    let partition = Partition::new(SQLITE);
    stops_its_kind_alone(&partition, async |statement| in_the_file(&partition, statement).await).await;
}

#[tokio::test]
async fn an_unreadable_row_of_a_postgresql_database_stops_its_kind_alone() {
    let Some(database) = database("stopped").await else { return };
    let partition = Partition::new(POSTGRES);
    std::fs::write(partition.folder().join("store.url"), &database.url).unwrap();
    stops_its_kind_alone(&partition, async |statement| database.run(&statement).await).await;
}
