//! Who waits how long for a write in another partition.

use super::*;
use crate::fixture::links::DELAY;
use crate::gateway::REMOTE_TIMEOUT;
use crate::mesh::Outgoing;

fn allocate_in_b() -> Body {
    let allocate = r#"{"machine": {"allocate": {"role": "machine", "request": {"partitionid": "plant-b"}}}}"#;
    wire::body_from_json(allocate).unwrap()
}

fn execution(sent: &[Outgoing]) -> (Duration, u64) {
    let outgoing = sent.last().unwrap();
    match wire::read_request(&outgoing.request).unwrap() {
        Request::Execute { remaining_ms, .. } => (outgoing.remaining, remaining_ms),
        request => panic!("{request:?}"),
    }
}

#[test]
fn the_time_before_a_command_is_sent_is_not_given_to_its_executor() {
    on_paused_time(|| async {
        let partitions = TwoPartitions::start().await;
        let all = u64::try_from(REMOTE_TIMEOUT.as_millis()).unwrap();
        partitions.links.take_sent();
        let refused = partitions.a.execute_any(&principal(), None, allocate_in_b()).await;
        assert!(matches!(refused, Err(CallError::Refused(_))), "{refused:?}");
        assert_eq!(execution(&partitions.links.take_sent()), (REMOTE_TIMEOUT, all));
        // Its owner is looked up first.
        partitions.a.execute_any(&principal(), None, reserve("m-plant-b")).await.unwrap();
        let looked_up = u64::try_from(DELAY.as_millis()).unwrap();
        assert_eq!(execution(&partitions.links.take_sent()), (REMOTE_TIMEOUT - DELAY, all - looked_up));
    });
}

/// The silence may begin at any moment between two pings.
#[test]
fn a_write_to_a_partition_that_falls_silent_ends_within_five_seconds_with_an_unknown_outcome() {
    on_paused_time(|| async {
        for offset_ms in (0..1000).step_by(50) {
            let partitions = TwoPartitions::start().await;
            tokio::time::sleep(Duration::from_millis(3000 + offset_ms)).await;
            partitions.fault(Fault::Silent);
            let (started, key) = (Instant::now(), Uuid::from_u128(1));
            let write = partitions.a.execute_any(&principal(), Some(key), allocate_in_b()).await;
            assert_eq!(write, Err(CallError::Unknown { key }));
            assert!(started.elapsed() <= Duration::from_secs(5), "{offset_ms}: {:?}", started.elapsed());
            let started = Instant::now();
            let away = partitions.a.execute_any(&principal(), None, allocate_in_b()).await.unwrap_err();
            assert!(matches!(away, CallError::Unavailable { .. }), "{away:?}");
            assert!(
                away.to_string().ends_with("no answer from plant-b; the command was not executed"),
                "{away}"
            );
            assert_eq!(started.elapsed(), Duration::ZERO, "known to be away: it was not sent");
        }
    });
}

/// A slow partition that answers pings is not a silent one.
#[test]
fn a_partition_that_lives_has_the_whole_time_for_its_answer() {
    on_paused_time(|| async {
        let partitions = TwoPartitions::start().await;
        partitions.fault(Fault::SlowExecutions(Duration::from_secs(9)));
        let started = Instant::now();
        let slow = partitions.a.execute_any(&principal(), None, reserve("m-plant-b")).await;
        assert_eq!(slow, Ok(Answer::Machine("m-plant-b".into())));
        assert!(started.elapsed() > Duration::from_secs(9));
        partitions.fault(Fault::LoseExecutions);
        let (started, key) = (Instant::now(), Uuid::from_u128(2));
        let lost = partitions.a.execute_any(&principal(), Some(key), reserve("m-plant-b")).await;
        assert_eq!(lost, Err(CallError::Unknown { key }));
        assert_eq!(started.elapsed(), REMOTE_TIMEOUT);
    });
}
