//! Repeated and parallel runs of `dev`: a second start keeps the data, and two partitions share nothing.

use crate::support::client::{Client, text};
use crate::support::process::{Node, run, within};
use crate::support::rack;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(40);

async fn all_are(client: &Client, machines: usize, event: &str) {
    within(PATIENCE, event, async || {
        client.send(Method::GET, "/v1/health", None, None).await.ok()?;
        let newest = client.newest_events().await;
        (newest.len() == machines && newest.iter().all(|(_, newest)| newest == event)).then_some(())
    })
    .await;
}

/// Exit code, answer and error of `metalmesh why`.
fn why(node: &Node, machine: &str, folder: &Path) -> (Option<i32>, String, String) {
    run(&["why", machine, "--http", &node.url()], folder)
}

#[track_caller]
fn says(node: &Node, machine: &str, folder: &Path, lines: &[&str]) {
    let (code, told, error) = why(node, machine, folder);
    assert_eq!((code, error.as_str()), (Some(0), ""));
    // The width of the names depends on the facts that are shown.
    let told: Vec<String> =
        told.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    for line in lines {
        assert!(told.iter().any(|told| told == line), "{line}: {told:#?}");
    }
}

#[tokio::test]
async fn a_second_start_goes_on_with_the_same_data() {
    let folder = tempfile::tempdir().unwrap();
    let options = ["--machines", "2", "--speed", "60"];
    let mut node = Node::start(folder.path(), &options);
    let client = Client::new(&node.url());
    all_are(&client, 2, "Waiting").await;
    let network = text(&rack::allocate_network(&client).await, "/id");
    let machine = rack::allocate_machine(&client, &rack::machine_request("web", &network)).await;
    let id = text(&machine, "/id");
    let (other, _) = client.newest_events().await.into_iter().find(|(other, _)| *other != id).unwrap();
    says(&node, &other, folder.path(), &["state waiting", "reason it is ready", "next it can be allocated"]);
    is(&client, &id, "Phoned Home").await;
    says(&node, &id, folder.path(), &["state phoned home"]);
    let unknown = why(&node, "nobody", folder.path());
    let message = "metalmesh: NotFound no machine with id \"nobody\" found\n".to_owned();
    assert_eq!(unknown, (Some(1), String::new(), message));
    let before = client.get(&format!("/v1/machine/{id}")).await.expect(200);
    let entities = everything(&client).await;
    assert_eq!(node.process.interrupt().await, Some(0));
    let nobody = why(&node, &id, folder.path());
    assert_eq!(nobody.0, Some(1));
    assert!(nobody.2.contains("does not answer"), "{}", nobody.2);

    let mut node = Node::start(folder.path(), &options);
    let client = Client::new(&node.url());
    within(PATIENCE, "it phones home again", async || {
        client.send(Method::GET, "/v1/health", None, None).await.ok()?;
        let now = client.get(&format!("/v1/machine/{id}")).await.expect(200);
        let later = text(&now, "/events/last_event_time") > text(&before, "/events/last_event_time");
        let event = text(&now, "/events/log/0/event");
        assert_eq!(event, "Phoned Home", "it was never installed again: {now}");
        assert_eq!(now["allocation"], before["allocation"]);
        later.then_some(())
    })
    .await;
    is(&client, &other, "Waiting").await;
    assert_eq!(everything(&client).await, entities, "no sample was loaded twice, none was changed");
    assert_eq!(node.process.terminate().await, Some(0));
}

async fn is(client: &Client, machine: &str, event: &str) {
    within(PATIENCE, event, async || {
        let machine = client.get(&format!("/v1/machine/{machine}")).await.expect(200);
        (machine["events"]["log"][0]["event"] == event).then_some(())
    })
    .await;
}

const KINDS: [&str; 7] = ["partition", "size", "image", "filesystemlayout", "network", "project", "ip"];

/// All entities that need no hardware, by kind.
async fn everything(client: &Client) -> Vec<Value> {
    let mut all = Vec::new();
    for kind in KINDS {
        let mut rows = client.get(&format!("/v1/{kind}")).await.expect(200);
        for row in rows.as_array_mut().unwrap() {
            row.as_object_mut().unwrap().remove("consumption");
        }
        all.push(rows);
    }
    all
}

/// Values that belong to one partition only: ids of its entities, prefixes, VRFs.
async fn own(client: &Client, partition: &str) -> BTreeSet<String> {
    let mut own = BTreeSet::new();
    let mut claim = |what: String| assert!(own.insert(what.clone()), "{what} comes twice in {partition}");
    for kind in ["partition", "network", "machine", "switch"] {
        for row in client.get(&format!("/v1/{kind}")).await.expect(200).as_array().unwrap() {
            claim(text(row, "/id"));
            for prefix in row["prefixes"].as_array().into_iter().flatten() {
                claim(prefix.as_str().unwrap().to_owned());
            }
            if let Some(vrf) = row["vrf"].as_u64().filter(|vrf| *vrf != 0) {
                claim(format!("vrf {vrf}"));
            }
            for nic in row.pointer("/hardware/nics").and_then(Value::as_array).into_iter().flatten() {
                if nic["name"] != "lo" {
                    claim(text(nic, "/mac"));
                }
            }
        }
    }
    for row in client.get("/v1/ip").await.expect(200).as_array().unwrap() {
        claim(text(row, "/ipaddress"));
    }
    own
}

