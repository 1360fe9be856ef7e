//! Links that end on purpose, are replaced, or are refused.

use super::rig::{Rig, address, ms};
use crate::fixture::{NOW_MS, Path};
use crate::identity::Denied;
use crate::{CallFault, Mesh, MeshError};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

/// Calls one after the other until one was not sent. Returns the number of replies, or the first that was lost.
fn keep_calling(mesh: &Mesh, to: &'static str) -> JoinHandle<Result<u32, CallFault>> {
    let mesh = mesh.clone();
    tokio::spawn(async move {
        let mut replies = 0;
        loop {
            match mesh.call(to, u64::from(replies), Bytes::from_static(b"sleep 30"), ms(5_000)).await {
                Ok(_) => replies += 1,
                Err(CallFault::NotSent(_)) => return Ok(replies),
                Err(fault) => return Err(fault),
            }
        }
    })
}

#[tokio::test(start_paused = true)]
async fn a_node_that_stops_loses_no_call() {
    let mut rig = Rig::new(&["a", "b"], 1, Path::default());
    rig.until_linked("a", "b").await;
    let calls: Vec<_> =
        (0..20).flat_map(|_| [keep_calling(rig.mesh("a"), "b"), keep_calling(rig.mesh("b"), "a")]).collect();
    sleep(ms(1_000)).await;
    let start = Instant::now();
    let stopping = rig.nodes.remove("b").unwrap();
    stopping.mesh.stop(ms(10_000)).await;
    assert!(start.elapsed() < ms(500), "{:?}", start.elapsed());
    for call in calls {
        let replies = call.await.unwrap().unwrap();
        assert!(replies > 5, "{replies}");
    }
    sleep(ms(100)).await;
    let status = rig.status("a", "b");
    assert!(status.up.is_none(), "{status:?}");
}

