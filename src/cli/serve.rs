//! `metalmesh serve --config FILE`: a production node.

mod opening;
mod reload;
mod service;

use super::{COMMIT, shutdown};
use crate::api::{ApiSettings, HmacKey, HmacKeys, Keyring, MetricsKey};
use crate::config::{self, Checked, Config};
use crate::federation::{self, Compared};
use crate::grpc;
use crate::node::{HttpUrls, Limits, MetricsAccess, Node, NodeConfig};
use crate::store::SqlStore;
use crate::version::VersionInfo;
use actors::background;
use anyhow::Context;
use clap::Args;
use opening::bounded;
pub(super) use opening::opened;
use reload::Reload;
use sd_notify::NotifyState;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  metalmesh serve --config configs/node.toml")]
pub(super) struct ServeArgs {
    /// The configuration file; configs/node.toml shows every key.
    #[arg(long)]
    config: PathBuf,
    /// Take the partition over at once if another node serves it; that node stops.
    #[arg(long)]
    take_over: bool,
}

/// Another node serves the partition now.
#[derive(Debug, thiserror::Error)]
#[error(
    "partition {partition} was taken over by {by}: this node has stopped; do not start it again while that one serves"
)]
pub(super) struct TakenOver {
    partition: String,
    by: String,
}

pub(super) fn run(args: &ServeArgs) -> anyhow::Result<()> {
    let checked = config::load(&args.config)?;
    let logging = crate::telemetry::start(&checked.config.log)?;
    checked.warnings.iter().chain(&checked.faults).for_each(|warning| tracing::warn!("{warning}"));
    actix_web::rt::System::new().block_on(async move {
        let mut requests = shutdown::Requests::listen()?;
        let mut hangups = signal(SignalKind::hangup())?;
        let partition = checked.config.partition.clone();
        let keyring = Keyring::from(keys(&checked));
        let metrics_key = MetricsKey::from(checked.metrics_key.as_deref());
        let start = async {
            service::tells(&[NotifyState::Status("waiting for the store")]);
            let (store, claim) = opened(&checked, &args.config, args.take_over).await?;
            let config = node_config(&checked, store, keyring.clone(), metrics_key.clone())?;
            anyhow::Ok((Node::start(config, async |_| Ok(())).await?, claim))
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
        let metrics = node.metrics_address().map(tracing::field::display);
        tracing::info!(http = %node.http_address(), grpc = %node.grpc_address(), metrics, "ready");
        service::is_ready(&partition);
        actix_web::rt::spawn(service::watch());
        let tls = node.grpc_tls();
        let again = Reload { file: &args.config, logging: &logging, keyring, metrics_key, tls };
        let taken_over = loop {
            tokio::select! {
                biased;
                () = requests.first() => break None,
                by = node.taken_over() => break Some(by.unwrap_or_else(|| "another node".to_owned())),
                _ = hangups.recv() => {
                    again.reload();
                    service::is_ready(&partition);
                }
            }
        };
        service::tells(&[NotifyState::Stopping, NotifyState::Status("stopping")]);
        node.stop().await;
        taken_over.map_or(Ok(()), |by| Err(TakenOver { partition, by }.into()))
    })
}

/// The keys of the three roles, and how long a signature is valid.
fn keys(checked: &Checked) -> HmacKeys {
    let (keys, hmac) = (&checked.keys, &checked.config.http.hmac);
    let key = |keys: &config::RoleKeys, lifetime_s| HmacKey {
        secret: keys.current.clone().into_bytes(),
        previous: keys.previous.clone().map(String::into_bytes),
        lifetime: bounded(lifetime_s),
    };
    HmacKeys {
        view: key(&keys.view, hmac.view_lifetime_s),
        edit: key(&keys.edit, hmac.edit_lifetime_s),
        admin: key(&keys.admin, hmac.admin_lifetime_s),
    }
}

fn tls(checked: &Checked) -> Option<grpc::Tls> {
    checked.tls.clone().map(|tls| grpc::Tls { certificate: tls.certificate, key: tls.key, client_ca: tls.ca })
}

fn node_config(
    checked: &Checked,
    store: SqlStore,
    keyring: Keyring,
    metrics_key: MetricsKey,
) -> anyhow::Result<NodeConfig> {
    let tls = tls(checked);
    let Checked { config, super_user_password, mesh_folder, .. } = checked.clone();
    let mesh = mesh_folder.map(|folder| mesh(&config, folder, keyring.clone()));
    let patience = bounded(config.shutdown.patience_s);
    let (http, history_days) = (config.http, config.ipam.history_days);
    let urls = http.check_urls.then(HttpUrls::new).transpose();
    let urls = urls.context("the HTTP client for URL checks cannot start")?;
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
            keys: keyring,
            provider_tenant: http.provider_tenant,
            urls: urls.map(|urls| Arc::new(urls) as _),
            version: version(),
        },
        ipam: config.ipam.service,
        grpc: grpc::Settings {
            listen: config.grpc.listen,
            tls,
            super_user_password: grpc::SuperUserPassword(super_user_password.unwrap_or_default()),
            version: version(),
            limits: Limits {
                connections_max: config.grpc.connections_max,
                connections_per_address_max: config.grpc.connections_per_address_max,
                proxies: Vec::new(),
            },
        },
        metrics: MetricsAccess { listen: config.metrics.listen, key: metrics_key },
        mesh,
        background: background::Settings::of_days(history_days),
        machines_max: config.machines_max,
        patience,
    })
}

/// What the mesh needs to know.
fn mesh(config: &Config, folder: PathBuf, keys: Keyring) -> federation::Settings {
    federation::Settings {
        folder,
        listen: config.mesh.listen,
        advertise: config.mesh.advertise.clone(),
        gso: config.mesh.gso,
        incarnation: rand::random(),
        seed: rand::random(),
        build: version().version,
        compared: Compared {
            provider_tenant: config.http.provider_tenant.clone(),
            base_path: config.http.base_path.clone(),
            keys,
        },
    }
}

/// Name and version of this binary.
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
