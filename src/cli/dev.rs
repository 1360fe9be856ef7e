//! `metalmesh dev`: a partition with its data in one folder, and a rack of simulated hardware. The default of `cargo
//! run`.

use super::ask::{Credentials, DEFAULT_HTTP};
use super::hardware::{self, HardwareArgs};
use super::serve::version;
use super::{claim, sample, say, shutdown};
use crate::api::{ApiSettings, HmacKey, HmacKeys, Keyring};
use crate::clock::SystemClock;
use crate::config::{self, LogConfig};
use crate::federation::{self, Compared};
use crate::grpc;
use crate::node::{Limits, MetricsAccess, Node, NodeConfig};
use crate::store::Sqlite;
use actors::decision::{Principal, Role};
use actors::ids::PartitionId;
use actors::refusal::RefusalKind;
use actors::runtime::{CallError, Clock, LocalPartition};
use actors::world::MACHINES_MAX;
use anyhow::Context;
use clap::Args;
use simulations::hardware::{Profile, RackPlan};
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// All v1 routes lie below this path.
const BASE_PATH: &str = "/metal/";

/// The tenant of all users.
const PROVIDER_TENANT: &str = "metal-stack";

/// HMAC keys of a dev node. They are public: dev listens on loopback.
pub(super) const VIEW_KEY: &str = "metal-view";
pub(super) const EDIT_KEY: &str = "metal-edit";
pub(super) const ADMIN_KEY: &str = "metal-admin";

/// The simulated rack.
const RACK: &str = "test-rack";

/// Longest time of a stop, without the two seconds in which the rack signs off: ten seconds together.
const PATIENCE: Duration = Duration::from_secs(8);

#[derive(Debug, Args)]
#[command(after_help = "Example, a second plant beside the first:\n  \
    metalmesh dev --partition plant-b --data-dir plant-b --http 127.0.0.1:8081 --grpc 127.0.0.1:50052")]
pub(super) struct DevArgs {
    /// The partition to serve. Every name gets entities and prefixes of its own.
    #[arg(long, default_value = sample::MINI_LAB)]
    partition: String,
    /// Folder of the data.
    #[arg(long, default_value = ".metalmesh")]
    data_dir: PathBuf,
    /// Address of the API.
    #[arg(long, default_value = "127.0.0.1:8080")]
    http: SocketAddr,
    /// Address of the gRPC services.
    #[arg(long, default_value = "127.0.0.1:50051")]
    grpc: SocketAddr,
    /// UDP address for other partitions; opened by `metalmesh federation init` and `join`.
    #[arg(long, default_value = "127.0.0.1:4443")]
    mesh: SocketAddr,
    /// Listen beyond this machine. Everyone who reaches the ports may do everything: the keys are public.
    #[arg(long)]
    expose: bool,
    /// Number of simulated machines.
    #[arg(long, default_value_t = 4)]
    machines: u32,
    /// Number of simulated switches; each machine is connected to two.
    #[arg(long, default_value_t = 2)]
    switches: u32,
    /// How many times faster than real hardware the simulated hardware works.
    #[arg(long, default_value_t = 10.0)]
    speed: f64,
    /// Start without entities and hardware.
    #[arg(long)]
    empty: bool,
}

impl Default for DevArgs {
    fn default() -> Self {
        Self {
            partition: sample::MINI_LAB.to_owned(),
            data_dir: PathBuf::from(".metalmesh"),
            http: SocketAddr::from(([127, 0, 0, 1], 8080)),
            grpc: SocketAddr::from(([127, 0, 0, 1], 50051)),
            mesh: SocketAddr::from(([127, 0, 0, 1], 4443)),
            expose: false,
            machines: 4,
            switches: 2,
            speed: 10.0,
            empty: false,
        }
    }
}

pub(super) fn run(args: DevArgs) -> anyhow::Result<()> {
    let _logging = crate::telemetry::start(&LogConfig {
        filter: "warn,metalmesh=info".to_owned(),
        ..LogConfig::default()
    })?;
    actix_web::rt::System::new().block_on(async move {
        let mut requests = shutdown::Requests::listen()?;
        let (node, _claim) = start(&args).await?;
        let token = CancellationToken::new();
        let rack = (!args.empty).then(|| play(&args, &node, token.clone()));
        say(&greeting(&args, &node, &own_name()));
        requests.first().await;
        token.cancel();
        if let Some(rack) = rack
            && let Err(error) = rack.await
        {
            tracing::error!(%error, "the simulated rack panicked");
        }
        node.stop().await;
        Ok(())
    })
}

/// Refuses addresses beyond this machine without `--expose`: the keys of dev are public.
fn listens_on_loopback(args: &DevArgs) -> anyhow::Result<()> {
    for (option, listen) in [("--http", args.http), ("--grpc", args.grpc), ("--mesh", args.mesh)] {
        if listen.ip().to_canonical().is_loopback() {
            continue;
        }
        anyhow::ensure!(
            args.expose,
            "{option}: the keys of dev are public: everyone who reaches {listen} may do everything. Add --expose if \
             this is intended, or use metalmesh serve"
        );
        tracing::warn!(
            "{option}: everyone who reaches {listen} may do everything, because the keys of dev are public"
        );
    }
    Ok(())
}

