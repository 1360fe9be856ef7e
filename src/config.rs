//! The configuration of a node: typed, closed, checked once at start.
//!
//! `configs/node.toml` shows every key with its default. Secrets are never in this file: it names the files that hold
//! them.

mod exposed;
mod keys;
mod rehearsal;

use crate::clock::SystemClock;
use crate::door::Limits;
use crate::store::{DatabaseUrl, Way};
use actors::background::HISTORY_KEPT_DAYS;
use actors::runtime::{CLOSING, Clock};
use actors::world::MACHINES_MAX;
use ipnet::IpNet;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// What a node needs before it starts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The partition that this node serves.
    pub partition: String,
    /// Maximum of machines in the partition; new machines are refused beyond it.
    #[serde(default = "default_machines_max")]
    pub machines_max: usize,
    pub store: StoreConfig,
    pub http: HttpConfig,
    pub grpc: GrpcConfig,
    #[serde(default)]
    pub ipam: IpamConfig,
    #[serde(default)]
    pub mesh: MeshConfig,
    #[serde(default)]
    pub metrics: MetricsConfig,
    #[serde(default)]
    pub log: LogConfig,
    #[serde(default)]
    pub shutdown: ShutdownConfig,
}

/// Where the partition's rows live.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum StoreConfig {
    /// Embedded, for one node.
    Sqlite { path: PathBuf },
    /// PostgreSQL or CockroachDB. The file holds the URL, because the URL may hold a password.
    Postgres {
        url_file: PathBuf,
        /// How long the node waits at start for a database that does not answer, in seconds.
        #[serde(default = "default_start_patience_s")]
        start_patience_s: u64,
        /// Accepts a connection on which others may read and change the traffic to the database. Off unless the
        /// operator sets it.
        #[serde(default)]
        insecure: bool,
    },
}

/// The API for people and their tools.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpConfig {
    #[serde(default = "default_http_listen")]
    pub listen: SocketAddr,
    /// Accepts an address beyond this machine without TLS. Off unless the operator sets it.
    #[serde(default)]
    pub insecure: bool,
    /// Starts and ends with `/`.
    #[serde(default = "default_base_path")]
    pub base_path: String,
    /// The tenant of all users.
    #[serde(default = "default_provider_tenant")]
    pub provider_tenant: String,
    /// Whether URLs of images and kernels must answer before they are stored.
    #[serde(default = "yes")]
    pub check_urls: bool,
    #[serde(default = "default_connections_max")]
    pub connections_max: usize,
    #[serde(default = "default_connections_per_address_max")]
    pub connections_per_address_max: usize,
    /// Addresses of proxies. Many clients share them, so they have no bound per address.
    #[serde(default)]
    pub proxies: Vec<IpNet>,
    pub hmac: HmacConfig,
}

/// Files with the keys of the three roles, and the maximal age of a signature.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HmacConfig {
    pub view_key_file: PathBuf,
    pub edit_key_file: PathBuf,
    pub admin_key_file: PathBuf,
    #[serde(default = "default_lifetime_s")]
    pub view_lifetime_s: u64,
    #[serde(default = "default_lifetime_s")]
    pub edit_lifetime_s: u64,
    #[serde(default = "default_admin_lifetime_s")]
    pub admin_lifetime_s: u64,
    /// Whether short keys and keys that two roles share are refused.
    #[serde(default)]
    pub strict: bool,
}

/// The services for machines and switches.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrpcConfig {
    #[serde(default = "default_grpc_listen")]
    pub listen: SocketAddr,
    /// Accepts a port without TLS, where every machine in the network can impersonate another one. Off unless the
    /// operator sets it.
    #[serde(default)]
    pub insecure: bool,
    #[serde(default = "default_connections_max")]
    pub connections_max: usize,
    #[serde(default = "default_connections_per_address_max")]
    pub connections_per_address_max: usize,
    /// Holds the password that installers set for the root user of BMCs; without it they leave that user alone.
    pub super_user_password_file: Option<PathBuf>,
    pub tls: Option<TlsConfig>,
}

/// Client certificates are required and verified against `ca_file`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    pub ca_file: PathBuf,
    pub certificate_file: PathBuf,
    pub key_file: PathBuf,
}

/// Address spaces for go-ipam's clients.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct IpamConfig {
    /// Whether the service is also on the HTTP port. Its clients send no credentials.
    pub service: bool,
    /// Days that the history of an address is kept after its release; 0: for ever.
    pub history_days: u32,
}

impl Default for IpamConfig {
    fn default() -> Self {
        Self { service: false, history_days: HISTORY_KEPT_DAYS }
    }
}

/// Links to other partitions.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MeshConfig {
    /// UDP address for other partitions. Without it the partition stays alone.
    pub listen: Option<SocketAddr>,
    /// Where other partitions reach it: `host:port`. Empty: `listen`.
    pub advertise: Vec<String>,
    /// Folder of private keys and of the control socket.
    pub folder: Option<PathBuf>,
    /// UDP segmentation offload.
    pub gso: bool,
}

impl Default for MeshConfig {
    fn default() -> Self {
        Self { listen: None, advertise: Vec::new(), folder: None, gso: true }
    }
}

