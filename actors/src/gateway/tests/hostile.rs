//! A member with a valid certificate that sends what it may not send.

use super::*;
use crate::refusal::RefusalKind;
use crate::router;
use crate::store::{Row, Store};
use serde_json::Value;
use std::collections::BTreeMap;

const MESSAGES: &str = include_str!("../../../../tests/golden/v1/messages.jsonl");

/// The commands of the golden file that other partitions may not send, with their names, as commands to plant-b.
fn denied(principal: &Principal) -> Vec<(String, Request)> {
    let lines = MESSAGES.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let bodies = lines.filter_map(|line| line.pointer("/request/execute/command/body").cloned());
    let commands = bodies.enumerate().filter_map(|(number, json)| {
        let body = wire::body_from_json(&json.to_string()).unwrap();
        router::sender(&body).denied()?;
        let command = crate::command::Command {
            key: Uuid::from_u128(1000 + u128::try_from(number).unwrap()),
            principal: principal.clone(),
            partition: "plant-b".into(),
            body,
        };
        let (command, may_be_retry) = (Box::new(command), true);
        Some((json.to_string(), Request::Execute { command, may_be_retry, remaining_ms: 10_000, hops: 1 }))
    });
    commands.collect()
}

/// All rows of the store, and which of the keys it knows.
async fn stored(store: &MemoryStore, keys: &[Uuid]) -> (BTreeMap<String, Vec<Row>>, Vec<Uuid>) {
    let mut rows = BTreeMap::new();
    for kind in Kind::ALL {
        rows.insert(kind.table().to_owned(), store.rows(*kind, None, 100_000).await.unwrap());
    }
    let mut known = Vec::new();
    for key in keys {
        if store.inbox(*key).await.unwrap().is_some() {
            known.push(*key);
        }
    }
    (rows, known)
}

#[test]
fn what_a_member_may_not_send_changes_no_row() {
    on_paused_time(|| async {
        let partitions = TwoPartitions::start().await;
        let store = &partitions.stores[1];
        let denied = denied(&principal());
        assert!(denied.len() >= 28, "{}", denied.len());
        let keys: Vec<Uuid> = denied.iter().map(|(_, request)| key_of(request)).collect();
        let before = stored(store, &keys).await;
        for (name, request) in &denied {
            let message = wire::write_request(request).unwrap();
            let reply = partitions.b.serve(&"plant-a".into(), &message).await;
            let reply = wire::read_reply(&reply, Some(key_of(request))).unwrap();
            let Reply::Executed(Err(CallError::Refused(refusal))) = reply else {
                panic!("{reply:?}: {name}")
            };
            assert_eq!(refusal.kind, RefusalKind::Forbidden, "{name}");
            assert!(refusal.message.starts_with("not executed: \"plant-b\" accepts "), "{refusal}");
            assert!(refusal.message.ends_with(" only from its own site, not from \"plant-a\""), "{refusal}");
        }
        assert_eq!(stored(store, &keys).await, before);
        // From its own site, some of the same commands write rows: the comparison can fail.
        let mut written = 0;
        for (_, request) in denied {
            let Request::Execute { command, .. } = request else { unreachable!() };
            written += usize::from(partitions.b.local().answer(*command, true).await.is_ok());
        }
        assert!(written > 5, "{written}");
        assert_ne!(stored(store, &keys).await, before);
    });
}

fn key_of(request: &Request) -> Uuid {
    match request {
        Request::Execute { command, .. } => command.key,
        request => panic!("{request:?}"),
    }
}

/// One that was evicted, or of another federation, gets nothing but an answer to its pings.
#[test]
fn a_partition_that_is_no_member_reads_and_writes_nothing() {
    on_paused_time(|| async {
        let partitions = TwoPartitions::start().await;
        let command = |machine| partitions.a.local().command(&principal(), None, reserve(machine));
        let mut write = command("m-plant-b");
        write.partition = "plant-b".into();
        let execute =
            Request::Execute { command: Box::new(write), may_be_retry: true, remaining_ms: 1000, hops: 1 };
        let machine = crate::store::Key::new(Kind::Machine, "m-plant-b");
        let has = Request::Has { row: machine, answered: None };
        let show = Request::Show { kind: Kind::Machine, id: None, after: None };
        for name in ["plant-c", "plant-b", ""] {
            let from = PartitionId::from(name);
            assert_eq!(partitions.b.reply_to(&from, Request::Ping).await, Reply::Pong);
            for read in [&has, &show] {
                let reply = partitions.b.reply_to(&from, read.clone()).await;
                assert!(matches!(reply, Reply::Failed(CallError::Unavailable { .. })), "{reply:?}");
            }
            let reply = partitions.b.reply_to(&from, execute.clone()).await;
            let Reply::Executed(Err(CallError::Unavailable { partition, reason })) = reply else {
                panic!("{reply:?}")
            };
            assert_eq!(partition.as_str(), "plant-b");
            assert!(
                reason.contains("is not a member") && reason.contains("nothing was executed"),
                "{reason}"
            );
        }
        let row = partitions.b.local().world().machines.get("m-plant-b").unwrap();
        assert_eq!(row.state.description, "");
        assert!(matches!(partitions.b.reply_to(&"plant-a".into(), execute).await, Reply::Executed(Ok(_))));
    });
}

/// A command that names a third partition, or hardware of another site, is not executed for it.
#[test]
fn a_command_that_belongs_elsewhere_is_not_executed_for_a_member() {
    on_paused_time(|| async {
        let partitions = TwoPartitions::start().await;
        partitions.b.set_others(["plant-a", "plant-c"].map(PartitionId::from).into());
        let create =
            r#"{"network": {"create": {"id": "n", "partitionid": "plant-c", "prefixes": ["10.9.0.0/16"]}}}"#;
        let mut command =
            partitions.a.local().command(&principal(), None, wire::body_from_json(create).unwrap());
        command.partition = "plant-b".into();
        let execute =
            Request::Execute { command: Box::new(command), may_be_retry: true, remaining_ms: 1000, hops: 1 };
        let reply = partitions.b.reply_to(&"plant-a".into(), execute).await;
        let Reply::Executed(Err(CallError::Unavailable { partition, .. })) = reply else {
            panic!("{reply:?}")
        };
        assert_eq!(partition.as_str(), "plant-c");
        assert!(!partitions.b.local().world().networks.contains("n"));
    });
}
