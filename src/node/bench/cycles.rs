//! Allocates and frees machines over HTTP, compared with the same writes directly into the store.
//!
//! A freed machine can be allocated again after its BMC agent has acknowledged its orders; the benchmark does that
//! between the measured rounds.

use super::load::{Connection, Figures, request};
use super::partition::{MeasuredPartition, build};
use super::support::rack;
use actors::store::{Committed, Delete, Generation, InboxEntry, Key, Kind, Put, Row, Store, Transaction};
use actors::time::Timestamp;
use anyhow::ensure;
use futures_util::future::try_join_all;
use serde_json::{Value, json};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Executor};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;

/// Enough machines for every round.
const MACHINES: u32 = 500;
const CLIENTS: [usize; 2] = [1, 32];
const CYCLES_PER_ROUND: usize = 384;
const MEASURE_FOR: Duration = Duration::from_secs(5);
const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

pub(crate) async fn measure(name: &str, partition: &MeasuredPartition) -> anyhow::Result<()> {
    let network = build(partition, MACHINES, 0).await?;
    let mut cycles = Vec::new();
    let node = partition.start().await?;
    for clients in CLIENTS {
        round(node.http, clients, &network).await?;
        acknowledge(node.http).await?;
        let (mut figures, mut commits) = (Figures::default(), 0);
        while figures.took < MEASURE_FOR {
            let (cpu, before) = (node.cpu()?, partition.commits().await?);
            let mut run = round(node.http, clients, &network).await?;
            run.cpu = node.cpu()? - cpu;
            commits += partition.commits().await?.wrapping_sub(before);
            figures.add(run);
            acknowledge(node.http).await?;
        }
        cycles.push((clients, figures, commits));
    }
    node.stop().await?;
    let store = partition.open().await?;
    println!();
    for (clients, mut figures, commits) in cycles {
        let bare = bare(&store, clients).await?;
        let [p50, p99] = figures.percentiles([50, 99]);
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let commits = f64::from(commits) / figures.waits.len() as f64;
        println!(
            "allocate + free, {name:<10} {clients:>3} clients {:>7.0} cycles/s   p50 {p50:>7.1?}  p99 {p99:>7.1?}  CPU {:>6.0?}   \
             {commits:.2} commits per cycle; {:.2} of the {bare:.0}/s that the bare store reaches",
            figures.per_second(),
            figures.cpu_each(),
            figures.per_second() / bare,
        );
    }
    store.close().await;
    Ok(())
}

/// As many cycles as fit into a round.
async fn round(address: SocketAddr, clients: usize, network: &str) -> anyhow::Result<Figures> {
    let started = Instant::now();
    let allocate = request("POST", "/v1/machine/allocate", Some(&rack::machine_request("bench", network)));
    let allocate = allocate.as_slice();
    let clients = (0..clients).map(|_| async move {
        let mut connection = Connection::open(address).await?;
        let mut waits = Vec::new();
        for _ in 0..CYCLES_PER_ROUND / clients {
            let sent = Instant::now();
            let machine: Value = serde_json::from_slice(connection.ask(allocate).await?)?;
            let id = super::support::client::text(&machine, "/id");
            connection.ask(&request("DELETE", &format!("/v1/machine/{id}/free"), None)).await?;
            waits.push(sent.elapsed());
        }
        anyhow::Ok(waits)
    });
    let waits = try_join_all(clients).await?.into_iter().flatten().collect();
    Ok(Figures { waits, took: started.elapsed(), cpu: Duration::ZERO })
}

