//! 64 clients acquire and release addresses of one prefix, and 16 clients addresses and child prefixes of go-ipam,
//! while the node is repeatedly killed with SIGKILL and every third commit fails; then an audit from outside. Nothing
//! acknowledged is lost, allocated twice or leaked.
//!
//! Faults are injected where each database allows it, never by a switch in the product:
//!
//! * PostgreSQL: below the store, against the real binary. A trigger raises real serialization failures inside
//!   `COMMIT`, and a [`proxy`] drops a `COMMIT` or its response. This tests the store's own writer: its retries, and
//!   how it determines the outcome of a commit.
//! * SQLite has no connection to cut, and its writer never sees a serialization failure. So faults come from a
//!   [`flaky`] store around the real one, within its contract. This tests the actors: rows that stay locked while an
//!   outcome is unknown, and answers stored by key. The server is this binary, started again.

mod audit;
mod clients;
mod drop_in;
mod flaky;
mod proxy;

use crate::goipam::Door;
use crate::support::client::{Client, text};
use crate::support::partition::{POSTGRES, Partition};
use crate::support::postgres::{self, Database};
use crate::support::process::{Process, free_address, within};
use crate::support::rack::{self, PROJECT};
use clients::Book;
use drop_in::Ledger;
use proxy::Proxy;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use reqwest::Method;
use serde_json::json;
use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

const KILLS: u32 = 8;
const CLIENTS: u64 = 64;
const DROP_IN_CLIENTS: u64 = 16;
const PATIENCE: Duration = Duration::from_secs(40);

/// Lifetime of a node after its first answer.
const LIFE_MS: std::ops::Range<u64> = 200..2_000;

/// Share of all commits, in percent: a third of the faults are refusals, the others lost responses, of commits that
/// were applied or not.
const FAULTS_PERCENT: u32 = 30;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weather {
    Fair,
    Foul,
}

/// Number of commits with a fault.
#[derive(Clone, Copy, Debug, Default)]
struct Faults {
    /// Refused, nothing written.
    refused: u32,
    /// Applied, the response lost.
    unanswered: u32,
    /// Lost on the way to the database.
    unheard: u32,
    /// Executed after its caller was cut off.
    late: u32,
}

/// A node that can be restarted on the same data.
trait Victim {
    fn url(&self) -> String;
    /// The address of go-ipam's service.
    fn http(&self) -> SocketAddr;
    async fn start(&self, weather: Weather) -> Process;
    /// The faults so far.
    async fn faults(&self) -> Faults;
}

async fn answers(client: &Client) {
    within(PATIENCE, "the node answers", async || {
        client.send(Method::GET, "/v1/health", None, None).await.ok()
    })
    .await
    .expect(200);
}

/// A private network of [`clients::PREFIX`], cut from a super network that has room for it.
async fn create_network(client: &Client) -> String {
    let wider = json!({
        "id": "tenant-super-network-mini-lab", "additionalAnnouncableCIDRs": ["10.240.0.0/12"],
        "prefixes": ["10.0.0.0/16", "2001:db8:0:10::/64", "10.64.0.0/15"],
    });
    client.post("/v1/network", &wider).await.expect(200);
    let request = json!({
        "name": "one", "projectid": PROJECT, "partitionid": "mini-lab", "addressfamily": "IPv4", "length": {"IPv4": 16},
    });
    let network = client.post("/v1/network/allocate", &request).await.expect(201);
    assert_eq!(network["prefixes"], json!([clients::PREFIX]));
    text(&network, "/id")
}

