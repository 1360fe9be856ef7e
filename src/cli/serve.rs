//! `metalmesh serve --config FILE`: a real node.

use super::{COMMIT, claim, shutdown};
use crate::api::{ApiSettings, HmacKey, HmacKeys, VersionInfo};
use crate::config::{self, Checked, StoreConfig};
use crate::grpc;
use crate::node::{HttpUrls, Limits, Node, NodeConfig};
use crate::store::{Postgres, SqlStore, Sqlite};
use actors::ids::PartitionId;
use actors::runtime::{Clock, Keepers};
use anyhow::Context;
use clap::Args;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  metalmesh serve --config configs/node.toml")]
pub(super) struct ServeArgs {
    /// See configs/node.toml for every key.
    #[arg(long)]
    config: PathBuf,
}

pub(super) fn run(args: &ServeArgs) -> anyhow::Result<()> {
    let checked = config::load(&args.config)?;
    let _logging = crate::telemetry::start(&checked.config.log)?;
    let folder = args.config.parent().unwrap_or_else(|| Path::new(".")).to_owned();
    actix_web::rt::System::new().block_on(async move {
        let requests = shutdown::Requests::listen()?;
        let (store, _claim) = open(&checked, &folder).await?;
        let node = Node::start(node_config(checked, store)?, async |_| Ok(())).await?;
        tracing::info!(http = %node.http_address(), grpc = %node.grpc_address(), "ready");
        requests.first().await;
        node.stop().await;
        Ok(())
    })
}

async fn open(checked: &Checked, folder: &Path) -> anyhow::Result<(SqlStore, Option<File>)> {
    let partition = PartitionId::from(checked.config.partition.as_str());
    let now = crate::clock::SystemClock.now();
    Ok(match (&checked.config.store, &checked.store_url) {
        (StoreConfig::Postgres { .. }, Some(url)) => {
            let store = Postgres::open(url, &partition, now).await;
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
    let patience = Duration::from_secs(config.shutdown.patience_s);
    let (http, history_days) = (config.http, config.ipam.history_days);
    let key = |secret, lifetime_s| HmacKey { secret, lifetime: Duration::from_secs(lifetime_s) };
    let urls = http.check_urls.then(HttpUrls::new).transpose();
    let urls = urls.context("the HTTP client for checking URLs could not be made")?;
    Ok(NodeConfig {
        partition: config.partition.into(),
        store_metrics: store.metrics().clone(),
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
