//! A node that cannot write, or may not: who learns of it, and what follows.

use crate::serve::answers;
use crate::support::client::Client;
use crate::support::partition::{POSTGRES, Partition, SQLITE};
use crate::support::postgres::database;
use crate::support::process::{Process, within};
use crate::support::skip::skipped;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Identity};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

/// Longer than a standby node waits for a dead one.
const PATIENCE: Duration = Duration::from_secs(40);

/// Exit code of a node whose partition was taken over.
const TAKEN_OVER: Option<i32> = Some(80);

/// A partition on a shared database.
fn partition(url: &str) -> Partition {
    let partition = Partition::new(POSTGRES);
    std::fs::write(partition.folder().join("store.url"), url).unwrap();
    partition
}

async fn says(partition: &Partition, words: &str) {
    within(PATIENCE, words, async || partition.log().contains(words).then_some(())).await;
}

async fn is_down(partition: &Partition) -> bool {
    Client::new(&partition.url()).send(reqwest::Method::GET, "/v1/health", None, None).await.is_err()
}

/// Two nodes that service managers restart repeatedly: one serves, the other stands by, and takes over when the first
/// is gone.
#[tokio::test]
async fn two_nodes_of_a_partition_settle() {
    let Some(database) = database("settle").await else { return };
    let (one, two) = (partition(&database.url), partition(&database.url));
    let mut first = one.serve();
    answers(&Client::new(&one.url())).await;
    let mut second = two.serve();
    says(&two, "standing by until it stops").await;
    assert!(is_down(&two).await, "it does not answer for a partition that is not its own");
    first.kill();
    answers(&Client::new(&two.url())).await;
    // The same node waits like any other.
    let mut again = one.serve();
    says(&one, "standing by until it stops").await;
    assert!(second.is_running() && again.is_running());
    assert_eq!(again.terminate().await, Some(0), "also while it stands by");
    // A standby node stops at once.
    let mut again = one.serve();
    within(PATIENCE, "it stands by again", async || {
        (one.log().matches("standing by until").count() == 2).then_some(())
    })
    .await;
    assert_eq!(second.terminate().await, Some(0));
    answers(&Client::new(&one.url())).await;
    assert_eq!(again.terminate().await, Some(0));
}

async fn health(partition: &Partition) -> i32 {
    let file = |name: &str| std::fs::read(partition.folder().join("certs").join(name)).unwrap();
    let tls = ClientTlsConfig::new()
        .ca_certificate(Certificate::from_pem(file("ca.pem")))
        .identity(Identity::from_pem(file("machine.pem"), file("machine-key.pem")));
    let endpoint = Endpoint::from_shared(format!("https://localhost:{}", partition.grpc.port())).unwrap();
    let channel = endpoint.tls_config(tls).unwrap().connect().await.unwrap();
    let request = HealthCheckRequest { service: String::new() };
    HealthClient::new(channel).check(request).await.unwrap().into_inner().status
}

/// It would show outdated data for ever, also to waiting machines.
#[tokio::test]
async fn a_node_that_was_taken_over_says_by_whom_and_ends() {
    let Some(database) = database("taken_over").await else { return };
    let (one, two) = (partition(&database.url), partition(&database.url));
    let mut first = one.serve();
    answers(&Client::new(&one.url())).await;
    assert_eq!(health(&one).await, 1, "serving");
    let mut command =
        crate::support::process::command(&["serve", "--config", "node.toml", "--take-over"], two.folder());
    command.env_remove("RUST_LOG");
    let mut second = Process::spawn(command, &two.folder().join("node.log"));
    answers(&Client::new(&two.url())).await;
    // It got no write requests.
    assert_eq!(first.exit().await, TAKEN_OVER, "{}", one.log());
    let name = two.folder().canonicalize().unwrap().join("node.toml");
    assert!(one.log().contains(&format!("was taken over by {}", name.display())), "{}", one.log());
    assert_eq!(second.terminate().await, Some(0));
}

/// A small file system; unmounted at the end of the test.
struct SmallDisk<'f>(&'f Path);

impl<'f> SmallDisk<'f> {
    fn mount(folder: &'f Path) -> Option<Self> {
        let mount =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=16m", "none"]).arg(folder).output();
        mount.is_ok_and(|output| output.status.success()).then_some(Self(folder))
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        // Processes that still have files there end soon.
        Command::new("umount").arg("-l").arg(self.0).status().ok();
    }
}

/// Reads are served, writes are refused, and health shows the reason.
#[tokio::test]
async fn a_full_disk_is_told() {
    let partition = Partition::new(&SQLITE.replace("plant.db", "small/plant.db"));
    let small = partition.folder().join("small");
    std::fs::create_dir(&small).unwrap();
    let Some(_disk) = SmallDisk::mount(&small) else {
        return skipped("this user may not mount", "METALMESH_REQUIRE_MOUNT");
    };
    let mut node = partition.serve();
    let client = Client::new(&partition.url());
    answers(&client).await;
    assert_eq!(health(&partition).await, 1, "serving");
    client.put("/v1/size", &json!({"id": "before"})).await.expect(201);
    let filler = small.join("filler");
    // To the last byte: a partial write fills the rest.
    std::fs::write(&filler, vec![7; 32 << 20]).unwrap_err();
    let (mut number, size) =
        (0, |number: i32| json!({"id": format!("size-{number}"), "description": "x".repeat(60_000)}));
    let refused = within(PATIENCE, "a write is refused", async || {
        number += 1;
        let reply = client.put("/v1/size", &size(number)).await;
        (reply.status != 201).then_some(reply.status)
    })
    .await;
    assert_eq!(refused, 503);
    // The last answer of the store is cached for a moment.
    let text = within(PATIENCE, "the health says so", async || {
        let reply = client.get("/v1/health").await;
        (reply.status == 500).then(|| reply.body.to_string())
    })
    .await;
    assert!(text.contains("cannot write") && text.contains("full"), "{text}");
    within(PATIENCE, "gRPC tells it, too", async || (health(&partition).await == 2).then_some(())).await;
    assert_eq!(client.get("/v1/size/before").await.status, 200, "reads go on");
    let metrics = crate::metrics::read(partition.http).await;
    assert!(metrics.value("metalmesh_store_up", "").abs() < f64::EPSILON);
    std::fs::remove_file(filler).unwrap();
    within(PATIENCE, "it is well again", async || {
        (client.get("/v1/health").await.status == 200).then_some(())
    })
    .await;
    assert_eq!(client.put("/v1/size", &json!({"id": "after"})).await.expect(201)["id"], Value::from("after"));
    assert_eq!(node.terminate().await, Some(0));
}

/// As after a power cut: the database starts some time later.
#[tokio::test]
async fn a_database_that_is_not_there_yet_is_waited_for() {
    let nobody = crate::support::process::free_address();
    let waiting = partition(&format!("postgres://metalmesh@{nobody}/plant"));
    let mut node = waiting.serve();
    says(&waiting, "the database does not answer yet").await;
    assert!(node.is_running());
    assert_eq!(node.terminate().await, Some(0), "{}", waiting.log());
    let impatient = partition(&format!("postgres://metalmesh@{nobody}/plant"));
    impatient.write(&impatient.config().replace(POSTGRES, &format!("{POSTGRES}\nstart_patience_s = 1")));
    let mut node = impatient.serve();
    assert_eq!(node.exit().await, Some(1));
    assert!(impatient.log().contains("the database cannot be opened"), "{}", impatient.log());
}