async fn torture(victim: &impl Victim, seed: u64) {
    let client = Client::new(&victim.url());
    let mut node = victim.start(Weather::Fair).await;
    answers(&client).await;
    rack::create_entities(&client).await;
    let network = create_network(&client).await;
    let door = Door::new(victim.http());
    drop_in::prepare(&door).await;
    node.kill();

    let began = tokio::time::Instant::now();
    node = victim.start(Weather::Foul).await;
    let (book, stop) = (Rc::new(RefCell::new(Book::default())), Rc::new(Cell::new(false)));
    let work = |number| {
        clients::work(client.clone(), network.clone(), seed ^ number, Rc::clone(&book), Rc::clone(&stop))
    };
    let ledger = Rc::new(RefCell::new(Ledger::default()));
    let work_beside =
        |number| drop_in::work(door.clone(), !seed ^ number, Rc::clone(&ledger), Rc::clone(&stop));
    let working: Vec<_> = (0..CLIENTS)
        .map(|number| tokio::task::spawn_local(work(number)))
        .chain((0..DROP_IN_CLIENTS).map(|number| tokio::task::spawn_local(work_beside(number))))
        .collect();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    for _ in 0..KILLS {
        answers(&client).await;
        tokio::time::sleep(Duration::from_millis(rng.random_range(LIFE_MS))).await;
        node.kill();
        node = victim.start(Weather::Foul).await;
    }
    answers(&client).await;
    stop.set(true);
    for work in working {
        work.await.unwrap();
    }
    let (faults, took) = (victim.faults().await, began.elapsed());
    let (book, ledger) = (book.take(), ledger.take());
    eprintln!("{book}; go-ipam: {ledger}; {faults:?}, in {took:?}");
    // First memory after all these faults, then the rows after a restart.
    audit::audit(&client, &network, &book).await;
    drop_in::audit(&door, &ledger).await;
    node.kill();
    let node = victim.start(Weather::Fair).await;
    answers(&client).await;
    audit::audit(&client, &network, &book).await;
    drop_in::audit(&door, &ledger).await;
    drop(node);
    book.expect_enough();
    ledger.expect_enough();
    let Faults { refused, unanswered, unheard, late } = faults;
    let enough = refused + unanswered + unheard + late >= 20 && refused.min(unanswered).min(unheard) >= 2;
    assert!(enough, "too few faults to prove anything: {faults:?}");
}

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, test);
}

/// This binary as a server with a flaky store in SQLite.
struct Flaky<'a> {
    folder: &'a Path,
    http: SocketAddr,
    grpc: SocketAddr,
    lives: Cell<u64>,
}

const FLAKY: &str = "torture::a_flaky_sqlite_node_loses_nothing";

impl Victim for Flaky<'_> {
    fn url(&self) -> String {
        format!("http://{}/metal", self.http)
    }

    fn http(&self) -> SocketAddr {
        self.http
    }

    async fn start(&self, weather: Weather) -> Process {
        self.lives.set(self.lives.get() + 1);
        let orders = flaky::Orders {
            file: self.folder.join("flaky.db"),
            http: self.http,
            grpc: self.grpc,
            seed: self.lives.get(),
            faults: weather == Weather::Foul,
        };
        Process::spawn(flaky::command(FLAKY, &orders), &self.folder.join("node.log"))
    }

    async fn faults(&self) -> Faults {
        flaky::faults(&std::fs::read_to_string(self.folder.join("node.log")).unwrap())
    }
}

/// The server runs as this test: see [`flaky::Orders`].
#[test]
fn a_flaky_sqlite_node_loses_nothing() {
    if let Some(orders) = flaky::Orders::given() {
        return flaky::serve(orders);
    }
    let folder = tempfile::tempdir().unwrap();
    let victim =
        Flaky { folder: folder.path(), http: free_address(), grpc: free_address(), lives: Cell::new(0) };
    run(torture(&victim, 1));
}

/// The real binary, with a proxy in front of its database.
struct Behind {
    partition: Partition,
    database: Database,
    proxy: Rc<Proxy>,
}

/// Inside `COMMIT`, for every write with a key: the whole transaction fails, and the retry is another transaction.
const REFUSE: &str = "IF hashint8(txid_current()) & 127 < 13 THEN PERFORM nextval('tries'); RAISE EXCEPTION USING ERRCODE = '40001'; END IF;";

impl Victim for Behind {
    fn url(&self) -> String {
        self.partition.url()
    }

    fn http(&self) -> SocketAddr {
        self.partition.http
    }

    async fn start(&self, weather: Weather) -> Process {
        if self.proxy.weather() != weather {
            match weather {
                Weather::Foul => self.database.at_commit("inbox", REFUSE).await,
                Weather::Fair => self.database.run("DROP TRIGGER fault ON inbox").await,
            }
            self.proxy.set_weather(weather);
        }
        self.partition.serve()
    }

    async fn faults(&self) -> Faults {
        let refused = self.database.number("SELECT last_value FROM tries").await;
        Faults { refused: refused.try_into().unwrap(), ..self.proxy.faults() }
    }
}

#[test]
fn a_node_before_a_failing_postgres_loses_nothing() {
    run(async {
        let Some(database) = postgres::database("torture").await else { return };
        let Some(proxy) = Proxy::start(&database, 2).await else {
            return postgres::skipped("the proxy speaks to a socket of this machine");
        };
        let partition = Partition::new(POSTGRES);
        std::fs::write(partition.folder().join("store.url"), proxy.url()).unwrap();
        partition.write(&format!("{}\n[ipam]\nservice = true\n", partition.config()));
        torture(&Behind { partition, database, proxy }, 2).await;
    });
}
