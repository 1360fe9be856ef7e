//! Partitions that join and leave while calls run, and what a transport gets with each request.

use super::*;
use crate::fixture::links::DELAY;

fn set(names: &[&str]) -> BTreeSet<PartitionId> {
    names.iter().copied().map(PartitionId::from).collect()
}

#[test]
fn a_partition_that_joins_is_asked_and_watched_and_one_that_leaves_is_forgotten() {
    on_paused_time(|| async {
        let partitions = TwoPartitions::start().await;
        let a = &partitions.a;
        a.set_others(set(&[]));
        assert_eq!((a.others(), a.peers().len()), (None, 0));
        assert_eq!(a.list(Kind::Machine).await.answers.len(), 1);
        assert!(a.get(Kind::Machine, "m-plant-b").await.unwrap().is_none());
        // Its own name changes nothing.
        a.set_others(set(&["plant-a", "plant-b"]));
        assert_eq!(a.peers().into_keys().collect::<BTreeSet<_>>(), set(&["plant-b"]));
        assert_eq!(a.list(Kind::Machine).await.answers.len(), 2);
        partitions.fault(Fault::Silent);
        tokio::time::sleep(AWAY_AFTER + Duration::from_secs(1)).await;
        assert!(matches!(a.peers()[&"plant-b".into()], PeerState::Away(_)), "it is watched");
        // One that is replaced by others and comes back is a new one.
        a.set_others(set(&["plant-c"]));
        a.set_others(set(&["plant-b", "plant-c"]));
        assert_eq!(a.peers()[&"plant-b".into()], PeerState::There);
        tokio::time::sleep(AWAY_AFTER + Duration::from_secs(1)).await;
        let away = a.peers().into_values().filter(|state| matches!(state, PeerState::Away(_)));
        assert_eq!(away.count(), 2);
    });
}

#[test]
fn running_calls_to_a_partition_that_leaves_end_as_if_it_went_away() {
    on_paused_time(|| async {
        let partitions = TwoPartitions::start().await;
        let a = partitions.a.clone();
        partitions.fault(Fault::LoseExecutions);
        let key = Uuid::from_u128(3);
        let started = Instant::now();
        let leave = async {
            tokio::time::sleep(DELAY * 3).await;
            a.set_others(set(&[]));
            // Back at once: the call must not take the new stay for the old one.
            a.set_others(set(&["plant-b"]));
        };
        let principal = principal();
        let write = a.execute_any(&principal, Some(key), reserve("m-plant-b"));
        let (outcome, ()) = tokio::join!(write, leave);
        assert_eq!(outcome, Err(CallError::Unknown { key }), "it was sent");
        assert!(started.elapsed() < DELAY * 4);
    });
}

/// Without an end of its own, each stay would leave a task behind.
#[test]
fn the_pings_of_a_stay_end_with_it() {
    on_paused_time(|| async {
        let partitions = TwoPartitions::start().await;
        // Each task holds the gateway.
        let tasks = || Arc::strong_count(&partitions.a.shared);
        let before = tasks();
        for _ in 0..50 {
            partitions.a.set_others(set(&[]));
            partitions.a.set_others(set(&["plant-b"]));
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(tasks(), before);
    });
}

#[test]
fn commands_to_one_actor_have_one_lane_and_reads_are_spread() {
    on_paused_time(|| async {
        let partitions = TwoPartitions::start().await;
        let Outgoing { lane: machine, .. } = sent(&partitions, reserve("m-plant-b")).await;
        let free = Body::Machine(MachineCommand::Free { machine: "m-plant-b".into() });
        assert_eq!(sent(&partitions, free).await.lane, machine);
        partitions.links.take_sent();
        for machine in ["x", "y"] {
            partitions.a.get(Kind::Machine, machine).await.unwrap();
        }
        partitions.a.list(Kind::Machine).await;
        let reads = partitions.links.take_sent();
        let lanes: BTreeSet<u64> = reads.iter().map(|read| read.lane).collect();
        assert_eq!((reads.len(), lanes.len()), (3, 3));
        assert!(!lanes.contains(&machine));
        assert!(reads.iter().all(|read| read.remaining <= LIST_TIMEOUT && !read.remaining.is_zero()));
    });
}

/// The command as it was sent to plant-b.
async fn sent(partitions: &TwoPartitions, body: Body) -> Outgoing {
    partitions.links.take_sent();
    partitions.a.execute_any(&principal(), None, body).await.unwrap();
    partitions.links.take_sent().pop().unwrap()
}
