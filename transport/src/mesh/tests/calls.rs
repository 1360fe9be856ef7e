//! Calls and their bounds on the pretend network.

use super::rig::{Rig, ms};
use crate::CallFault;
use crate::fixture::Path;
use crate::settings::{CREDIT_REQUESTS, QUEUE_REQUESTS_MAX};
use bytes::Bytes;
use tokio::time::{Instant, timeout};

#[tokio::test(start_paused = true)]
async fn partitions_call_each_other() {
    let rig = Rig::new(&["a", "b"], 1, Path::default());
    let took = rig.until_linked("a", "b").await;
    assert!(took < ms(200), "{took:?}");
    let reply = rig.mesh("a").call("b", 1, Bytes::from_static(b"hi"), ms(1000)).await;
    assert_eq!(reply, Ok(Bytes::from_static(b"hi")));
    let (from, _) = rig.nodes["b"].member.asked.lock()[0].clone();
    assert_eq!(from.to_string(), "spiffe://mesh.example/partition/a/node/n1");
    let round_trip = rig.mesh("b").ping("a").await.unwrap();
    assert!(round_trip >= ms(20) && round_trip < ms(30), "{round_trip:?}");
    let nowhere = rig.mesh("a").call("c", 1, Bytes::new(), ms(1000)).await;
    assert!(matches!(nowhere, Err(CallFault::NotSent(_))), "{nowhere:?}");
}

#[tokio::test(start_paused = true)]
async fn requests_of_a_lane_are_begun_in_their_order() {
    let path = Path { loss_permille: 30, jitter: ms(5), ..Path::default() };
    let rig = Rig::new(&["a", "b"], 2, path);
    rig.until_linked("a", "b").await;
    let mesh = rig.mesh("a");
    let calls = (0..600u32).map(|number| {
        let mut request = number.to_be_bytes().to_vec();
        request.resize(if number % 50 == 0 { 200_000 } else { 100 }, 0);
        mesh.call("b", 3, Bytes::from(request), ms(60_000))
    });
    let outcomes = futures_util::future::join_all(calls).await;
    assert!(outcomes.iter().all(Result::is_ok));
    let asked = rig.nodes["b"].member.asked.lock();
    let numbers: Vec<u32> =
        asked.iter().map(|(_, body)| u32::from_be_bytes(*body.first_chunk().unwrap())).collect();
    assert_eq!(numbers, (0..600).collect::<Vec<u32>>());
}

#[tokio::test(start_paused = true)]
async fn a_lane_that_is_full_says_so_and_others_go_on() {
    let rig = Rig::new(&["a", "b"], 3, Path::default());
    rig.until_linked("a", "b").await;
    let mesh = rig.mesh("a").clone();
    let slow = Bytes::from_static(b"sleep 3000");
    let mut calls: Vec<_> = (0..CREDIT_REQUESTS as usize + QUEUE_REQUESTS_MAX + 50)
        .map(|_| {
            let (mesh, slow) = (mesh.clone(), slow.clone());
            tokio::spawn(async move { mesh.call("b", 0, slow, ms(2_000)).await })
        })
        .collect();
    tokio::time::sleep(ms(500)).await;
    let other_lane = mesh.call("b", 1, Bytes::from_static(b"quick"), ms(200)).await;
    assert!(other_lane.is_ok(), "{other_lane:?}");
    let mut counts = (0, 0, 0);
    for call in calls.drain(..) {
        match call.await.unwrap() {
            Err(CallFault::Lost(_)) => counts.0 += 1,
            Err(CallFault::NotSent(reason)) if reason.contains("too many") => counts.1 += 1,
            Err(CallFault::NotSent(_)) => counts.2 += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(counts.0, CREDIT_REQUESTS as usize, "the credit was sent, and no more");
    assert!(counts.1 > 0 && counts.2 > 0, "{counts:?}");
    assert_eq!(rig.nodes["b"].member.asked.lock().len(), CREDIT_REQUESTS as usize + 1);
    tokio::time::sleep(ms(3_000)).await;
    let again = mesh.call("b", 0, Bytes::from_static(b"quick"), ms(200)).await;
    assert!(again.is_ok(), "late replies give the credit back: {again:?}");
}

/// A page of 8 MB takes 0.7 s at 100 Mbit/s; what is behind it does not wait so long.
#[tokio::test(start_paused = true)]
async fn a_large_reply_does_not_hold_back_small_ones_of_its_lane() {
    let path = Path { rate: Some(12_500_000), ..Path::default() };
    let rig = Rig::new(&["a", "b"], 4, path);
    rig.until_linked("a", "b").await;
    let mesh = rig.mesh("a").clone();
    let large =
        tokio::spawn(async move { mesh.call("b", 0, Bytes::from_static(b"size 8000000"), ms(9_000)).await });
    tokio::time::sleep(ms(100)).await;
    let start = Instant::now();
    rig.mesh("a").call("b", 0, Bytes::from_static(b"small"), ms(9_000)).await.unwrap();
    assert!(start.elapsed() < ms(400), "{:?}", start.elapsed());
    assert!(!large.is_finished());
    assert_eq!(large.await.unwrap().map(|reply| reply.len()), Ok(8_000_000));
    let too_large = rig.mesh("a").call("b", 0, Bytes::from_static(b"size 9000000"), ms(9_000)).await;
    assert!(
        matches!(&too_large, Err(CallFault::Lost(reason)) if reason.contains("9000000")),
        "{too_large:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn the_deadline_travels_as_remaining_time() {
    let rig = Rig::new(&["a", "b"], 5, Path::default());
    rig.until_linked("a", "b").await;
    let start = Instant::now();
    let outcome = rig.mesh("a").call("b", 0, Bytes::from_static(b"sleep 9000"), ms(1_500)).await;
    assert!(matches!(outcome, Err(CallFault::Lost(_))), "{outcome:?}");
    assert_eq!(start.elapsed().as_millis(), 1_500);
    let remaining = rig.nodes["b"].member.remaining.lock()[0];
    assert!(remaining > ms(1_450) && remaining <= ms(1_500), "{remaining:?}");
}

/// A caller that goes away takes back what has not left.
#[tokio::test(start_paused = true)]
async fn a_dropped_call_is_not_sent_later() {
    let rig = Rig::new(&["a", "b"], 6, Path::default());
    rig.until_linked("a", "b").await;
    let slow = Bytes::from_static(b"sleep 2000");
    let mesh = rig.mesh("a");
    let busy = (0..CREDIT_REQUESTS).map(|_| mesh.call("b", 0, slow.clone(), ms(9_000)));
    let busy = futures_util::future::join_all(busy);
    let dropped = async {
        let call = mesh.call("b", 0, Bytes::from_static(b"dropped"), ms(9_000));
        assert!(timeout(ms(500), call).await.is_err());
    };
    tokio::join!(busy, dropped);
    mesh.call("b", 0, Bytes::from_static(b"last"), ms(9_000)).await.unwrap();
    let asked = rig.nodes["b"].member.asked.lock();
    assert!(asked.iter().all(|(_, body)| *body != "dropped"));
}
