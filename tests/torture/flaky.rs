//! A server with a failing store: one of the tests of this binary starts the binary again, which finds its orders in
//! the environment and serves.

use super::{FAULTS_PERCENT, Faults};
use actors::ids::PartitionId;
use actors::runtime::Clock;
use actors::store::{Committed, InboxEntry, Key, Kind, Row, Store, StoreError, Transaction};
use actors::time::Timestamp;
use async_trait::async_trait;
use metalmesh::api::{ApiSettings, HmacKey, HmacKeys};
use metalmesh::clock::SystemClock;
use metalmesh::grpc;
use metalmesh::node::{Limits, Node, NodeConfig};
use metalmesh::store::{SqlStore, Sqlite};
use metalmesh::version::VersionInfo;
use parking_lot::Mutex;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

const ORDERS: &str = "METALMESH_TORTURE_ORDERS";

/// Precedes the kind of a fault in the log.
const INJECTED: &str = "injected: ";

const REFUSED: &str = "refused";
const UNANSWERED: &str = "unanswered";
const UNHEARD: &str = "unheard";

/// The orders of the server.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Orders {
    pub(super) file: PathBuf,
    pub(super) http: SocketAddr,
    pub(super) grpc: SocketAddr,
    pub(super) seed: u64,
    pub(super) faults: bool,
}

impl Orders {
    /// The orders of this process.
    pub(super) fn given() -> Option<Self> {
        let text = std::env::var(ORDERS).ok()?;
        Some(serde_json::from_str(&text).unwrap())
    }
}

/// The command that runs the server as the test `name` of this binary.
pub(super) fn command(name: &str, orders: &Orders) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", name, "--nocapture"]).env_clear().stdin(Stdio::null());
    command.env(ORDERS, serde_json::to_string(orders).unwrap());
    command
}

/// Serves until it is killed.
pub(super) fn serve(orders: Orders) {
    let key =
        |secret: &str| HmacKey { secret: secret.into(), previous: None, lifetime: Duration::from_secs(90) };
    actix_web::rt::System::new().block_on(async move {
        let partition = PartitionId::from("mini-lab");
        let store = Sqlite::open(&orders.file, &partition, SystemClock.now()).await.unwrap();
        let rng = Mutex::new(ChaCha8Rng::seed_from_u64(orders.seed));
        let version = VersionInfo {
            version: String::new(),
            build_date: String::new(),
            revision: String::new(),
            git_sha: String::new(),
            min_client_version: String::new(),
            release_version: None,
        };
        let config = NodeConfig {
            partition,
            store_metrics: store.metrics().clone(),
            standing: store.standing(),
            store: if orders.faults { Arc::new(Flaky { store, rng }) } else { Arc::new(store) },
            seed: orders.seed,
            http: orders.http,
            http_limits: Limits::default(),
            ipam: true,
            api: ApiSettings {
                base_path: "/metal/".to_owned(),
                keys: HmacKeys {
                    view: key("metal-view"),
                    edit: key("metal-edit"),
                    admin: key("metal-admin"),
                }
                .into(),
                provider_tenant: "metal-stack".to_owned(),
                urls: None,
                version: version.clone(),
            },
            grpc: grpc::Settings {
                listen: orders.grpc,
                tls: None,
                super_user_password: grpc::SuperUserPassword::default(),
                version,
                limits: Limits::default(),
            },
            metrics: metalmesh::node::MetricsAccess::default(),
            mesh: None,
            background: actors::background::Settings::default(),
            machines_max: actors::world::MACHINES_MAX,
            patience: Duration::from_secs(10),
        };
        let _node = Node::start(config, async |_| Ok(())).await.unwrap();
        std::future::pending::<()>().await;
    });
}

/// The number of faults in this log.
pub(super) fn faults(log: &str) -> Faults {
    let count = |kind: &str| {
        let count = log.lines().filter(|line| line.strip_prefix(INJECTED) == Some(kind)).count();
        u32::try_from(count).unwrap()
    };
    Faults { refused: count(REFUSED), unanswered: count(UNANSWERED), unheard: count(UNHEARD), late: 0 }
}

/// A store that fails many commits, or loses their outcome.
struct Flaky {
    store: SqlStore,
    rng: Mutex<ChaCha8Rng>,
}

impl Flaky {
    fn drawn(&self) -> Option<&'static str> {
        let third = FAULTS_PERCENT / 3;
        let drawn = self.rng.lock().random_range(0..100_u32);
        let fault = [REFUSED, UNANSWERED, UNHEARD].get((drawn / third) as usize).copied();
        fault.inspect(|kind| eprintln!("{INJECTED}{kind}"))
    }
}

#[async_trait]
impl Store for Flaky {
    async fn commit(&self, transaction: Transaction) -> Result<Committed, StoreError> {
        let lost = || StoreError::Unknown("the answer was lost".into());
        match self.drawn() {
            None => self.store.commit(transaction).await,
            // The SQL store's error for a persistent serialization failure.
            Some(REFUSED) => Err(StoreError::Busy("40001".into())),
            Some(UNHEARD) => Err(lost()),
            Some(_) => self.store.commit(transaction).await.and_then(|_| Err(lost())),
        }
    }

    async fn inbox(&self, key: Uuid) -> Result<Option<InboxEntry>, StoreError> {
        self.store.inbox(key).await
    }

    async fn row(&self, key: &Key) -> Result<Option<Row>, StoreError> {
        self.store.row(key).await
    }

    async fn rows(&self, kind: Kind, after: Option<&str>, limit: usize) -> Result<Vec<Row>, StoreError> {
        self.store.rows(kind, after, limit).await
    }

    async fn prune(
        &self,
        old: actors::store::Old,
        before: Timestamp,
        limit: usize,
    ) -> Result<usize, StoreError> {
        self.store.prune(old, before, limit).await
    }

    async fn ping(&self) -> Result<String, StoreError> {
        self.store.ping().await
    }

    async fn close(&self) {
        self.store.close().await;
    }
}
