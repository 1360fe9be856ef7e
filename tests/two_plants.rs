//! Partitions as real processes become one federation: invitation, join, requests through either one for both.

use crate::support::client::{Client, text};
use crate::support::process::{Process, free_address, run, within};
use crate::support::rack;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(40);

/// A dev node with a mesh port.
struct DevPartition {
    name: &'static str,
    folder: tempfile::TempDir,
    http: SocketAddr,
    grpc: SocketAddr,
    mesh: SocketAddr,
    process: Process,
}

impl DevPartition {
    fn start(name: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let [http, grpc, mesh] = [free_address(), free_address(), free_address()];
        let process = spawn(name, folder.path(), [http, grpc, mesh]);
        Self { name, folder, http, grpc, mesh, process }
    }

    fn kill_and_start_again(&mut self) {
        self.process.kill();
        self.process = spawn(self.name, self.folder.path(), [self.http, self.grpc, self.mesh]);
    }

    fn client(&self) -> Client {
        Client::new(&format!("http://{}/metal", self.http))
    }

    /// Exit code and both outputs of `metalmesh federation`.
    fn federation(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        run(&[&["federation", "--data-dir", "data"], arguments].concat(), self.folder.path())
    }

    /// The output of a command that succeeds.
    #[track_caller]
    fn succeeds(&self, arguments: &[&str]) -> String {
        let (code, said, error) = self.federation(arguments);
        assert_eq!((code, error.as_str()), (Some(0), ""), "{arguments:?}: {said}");
        said
    }

    /// The error of a command that fails.
    #[track_caller]
    fn fails(&self, arguments: &[&str]) -> String {
        let (code, said, error) = self.federation(arguments);
        assert_eq!(code, Some(1), "{arguments:?}: {said}{error}");
        error
    }

    fn status(&self) -> Value {
        serde_json::from_str(&self.succeeds(&["status", "--json"])).unwrap()
    }

    async fn is_serving(&self) {
        let client = self.client();
        within(PATIENCE, "it answers", async || {
            client.send(Method::GET, "/v1/health", None, None).await.ok()
        })
        .await;
    }

    async fn is_ready(&self) {
        let client = self.client();
        within(PATIENCE, "the machines wait", async || {
            client.send(Method::GET, "/v1/health", None, None).await.ok()?;
            let newest = client.newest_events().await;
            let own = newest.iter().filter(|(_, newest)| newest == "Waiting").count();
            (own >= 2).then_some(())
        })
        .await;
    }
}

fn spawn(name: &str, folder: &Path, [http, grpc, mesh]: [SocketAddr; 3]) -> Process {
    let [http, grpc, mesh] = [http, grpc, mesh].map(|address| address.to_string());
    let arguments = [
        "dev",
        "--partition",
        name,
        "--data-dir",
        "data",
        "--http",
        &http,
        "--grpc",
        &grpc,
        "--mesh",
        &mesh,
        "--machines",
        "2",
        "--speed",
        "60",
    ];
    Process::start(&arguments, folder, "node.log")
}

/// The token that `invite` prints as its last word.
fn token(inviter: &DevPartition, partition: &str) -> String {
    let said = inviter.succeeds(&["invite", "--partition", partition]);
    said.split_whitespace().next_back().unwrap().to_owned()
}

/// Two partitions, joined.
async fn joined() -> (DevPartition, DevPartition) {
    let (a, b) = (DevPartition::start("plant-a"), DevPartition::start("plant-b"));
    a.is_ready().await;
    b.is_ready().await;
    a.succeeds(&["init"]);
    let said = b.succeeds(&["join", &token(&a, "plant-b"), "--yes"]);
    assert!(said.ends_with("plant-b is a member of the federation of plant-a, plant-b\n"), "{said}");
    linked(&a, &b).await;
    (a, b)
}

/// Waits until both list the machines of both.
async fn linked(a: &DevPartition, b: &DevPartition) {
    for node in [a, b] {
        node.is_serving().await;
        within(PATIENCE, "it lists the machines of both", async || {
            (partitions_of_machines(&node.client()).await == ["plant-a", "plant-b"]).then_some(())
        })
        .await;
    }
}

