//! The round trip of health beside bulk in eight streams, in both directions: on a stream with priority of the same
//! connection, on a connection of its own, and as the mesh does it.

use crate::Outcome;
use crate::asks::{linked, loopback};
use crate::bare::{Asker, Ends};
use bytes::Bytes;
use quinn::AsyncUdpSocket;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use transport::fixture::{Federation, Network, Path};

const LANES: u64 = 8;
const SAMPLES: usize = 300;
const SAMPLE_EVERY: Duration = Duration::from_millis(50);
const WARM_UP_FOR: Duration = Duration::from_secs(3);
const BULK_BYTES: usize = 500_000;

/// A line between two plants with a round trip of 20 ms.
#[derive(Clone, Copy)]
pub(crate) struct Line {
    name: &'static str,
    mbit_per_s: Option<u64>,
    loss_permille: u32,
}

pub(crate) const LINES: [Line; 3] = [
    Line { name: "20 ms, 100 Mbit/s, no loss", mbit_per_s: Some(100), loss_permille: 0 },
    Line { name: "20 ms, 100 Mbit/s, 1 % loss", mbit_per_s: Some(100), loss_permille: 10 },
    Line { name: "20 ms, 1 Gbit/s, 1 % loss", mbit_per_s: Some(1000), loss_permille: 10 },
];

type Sockets = dyn Fn() -> Outcome<[Arc<dyn AsyncUdpSocket>; 2]>;

pub(crate) async fn pretend(line: Line) -> Outcome<()> {
    let path = Path {
        rate: line.mbit_per_s.map(|rate| rate * 125_000),
        loss_permille: line.loss_permille,
        queue: Duration::from_millis(20),
        ..Path::default()
    };
    let sockets = move || {
        let network = Network::new(1, path.clone());
        let at = |number| SocketAddr::from(([10, 0, 0, number], 4433));
        Ok([network.socket("a", at(1)), network.socket("b", at(2))])
    };
    report(line.name, &sockets).await
}

pub(crate) async fn real() -> Outcome<()> {
    report("real sockets, this machine", &|| Ok([loopback()?, loopback()?])).await
}

async fn report(name: &str, sockets: &Sockets) -> Outcome<()> {
    println!("health, {name}: p50 and p99, idle and beside bulk");
    let federation = Federation::new(&["a", "b"]);
    for is_own in [false, true] {
        let what = if is_own { "own connection" } else { "priority" };
        let [client, server] = sockets()?;
        let ends = Ends::new(&federation, client, server)?;
        let data = ends.connect().await?;
        let health = if is_own { ends.connect().await? } else { data.clone() };
        let mut asker = Asker::open(&health, 100).await?;
        let idle = Figures::of(async || timed(asker.ask(&mut [1; 64])).await).await?;
        let mut bulk = JoinSet::new();
        for _ in 0..LANES {
            bulk.spawn(Asker::open(&data, 0).await?.saturate());
        }
        sleep(WARM_UP_FOR).await;
        let busy = Figures::of(async || timed(asker.ask(&mut [1; 64])).await).await?;
        println!("  {what:<15} idle {idle}   busy {busy}");
    }
    mesh(&federation, sockets()?).await
}

async fn mesh(federation: &Federation, sockets: [Arc<dyn AsyncUdpSocket>; 2]) -> Outcome<()> {
    let (a, b) = linked(federation, sockets).await?;
    let idle = Figures::of(async || Ok(a.ping("b").await?)).await?;
    let mut bulk = JoinSet::new();
    for lane in 0..2 * LANES {
        let (from, to) = if lane % 2 == 0 { (a.clone(), "b") } else { (b.clone(), "a") };
        bulk.spawn(async move {
            let request = Bytes::from(vec![7; BULK_BYTES]);
            while from.call(to, lane / 2, request.clone(), Duration::from_secs(60)).await.is_ok() {}
        });
    }
    sleep(WARM_UP_FOR).await;
    let busy = Figures::of(async || Ok(a.ping("b").await?)).await?;
    println!("  {:<15} idle {idle}   busy {busy}", "mesh");
    Ok(())
}

async fn timed(ask: impl Future<Output = Outcome<()>>) -> Outcome<Duration> {
    let start = Instant::now();
    ask.await?;
    Ok(start.elapsed())
}

struct Figures {
    p50: Duration,
    p99: Duration,
}

impl Figures {
    async fn of(mut ask: impl AsyncFnMut() -> Outcome<Duration>) -> Outcome<Self> {
        let mut took = Vec::new();
        for _ in 0..SAMPLES {
            took.push(ask().await?);
            sleep(SAMPLE_EVERY).await;
        }
        took.sort_unstable();
        Ok(Self { p50: took[SAMPLES / 2], p99: took[SAMPLES * 99 / 100] })
    }
}

impl std::fmt::Display for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ms = |time: Duration| time.as_secs_f64() * 1000.0;
        write!(f, "{:>8.2} {:>8.2} ms", ms(self.p50), ms(self.p99))
    }
}
