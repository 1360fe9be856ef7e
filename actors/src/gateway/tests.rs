//! Two partitions with a link that can be cut, loses replies and delivers twice: who executes what, how often, and who
//! waits how long.

mod deadlines;
mod hostile;
mod keys;
mod members;
mod releases;

use super::{AWAY_AFTER, Gateway, LIST_TIMEOUT, PeerState};
use crate::answer::Answer;
use crate::command::Body;
use crate::command::ask::{self, Freed};
use crate::decide::DOMAIN;
use crate::decision::{Decision, Principal, Role};
use crate::fixture::links::{Fault, Links};
use crate::fixture::on_paused_time;
use crate::ids::PartitionId;
use crate::machine::MachineCommand;
use crate::mesh::{Outgoing, Reply, Request};
use crate::runtime::{CallError, Domain, Env, LocalPartition, LocalPartitionConfig, PausedClock};
use crate::store::Kind;
use crate::store::memory::MemoryStore;
use crate::time::Timestamp;
use crate::wire;
use bytes::Bytes;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;

struct TwoPartitions {
    links: Arc<Links>,
    stores: Vec<Arc<MemoryStore>>,
    a: Gateway,
    b: Gateway,
}

const NAMES: [&str; 2] = ["plant-a", "plant-b"];

impl TwoPartitions {
    /// Each partition has one machine, named after it; the clock of plant-b is a day ahead.
    async fn start() -> Self {
        let (links, mut stores) = (Arc::new(Links::default()), Vec::new());
        for (name, ahead) in NAMES.into_iter().zip([0, 24 * 3600]) {
            let base = Timestamp::from_millis(1_750_000_000_000) + Duration::from_secs(ahead);
            let store = Arc::new(MemoryStore::default());
            stores.push(Arc::clone(&store));
            let local = LocalPartition::start(LocalPartitionConfig {
                partition: name.into(),
                store,
                env: Env::new(Arc::new(PausedClock::starting_at(base)), ahead),
                domain: DOMAIN,
            });
            let others: BTreeSet<_> =
                NAMES.into_iter().filter(|other| *other != name).map(PartitionId::from).collect();
            let end = Gateway::new(local.await.unwrap(), links.of(name), others);
            end.start();
            let alive = json(&format!("m-{name}"), "Alive");
            end.execute_any(&principal(), None, alive).await.unwrap();
            links.add(name.into(), end);
        }
        let end = |name: &str| links.end(&name.into()).unwrap();
        let [a, b] = NAMES.map(end);
        Self { links, stores, a, b }
    }

    fn fault(&self, fault: Fault) {
        self.links.set(fault);
    }
}

fn principal() -> Principal {
    Principal { email: "admin".to_owned(), role: Role::Admin }
}

fn json(machine: &str, event: &str) -> Body {
    let body = serde_json::json!({"machine": {"event": {"machine": machine, "event": event, "message": ""}}});
    wire::body_from_json(&body.to_string()).unwrap()
}

fn reserve(machine: &str) -> Body {
    Body::Machine(MachineCommand::SetState {
        machine: machine.into(),
        value: "RESERVED".to_owned(),
        description: "mine".to_owned(),
    })
}

/// Architecture 3, rows 1 and 6.
#[test]
fn a_write_is_executed_where_its_target_lives() {
    on_paused_time(|| async {
        let partitions = TwoPartitions::start().await;
        let answer = partitions.a.execute_any(&principal(), None, reserve("m-plant-b")).await;
        assert_eq!(answer, Ok(Answer::Machine("m-plant-b".into())));
        let row = partitions.b.local().world().machines.get("m-plant-b").unwrap();
        assert_eq!(row.state.description, "mine");
        assert!(!partitions.a.local().world().machines.contains("m-plant-b"));
        let nobodys = partitions.a.execute_any(&principal(), None, reserve("m-nobody")).await;
        assert!(matches!(nobodys, Err(CallError::Refused(_))), "{nobodys:?}");
    });
}

/// Invariant 3, over a link.
#[test]
fn a_write_is_applied_once_however_often_it_arrives() {
    on_paused_time(|| async {
        let partitions = TwoPartitions::start().await;
        let generation = || partitions.b.local().world().machines.get("m-plant-b").unwrap().generation;
        let before = generation();
        partitions.fault(Fault::Twice);
        partitions.a.execute_any(&principal(), None, reserve("m-plant-b")).await.unwrap();
        assert_eq!(generation(), before.next());
        let key = Uuid::from_u128(5);
        partitions.fault(Fault::LoseNextExecution);
        let free = Body::Machine(MachineCommand::Free { machine: "m-plant-b".into() });
        let lost = partitions.a.execute_any(&principal(), Some(key), free.clone()).await;
        assert_eq!(lost, Err(CallError::Unknown { key }));
        let freed = generation();
        assert_eq!(
            partitions.a.execute_any(&principal(), Some(key), free).await,
            Ok(Answer::Machine("m-plant-b".into()))
        );
        assert_eq!(generation(), freed);
    });
}

