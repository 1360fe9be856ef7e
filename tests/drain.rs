//! A write that runs at SIGTERM is answered and durable; later requests are refused with a message.

use crate::serve::answers;
use crate::support::client::Client;
use crate::support::partition::{POSTGRES, Partition, SQLITE};
use crate::support::postgres::{Database, database};
use crate::support::process::within;
use actors::decision::Role;
use metalmesh::cli::sign::signature;
use reqwest::Method;
use serde_json::json;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Executor};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Shorter than a connection's wait for a lock.
const PATIENCE: Duration = Duration::from_secs(4);

/// Blocks the node's commits.
enum Hold {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Hold {
    async fn of_file(partition: &Partition) -> Self {
        let options = SqliteConnectOptions::new().filename(partition.folder().join("plant.db"));
        let mut connection = options.connect().await.unwrap();
        connection.execute("BEGIN IMMEDIATE").await.unwrap();
        Self::Sqlite(connection)
    }

    async fn of_database(database: &Database) -> Self {
        let mut connection = database.connect().await;
        connection.execute("BEGIN").await.unwrap();
        connection.execute("LOCK TABLE size IN EXCLUSIVE MODE").await.unwrap();
        Self::Postgres(connection)
    }

    async fn release(self) {
        match self {
            Self::Sqlite(mut connection) => connection.execute("ROLLBACK").await.map(drop),
            Self::Postgres(mut connection) => connection.execute("ROLLBACK").await.map(drop),
        }
        .unwrap();
    }
}

/// A request without its last byte.
struct Unfinished(TcpStream);

impl Unfinished {
    fn begin(http: SocketAddr) -> Self {
        let mut stream = TcpStream::connect(http).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let signed = signature(Role::Admin, b"metal-admin", "PUT");
        let headers: String = signed.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let head = format!("PUT /metal/v1/size HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}");
        let body = "Content-Type: application/json\r\nContent-Length: 13\r\n\r\n{\"id\":\"late\"";
        stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
        Self(stream)
    }

    /// Sends the last byte and reads the whole response.
    fn finish(mut self) -> String {
        self.0.write_all(b"}").unwrap();
        let mut answer = String::new();
        self.0.read_to_string(&mut answer).unwrap();
        answer
    }
}

async fn gauge(partition: &Partition, name: &str, wanted: f64) {
    within(PATIENCE, name, async || {
        let value = crate::metrics::read(partition.http).await.value(name, "");
        (value >= wanted).then_some(())
    })
    .await;
}

async fn what_runs_is_answered(partition: &Partition, hold: impl AsyncFnOnce() -> Hold) {
    let mut node = partition.serve();
    let client = Client::new(&partition.url());
    answers(&client).await;
    let hold = hold().await;
    let body = json!({"id": "running"});
    let running = client.send(Method::PUT, "/v1/size", Some(&body), None);
    let meanwhile = async {
        gauge(partition, "metalmesh_calls", 1.0).await;
        let late = Unfinished::begin(partition.http);
        gauge(partition, "metal_api_requests_in_flight", 2.0).await;
        node.signal("-TERM");
        within(PATIENCE, "it stops", async || {
            partition.log().contains("stopping: new calls are refused").then_some(())
        })
        .await;
        let refused = late.finish();
        within(PATIENCE, "new connections are refused", async || TcpStream::connect(partition.http).err())
            .await;
        assert!(node.is_running(), "it waits for what runs");
        hold.release().await;
        refused
    };
    let (running, refused) = tokio::join!(running, meanwhile);
    running.unwrap().expect(201);
    assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
    assert!(refused.contains("\r\nretry-after: 5\r\n"), "{refused}");
    let text = r#""{\"statuscode\":503,\"message\":\"partition mini-lab cannot answer now: the node is stopping\"}""#;
    assert!(refused.ends_with(text), "{refused}");
    assert_eq!(node.exit().await, Some(0), "{}", partition.log());

    let mut node = partition.serve();
    answers(&client).await;
    client.get("/v1/size/running").await.expect(200);
    client.get("/v1/size/late").await.expect(404);
    assert_eq!(node.terminate().await, Some(0), "{}", partition.log());
}

#[tokio::test]
async fn a_write_that_runs_on_sqlite_is_answered() {
    let partition = Partition::new(SQLITE);
    what_runs_is_answered(&partition, async || Hold::of_file(&partition).await).await;
}

#[tokio::test]
async fn a_write_that_runs_on_postgres_is_answered() {
    let Some(database) = database("drain").await else { return };
    let partition = Partition::new(POSTGRES);
    std::fs::write(partition.folder().join("store.url"), format!("{}\n", database.url)).unwrap();
    what_runs_is_answered(&partition, async || Hold::of_database(&database).await).await;
}
