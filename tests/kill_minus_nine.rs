//! Kills the node repeatedly at random points under load, then audits it from outside through the API.
//!
//! Clients are careful: every write has a key, and is repeated with that key until there is an answer.

mod audit;
mod clients;

use crate::support::client::{Client, text};
use crate::support::process::{Node, start_rack, within};
use crate::support::rack;
use clients::{Ledger, Worker};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use reqwest::Method;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use uuid::Uuid;

const KILLS: u32 = 20;
/// Two for the whole flow, one for each worker that only allocates and frees, and one spare.
const MACHINES: u32 = 6;
const WORKERS: u64 = 3;
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn kill_minus_nine() {
    tokio::task::LocalSet::new().run_until(kill_again_and_again()).await;
}

async fn kill_again_and_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut node = Node::start_empty(folder.path());
    let client = Client::new(&node.url());
    let answers = async || client.send(Method::GET, "/v1/health", None, None).await.ok();
    within(PATIENCE, "the node answers", answers).await.expect(200);
    rack::create_entities(&client).await;
    let _rack = start_rack(&node, MACHINES, 200, folder.path());
    let network = rack::allocate_network(&client).await;
    within(PATIENCE, "machines wait", async || {
        let waiting = client.newest_events().await.iter().filter(|(_, newest)| newest == "Waiting").count();
        (waiting >= 2).then_some(())
    })
    .await;

    let stop = Arc::new(AtomicBool::new(false));
    let worker = |seed| Worker::new(client.clone(), text(&network, "/id"), seed, Arc::clone(&stop));
    let whole = tokio::task::spawn_local(worker(WORKERS).whole_flows());
    let workers: Vec<_> =
        (0..WORKERS).map(|seed| tokio::task::spawn_local(worker(seed).allocate_and_free())).collect();
    let mut rng = ChaCha8Rng::seed_from_u64(Uuid::from_u128(9).as_u64_pair().1);
    for _ in 0..KILLS {
        let context = Duration::from_millis(rng.random_range(150..900));
        tokio::time::sleep(context).await;
        node.kill_and_start_again(folder.path());
    }
    within(PATIENCE, "the node answers", answers).await.expect(200);
    stop.store(true, Ordering::Relaxed);
    let mut ledgers: Vec<Ledger> = Vec::new();
    for worker in workers {
        ledgers.push(worker.await.unwrap());
    }
    let flows = whole.await.unwrap();
    let acknowledged: u32 = ledgers.iter().map(|ledger| ledger.acknowledged).sum();
    eprintln!("{acknowledged} writes beside {flows} whole flows");
    assert!(acknowledged > 20, "too little happened to prove anything: {acknowledged} writes");

    audit::holds_what_was_acknowledged(&client, &network, &ledgers).await;
    for (seed, ledger) in (0..).zip(ledgers) {
        worker(seed).give_back(ledger).await;
    }
    audit::holds_nothing(&client, &network).await;
    assert_eq!(node.process.interrupt().await, Some(0));
}