/// Who may read the node's metrics, and where.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MetricsConfig {
    /// Without it, metrics are on the HTTP port.
    pub listen: Option<SocketAddr>,
    /// Holds what readers send as `Authorization: Bearer KEY`; without it everyone may read.
    pub key_file: Option<PathBuf>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    pub format: LogFormat,
    /// Syntax of tracing filters: `info`, `metalmesh=debug,info`.
    pub filter: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    Human,
    Json,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { format: LogFormat::Human, filter: "info".to_owned() }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ShutdownConfig {
    /// Longest time of a stop, in seconds.
    pub patience_s: u64,
}

impl Default for ShutdownConfig {
    fn default() -> Self {
        Self { patience_s: 10 }
    }
}

const fn default_machines_max() -> usize {
    MACHINES_MAX
}

const fn default_start_patience_s() -> u64 {
    60
}

fn default_connections_max() -> usize {
    Limits::default().connections_max
}

fn default_connections_per_address_max() -> usize {
    Limits::default().connections_per_address_max
}

const fn yes() -> bool {
    true
}

fn default_http_listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8080))
}

fn default_grpc_listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 50051))
}

fn default_base_path() -> String {
    "/metal/".to_owned()
}

fn default_provider_tenant() -> String {
    "metal-stack".to_owned()
}

const fn default_lifetime_s() -> u64 {
    30
}

const fn default_admin_lifetime_s() -> u64 {
    90
}

/// Why a configuration is refused, with the path of the key that is wrong.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{}: cannot be read", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{}: {key}: {message}", file.display())]
    Invalid { file: PathBuf, key: String, message: String },
}

/// A configuration whose files have been read.
#[derive(Clone)]
pub struct Checked {
    pub config: Config,
    pub keys: Keys,
    pub tls: Option<Tls>,
    /// For the root user of BMCs.
    pub super_user_password: Option<String>,
    /// For readers of metrics.
    pub metrics_key: Option<String>,
    /// URL of a PostgreSQL store; the files that it names have absolute paths.
    pub store_url: Option<String>,
    /// The folder of the mesh's keys and of the control socket: as configured, or beside a SQLite database.
    pub mesh_folder: Option<PathBuf>,
    /// Accepted settings that deserve a warning.
    pub warnings: Vec<String>,
    /// What will keep a node from serving or from being reachable, as far as it can be known before.
    pub faults: Vec<String>,
}

/// HMAC keys of the three roles.
#[derive(Clone)]
pub struct Keys {
    pub view: RoleKeys,
    pub edit: RoleKeys,
    pub admin: RoleKeys,
}

/// The keys of a role; two while the role changes its key.
#[derive(Clone, PartialEq, Eq)]
pub struct RoleKeys {
    pub current: String,
    pub previous: Option<String>,
}

/// PEM texts.
#[derive(Clone)]
pub struct Tls {
    pub ca: String,
    pub certificate: String,
    pub key: String,
}

/// Reads and checks a configuration with all files that it names.
pub fn load(file: &Path) -> Result<Checked, ConfigError> {
    let text = std::fs::read_to_string(file)
        .map_err(|source| ConfigError::Unreadable { path: file.to_owned(), source })?;
    let invalid = |key: &str, message: String| ConfigError::Invalid {
        file: file.to_owned(),
        key: key.to_owned(),
        message,
    };
    let parser = toml::Deserializer::parse(&text).map_err(|error| invalid("(syntax)", error.to_string()))?;
    let config: Config = serde_path_to_error::deserialize(parser).map_err(|error| {
        let key = error.path().to_string();
        invalid(&key, error.into_inner().message().to_owned())
    })?;
    check(&config).map_err(|(key, message)| invalid(key, message))?;
    // The driver may run in another folder: its paths must be absolute.
    let absolute = std::path::absolute(file)
        .map_err(|source| ConfigError::Unreadable { path: file.to_owned(), source })?;
    let folder = absolute.parent().unwrap_or_else(|| Path::new("/"));
    let read = |key: &str, path: &Path| {
        let path = file.parent().unwrap_or_else(|| Path::new(".")).join(path);
        std::fs::read_to_string(&path)
            .map_err(|error| invalid(key, format!("{} cannot be read: {error}", path.display())))
    };
    let secret = |key: &str, path: &Path| {
        let text = read(key, path)?.trim_end_matches(['\r', '\n']).to_owned();
        if text.is_empty() { Err(invalid(key, "the file is empty".to_owned())) } else { Ok(text) }
    };
    let (keys, mut warnings) = keys::all(&config.http.hmac, &read, &invalid)?;
    let tls = match &config.grpc.tls {
        None => None,
        Some(tls) => Some(Tls {
            ca: secret("grpc.tls.ca_file", &tls.ca_file)?,
            certificate: secret("grpc.tls.certificate_file", &tls.certificate_file)?,
            key: secret("grpc.tls.key_file", &tls.key_file)?,
        }),
    };
    let password_file = config.grpc.super_user_password_file.as_deref();
    let super_user_password =
        password_file.map(|file| secret("grpc.super_user_password_file", file)).transpose()?;
    let metrics_key =
        config.metrics.key_file.as_deref().map(|file| secret("metrics.key_file", file)).transpose()?;
    let (store_url, way) = match &config.store {
        StoreConfig::Sqlite { .. } => (None, Way::Local),
        StoreConfig::Postgres { url_file, .. } => {
            let url = DatabaseUrl::parse(&secret("store.url_file", url_file)?, folder);
            let url = url.map_err(|error| invalid("store.url_file", error.to_string()))?;
            warnings.extend(url.warnings.iter().map(|warning| format!("store.url_file: {warning}")));
            (Some(url.text), url.way)
        }
    };
    warnings.extend(exposed::exposures(&config, &way).map_err(|(key, message)| invalid(key, message))?);
    let faults = Vec::new();
    let mesh_folder = mesh_folder(&config, folder);
    let checked = Checked {
        config,
        keys,
        tls,
        super_user_password,
        metrics_key,
        store_url,
        mesh_folder,
        warnings,
        faults,
    };
    let faults = rehearsal::faults(&checked, folder, SystemClock.now());
    Ok(Checked { faults, ..checked })
}