/// The partitions whose machines a list has, ascending; none while the node does not answer.
async fn partitions_of_machines(client: &Client) -> Vec<String> {
    let Ok(listed) = client.send(Method::GET, "/v1/machine", None, None).await else { return Vec::new() };
    let machines = listed.expect(200);
    let names = machines.as_array().unwrap().iter().map(|machine| text(machine, "/partition/id"));
    names.collect::<BTreeSet<_>>().into_iter().collect()
}

#[tokio::test]
async fn a_partition_joins_by_one_command_on_each_side_and_either_answers_for_both() {
    let (mut a, mut b) = joined().await;
    for (through, target) in [(&a, "plant-b"), (&b, "plant-a")] {
        let client = through.client();
        let network = json!({"name": "ours", "projectid": rack::PROJECT, "partitionid": target});
        let network = text(&client.post("/v1/network/allocate", &network).await.expect(201), "/id");
        let mut request = rack::machine_request("web", &network);
        request["partitionid"] = json!(target);
        let machine = rack::allocate_machine(&client, &request).await;
        assert_eq!(text(&machine, "/partition/id"), target);
        let id = text(&machine, "/id");
        within(PATIENCE, "it phones home", async || {
            let machine = client.get(&format!("/v1/machine/{id}")).await.expect(200);
            (machine["events"]["log"][0]["event"] == "Phoned Home").then_some(())
        })
        .await;
        client.delete(&format!("/v1/machine/{id}/free")).await.expect(200);
    }
    // A dead member is named, and what is alive goes on.
    b.process.kill();
    let client = a.client();
    within(PATIENCE, "plant-b is left out", async || {
        (partitions_of_machines(&client).await == ["plant-a"]).then_some(())
    })
    .await;
    let network = json!({"name": "ours", "projectid": rack::PROJECT, "partitionid": "plant-b"});
    within(PATIENCE, "what only plant-b can do is refused", async || {
        let refused = client.post("/v1/network/allocate", &network).await;
        (refused.status == 503 && refused.body.to_string().contains("plant-b")).then_some(())
    })
    .await;
    // Both keep what they are over a restart, whatever kills them.
    b.kill_and_start_again();
    a.kill_and_start_again();
    linked(&a, &b).await;
    let status = a.status();
    assert_eq!(status["document"], 2);
    assert_eq!(status["members"].as_array().unwrap().len(), 2, "{status}");
}

#[tokio::test]
async fn a_federation_is_not_made_while_its_port_is_taken() {
    let a = DevPartition::start("plant-a");
    a.is_ready().await;
    let taken = std::net::UdpSocket::bind(a.mesh).unwrap();
    let refused = a.fails(&["init"]);
    assert!(refused.contains("no federation was made: the mesh cannot listen on UDP"), "{refused}");
    assert_eq!(a.status()["federation"], Value::Null);
    drop(taken);
    a.succeeds(&["init"]);
}

#[tokio::test]
async fn each_way_in_which_a_join_is_refused_has_its_own_sentence() {
    let (a, b) = (DevPartition::start("plant-a"), DevPartition::start("plant-b"));
    a.is_ready().await;
    b.is_ready().await;
    let alone = a.fails(&["invite", "--partition", "plant-b"]);
    assert!(alone.contains("`metalmesh federation init` makes one"), "{alone}");
    a.succeeds(&["init"]);
    assert!(a.fails(&["init"]).contains("already a member"));
    let mine = a.fails(&["invite", "--partition", "plant-a"]);
    assert!(mine.contains("plant-a is a member already"), "{mine}");
    let other = b.fails(&["join", &token(&a, "plant-c"), "--yes"]);
    assert!(other.contains("this token is for plant-c, and this partition is plant-b"), "{other}");
    let text = token(&a, "plant-b");
    let cut = b.fails(&["join", &text[..text.len() - 3], "--yes"]);
    assert!(cut.contains("token"), "{cut}");
    let free = b.succeeds(&["join", &text, "--dry-run"]);
    assert!(free.contains("nothing stands in the way; nothing was changed"), "{free}");
    assert_eq!(b.status()["federation"], Value::Null);
    b.succeeds(&["join", &text, "--yes"]);
    let again = b.fails(&["join", &text, "--yes"]);
    assert!(again.contains("is a member of that federation already"), "{again}");
    let c = DevPartition::start("plant-b");
    c.is_ready().await;
    let twice = c.fails(&["join", &text, "--yes"]);
    assert!(twice.contains("this token was used already, by a partition with another key"), "{twice}");
    let evicted = a.succeeds(&["evict", "plant-b", "--fenced", "Ada switched it off"]);
    assert!(evicted.contains("plant-b is no member any more"), "{evicted}");
    let client = a.client();
    assert_eq!(partitions_of_machines(&client).await, ["plant-a"]);
}

