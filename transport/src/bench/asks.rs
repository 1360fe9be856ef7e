//! Asks per second over real sockets.

use crate::Outcome;
use crate::bare::{Asker, Ends};
use bytes::Bytes;
use futures_util::future::try_join_all;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use transport::fixture::{Federation, Member};
use transport::{Mesh, Server, socket};

const ASK_BYTES: usize = 128;
const MEASURE_FOR: Duration = Duration::from_secs(3);
const WARM_UP_FOR: Duration = Duration::from_millis(500);
const CALLERS: [usize; 2] = [1, 64];

/// Answers with the request, and keeps nothing.
struct Echo(Member);

impl Server for Echo {
    fn serve(
        &self,
        _: transport::identity::NodeName,
        request: Bytes,
        _: Duration,
    ) -> futures_util::future::BoxFuture<'static, Bytes> {
        Box::pin(async move { request })
    }

    fn join(&self, from: SocketAddr, request: Bytes) -> futures_util::future::BoxFuture<'static, Bytes> {
        self.0.join(from, request)
    }

    fn admits(&self, _: &transport::identity::NodeName, _: &transport::Hello) -> Result<(), String> {
        Ok(())
    }
}

pub(crate) fn loopback() -> Outcome<Arc<dyn quinn::AsyncUdpSocket>> {
    Ok(socket::udp(SocketAddr::from(([127, 0, 0, 1], 0)))?.socket)
}

/// Two meshes with a link over these sockets.
pub(crate) async fn linked(
    federation: &Federation,
    sockets: [Arc<dyn quinn::AsyncUdpSocket>; 2],
) -> Outcome<(Mesh, Mesh)> {
    let [a, b] = sockets;
    let echo = || Arc::new(Echo(Member::default()));
    let a = Mesh::start(federation.config("a", 1, a, echo()))?;
    let b = Mesh::start(federation.config("b", 2, b, echo()))?;
    a.set_peers([("b".to_owned(), vec![b.local_addr()?.to_string()])].into());
    for (mesh, peer) in [(&a, "b"), (&b, "a")] {
        let mut changed = mesh.changed();
        while !mesh.is_reachable(peer) {
            changed.changed().await?;
        }
    }
    Ok((a, b))
}

pub(crate) async fn measure() -> Outcome<()> {
    let federation = Federation::new(&["a", "b"]);
    let ends = Ends::new(&federation, loopback()?, loopback()?)?;
    let connection = ends.connect().await?;
    let (a, _b) = linked(&federation, [loopback()?, loopback()?]).await?;
    for callers in CALLERS {
        let bare = rate(callers, async |until| {
            let mut asker = Asker::open(&connection, 0).await?;
            let (mut asks, mut request) = (0, vec![1; ASK_BYTES]);
            while Instant::now() < until {
                asker.ask(&mut request).await?;
                asks += 1;
            }
            Ok(asks)
        });
        let bare = bare.await?;
        let request = Bytes::from(vec![1; ASK_BYTES]);
        let number = std::sync::atomic::AtomicU64::new(0);
        let mesh = rate(callers, async |until| {
            let lane = number.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let mut asks = 0;
            while Instant::now() < until {
                a.call("b", lane, request.clone(), Duration::from_secs(5)).await?;
                asks += 1;
            }
            Ok(asks)
        });
        let mesh = mesh.await?;
        println!(
            "{ASK_BYTES} B asks, {callers:>2} callers   bare {bare:>8.0} /s   mesh {mesh:>8.0} /s   {:>4.0} %",
            mesh / bare * 100.0
        );
    }
    Ok(())
}

async fn rate(callers: usize, ask_until: impl AsyncFn(Instant) -> Outcome<u64>) -> Outcome<f64> {
    let mut asks = 0;
    for time in [WARM_UP_FOR, MEASURE_FOR] {
        let until = Instant::now() + time;
        asks = try_join_all((0..callers).map(|_| ask_until(until))).await?.iter().sum();
    }
    Ok(asks as f64 / MEASURE_FOR.as_secs_f64())
}
