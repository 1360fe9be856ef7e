//! The rows of the contract about what another node was faster with: the store has a row that this world does not know.

use super::*;
use crate::ipam::fixture;
use crate::masterdata::{Meta, Project};
use crate::network::{Network, NetworkCommand};
use crate::store::{Generation, Put};
use serde_json::{Value, json};

/// A partition with project `a` and network `n`.
async fn fixture() -> Fixture {
    let fixture = Fixture::start_with(crate::decide::decide).await;
    let meta = Meta { id: "a".to_owned(), ..Meta::default() };
    fixture.put(Project { meta: Some(meta), ..Project::default() }).await;
    fixture.put(network()).await;
    fixture
}

fn network() -> Network {
    fixture::network("n", &["192.0.2.0/24"])
}

impl Fixture {
    /// What another node writes.
    async fn elsewhere<R: Record>(&self, record: R, expected: Option<Generation>) {
        let row = record.row(expected.map_or(Generation(1), Generation::next));
        let puts = vec![Put { row, expected }];
        self.store.inner.commit(Transaction { puts, ..Transaction::default() }).await.unwrap();
    }

    async fn does(&self, body: Body) -> Result<Answer, CallError> {
        self.local.ask(&self.principal, None, body).await
    }
}

fn create(id: &str) -> Body {
    let request = json!({"id": id, "prefixes": ["198.51.100.0/24"], "vrf": 7});
    Body::Network(NetworkCommand::Create(serde_json::from_value(request).unwrap()))
}

fn update(change: Value) -> Body {
    let mut request = json!({"id": "n"});
    request.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    let update = serde_json::from_value(request).unwrap();
    Body::Network(NetworkCommand::Update { update, force: false })
}

fn conflict(text: &str) -> Result<Answer, CallError> {
    Err(CallError::Refused(Refusal::conflict(text)))
}

/// api-resources 2.4, row 22. The repeated decision finds what row 13 finds; a command that loses every race gives up.
#[test]
fn a_network_that_another_node_created_meanwhile_is_a_conflict() {
    on_paused_time(|| async {
        let fixture = fixture().await;
        fixture.elsewhere(fixture::network("m", &["203.0.113.0/24"]), None).await;
        assert_eq!(fixture.does(create("m")).await, conflict("entity already exists"));
        let known = fixture.local.world().networks.get("m").unwrap();
        assert_eq!(known.prefixes, ["203.0.113.0/24".parse().unwrap()], "the other's stays as it is");
        fixture.store.conflicts.store(10, Ordering::Relaxed);
        assert_eq!(fixture.does(create("o")).await, Err(CallError::Conflict));
        assert_eq!((fixture.local.world().networks.len(), fixture.local.world().claims.len()), (2, 0));
        assert!(fixture.does(create("o")).await.is_ok(), "its VRF and its prefix were not kept");
    });
}

/// api-resources 2.5, row 16. An update is decided again after another node's write; a command that loses every race
/// gives up.
#[test]
fn a_network_that_another_node_keeps_changing_is_a_conflict() {
    on_paused_time(|| async {
        let fixture = fixture().await;
        let theirs = Network { description: "theirs".to_owned(), ..network() };
        fixture.elsewhere(theirs, Some(Generation(1))).await;
        let Ok(Answer::Network(updated)) = fixture.does(update(json!({"name": "ours"}))).await else {
            panic!("not updated")
        };
        assert_eq!((updated.name.as_str(), updated.description.as_str()), ("ours", "theirs"));
        fixture.store.conflicts.store(10, Ordering::Relaxed);
        let grown = json!({"name": "lost", "prefixes": ["192.0.2.0/24", "198.51.100.0/24"]});
        assert_eq!(fixture.does(update(grown)).await, Err(CallError::Conflict));
        assert_eq!(*fixture.local.world().networks.get("n").unwrap().value, *updated);
        assert!(fixture.does(create("o")).await.is_ok(), "the prefix was not kept");
    });
}

/// api-resources 3.2, row 15.
#[test]
fn an_address_that_another_node_gave_away_meanwhile_is_a_conflict() {
    on_paused_time(|| async {
        let fixture = fixture().await;
        let request = |specific: Option<&str>| {
            let request = AddressAllocate {
                networkid: "n".to_owned(),
                projectid: "a".to_owned(),
                specific: specific.map(str::to_owned),
                ..AddressAllocate::default()
            };
            Body::Address(AddressCommand::Allocate(Box::new(request)))
        };
        for taken in ["192.0.2.1", "192.0.2.9"] {
            fixture.elsewhere(fixture::address(&network(), taken), None).await;
        }
        assert_eq!(fixture.does(request(Some("192.0.2.9"))).await, conflict("Conflict ip already allocated"));
        let Ok(Answer::Address(next)) = fixture.does(request(None)).await else { panic!("there are others") };
        assert_eq!(next.address.to_string(), "192.0.2.2", "a request for any address gets the next");
    });
}
