//! A misbehaving rack: installers crash at every step, BMCs are slow. All flows still complete, and no installed system
//! is wiped: the rack's process reports it by its exit code.

use crate::support::client::{Client, text};
use crate::support::process::{Node, Process, within};
use crate::support::rack;
use reqwest::Method;
use std::collections::BTreeSet;
use std::time::Duration;

const MACHINES: usize = 6;
const PATIENCE: Duration = Duration::from_secs(60);

async fn newest(client: &Client, wanted: &str) -> BTreeSet<String> {
    let newest = client.newest_events().await.into_iter();
    newest.filter(|(_, event)| event == wanted).map(|(id, _)| id).collect()
}

#[tokio::test]
async fn a_misbehaving_rack_comes_to_its_end_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut node = Node::start_empty(folder.path());
    let client = Client::new(&node.url());
    within(PATIENCE, "the node answers", async || {
        client.send(Method::GET, "/v1/health", None, None).await.ok()
    })
    .await
    .expect(200);
    rack::create_entities(&client).await;
    let (url, grpc, machines) = (node.url(), format!("http://{}", node.grpc), MACHINES.to_string());
    let arguments = [
        &["hardware", "--http", &url, "--grpc", &grpc][..],
        &["--machines", &machines, "--speed", "100", "--seed", "5"],
        &["--crash-probability", "0.2", "--slow-bmc", "2"],
    ];
    let mut rack = Process::start(&arguments.concat(), folder.path(), "rack.log");
    // At the same time: each may crash again when it reboots, as machines that wait for long do.
    within(PATIENCE, "all machines wait", async || {
        (newest(&client, "Waiting").await.len() == MACHINES).then_some(())
    })
    .await;

    let network = text(&rack::allocate_network(&client).await, "/id");
    let mut allocated = BTreeSet::new();
    within(PATIENCE, "three machines are allocated", async || {
        let name = format!("web{}", allocated.len());
        let reply = client.post("/v1/machine/allocate", &rack::machine_request(&name, &network)).await;
        if reply.status == 200 {
            assert!(allocated.insert(text(&reply.body, "/id")), "given twice: {}", reply.body);
        } else {
            assert_eq!(reply.body, "no machine available", "it crashed too often lately");
        }
        (allocated.len() == 3).then_some(())
    })
    .await;
    within(PATIENCE, "all of them phone home", async || {
        newest(&client, "Phoned Home").await.is_superset(&allocated).then_some(())
    })
    .await;
    let crashes = crashes(&client).await;
    assert!(crashes > 0, "nothing went wrong, so nothing was proven");
    for id in &allocated {
        client.delete(&format!("/v1/machine/{id}/free")).await.expect(200);
    }
    within(PATIENCE, "all machines wait again", async || {
        (newest(&client, "Waiting").await.len() == MACHINES).then_some(())
    })
    .await;
    let log = || std::fs::read_to_string(folder.path().join("rack.log")).unwrap();
    assert_eq!(rack.terminate().await, Some(0), "{}", log());
    assert!(!log().contains("was wiped"), "{}", log());
    assert!(log().contains("the simulated hardware runs"), "it logs: {}", log());
    assert_eq!(node.process.terminate().await, Some(0));
}

/// The number of crashes that the machines reported.
async fn crashes(client: &Client) -> usize {
    let machines = client.get("/v1/machine").await.expect(200);
    let logs =
        machines.as_array().unwrap().iter().flat_map(|machine| machine["events"]["log"].as_array().unwrap());
    logs.filter(|event| event["event"] == "Crashed").count()
}
