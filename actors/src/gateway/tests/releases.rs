//! Two partitions of different releases: unreadable messages are reported, and the link stays.

use super::*;
use cbor4ii::core::Value as Cbor;

type Parts = std::collections::BTreeMap<String, Cbor>;

fn parts(message: &Bytes) -> Parts {
    cbor4ii::serde::from_slice(message).unwrap()
}

fn whole(parts: &Parts) -> Bytes {
    cbor4ii::serde::to_vec(Vec::new(), parts).unwrap().into()
}

fn text(text: &str) -> Cbor {
    Cbor::Text(text.to_owned())
}

fn as_it_is(message: &Bytes) -> Bytes {
    message.clone()
}

/// The message with an additional field in every map.
fn grown(message: &Bytes) -> Bytes {
    fn grow(tree: &mut Cbor) {
        if let Cbor::Map(fields) = tree {
            fields.iter_mut().for_each(|(_, value)| grow(value));
            if fields.len() > 1 {
                fields.push((text("of_tomorrow"), Cbor::Array(vec![text("x")])));
            }
        }
    }
    let mut parts = parts(message);
    parts.values_mut().for_each(grow);
    parts.insert("of_tomorrow".to_owned(), Cbor::Null);
    whole(&parts)
}

/// Commands have an unknown kind; everything else is unchanged.
fn another_command(message: &Bytes) -> Bytes {
    let mut parts = parts(message);
    if let Some(Cbor::Map(variant)) = parts.get_mut("message")
        && variant[0].0 == text("execute")
    {
        variant[0].0 = text("execute_tomorrow");
    }
    whole(&parts)
}

fn next_version(message: &Bytes) -> Bytes {
    let mut parts = parts(message);
    parts.insert("version".to_owned(), Cbor::Integer(2));
    whole(&parts)
}

/// Commands are answered something that is not known yet.
fn another_answer(message: &Bytes) -> Bytes {
    let mut parts = parts(message);
    if let Some(Cbor::Map(variant)) = parts.get_mut("message")
        && variant[0].0 == text("executed")
    {
        variant[0].1 =
            Cbor::Map(vec![(text("Ok"), Cbor::Map(vec![(text("of_tomorrow"), Cbor::Integer(1))]))]);
    }
    whole(&parts)
}

fn garbage(_message: &Bytes) -> Bytes {
    Bytes::from_static(b"HTTP/1.1 400 Bad Request\r\n\r\n")
}

fn description(partitions: &TwoPartitions) -> String {
    partitions.b.local().world().machines.get("m-plant-b").unwrap().state.description.clone()
}

/// The link stays: the next message is read.
async fn goes_on(partitions: &TwoPartitions) {
    partitions.fault(Fault::None);
    partitions.a.execute_any(&principal(), None, reserve("m-plant-b")).await.expect("the link lives");
    assert_eq!(partitions.a.list(Kind::Machine).await.unreachable, []);
    assert_eq!(partitions.a.peers()[&PartitionId::from("plant-b")], PeerState::There);
}

#[test]
fn fields_that_are_not_known_are_passed_over() {
    on_paused_time(|| async {
        let partitions = TwoPartitions::start().await;
        partitions.fault(Fault::Rewrite { request: grown, reply: grown });
        let answer = partitions.a.execute_any(&principal(), None, reserve("m-plant-b")).await;
        assert_eq!(answer, Ok(Answer::Machine("m-plant-b".into())));
        assert_eq!(description(&partitions), "mine");
        let all = partitions.a.list(Kind::Machine).await;
        assert_eq!((all.answers.len(), all.unreachable.len()), (2, 0));
        goes_on(&partitions).await;
    });
}

