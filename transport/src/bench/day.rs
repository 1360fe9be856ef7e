//! A day of two partitions on real QUIC over a line with 1 % loss, where each pauses for 2 s every few minutes.

use crate::Outcome;
use crate::asks::linked;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use transport::fixture::{Federation, Network, Path};

const DAY: Duration = Duration::from_secs(24 * 3600);
const PAUSE_EVERY: Duration = Duration::from_secs(150);
const PAUSE: Duration = Duration::from_secs(2);

pub(crate) async fn measure() -> Outcome<()> {
    let path = Path { loss_permille: 10, jitter: Duration::from_millis(3), ..Path::default() };
    let network = Network::new(1, path);
    let at = |number| SocketAddr::from(([10, 0, 0, number], 4433));
    let federation = Federation::new(&["a", "b"]);
    let (a, b) = linked(&federation, [network.socket("a", at(1)), network.socket("b", at(2))]).await?;
    let (start, changes) = (Instant::now(), *a.changed().borrow() + *b.changed().borrow());
    while start.elapsed() < DAY {
        for host in ["a", "b"] {
            sleep(PAUSE_EVERY).await;
            network.pause(host, PAUSE);
        }
    }
    let ended = *a.changed().borrow() + *b.changed().borrow() - changes;
    let packets = network.trace().packets;
    println!("a day with 1 % loss and pauses of 2 s: links that ended or came {ended}, packets {packets}");
    Ok(())
}