/// An own network with the same id as one of the other plant.
async fn create_internet(plant: &DevPartition, prefix: &str) {
    let network = json!({
        "id": "internet", "name": "Internet", "partitionid": plant.name, "prefixes": [prefix], "nat": true,
        "destinationprefixes": ["0.0.0.0/0"], "vrf": 109_001, "privatesuper": false, "underlay": false,
    });
    plant.client().put("/v1/network", &network).await.expect(201);
}

/// A machine in two networks; its id.
async fn allocate_in_internet(plant: &DevPartition) -> String {
    let client = plant.client();
    let network = json!({"name": "ours", "projectid": rack::PROJECT, "partitionid": plant.name});
    let network = text(&client.post("/v1/network/allocate", &network).await.expect(201), "/id");
    let mut request = rack::machine_request("web", &network);
    request["partitionid"] = json!(plant.name);
    request["networks"] = json!([{"networkid": network}, {"networkid": "internet"}]);
    text(&rack::allocate_machine(&client, &request).await, "/id")
}

/// The networks of a machine with its addresses in them.
async fn networks_of(client: &Client, machine: &str) -> Vec<(String, Value)> {
    let machine = client.get(&format!("/v1/machine/{machine}")).await.expect(200);
    let networks = machine["allocation"]["networks"].as_array().unwrap();
    let mut networks: Vec<_> =
        networks.iter().map(|network| (text(network, "/networkid"), network["ips"].clone())).collect();
    networks.sort_by_key(|(id, _)| id.clone());
    networks
}

/// The networks with these ids, and their partitions.
async fn partitions_of(client: &Client, ids: &[&str]) -> Vec<(String, String)> {
    let networks = client.get("/v1/network").await.expect(200);
    let named =
        networks.as_array().unwrap().iter().filter(|network| ids.contains(&text(network, "/id").as_str()));
    let mut named: Vec<_> =
        named.map(|network| (text(network, "/id"), text(network, "/partitionid"))).collect();
    named.sort();
    named
}

/// The file with the private key of the federation's root.
fn root_key(holder: &DevPartition) -> PathBuf {
    let files =
        std::fs::read_dir(holder.folder.path().join("data")).unwrap().map(|file| file.unwrap().path());
    let is_root = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with("root-");
    files.into_iter().find(is_root).unwrap()
}