/// An unreadable message is answered as such, and nothing of it is executed.
#[test]
fn a_command_that_is_not_known_is_not_executed_and_says_so() {
    on_paused_time(|| async {
        let partitions = TwoPartitions::start().await;
        partitions.fault(Fault::Rewrite { request: another_command, reply: as_it_is });
        let started = Instant::now();
        let refused = partitions.a.execute_any(&principal(), None, reserve("m-plant-b")).await.unwrap_err();
        assert!(started.elapsed() < Duration::from_secs(1));
        let CallError::Unavailable { partition, reason } = &refused else { panic!("{refused:?}") };
        assert_eq!(partition.as_str(), "plant-b");
        for part in
            ["plant-b runs another release", "execute_tomorrow", "nothing was changed", "update the older"]
        {
            assert!(reason.contains(part), "{reason}");
        }
        assert_eq!(description(&partitions), "");
        assert_eq!(partitions.a.list(Kind::Machine).await.unreachable, [], "what is known goes on");
        goes_on(&partitions).await;
    });
}

#[test]
fn a_version_that_is_not_known_names_the_partition_and_leaves_the_link_alone() {
    on_paused_time(|| async {
        let partitions = TwoPartitions::start().await;
        partitions.fault(Fault::Rewrite { request: next_version, reply: as_it_is });
        tokio::time::sleep(AWAY_AFTER * 3).await;
        assert_eq!(partitions.a.peers()[&PartitionId::from("plant-b")], PeerState::There);
        let listed = partitions.a.list(Kind::Machine).await;
        assert_eq!(listed.unreachable, [PartitionId::from("plant-b")]);
        let refused = partitions.a.execute_any(&principal(), None, reserve("m-plant-b")).await.unwrap_err();
        assert!(refused.to_string().contains("version 2 of messages is unknown"), "{refused}");
        let looked = partitions.a.get(Kind::Machine, "m-nobody").await.unwrap_err();
        assert!(looked.to_string().contains("version 2 of messages is unknown"), "{looked}");
        goes_on(&partitions).await;
    });
}

/// Two reasons for an unreadable answer: the command was applied, or the outcome is unknown.
#[test]
fn an_answer_that_is_not_known_is_not_a_refusal() {
    on_paused_time(|| async {
        let partitions = TwoPartitions::start().await;
        let key = Uuid::from_u128(11);
        partitions.fault(Fault::Rewrite { request: as_it_is, reply: another_answer });
        let unreadable = partitions.a.execute_any(&principal(), Some(key), reserve("m-plant-b")).await;
        assert_eq!(unreadable, Err(CallError::UnreadableAnswer { key }));
        assert_eq!(description(&partitions), "mine");
        let free = Body::Machine(MachineCommand::Free { machine: "m-plant-b".into() });
        let key = Uuid::from_u128(12);
        // The owner is found first; a garbage answer counts as no answer.
        partitions.fault(Fault::Rewrite { request: as_it_is, reply: garbage });
        let unknown = partitions.a.execute_any(&principal(), Some(key), free.clone()).await;
        assert!(matches!(unknown, Err(CallError::Unavailable { .. })), "{unknown:?}");
        partitions.fault(Fault::LoseNextExecution);
        let lost = partitions.a.execute_any(&principal(), Some(key), free.clone()).await;
        assert_eq!(lost, Err(CallError::Unknown { key }));
        partitions.fault(Fault::None);
        let told = partitions.a.execute_any(&principal(), Some(key), free).await;
        assert_eq!(told, Ok(Answer::Machine("m-plant-b".into())));
        goes_on(&partitions).await;
    });
}

#[test]
fn whatever_a_link_brings_is_answered() {
    on_paused_time(|| async {
        let partitions = TwoPartitions::start().await;
        for message in [&b""[..], b"\xff", b"GET / HTTP/1.1\r\n\r\n", &[0x81; 100_000]] {
            let reply = wire::read_reply(&partitions.b.serve(&"plant-a".into(), message).await, None);
            assert!(matches!(reply, Ok(Reply::NotUnderstood { .. })), "{reply:?}");
        }
        goes_on(&partitions).await;
    });
}
