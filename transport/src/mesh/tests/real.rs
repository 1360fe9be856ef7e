//! Two meshes on real sockets.

use crate::fixture::{Federation, Member, NOW_MS};
use crate::identity::Fingerprint;
use crate::{Mesh, join, socket};
use bytes::Bytes;
use rustls::pki_types::UnixTime;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(20);

fn start(federation: &Federation, partition: &str, seed: u64, address: &str) -> Mesh {
    let bound = socket::udp(address.parse().unwrap()).unwrap();
    assert!(bound.receive_buffer_bytes > 0);
    let member = Arc::new(Member::default());
    Mesh::start(federation.config(partition, seed, bound.socket, member)).unwrap()
}

async fn until_reachable(mesh: &Mesh, partition: &str) {
    let mut changed = mesh.changed();
    let reachable = async {
        while !mesh.is_reachable(partition) {
            changed.changed().await.unwrap();
        }
    };
    timeout(PATIENCE, reachable).await.unwrap_or_else(|_| panic!("{:?}", mesh.status()));
}

/// Both families, and a socket that takes both.
#[tokio::test]
async fn two_partitions_call_each_other_over_real_sockets() {
    let federation = Federation::new(&["a", "b"]);
    for (one, other) in [("127.0.0.1:0", "127.0.0.1:0"), ("[::]:0", "127.0.0.1:0"), ("[::1]:0", "[::1]:0")] {
        let (a, b) = (start(&federation, "a", 1, one), start(&federation, "b", 2, other));
        let address = b.local_addr().unwrap().to_string();
        a.set_peers(BTreeMap::from([("b".to_owned(), vec![address])]));
        until_reachable(&a, "b").await;
        until_reachable(&b, "a").await;
        let remaining = Duration::from_secs(5);
        let reply = a.call("b", 7, Bytes::from_static(b"hello"), remaining).await;
        assert_eq!(reply, Ok(Bytes::from_static(b"hello")), "{one} {other}");
        let reply = b.call("a", 7, Bytes::from_static(b"size 300000"), remaining).await;
        assert_eq!(reply.map(|reply| reply.len()), Ok(300_000));
        a.ping("b").await.unwrap();
        b.ping("a").await.unwrap();
        timeout(PATIENCE, a.stop(Duration::from_secs(5))).await.unwrap();
        b.stop(Duration::ZERO).await;
    }
}

#[tokio::test]
async fn a_newcomer_asks_a_host_by_the_fingerprint_of_its_root() {
    let federation = Federation::new(&["a"]);
    let host = start(&federation, "a", 1, "127.0.0.1:0");
    let address = host.local_addr().unwrap().to_string();
    let clock: crate::identity::WallClock =
        Arc::new(|| UnixTime::since_unix_epoch(Duration::from_millis(NOW_MS as u64)));
    let ask = async |root: Fingerprint, request: Bytes| {
        let bound = socket::udp(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        join::ask(bound.socket, &address, root, &clock, request, PATIENCE).await
    };
    let request = Bytes::from(vec![5; join::JOIN_BYTES_MAX]);
    assert_eq!(ask(federation.root().fingerprint(), request.clone()).await, Ok(request));
    let other = Federation::new(&["a"]);
    let refused = ask(other.root().fingerprint(), Bytes::new()).await.unwrap_err().to_string();
    assert!(refused.contains("token"), "{refused}");
    let large = ask(federation.root().fingerprint(), Bytes::from(vec![0; join::JOIN_BYTES_MAX + 1])).await;
    assert_eq!(large, Err(join::JoinFault::TooLarge(join::JOIN_BYTES_MAX + 1)));
}