#[tokio::test]
async fn two_partitions_side_by_side_share_nothing() {
    let folders = [0, 1, 2].map(|_| tempfile::tempdir().unwrap());
    let names = ["mini-lab", "hamburg", "ulm"];
    let start = |index: usize| {
        let options = ["--partition", names[index], "--machines", "2", "--speed", "60"];
        Node::start(folders[index].path(), &options)
    };
    let mut nodes = [0, 1, 2].map(start);
    let mut seen = BTreeSet::new();
    for (node, name) in nodes.iter().zip(names) {
        let client = Client::new(&node.url());
        all_are(&client, 2, "Waiting").await;
        let own = own(&client, name).await;
        assert!(own.contains(name) && own.len() > 12, "{own:?}");
        let shared: Vec<&String> = seen.intersection(&own).collect();
        assert!(shared.is_empty(), "{name} shares {shared:?}");
        seen.extend(own);
        let request = json!({"name": "ours", "projectid": rack::PROJECT, "partitionid": name});
        let network = client.post("/v1/network/allocate", &request).await.expect(201);
        let prefixes = network["prefixes"].as_array().unwrap();
        assert!(prefixes.iter().all(|prefix| seen.insert(prefix.to_string())), "{prefixes:?}");
    }
    for node in &mut nodes {
        assert_eq!(node.process.terminate().await, Some(0));
    }
}

#[tokio::test]
async fn an_empty_partition_has_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut node = Node::start_empty(folder.path());
    let client = Client::new(&node.url());
    within(PATIENCE, "it answers", async || client.send(Method::GET, "/v1/health", None, None).await.ok())
        .await;
    for kind in KINDS.iter().chain(&["machine", "switch", "tenant", "firewall"]) {
        let rows = client.get(&format!("/v1/{kind}")).await.expect(200);
        assert!(rows.is_null() || rows == json!([]), "{kind}: {rows}");
    }
    assert_eq!(node.process.terminate().await, Some(0));
    let said = std::fs::read_to_string(folder.path().join("node.log")).unwrap();
    assert!(said.contains("(no entities, no hardware)") && !said.contains(" why "), "{said}");
}

#[tokio::test]
async fn eight_machines_wait() {
    let folder = tempfile::tempdir().unwrap();
    let mut node = Node::start(folder.path(), &["--machines", "8", "--speed", "100"]);
    all_are(&Client::new(&node.url()), 8, "Waiting").await;
    assert_eq!(node.process.terminate().await, Some(0));
}

#[test]
fn options_that_make_no_sense_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    let rows = [
        (["--partition", "../elsewhere"], "--partition: is up to 63 letters"),
        (["--partition", "a: b"], "--partition: is up to 63 letters"),
        (["--partition", ""], "--partition: must not be empty"),
        (["--data-dir", "file/below"], "--data-dir: file/below cannot be created"),
        (["--machines", "20001"], "--machines: 20000 at most"),
        (["--switches", "3"], "--switches: two for each rack"),
        (["--speed", "0"], "--speed: from "),
    ];
    for (options, wanted) in rows {
        let arguments = [&["dev", "--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0"][..], &options].concat();
        let (code, said, error) = run(&arguments, folder.path());
        assert_eq!((code, said.as_str()), (Some(1), ""), "{options:?}: {error}");
        assert!(error.contains(wanted), "{options:?}: {error}");
    }
    assert!(!folder.path().join(".metalmesh").exists(), "nothing was begun");
}

/// The keys of dev are in the README: everyone who reaches it may do everything.
#[tokio::test]
async fn dev_listens_on_loopback_unless_configured_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    let port = crate::support::process::free_address().port();
    for option in ["--http", "--grpc"] {
        let (code, _, error) = run(&["dev", "--empty", option, &format!("0.0.0.0:{port}")], folder.path());
        assert!(code == Some(1) && error.contains(option) && error.contains("--expose"), "{error}");
    }
    let (http, grpc) = (format!("0.0.0.0:{port}"), crate::support::process::free_address().to_string());
    let arguments = ["dev", "--empty", "--expose", "--http", &http, "--grpc", &grpc];
    let mut node = crate::support::process::Process::start(&arguments, folder.path(), "node.log");
    let client = Client::new(&format!("http://127.0.0.1:{port}/metal"));
    within(PATIENCE, "the node answers", async || {
        client.send(Method::GET, "/v1/health", None, None).await.ok()
    })
    .await;
    assert_eq!(node.terminate().await, Some(0));
    let log = std::fs::read_to_string(folder.path().join("node.log")).unwrap();
    assert!(log.contains("the keys of dev are public"), "{log}");
}
