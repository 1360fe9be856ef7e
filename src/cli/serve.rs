//! `metalmesh serve --config FILE`: a real node.

use super::claim::Claim;
use super::{COMMIT, claim, shutdown};
use crate::api::{ApiSettings, HmacKey, HmacKeys, VersionInfo};
use crate::config::{self, Checked, StoreConfig};
use crate::grpc;
use crate::node::{HttpUrls, Limits, Node, NodeConfig};
use crate::store::{Postgres, SqlStore, Sqlite};
use actors::ids::PartitionId;
use actors::runtime::{Clock, Keepers};
use actors::store::StoreError;
use anyhow::Context;
use clap::Args;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  metalmesh serve --config configs/node.toml")]
pub(super) struct ServeArgs {
    /// See configs/node.toml for every key.
    #[arg(long)]
    config: PathBuf,
    /// Serve at once, although another node serves the partition; that one stops.
    #[arg(long)]
    take_over: bool,
}

/// How often it is said that the database does not answer.
const SAY_EVERY: Duration = Duration::from_secs(5);

const A_WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Another node serves the partition now.
#[derive(Debug, thiserror::Error)]
#[error(
    "partition {partition} was taken over by {by}: this node has stopped; it is not to be started again beside that one"
)]
pub(super) struct TakenOver {
    partition: String,
    by: String,
}

pub(super) fn run(args: &ServeArgs) -> anyhow::Result<()> {
    let checked = config::load(&args.config)?;
    let _logging = crate::telemetry::start(&checked.config.log)?;
    let folder = args.config.parent().unwrap_or_else(|| Path::new(".")).to_owned();
    actix_web::rt::System::new().block_on(async move {
        let mut requests = shutdown::Requests::listen()?;
        let partition = checked.config.partition.clone();
        let start = async {
            let (store, claim) = patiently(&checked.config.store, async || {
                if !args.take_over {
                    stand_by(&checked, &args.config).await?;
                }
                open(&checked, &args.config, &folder).await
            })
            .await?;
            anyhow::Ok((Node::start(node_config(checked, store)?, async |_| Ok(())).await?, claim))
        };
        let started = tokio::select! {
            biased;
            () = requests.first() => None,
            started = start => Some(started?),
        };
        let Some((node, _claim)) = started else {
            tracing::info!("stopped before it was ready");
            return Ok(());
        };
        tracing::info!(http = %node.http_address(), grpc = %node.grpc_address(), "ready");
        let taken_over = tokio::select! {
            biased;
            () = requests.first() => None,
            by = node.taken_over() => Some(by.unwrap_or_else(|| "another node".to_owned())),
        };
        node.stop().await;
        taken_over.map_or(Ok(()), |by| Err(TakenOver { partition, by }.into()))
    })
}

/// Opens a store that may not be there yet.
async fn patiently<T>(
    store: &StoreConfig,
    mut open: impl AsyncFnMut() -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let StoreConfig::Postgres { start_patience_s, .. } = store else { return open().await };
    let patience = bounded(*start_patience_s);
    let began = Instant::now();
    loop {
        let error = match open().await {
            Ok(opened) => return Ok(opened),
            Err(error) => error,
        };
        let is_out = matches!(error.downcast_ref(), Some(StoreError::Unavailable(_) | StoreError::Busy(_)));
        if !is_out || began.elapsed() + SAY_EVERY > patience {
            return Err(error);
        }
        tracing::warn!(error = format!("{error:#}"), waited = ?began.elapsed(), "the database does not answer yet");
        sleep(SAY_EVERY).await;
    }
}

/// As long as anybody means.
fn bounded(seconds: u64) -> Duration {
    Duration::from_secs(seconds).min(A_WEEK)
}

/// What others are told who serves a partition of their database.
fn own_name(config: &Path) -> String {
    let config = config.canonicalize().unwrap_or_else(|_| config.to_owned());
    format!("{} of {}", config.display(), rustix::system::uname().nodename().to_string_lossy())
}

async fn stand_by(checked: &Checked, config: &Path) -> anyhow::Result<()> {
    let Some(url) = &checked.store_url else { return Ok(()) };
    let partition = PartitionId::from(checked.config.partition.as_str());
    let told = |other: &str| {
        tracing::warn!(
            other,
            "another node serves the partition: standing by until it is gone; --take-over does not wait"
        );
    };
    let turn = Postgres::stand_by(&own_name(config), url, &partition, told).await;
    turn.context("store: the database cannot be opened")
}

async fn open(checked: &Checked, config: &Path, folder: &Path) -> anyhow::Result<(SqlStore, Option<Claim>)> {
    let partition = PartitionId::from(checked.config.partition.as_str());
    let now = crate::clock::SystemClock.now();
    Ok(match (&checked.config.store, &checked.store_url) {
        (StoreConfig::Postgres { .. }, Some(url)) => {
            let store = Postgres::open_as(&own_name(config), url, &partition, now).await;
            (store.context("store: the database cannot be opened")?, None)
        }
        (StoreConfig::Postgres { .. }, None) => anyhow::bail!("store.url_file: no URL was read"),
        (StoreConfig::Sqlite { path }, _) => {
            let path = folder.join(path);
            let claim = claim::claim(&path).context("store.path")?;
            let store = Sqlite::open(&path, &partition, now).await;
            let store = store.with_context(|| format!("store.path: {} cannot be opened", path.display()))?;
            (store, Some(claim))
        }
    })
}

fn node_config(checked: Checked, store: SqlStore) -> anyhow::Result<NodeConfig> {
    let Checked { config, keys, tls, super_user_password, .. } = checked;
    let patience = bounded(config.shutdown.patience_s);
    let (http, history_days) = (config.http, config.ipam.history_days);
    let key = |secret, lifetime_s| HmacKey { secret, lifetime: bounded(lifetime_s) };
    let urls = http.check_urls.then(HttpUrls::new).transpose();
    let urls = urls.context("the HTTP client for checking URLs could not be made")?;
    Ok(NodeConfig {
        partition: config.partition.into(),
        store_metrics: store.metrics().clone(),
        standing: store.standing(),
        store: Arc::new(store),
        seed: rand::random(),
        http: http.listen,
        http_limits: Limits {
            connections_max: http.connections_max,
            connections_per_address_max: http.connections_per_address_max,
            proxies: http.proxies,
        },
        api: ApiSettings {
            base_path: http.base_path,
            keys: HmacKeys {
                view: key(keys.view, http.hmac.view_lifetime_s),
                edit: key(keys.edit, http.hmac.edit_lifetime_s),
                admin: key(keys.admin, http.hmac.admin_lifetime_s),
            },
            provider_tenant: http.provider_tenant,
            urls: urls.map(|urls| Arc::new(urls) as _),
            ipam: config.ipam.service,
            version: version(),
        },
        grpc: grpc::Settings {
            listen: config.grpc.listen,
            tls: tls.map(|tls| grpc::Tls { certificate: tls.certificate, key: tls.key, client_ca: tls.ca }),
            super_user_password: grpc::SuperUserPassword(super_user_password.unwrap_or_default()),
            version: version(),
            limits: Limits {
                connections_max: config.grpc.connections_max,
                connections_per_address_max: config.grpc.connections_per_address_max,
                proxies: Vec::new(),
            },
        },
        keepers: Keepers::of_days(history_days),
        patience,
    })
}

/// What this binary is.
pub(super) fn version() -> VersionInfo {
    VersionInfo {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        build_date: String::new(),
        revision: String::new(),
        git_sha: COMMIT.to_owned(),
        min_client_version: "v0.0.1".to_owned(),
        release_version: None,
    }
}
