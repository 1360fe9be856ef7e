//! What each end says of a link that fails.

use super::rig::{Known, Rig, ms};
use crate::Mesh;
use crate::fixture::Path;
use bytes::Bytes;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

const NAMED_WITHIN: Duration = Duration::from_secs(5);

/// 100 Mbit/s.
fn slow() -> Path {
    Path { rate: Some(12_500_000), ..Path::default() }
}

/// Keeps all lanes full of large requests with large replies.
fn saturate(load: &mut JoinSet<()>, mesh: &Mesh, to: &'static str) {
    for lane in 0..8 {
        for _ in 0..8 {
            let mesh = mesh.clone();
            load.spawn(async move {
                let mut request = b"size 400000 ".to_vec();
                request.resize(400_000, b'x');
                let request = Bytes::from(request);
                loop {
                    if mesh.call(to, lane, request.clone(), ms(60_000)).await.is_err() {
                        sleep(ms(100)).await;
                    }
                }
            });
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_dead_link_is_named_at_both_ends_while_all_lanes_are_full() {
    let rig = Rig::new(&["a", "b"], 3, slow());
    rig.until_linked("a", "b").await;
    let mut load = JoinSet::new();
    saturate(&mut load, rig.mesh("a"), "b");
    saturate(&mut load, rig.mesh("b"), "a");
    sleep(ms(10_000)).await;
    assert!(rig.is_linked("a", "b"), "load is no death");
    let before = rig.status("a", "b").up.unwrap();
    assert!(before.sent_bytes > 50_000_000, "the path is full: {before:?}");
    rig.network.cut("a", "b");
    let took = rig
        .until("named", || {
            let ends = [("a", "b"), ("b", "a")];
            ends.iter()
                .all(|(at, of)| rig.directions(at, of).0 == Known::Silent && !rig.mesh(at).is_reachable(of))
        })
        .await;
    assert!(took <= NAMED_WITHIN, "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_killed_process_is_named_and_calls_to_it_end() {
    let mut rig = Rig::new(&["a", "b"], 4, Path::default());
    rig.until_linked("a", "b").await;
    let running = rig.mesh("a").clone();
    let call =
        tokio::spawn(
            async move { running.call("b", 1, Bytes::from_static(b"sleep 60000"), ms(60_000)).await },
        );
    sleep(ms(2_300)).await;
    rig.nodes.remove("b");
    let start = Instant::now();
    let outcome = call.await.unwrap();
    assert!(matches!(outcome, Err(crate::CallFault::Lost(_))), "{outcome:?}");
    assert!(start.elapsed() <= NAMED_WITHIN, "{:?}", start.elapsed());
    assert_eq!(rig.directions("a", "b"), (Known::Silent, Known::Unknown));
    let refused = rig.mesh("a").call("b", 1, Bytes::new(), ms(1000)).await;
    assert!(matches!(refused, Err(crate::CallFault::NotSent(_))), "{refused:?}");
}

#[tokio::test(start_paused = true)]
async fn of_a_one_way_cut_each_end_says_what_it_knows() {
    let rig = Rig::new(&["a", "b"], 5, Path::default());
    rig.until_linked("a", "b").await;
    sleep(ms(1_400)).await;
    assert_eq!(rig.directions("a", "b"), (Known::Open, Known::Open));
    rig.network.change("a", "b", |path| path.is_cut = true);
    let took = rig
        .until("named at both ends", || {
            rig.directions("a", "b") == (Known::Open, Known::Silent)
                && rig.directions("b", "a") == (Known::Silent, Known::Unknown)
        })
        .await;
    assert!(took <= NAMED_WITHIN, "{took:?}");
    for _ in 0..1200 {
        sleep(ms(50)).await;
        assert_eq!(rig.directions("a", "b"), (Known::Open, Known::Silent), "it still hears");
        assert_eq!(rig.directions("b", "a"), (Known::Silent, Known::Unknown), "it hears nothing");
    }
    rig.network.heal("a", "b");
    let took = rig.until_linked("a", "b").await;
    assert!(took <= ms(2_500), "{took:?}");
    rig.until("open", || rig.directions("a", "b") == (Known::Open, Known::Open)).await;
}

/// An hour on real QUIC; a day in the tests of what is heard.
#[tokio::test(start_paused = true)]
async fn no_live_peer_is_named_dead_with_loss_and_pauses() {
    let path = Path { loss_permille: 10, jitter: ms(3), duplicate_permille: 5, ..Path::default() };
    let rig = Rig::new(&["a", "b"], 6, path);
    rig.until_linked("a", "b").await;
    let incarnations = (rig.mesh("a").counters().dials, rig.mesh("b").counters().dials);
    let end = Instant::now() + Duration::from_secs(600);
    while Instant::now() < end {
        for host in ["a", "b"] {
            for _ in 0..150 {
                sleep(ms(100)).await;
                assert!(rig.is_linked("a", "b"), "{:?}", rig.status("a", "b"));
            }
            rig.network.pause(host, ms(2000));
        }
    }
    assert_eq!((rig.mesh("a").counters().dials, rig.mesh("b").counters().dials), incarnations);
}