/// A call that does not end holds a stop for the patience, not longer.
#[tokio::test(start_paused = true)]
async fn a_stop_has_a_bound() {
    let mut rig = Rig::new(&["a", "b"], 2, Path::default());
    rig.until_linked("a", "b").await;
    let mesh = rig.mesh("a").clone();
    let endless =
        tokio::spawn(
            async move { mesh.call("b", 0, Bytes::from_static(b"sleep 900000"), ms(900_000)).await },
        );
    sleep(ms(100)).await;
    let start = Instant::now();
    rig.nodes.remove("b").unwrap().mesh.stop(ms(3_000)).await;
    assert!(start.elapsed() < ms(4_100), "{:?}", start.elapsed());
    let outcome = endless.await.unwrap();
    assert!(
        matches!(&outcome, Err(CallFault::Lost(reason)) if reason.contains("has stopped")),
        "{outcome:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn new_credentials_replace_links_without_a_lost_call() {
    let rig = Rig::new(&["a", "b", "c"], 3, Path { loss_permille: 5, ..Path::default() });
    rig.until_linked("a", "b").await;
    rig.until_linked("a", "c").await;
    let end = Instant::now() + Duration::from_secs(30);
    let calls: Vec<_> = [("a", "b"), ("b", "a"), ("c", "a"), ("a", "c")]
        .into_iter()
        .flat_map(|pair| vec![pair; 4])
        .map(|(from, to)| {
            let mesh = rig.mesh(from).clone();
            tokio::spawn(async move {
                while Instant::now() < end {
                    mesh.call(to, 1, Bytes::from_static(b"sleep 20"), ms(5_000)).await?;
                }
                Ok::<_, CallFault>(())
            })
        })
        .collect();
    let old = rig.status("b", "a").up.unwrap().leaf_ends_at;
    sleep(ms(5_000)).await;
    let credentials = rig.federation.credentials("a", NOW_MS + 3_600_000);
    rig.mesh("a").set_credentials(&credentials).unwrap();
    sleep(ms(3_000)).await;
    for peer in ["b", "c"] {
        let new = rig.status(peer, "a").up.unwrap().leaf_ends_at;
        assert_eq!(new, old.map(|old| old + 3_600), "{peer} sees the new certificate");
    }
    for call in calls {
        call.await.unwrap().unwrap();
    }
    let other = rig.federation.credentials("b", NOW_MS);
    assert!(matches!(rig.mesh("a").set_credentials(&other), Err(MeshError::OtherNode { .. })));
}

#[tokio::test(start_paused = true)]
async fn a_denied_partition_is_cut_at_once_and_stays_out() {
    let rig = Rig::new(&["a", "b", "c"], 4, Path::default());
    rig.until_linked("a", "b").await;
    rig.until_linked("a", "c").await;
    let mut trust = rig.federation.trust();
    trust.denied.insert(Denied::Partition("b".to_owned()));
    rig.mesh("a").set_trust(trust);
    sleep(ms(100)).await;
    assert!(!rig.mesh("a").is_reachable("b") && !rig.mesh("b").is_reachable("a"));
    sleep(ms(20_000)).await;
    assert!(!rig.mesh("a").is_reachable("b") && !rig.mesh("b").is_reachable("a"));
    assert!(rig.is_linked("a", "c"));
    let fault = rig.status("b", "a").last_fault.unwrap();
    assert!(fault.contains("denied"), "the operator of b reads why: {fault}");
    rig.mesh("a").set_trust(rig.federation.trust());
    let took = rig.until_linked("a", "b").await;
    assert!(took < ms(2_500), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_travels_to_the_peer() {
    let rig = Rig::apart(&["a", "b"], 5, Path::default());
    *rig.nodes["b"].member.refuses.lock() = Some("a is not among the members".to_owned());
    rig.introduce_to("a");
    sleep(ms(5_000)).await;
    assert!(!rig.mesh("a").is_reachable("b"));
    let fault = rig.status("a", "b").last_fault.unwrap();
    assert!(fault.contains("refuses: a is not among the members"), "{fault}");
    *rig.nodes["b"].member.refuses.lock() = None;
    rig.until_linked("a", "b").await;
    assert_eq!(rig.status("a", "b").last_fault, None);
}

#[tokio::test(start_paused = true)]
async fn a_removed_peer_is_let_go() {
    let rig = Rig::new(&["a", "b", "c"], 6, Path::default());
    rig.until_linked("a", "b").await;
    rig.until_linked("a", "c").await;
    rig.mesh("b").set_peers(BTreeMap::new());
    let only_c = BTreeMap::from([("c".to_owned(), vec![address(3).to_string()])]);
    rig.mesh("a").set_peers(only_c);
    sleep(ms(100)).await;
    assert!(!rig.mesh("a").is_reachable("b") && rig.is_linked("a", "c"));
    let dials = rig.mesh("b").counters().dials;
    sleep(ms(10_000)).await;
    assert_eq!(rig.mesh("b").counters().dials, dials);
    assert!(rig.mesh("a").status().iter().all(|status| status.partition != "b"));
}

#[tokio::test(start_paused = true)]
async fn another_partition_at_an_address_is_named() {
    let rig = Rig::apart(&["a", "b"], 7, Path::default());
    rig.mesh("a").set_peers([("c".to_owned(), vec![address(2).to_string()])].into());
    sleep(ms(3_000)).await;
    let fault = rig.status("a", "c").last_fault.unwrap();
    assert!(fault.contains("/partition/b/node/n1 answers") && fault.contains("given for c"), "{fault}");
}

#[tokio::test(start_paused = true)]
async fn live_twins_are_both_refused_until_one_is_stopped() {
    let rig = Rig::new(&["a", "b"], 8, Path::default());
    rig.until_linked("a", "b").await;
    let (config, _) = rig.config("b", 4711, address(9));
    let twin = Mesh::start(config).unwrap();
    twin.set_peers([("a".to_owned(), vec![address(1).to_string()])].into());
    rig.until("twins seen", || rig.mesh("a").counters().twins > 0).await;
    let mut linked_ms = 0;
    for _ in 0..200 {
        sleep(ms(100)).await;
        linked_ms += if rig.mesh("a").is_reachable("b") { 100 } else { 0 };
    }
    assert_eq!(linked_ms, 0, "neither of them is linked for long");
    let fault = rig.status("b", "a").last_fault.unwrap();
    assert!(fault.contains("two processes run as"), "{fault}");
    drop(twin);
    let took = rig.until_linked("a", "b").await;
    assert!(took < ms(13_000), "{took:?}");
    let stays = timeout(ms(20_000), async {
        while rig.is_linked("a", "b") {
            sleep(ms(50)).await;
        }
    });
    assert!(stays.await.is_err(), "the link ended again: {:?}", rig.status("a", "b"));
}
