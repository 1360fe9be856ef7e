//! A partition with one network and background tasks, whose clock can be set.

use super::{Background, Settings};
use crate::answer::Answer;
use crate::background;
use crate::command::Body;
use crate::decision::{Principal, Role};
use crate::fixture::clock::SetClock;
use crate::gateway::Gateway;
use crate::ipam::{AddressAllocate, AddressCommand, fixture};
use crate::masterdata::{Meta, Project};
use crate::network::Network;
use crate::record::Record;
use crate::record::ipam::history::AddressHistory;
use crate::record::network::PoolPolicy;
use crate::runtime::{Env, LocalPartition, LocalPartitionConfig};
use crate::service::address_history;
use crate::store::memory::MemoryStore;
use crate::store::{Generation, Put, Store, Transaction};
use crate::time::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

pub(super) const MINUTE: Duration = Duration::from_secs(60);

/// A partition with one network.
pub(super) struct Fixture {
    pub(super) store: Arc<MemoryStore>,
    pub(super) clock: Arc<SetClock>,
    pub(super) local: LocalPartition,
    pub(super) background: Background,
    principal: Principal,
}

impl Fixture {
    /// The network has a quarantine of ten minutes.
    pub(super) async fn start() -> Self {
        let store = Arc::new(MemoryStore::default());
        let clock = Arc::new(SetClock::starting_at(Timestamp::from_millis(1_700_000_000_000)));
        let pool = PoolPolicy { quarantine_s: 600, ..PoolPolicy::default() };
        let network = Network { pool, ..fixture::network("n", &["10.0.0.0/24"]) };
        let project =
            Project { meta: Some(Meta { id: "a".to_owned(), ..Meta::default() }), ..Project::default() };
        let generation = Generation(1);
        let put = |row| Put { row, expected: None };
        let puts = vec![put(network.row(generation)), put(project.row(generation))];
        store.commit(Transaction { puts, ..Transaction::default() }).await.unwrap();
        let principal = Principal { email: "somebody@example.org".to_owned(), role: Role::Admin };
        let (local, background) = Self::local(&store, &clock).await;
        Self { store, clock, local, background, principal }
    }

    pub(super) async fn local(
        store: &Arc<MemoryStore>,
        clock: &Arc<SetClock>,
    ) -> (LocalPartition, Background) {
        let env = Env::new(Arc::clone(clock) as _, 7);
        let (store, domain) = (Arc::clone(store) as _, crate::decide::DOMAIN);
        let local = LocalPartition::start(LocalPartitionConfig { partition: "p".into(), store, env, domain })
            .await
            .unwrap();
        let background = background::start(&local, Settings::default());
        (local, background)
    }

    pub(super) async fn take(&self) -> String {
        self.take_with(None).await
    }

    pub(super) async fn take_with(&self, key: Option<Uuid>) -> String {
        let request = AddressAllocate {
            networkid: "n".to_owned(),
            projectid: "a".to_owned(),
            ..AddressAllocate::default()
        };
        let body = Body::Address(AddressCommand::Allocate(Box::new(request)));
        match self.local.ask(&self.principal, key, body).await.unwrap() {
            Answer::Address(address) => address.address.to_string(),
            other => panic!("{other:?}"),
        }
    }

    pub(super) async fn give_back(&self, address: &str) {
        let body = Body::Address(AddressCommand::Free(address.to_owned()));
        self.local.ask(&self.principal, None, body).await.unwrap();
    }

    pub(super) fn quarantined(&self) -> usize {
        self.local.world().quarantined.len()
    }

    pub(super) async fn address_history(&self, at: Option<Timestamp>) -> Vec<AddressHistory> {
        let gateway = Gateway::alone(self.local.clone());
        address_history::look_up(&gateway, "10.0.0.1".parse().unwrap(), at).await.unwrap()
    }
}