#[tokio::test]
async fn a_plant_with_its_own_internet_joins_once_its_internet_has_another_name() {
    let (a, mut b) = (DevPartition::start("plant-a"), DevPartition::start("plant-b"));
    a.is_ready().await;
    b.is_ready().await;
    create_internet(&a, "192.0.2.0/25").await;
    create_internet(&b, "198.51.100.0/25").await;
    let machine = allocate_in_internet(&b).await;
    let before = networks_of(&b.client(), &machine).await;
    assert!(before.iter().any(|(id, ips)| id == "internet" && ips[0].is_string()), "{before:?}");
    a.succeeds(&["init"]);
    let token = token(&a, "plant-b");

    let refused = b.fails(&["join", &token, "--yes"]);
    assert!(refused.contains("nothing was changed: 1 conflicts stand in the way"), "{refused}");
    let way_out = "network internet has other content in plant-a: rename the joiner's with join --rename internet=internet-plant-b";
    assert!(refused.contains(way_out), "{refused}");
    let renamed = ["join", &token, "--yes", "--rename", "internet=internet-b"];
    let free = b.succeeds(&[&renamed[..], &["--dry-run"]].concat());
    assert!(free.contains("nothing stands in the way; nothing was changed"), "{free}");
    let taken = b.fails(&["join", &token, "--yes", "--rename", "internet=underlay-plant-b"]);
    assert!(taken.contains("network \"underlay-plant-b\" exists already: choose another id"), "{taken}");
    let tenant = ["join", &token, "--rename", "metal-stack=metal-stack-b", "--dry-run"];
    let (code, said, error) = b.federation(&tenant);
    assert!(
        said.contains("tenant metal-stack is also http.provider_tenant of this node"),
        "{code:?} {said}{error}"
    );
    assert_eq!(
        networks_of(&b.client(), &machine).await,
        before,
        "no dry run and no refusal changes anything"
    );

    // The join fails after the rename, and the node is killed: the same command goes on from there.
    let (key, aside) = (root_key(&a), a.folder.path().join("aside"));
    std::fs::rename(&key, &aside).unwrap();
    let half = b.fails(&renamed);
    assert!(half.contains("the ids have their new names, and nothing else was changed; repeat"), "{half}");
    std::fs::rename(&aside, &key).unwrap();
    b.kill_and_start_again();
    b.is_serving().await;
    let said = b.succeeds(&renamed);
    assert!(said.contains("--rename internet=internet-b: it is done already"), "{said}");
    assert!(said.ends_with("plant-b is a member of the federation of plant-a, plant-b\n"), "{said}");
    linked(&a, &b).await;

    let client = a.client();
    let both =
        [("internet", "plant-a"), ("internet-b", "plant-b")].map(|(id, plant)| (id.into(), plant.into()));
    assert_eq!(partitions_of(&client, &["internet", "internet-b"]).await, both);
    let mut expected = before;
    for (id, _) in expected.iter_mut().filter(|(id, _)| id == "internet") {
        "internet-b".clone_into(id);
    }
    expected.sort_by_key(|(id, _)| id.clone());
    assert_eq!(networks_of(&client, &machine).await, expected);
    // The networks of both are in use under their names: addresses come from the right one.
    for (plant, id, start) in [("plant-a", "internet", "192.0.2."), ("plant-b", "internet-b", "198.51.100.")]
    {
        let request = json!({"networkid": id, "projectid": rack::PROJECT, "type": "static"});
        let address = client.post("/v1/ip/allocate", &request).await.expect(201);
        assert!(text(&address, "/ipaddress").starts_with(start), "{plant}: {address}");
    }
}

#[tokio::test]
async fn a_third_plant_is_compared_with_all_members_while_they_create_nothing() {
    let (a, mut b) = joined().await;
    let c = DevPartition::start("plant-c");
    c.is_ready().await;
    let token = token(&a, "plant-c");
    b.process.kill();
    let refused = c.fails(&["join", &token, "--yes"]);
    assert!(refused.contains("plant-b does not answer, and must be compared with you"), "{refused}");
    b.kill_and_start_again();
    within(PATIENCE, "it joins once plant-b is back", async || {
        let (code, said, error) = c.federation(&["join", &token, "--yes"]);
        assert!(code == Some(0) || error.contains("plant-b"), "{said}{error}");
        (code == Some(0)).then_some(())
    })
    .await;
    // Creations go on in all of them.
    let network = |target: &str| json!({"name": "ours", "projectid": rack::PROJECT, "partitionid": target});
    for plant in [&a, &b, &c] {
        within(PATIENCE, "a network is created", async || {
            let reply = plant.client().post("/v1/network/allocate", &network(plant.name)).await;
            assert!(
                reply.status == 201 || reply.body.to_string().contains("a partition is joining"),
                "{reply:?}"
            );
            (reply.status == 201).then_some(())
        })
        .await;
    }
}