/// Acknowledges all BMC orders, as agents do.
async fn acknowledge(address: SocketAddr) -> anyhow::Result<()> {
    let mut connection = Connection::open(address).await?;
    loop {
        let orders = connection.ask(&request("GET", "/mesh/v1/bmc/mini-lab/orders", None)).await?;
        let orders: Vec<Value> = serde_json::from_slice(orders)?;
        if orders.is_empty() {
            return Ok(());
        }
        let mut machines: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
        for order in &orders {
            machines
                .entry(super::support::client::text(order, "/machine"))
                .or_default()
                .push(&order["order"]);
        }
        let machines: Vec<_> = machines.into_iter().collect();
        for machines in machines.chunks(64) {
            let asks = machines.iter().map(|(id, orders)| async move {
                let path = format!("/mesh/v1/bmc/{id}/orders/done");
                let done = request("POST", &path, Some(&json!({ "orders": orders })));
                Connection::open(address).await?.ask(&done).await.map(|_| ())
            });
            try_join_all(asks).await?;
        }
    }
}

/// Cycles per second of callers that write rows of the same kinds and lengths straight into the store.
async fn bare(store: &Arc<dyn Store>, clients: usize) -> anyhow::Result<f64> {
    let started = Instant::now();
    let callers = (0..clients).map(|_| async {
        let mut caller = Caller::new();
        let mut count = 0_usize;
        while started.elapsed() < MEASURE_FOR {
            for write in caller.cycle() {
                let answer = store.commit(write).await?;
                ensure!(answer == Committed::Applied, "{answer:?}");
            }
            count += 1;
        }
        anyhow::Ok(count)
    });
    let count = try_join_all(callers).await?.iter().sum();
    Ok(super::load::per_second(count, started.elapsed()))
}

/// One machine's rows.
struct Caller {
    id: String,
    generation: Option<Generation>,
}

impl Caller {
    fn new() -> Self {
        let id = Uuid::from_bytes(rand::random()).to_string();
        Self { id, generation: None }
    }

    /// The writes of an allocation, and those of its end.
    fn cycle(&mut self) -> [Transaction; 2] {
        let before = self.generation;
        let allocated = before.map_or(Generation::first(NOW), Generation::next);
        let freed = allocated.next();
        self.generation = Some(freed);
        let claims = || {
            let claim = |kind, place: usize| Key::new(kind, format!("{}-{place}", self.id));
            [claim(Kind::Address, 4), claim(Kind::Address, 6), claim(Kind::Claim, 0)]
        };
        let mut puts = vec![self.put(Kind::Machine, before, allocated, 3600)];
        puts.extend(claims().map(|key| put(key, None, allocated, 500)));
        let allocate = Transaction { puts, inbox: Some(entry()), ..Transaction::default() };
        let puts = vec![
            self.put(Kind::Machine, Some(allocated), freed, 2200),
            self.put(Kind::Events, before, freed, 2200),
        ];
        let deletes = claims().map(|key| Delete { key, expected: allocated }).to_vec();
        [allocate, Transaction { puts, deletes, inbox: Some(entry()), ..Transaction::default() }]
    }

    fn put(&self, kind: Kind, expected: Option<Generation>, next: Generation, bytes: usize) -> Put {
        put(Key::new(kind, self.id.clone()), expected, next, bytes)
    }
}

fn put(key: Key, expected: Option<Generation>, generation: Generation, bytes: usize) -> Put {
    Put { row: Row::bare(key, generation, format!("\"{}\"", "x".repeat(bytes))), expected }
}

fn entry() -> InboxEntry {
    InboxEntry {
        key: Uuid::from_bytes(rand::random()),
        fingerprint: "0123456789abcdef0123456789abcdef".to_owned(),
        reply: r#"{"machine":"00000000-0000-0000-0000-000000000000"}"#.to_owned(),
        at: NOW,
    }
}

/// The number of transactions that PostgreSQL has numbered, which are those that write; this query takes no number.
pub(crate) async fn transactions(url: &str) -> anyhow::Result<u32> {
    let mut connection = PgConnectOptions::from_str(url)?.connect().await?;
    let next = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text";
    let row = connection.fetch_one(next).await?;
    let next: String = sqlx::Row::get(&row, 0);
    Ok(next.parse()?)
}