/// Beside a SQLite database the node may write; beside the configuration it often may not.
fn mesh_folder(config: &Config, folder: &Path) -> Option<PathBuf> {
    let beside = match &config.store {
        StoreConfig::Sqlite { path } => path.parent().map(|parent| parent.join("mesh")),
        StoreConfig::Postgres { .. } => None,
    };
    config.mesh.folder.clone().or(beside).map(|path| folder.join(path))
}

/// The key in a file; the newest if there are two.
pub fn key_of(file: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(file)?;
    Ok(keys::of_role(&text).map_err(anyhow::Error::msg)?.current)
}

/// Rules for a partition's name: it is part of ids, page addresses and file names.
pub fn partition_name(name: &str) -> Result<(), &'static str> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if name.is_empty() {
        Err("must not be empty")
    } else if name.len() > PARTITION_NAME_BYTES_MAX
        || !name.bytes().all(allowed)
        || name.starts_with(['-', '.'])
    {
        Err("is up to 63 letters, digits, \"-\", \"_\" and \".\", and begins with none of \"-\" and \".\"")
    } else {
        Ok(())
    }
}

const PARTITION_NAME_BYTES_MAX: usize = 63;

/// `host:port`, where the host is a name, an IPv4 address, or an IPv6 address in brackets.
pub fn is_address(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else { return false };
    let inside = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_name = |host: &str| {
        (1..=253).contains(&host.len())
            && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
    };
    let is_host = inside.map_or_else(|| is_name(host), |host| host.parse::<std::net::Ipv6Addr>().is_ok());
    is_host && port.parse::<u16>().is_ok_and(|port| port > 0)
}

/// Rules that types cannot express.
fn check(config: &Config) -> Result<(), (&'static str, String)> {
    if let Err(message) = partition_name(&config.partition) {
        return Err(("partition", message.to_owned()));
    }
    let base = &config.http.base_path;
    if !(base.starts_with('/') && base.ends_with('/')) {
        return Err(("http.base_path", format!("{base:?} must start and end with \"/\"")));
    }
    let plain = |segment: &str| {
        !matches!(segment, "" | "." | "..")
            && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
    };
    if base != "/" && !base.trim_matches('/').split('/').all(plain) || base.contains("//") {
        let message = format!(
            "{base:?} cannot be reached: write /name/ or /name/name/, of letters, digits and \"-._~\""
        );
        return Err(("http.base_path", message));
    }
    if config.http.provider_tenant.is_empty() {
        return Err(("http.provider_tenant", "must not be empty".to_owned()));
    }
    if config.shutdown.patience_s < CLOSING.as_secs() {
        let message = format!("must be at least {}: the store needs that long to close", CLOSING.as_secs());
        return Err(("shutdown.patience_s", message));
    }
    if config.mesh.listen.is_some() && mesh_folder(config, Path::new("")).is_none() {
        let message = "is missing: the mesh keeps its private keys there, as in \"/var/lib/metalmesh/mesh\"";
        return Err(("mesh.folder", message.to_owned()));
    }
    if let Some(address) = config.mesh.advertise.iter().find(|address| !is_address(address)) {
        return Err((
            "mesh.advertise",
            format!("{address:?} is no host:port, as in \"plant-a.example.com:4443\""),
        ));
    }
    let http = &config.http;
    for (key, max) in [
        ("http.connections_max", http.connections_max),
        ("http.connections_per_address_max", http.connections_per_address_max),
        ("grpc.connections_max", config.grpc.connections_max),
        ("grpc.connections_per_address_max", config.grpc.connections_per_address_max),
    ] {
        if max == 0 {
            return Err((key, "must be at least 1".to_owned()));
        }
    }
    match (&config.grpc.tls, config.grpc.insecure) {
        (None, false) => {
            let message =
                "is missing: give certificates, or write grpc.insecure = true to go without".to_owned();
            Err(("grpc.tls", message))
        }
        (Some(_), true) => Err(("grpc.insecure", "cannot be true beside grpc.tls".to_owned())),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
