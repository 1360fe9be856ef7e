//! `metalmesh hardware --hardware FILE.json`: the API shows the hardware of the file, over real processes.

use crate::support::client::{Client, text};
use crate::support::process::{Node, start_rack_with, within};
use crate::support::rack;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(25);

/// `[{"name": .., "size": ..}, ..]`, in the order of names.
fn by_name(disks: &Value) -> Vec<(String, u64)> {
    let mut disks: Vec<_> = disks
        .as_array()
        .unwrap()
        .iter()
        .map(|disk| (text(disk, "/name"), disk["size"].as_u64().unwrap()))
        .collect();
    disks.sort();
    disks
}

#[tokio::test]
async fn a_rack_is_made_of_what_the_file_says() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs/hardware/storage-server.json");
    let facts: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut node = Node::start_empty(folder.path());
    let client = Client::new(&node.url());
    within(PATIENCE, "the node answers", async || {
        client.send(reqwest::Method::GET, "/v1/health", None, None).await.ok()
    })
    .await
    .expect(200);
    rack::create_entities(&client).await;
    let options = ["--hardware", file.to_str().unwrap()];
    let _rack = start_rack_with(&node, 1, 60, folder.path(), &options);
    let id = within(PATIENCE, "the machine waits", async || {
        let (id, newest) = client.newest_events().await.pop()?;
        (newest == "Waiting").then_some(id)
    })
    .await;

    let machine = client.get(&format!("/v1/machine/{id}")).await.expect(200);
    let hardware = &machine["hardware"];
    assert_eq!(hardware["memory"], json!(101_646_020_608_u64));
    assert_eq!(hardware["memory"], facts["memory"]);
    assert_eq!(hardware["cpus"], facts["cpus"]);
    assert_eq!((&hardware["cpus"][0]["cores"], &hardware["cpus"][0]["threads"]), (&json!(8), &json!(16)));
    assert_eq!(by_name(&hardware["disks"]), by_name(&facts["disks"]));
    assert_eq!(by_name(&hardware["disks"]).len(), 46);
    let nics = hardware["nics"].as_array().unwrap();
    let cabled: Vec<String> = nics
        .iter()
        .filter(|nic| !nic["neighbors"].as_array().unwrap().is_empty())
        .map(|nic| text(nic, "/name"))
        .collect();
    assert_eq!(cabled, ["eth0", "eth1"], "one to each switch");
    assert!(nics.iter().any(|nic| nic["name"] == "lo"), "as an installer tells it");

    // No size of the mini-lab matches such hardware, and the machine shows it.
    assert_eq!(text(&machine, "/size/id"), "unknown");
    let why = within(PATIENCE, "it says what it waits for", async || {
        let why = client.get(&format!("/mesh/v1/machine/{id}/why")).await.expect(200);
        text(&why, "/reason").contains("matches no size").then_some(why)
    })
    .await;
    assert!(why["deadline"].is_string() && why["next_try"].is_string(), "{why}");
    assert_eq!(node.process.interrupt().await, Some(0));
}
