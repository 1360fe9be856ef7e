//! The rows of the contract about what another node was faster with: the store has a row that this world does not know.

use super::*;
use crate::ipam::stage;
use crate::masterdata::{Meta, Project};
use crate::network::{Network, NetworkCommand};
use crate::store::{Generation, Put};
use serde_json::{Value, json};

/// A site with project `a` and network `n`.
async fn rig() -> Rig {
    let rig = Rig::start_with(crate::decide::decide).await;
    let meta = Meta { id: "a".to_owned(), ..Meta::default() };
    rig.put(Project { meta: Some(meta), ..Project::default() }).await;
    rig.put(network()).await;
    rig
}

fn network() -> Network {
    stage::network("n", &["192.0.2.0/24"])
}

impl Rig {
    /// What another node writes.
    async fn elsewhere<R: Record>(&self, record: R, expected: Option<Generation>) {
        let row = record.row(expected.map_or(Generation(1), Generation::next));
        let puts = vec![Put { row, expected }];
        self.store.inner.commit(Transaction { puts, ..Transaction::default() }).await.unwrap();
    }

    async fn does(&self, body: Body) -> Result<Answer, CallError> {
        self.site.ask(&self.principal, None, body).await
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
        let rig = rig().await;
        rig.elsewhere(stage::network("m", &["203.0.113.0/24"]), None).await;
        assert_eq!(rig.does(create("m")).await, conflict("entity already exists"));
        let known = rig.site.world().networks.get("m").unwrap();
        assert_eq!(known.prefixes, ["203.0.113.0/24".parse().unwrap()], "the other's stays as it is");
        rig.store.conflicts.store(10, Ordering::Relaxed);
        assert_eq!(rig.does(create("o")).await, Err(CallError::Conflict));
        assert_eq!((rig.site.world().networks.len(), rig.site.world().claims.len()), (2, 0));
        assert!(rig.does(create("o")).await.is_ok(), "its VRF and its prefix were not kept");
    });
}

/// api-resources 2.5, row 16. An update is decided again after another node's write; a command that loses every race
/// gives up.
#[test]
fn a_network_that_another_node_keeps_changing_is_a_conflict() {
    on_paused_time(|| async {
        let rig = rig().await;
        let theirs = Network { description: "theirs".to_owned(), ..network() };
        rig.elsewhere(theirs, Some(Generation(1))).await;
        let Ok(Answer::Network(updated)) = rig.does(update(json!({"name": "ours"}))).await else {
            panic!("not updated")
        };
        assert_eq!((updated.name.as_str(), updated.description.as_str()), ("ours", "theirs"));
        rig.store.conflicts.store(10, Ordering::Relaxed);
        let grown = json!({"name": "lost", "prefixes": ["192.0.2.0/24", "198.51.100.0/24"]});
        assert_eq!(rig.does(update(grown)).await, Err(CallError::Conflict));
        assert_eq!(*rig.site.world().networks.get("n").unwrap().value, *updated);
        assert!(rig.does(create("o")).await.is_ok(), "the prefix was not kept");
    });
}

/// api-resources 3.2, row 15.
#[test]
fn an_address_that_another_node_gave_away_meanwhile_is_a_conflict() {
    on_paused_time(|| async {
        let rig = rig().await;
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
            rig.elsewhere(stage::address(&network(), taken), None).await;
        }
        assert_eq!(rig.does(request(Some("192.0.2.9"))).await, conflict("Conflict ip already allocated"));
        let Ok(Answer::Address(next)) = rig.does(request(None)).await else { panic!("there are others") };
        assert_eq!(next.address.to_string(), "192.0.2.2", "a request for any address gets the next");
    });
}