/// The row is gone, but the partition that removed it knows the key.
#[test]
fn a_removal_whose_answer_was_lost_is_told_when_asked_again() {
    on_paused_time(|| async {
        let partitions = TwoPartitions::start().await;
        let key = Uuid::from_u128(6);
        // Only the dead can be deleted.
        tokio::time::sleep(Duration::from_secs(1200)).await;
        let inspect = Body::Machine(MachineCommand::Inspect { machine: "m-plant-b".into() });
        partitions.b.execute_any(&principal(), None, inspect).await.unwrap();
        partitions.fault(Fault::LoseNextExecution);
        let delete = Body::Machine(MachineCommand::Delete { machine: "m-plant-b".into() });
        let lost = partitions.a.execute_any(&principal(), Some(key), delete.clone()).await;
        assert_eq!(lost, Err(CallError::Unknown { key }));
        assert!(!partitions.b.local().world().machines.contains("m-plant-b"));
        let again = partitions.a.execute_any(&principal(), Some(key), delete.clone()).await;
        assert!(matches!(again, Ok(Answer::MachineRemoved(_))), "{again:?}");
        let other = partitions.a.execute_any(&principal(), Some(Uuid::from_u128(7)), delete.clone()).await;
        assert!(matches!(other, Err(CallError::Refused(_))), "{other:?}");
        partitions.fault(Fault::Silent);
        let cut = partitions.a.execute_any(&principal(), Some(key), delete).await;
        assert!(
            matches!(cut, Err(CallError::Unavailable { .. })),
            "not refused: it may have been done there"
        );
    });
}

/// Architecture 3, rows 3 and 4.
#[test]
fn a_partition_that_is_away_is_named_and_not_waited_for() {
    on_paused_time(|| async {
        let partitions = TwoPartitions::start().await;
        let all = partitions.a.list(Kind::Machine).await;
        let count: Vec<_> =
            all.answers.iter().map(|(name, rows)| (name.as_str(), rows.world().machines.len())).collect();
        assert_eq!(count, [("plant-a", 1), ("plant-b", 1)]);
        partitions.fault(Fault::Silent);
        let started = Instant::now();
        let one = partitions.a.list(Kind::Machine).await;
        assert_eq!(one.unreachable, [PartitionId::from("plant-b")]);
        assert!(started.elapsed() <= LIST_TIMEOUT);
        let waited = partitions.a.execute_any(&principal(), None, reserve("m-plant-b")).await;
        assert!(matches!(waited, Err(CallError::Unavailable { .. })), "{waited:?}");
        assert!(started.elapsed() <= AWAY_AFTER + Duration::from_secs(1));
        tokio::time::sleep(AWAY_AFTER).await;
        assert!(matches!(partitions.a.peers()[&PartitionId::from("plant-b")], PeerState::Away(_)));
        let started = Instant::now();
        let refused = partitions.a.execute_any(&principal(), None, reserve("m-plant-b")).await;
        let Err(CallError::Unavailable { partition, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!(partition.as_str(), "plant-b");
        let listed = partitions.a.list(Kind::Machine).await;
        assert_eq!(listed.unreachable, [PartitionId::from("plant-b")]);
        assert_eq!(started.elapsed(), Duration::ZERO, "known to be away: the call does not wait");
        partitions
            .a
            .execute_any(&principal(), None, reserve("m-plant-a"))
            .await
            .expect("its own machines go on");
        partitions.fault(Fault::None);
        tokio::time::sleep(Duration::from_secs(4)).await;
        partitions.a.execute_any(&principal(), None, reserve("m-plant-b")).await.expect("it came back");
    });
}

#[test]
fn a_write_under_way_when_the_link_is_cut_is_unknown_and_can_be_asked_again() {
    on_paused_time(|| async {
        let partitions = TwoPartitions::start().await;
        let key = Uuid::from_u128(9);
        let allocate =
            r#"{"machine": {"allocate": {"role": "machine", "request": {"partitionid": "plant-b"}}}}"#;
        let allocate = wire::body_from_json(allocate).unwrap();
        partitions.fault(Fault::Silent);
        let started = Instant::now();
        let lost = partitions.a.execute_any(&principal(), Some(key), allocate.clone()).await;
        assert_eq!(lost, Err(CallError::Unknown { key }));
        assert!(started.elapsed() <= AWAY_AFTER);
        partitions.fault(Fault::None);
        tokio::time::sleep(Duration::from_secs(4)).await;
        let again = partitions.a.execute_any(&principal(), Some(key), allocate).await;
        assert!(matches!(again, Err(CallError::Refused(_))), "{again:?}");
    });
}

#[test]
fn a_command_is_not_passed_on_twice() {
    on_paused_time(|| async {
        let partitions = TwoPartitions::start().await;
        let mut command = partitions.a.local().command(&principal(), None, reserve("m-plant-a"));
        command.partition = "plant-c".into();
        let execute = |hops| Request::Execute {
            command: Box::new(command.clone()),
            may_be_retry: false,
            remaining_ms: 1000,
            hops,
        };
        for hops in [1, 2] {
            let reply = partitions.a.reply_to(&"plant-b".into(), execute(hops)).await;
            assert!(matches!(reply, Reply::Executed(Err(CallError::Unavailable { .. }))), "{reply:?}");
        }
    });
}

/// Each `ask` names its answer; what a newer release answers in its place is no answer of it.
#[test]
fn the_answer_of_another_command_is_an_error_that_does_not_promise_that_nothing_was_changed() {
    on_paused_time(|| async {
        let local = LocalPartition::start(LocalPartitionConfig {
            partition: "plant-a".into(),
            store: Arc::new(MemoryStore::default()),
            env: Env::new(Arc::new(PausedClock::starting_at(Timestamp::from_millis(0))), 1),
            domain: Domain {
                decide: |_, _, context| Ok(Decision::new(context.now, Answer::MachineLocked)),
                ..DOMAIN
            },
        });
        let gateway = Gateway::alone(local.await.unwrap());
        let freed = gateway.execute(&principal(), None, ask::machine::free("m".into())).await;
        assert_eq!(freed, Ok(Freed::Locked));
        let key = Uuid::from_u128(1);
        let deleted = gateway.execute(&principal(), Some(key), ask::machine::delete("m".into())).await;
        assert_eq!(deleted, Err(CallError::UnreadableAnswer { key }));
    });
}
