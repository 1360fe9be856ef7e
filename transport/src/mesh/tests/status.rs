//! What is shown of links, and what may be switched.

use super::rig::{Known, Rig, address, ms};
use crate::fixture::{Federation, Member, NOW_MS, Path, wall_ms};
use crate::{CallFault, Mesh, MeshError, Settings, socket};
use bytes::Bytes;
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::time::sleep;

#[tokio::test(start_paused = true)]
async fn a_link_shows_what_it_is() {
    let mut rig = Rig::apart(&["a", "b"], 1, Path::default());
    rig.nodes.remove("b");
    let (mut config, _) = rig.config("b", 7, address(2));
    let wall_ms = wall_ms();
    config.wall_ms = Arc::new(move || wall_ms() + 700);
    config.build = "0.2.0".to_owned();
    config.features = BTreeSet::from(["chunks".to_owned()]);
    let b = Mesh::start(config).unwrap();
    rig.mesh("a").set_peers([("b".to_owned(), vec![address(2).to_string()])].into());
    rig.until("linked", || rig.mesh("a").is_reachable("b")).await;
    sleep(ms(3_000)).await;
    let status = rig.status("a", "b");
    assert_eq!(rig.directions("a", "b"), (Known::Open, Known::Open));
    assert_eq!((status.partition.as_str(), status.last_fault), ("b", None));
    let up = status.up.unwrap();
    assert_eq!(up.node.to_string(), "spiffe://mesh.example/partition/b/node/n1");
    assert_eq!((up.version, up.build.as_str(), up.incarnation), (1, "0.2.0", 8));
    assert_eq!((up.remote, up.is_dialled_here, up.is_leaving), (address(2), true, false));
    assert_eq!(up.features, BTreeSet::from(["chunks".to_owned()]));
    let skew_ms = up.clock_skew_ms.unwrap();
    assert!((695..=705).contains(&skew_ms), "{skew_ms}");
    let leaf_ends_in_h = (up.leaf_ends_at.unwrap() - NOW_MS / 1000) / 3600;
    assert!((22..=24).contains(&leaf_ends_in_h), "{leaf_ends_in_h}");
    assert!(up.round_trip.unwrap() >= ms(20) && up.round_trip.unwrap() < ms(30));
    assert!(up.sent_packets > 0 && up.sent_bytes > 0 && up.received_bytes > 0);
    assert_eq!(up.mtu_bytes, 1452, "probed");
    drop(b);
}

#[tokio::test(start_paused = true)]
async fn a_node_that_peers_would_refuse_does_not_start() {
    let rig = Rig::apart(&["a"], 7, Path::default());
    let (mut config, _) = rig.config("a", 7, address(9));
    config.build = "b".repeat(200);
    assert!(matches!(Mesh::start(config), Err(MeshError::Hello(reason)) if reason.contains("build")));
}

/// A path that carries less than it did: a tunnel on the way.
#[tokio::test(start_paused = true)]
async fn packets_that_become_too_large_do_not_end_a_link() {
    let rig = Rig::new(&["a", "b"], 2, Path::default());
    rig.until_linked("a", "b").await;
    let page = Bytes::from_static(b"size 400000");
    rig.mesh("a").call("b", 0, page.clone(), ms(5_000)).await.unwrap();
    assert_eq!(rig.status("b", "a").up.unwrap().mtu_bytes, 1452);
    rig.network.change_both("a", "b", |path| path.mtu = 1250);
    for _ in 0..10 {
        // Some time out until the black hole is seen.
        drop(rig.mesh("a").call("b", 0, page.clone(), ms(5_000)).await);
    }
    let up = rig.status("b", "a").up.unwrap();
    assert!(up.black_holes_detected > 0 && up.mtu_bytes <= 1250, "{up:?}");
    let outcome = rig.mesh("a").call("b", 0, page, ms(1_000)).await;
    assert_eq!(outcome.map(|reply| reply.len()), Ok(400_000));
}

/// Never above 1,200 before it is proved: a path that carries just that is linked at once.
#[tokio::test(start_paused = true)]
async fn the_smallest_path_is_linked_at_once() {
    let rig = Rig::new(&["a", "b"], 3, Path { mtu: 1200, ..Path::default() });
    let took = rig.until_linked("a", "b").await;
    assert!(took < ms(200), "{took:?}");
    let outcome = rig.mesh("a").call("b", 0, Bytes::from_static(b"size 400000"), ms(5_000)).await;
    assert!(outcome.is_ok());
    assert_eq!(rig.status("a", "b").up.unwrap().mtu_bytes, 1200);
}

#[tokio::test]
async fn segmentation_and_marks_can_be_switched_off() {
    let federation = Federation::new(&["a", "b"]);
    for (gso, ecn) in [(false, true), (true, false), (false, false)] {
        let start = |partition: &str, seed| {
            let bound = socket::udp("127.0.0.1:0".parse().unwrap()).unwrap();
            let mut config = federation.config(partition, seed, bound.socket, Arc::new(Member::default()));
            config.settings = Settings { gso, ecn };
            Mesh::start(config).unwrap()
        };
        let (a, b) = (start("a", 1), start("b", 2));
        a.set_peers([("b".to_owned(), vec![b.local_addr().unwrap().to_string()])].into());
        let mut changed = a.changed();
        while !a.is_reachable("b") {
            changed.changed().await.unwrap();
        }
        let reply = a.call("b", 0, Bytes::from_static(b"size 3000000"), ms(20_000)).await;
        assert_eq!(reply.map(|reply| reply.len()), Ok(3_000_000), "{gso} {ecn}");
    }
}

/// What a pretend socket got says whether packets are marked.
#[tokio::test(start_paused = true)]
async fn without_ecn_no_packet_is_marked() {
    for ecn in [true, false] {
        let mut rig = Rig::apart(&["a", "b"], 4, Path::default());
        rig.nodes.remove("a");
        let (mut config, _) = rig.config("a", 5, address(1));
        config.settings.ecn = ecn;
        let a = Mesh::start(config).unwrap();
        a.set_peers([("b".to_owned(), vec![address(2).to_string()])].into());
        rig.until("linked", || a.is_reachable("b")).await;
        assert_eq!(rig.network.marked_from(address(1)) > 0, ecn);
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_link_the_reason_is_in_the_fault() {
    let rig = Rig::apart(&["a"], 6, Path::default());
    rig.mesh("a").set_peers([("b".to_owned(), vec![address(50).to_string()])].into());
    sleep(ms(3_000)).await;
    let outcome = rig.mesh("a").call("b", 0, Bytes::new(), ms(1_000)).await;
    let fault = "there is no link to b: no answer within a second".to_owned();
    assert_eq!(outcome, Err(CallFault::NotSent(fault)));
}