async fn start(args: &DevArgs) -> anyhow::Result<(Node, claim::Claim)> {
    listens_on_loopback(args)?;
    config::partition_name(&args.partition).map_err(|why| anyhow::anyhow!("--partition: {why}"))?;
    if !args.empty {
        hardware::check(&hardware(args))?;
    }
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&args.data_dir)
        .with_context(|| format!("--data-dir: {} cannot be created", args.data_dir.display()))?;
    let partition = PartitionId::from(args.partition.as_str());
    let file = args.data_dir.join(format!("{partition}.db"));
    let claim = claim::claim(&file)?;
    let store = Sqlite::open(&file, &partition, SystemClock.now())
        .await
        .with_context(|| format!("{} cannot be opened", file.display()))?;
    let key = |secret: &str, lifetime_s| HmacKey {
        secret: secret.as_bytes().to_vec(),
        previous: None,
        lifetime: Duration::from_secs(lifetime_s),
    };
    let keys: Keyring =
        HmacKeys { view: key(VIEW_KEY, 30), edit: key(EDIT_KEY, 30), admin: key(ADMIN_KEY, 90) }.into();
    let config = NodeConfig {
        partition,
        store_metrics: store.metrics().clone(),
        standing: store.standing(),
        store: Arc::new(store),
        seed: rand::random(),
        http: args.http,
        http_limits: Limits::default(),
        api: ApiSettings {
            base_path: BASE_PATH.to_owned(),
            keys: keys.clone(),
            provider_tenant: PROVIDER_TENANT.to_owned(),
            urls: None,
            version: version(),
        },
        ipam: true,
        grpc: grpc::Settings {
            listen: args.grpc,
            tls: None,
            super_user_password: grpc::SuperUserPassword::default(),
            version: version(),
            limits: Limits::default(),
        },
        metrics: MetricsAccess::default(),
        background: actors::background::Settings::default(),
        mesh: Some(mesh(args, keys)),
        machines_max: MACHINES_MAX,
        patience: PATIENCE,
    };
    let samples = async |local: &LocalPartition| match args.empty {
        true => Ok(()),
        false => load_samples(local, &args.partition).await,
    };
    Ok((Node::start(config, samples).await?, claim))
}

/// What the mesh needs to know.
fn mesh(args: &DevArgs, keys: Keyring) -> federation::Settings {
    federation::Settings {
        folder: args.data_dir.clone(),
        listen: Some(args.mesh),
        advertise: Vec::new(),
        gso: true,
        incarnation: rand::random(),
        seed: rand::random(),
        build: version().version,
        compared: Compared {
            provider_tenant: PROVIDER_TENANT.to_owned(),
            base_path: BASE_PATH.to_owned(),
            keys,
        },
    }
}

/// Creates the sample entities that are missing. Existing ones stay as they are: a second start keeps the data.
async fn load_samples(local: &LocalPartition, partition: &str) -> anyhow::Result<()> {
    let principal = Principal { email: "metal-admin@metal-stack.io".to_owned(), role: Role::Admin };
    for body in sample::commands(partition)? {
        match local.ask(&principal, None, body).await {
            Ok(_) => {}
            Err(CallError::Refused(refusal)) if refusal.kind == RefusalKind::Conflict => {}
            Err(error) => anyhow::bail!("a sample entity was refused: {error}"),
        }
    }
    Ok(())
}

/// The simulated rack for these arguments.
fn hardware(args: &DevArgs) -> HardwareArgs {
    HardwareArgs {
        partition: args.partition.clone(),
        rack: RACK.to_owned(),
        machines: args.machines,
        switches: args.switches,
        speed: args.speed,
        credentials: Credentials::of(Role::Edit, EDIT_KEY),
        view_hmac: Some(VIEW_KEY.to_owned()),
        ..HardwareArgs::default()
    }
}

/// Runs the rack against the node's own sockets.
fn play(args: &DevArgs, node: &Node, stop: CancellationToken) -> tokio::task::JoinHandle<()> {
    let args = HardwareArgs {
        http: format!("http://{}{}", node.http_address(), BASE_PATH.trim_end_matches('/')),
        grpc: format!("http://{}", node.grpc_address()),
        ..hardware(args)
    };
    actix_web::rt::spawn(async move {
        if let Err(error) = hardware::run(args, stop).await {
            tracing::error!(error = format!("{error:#}"), "the simulated rack stopped");
        }
    })
}

/// The command that started this program, as it can be typed again in the same folder.
fn own_name() -> String {
    let name = std::env::args().next().unwrap_or_default();
    let plain = |char: char| char.is_ascii_alphanumeric() || "/._+@-".contains(char);
    if name.is_empty() {
        "metalmesh".to_owned()
    } else if name.chars().all(plain) {
        name
    } else {
        format!("'{}'", name.replace('\'', "'\\''"))
    }
}

/// Commands to try next. The README shows the same for a node that was started without options.
fn greeting(args: &DevArgs, node: &Node, program: &str) -> String {
    let url = format!("http://{}{}", node.http_address(), BASE_PATH.trim_end_matches('/'));
    let plan = RackPlan::new(&args.partition.as_str().into(), &RACK.into(), 1, &Profile::default());
    let first = plan.machines.first().filter(|_| !args.empty && args.machines > 0);
    let about = match first {
        Some(_) => "simulated machines boot now and are Waiting in a few seconds",
        None if args.empty => "no entities, no hardware",
        None => "no machines",
    };
    let mut lines = vec![
        format!("ready: {url}"),
        format!("grpc:  {} ({about})", node.grpc_address()),
        String::new(),
        "try, in bash or zsh and in this folder:".to_owned(),
        format!("  curl -K <({program} sign GET) {url}/v1/machine"),
        format!("  METALCTL_HMAC={ADMIN_KEY} METALCTL_API_URL={url} metalctl machine ls"),
    ];
    if let Some(machine) = first {
        let elsewhere = if url == DEFAULT_HTTP { String::new() } else { format!(" --http {url}") };
        lines.push(format!("  {program} why {}{elsewhere}", machine.id));
    }
    lines.join("\n")
}
