//! `metalmesh hardware`: simulates racks against any node, in a process of its own. `dev` runs the same code in its
//! process.

use super::ask::{Credentials, dev_key};
use super::shutdown;
use crate::client::{Client, GrpcTarget, GrpcTls, HttpTarget, Key};
use crate::clock::SystemClock;
use crate::config::LogConfig;
use actors::decision::Role;
use anyhow::{Context, ensure};
use clap::Args;
use simulations::hardware::{Chassis, Faults, MACHINES_MAX, Pace, Profile, Rack, RackConfig};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

#[derive(Clone, Debug, Args)]
#[command(after_help = "Example, a second rack for the node that `metalmesh dev` runs:\n  \
    metalmesh hardware --partition mini-lab --rack rack-2 --machines 8 --speed 10")]
pub struct HardwareArgs {
    /// URL of the node's API, with its base path.
    #[arg(long, default_value = "http://127.0.0.1:8080/metal")]
    pub http: String,
    /// URL of the node's gRPC service.
    #[arg(long, default_value = "http://127.0.0.1:50051")]
    pub grpc: String,
    /// Partition of the racks.
    #[arg(long, default_value = "mini-lab")]
    pub partition: String,
    /// Name of the first rack; machines and switches are named after it.
    #[arg(long, default_value = "test-rack")]
    pub rack: String,
    /// Number of simulated machines, in all racks together.
    #[arg(long, default_value_t = 2)]
    pub machines: u32,
    /// Number of switches, two for each rack. With more than two, machines are spread over racks `<rack>`, `<rack>-2`,
    /// and so on.
    #[arg(long, default_value_t = 2)]
    pub switches: u32,
    /// Hardware of the machines, as a JSON file. Default: virtual machines of the mini-lab.
    #[arg(long)]
    pub hardware: Option<PathBuf>,
    /// How many times faster than real hardware the simulated hardware works.
    #[arg(long, default_value_t = 1.0)]
    pub speed: f64,
    /// The edit key: switches and BMC agents sign with it, and installers without a view key.
    #[command(flatten)]
    pub credentials: Credentials,
    /// View key of the API, with which installers sign.
    #[arg(long, env = "METALMESH_VIEW_KEY", hide_env_values = true)]
    pub view_hmac: Option<String>,
    /// Probability that an installer crashes at each of its steps, from 0 to 1.
    #[arg(long, default_value_t = 0.0)]
    pub crash_probability: f64,
    /// Extra delay of a BMC before it carries out an order, in seconds.
    #[arg(long, default_value_t = 0.0)]
    pub slow_bmc: f64,
    /// Seed of all random choices.
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// CA of the gRPC service, PEM; needs the next two.
    #[arg(long, requires = "grpc_cert", requires = "grpc_key")]
    pub grpc_ca: Option<PathBuf>,
    /// Certificate that machines and switches share, PEM.
    #[arg(long, requires = "grpc_ca")]
    pub grpc_cert: Option<PathBuf>,
    /// Key of the certificate, PEM.
    #[arg(long, requires = "grpc_ca")]
    pub grpc_key: Option<PathBuf>,
}

impl Default for HardwareArgs {
    fn default() -> Self {
        Self {
            http: "http://127.0.0.1:8080/metal".to_owned(),
            grpc: "http://127.0.0.1:50051".to_owned(),
            partition: "mini-lab".to_owned(),
            rack: "test-rack".to_owned(),
            machines: 2,
            switches: 2,
            hardware: None,
            speed: 1.0,
            credentials: Credentials::default(),
            view_hmac: None,
            crash_probability: 0.0,
            slow_bmc: 0.0,
            seed: 0,
            grpc_ca: None,
            grpc_cert: None,
            grpc_key: None,
        }
    }
}

/// Longest delay of a BMC: a day, in seconds.
const SLOW_BMC_S_MAX: f64 = 86_400.0;

/// Maximum of racks; each has a pair of switches.
const RACKS_MAX: u32 = 512;

/// The subcommand: runs the racks until the process gets a signal to stop.
pub(super) fn play(args: HardwareArgs) -> anyhow::Result<()> {
    let filter = "warn,metalmesh=info,simulations=info".to_owned();
    let _logging = crate::telemetry::start(&LogConfig { filter, ..LogConfig::default() })?;
    shutdown::block_on(|token| run(args, token))
}

/// Runs the racks until `shutdown`. Fails if a user's data was lost in between.
pub async fn run(args: HardwareArgs, shutdown: CancellationToken) -> anyhow::Result<()> {
    let configs = configs(&args)?;
    let tls = tls(&args)?;
    let http = http(&args)?;
    let grpc = GrpcTarget { url: args.grpc, tls };
    let clock = Arc::new(SystemClock);
    let client = Client::new(http, &grpc, args.machines, Arc::clone(&clock) as _)?;
    let client = Arc::new(client);
    let start = |config| Rack::start(config, Arc::clone(&client) as _, Arc::clone(&clock) as _);
    let racks: Vec<Rack> = configs.iter().map(start).collect();
    tracing::info!(
        partition = args.partition,
        rack = args.rack,
        racks = racks.len(),
        machines = args.machines,
        "the simulated hardware runs"
    );
    shutdown.cancelled().await;
    let machines: Vec<Arc<Chassis>> = racks.iter().flat_map(|rack| rack.machines.clone()).collect();
    futures_util::future::join_all(racks.into_iter().map(Rack::stop)).await;
    let lost: u32 = machines.iter().map(|chassis| chassis.wiped_while_installed()).sum();
    ensure!(lost == 0, "{lost} installed systems were wiped while their allocations were in force");
    Ok(())
}

fn http(args: &HardwareArgs) -> anyhow::Result<HttpTarget> {
    let given = args.credentials.given(Role::Edit, "METALMESH_EDIT_KEY")?;
    let view = match &args.view_hmac {
        Some(secret) => Key { role: Role::View, secret: secret.clone() },
        None => given.clone().unwrap_or_else(|| dev_key(Role::View)),
    };
    let edit = given.unwrap_or_else(|| dev_key(Role::Edit));
    Ok(HttpTarget { url: args.http.clone(), view, edit })
}

/// Checks the arguments before anything starts.
pub(super) fn check(args: &HardwareArgs) -> anyhow::Result<()> {
    configs(args).map(drop)
}

/// One rack for each pair of switches.
fn configs(args: &HardwareArgs) -> anyhow::Result<Vec<RackConfig>> {
    let racks = args.switches / 2;
    ensure!(
        args.switches.is_multiple_of(2) && (1..=RACKS_MAX).contains(&racks),
        "--switches: two for each rack, at most {RACKS_MAX} racks"
    );
    let first = config(args)?;
    let rack = |index: u32| RackConfig {
        rack: if index == 0 { first.rack.clone() } else { format!("{}-{}", args.rack, index + 1).into() },
        machines: args.machines / racks + u32::from(index < args.machines % racks),
        ..first.clone()
    };
    Ok((0..racks).map(rack).collect())
}

fn config(args: &HardwareArgs) -> anyhow::Result<RackConfig> {
    ensure!(!args.partition.is_empty(), "--partition must not be empty");
    ensure!(!args.rack.is_empty(), "--rack must not be empty");
    ensure!(args.machines <= MACHINES_MAX, "--machines: {MACHINES_MAX} at most");
    ensure!((0.0..=1.0).contains(&args.crash_probability), "--crash-probability: from 0 to 1");
    ensure!(
        (0.0..=SLOW_BMC_S_MAX).contains(&args.slow_bmc),
        "--slow-bmc: from 0 to {SLOW_BMC_S_MAX} seconds"
    );
    let pace =
        Pace::new(args.speed).with_context(|| format!("--speed: from {} to {}", Pace::MIN, Pace::MAX))?;
    let profile = match &args.hardware {
        None => Profile::default(),
        Some(path) => Profile::parse(&read("--hardware", path)?)
            .with_context(|| format!("--hardware: {}", path.display()))?,
    };
    let slow_bmc = Duration::from_secs_f64(args.slow_bmc);
    Ok(RackConfig {
        partition: args.partition.as_str().into(),
        rack: args.rack.as_str().into(),
        machines: args.machines,
        profile,
        pace,
        faults: Faults { crash_probability: args.crash_probability, slow_bmc },
        seed: args.seed,
    })
}

fn tls(args: &HardwareArgs) -> anyhow::Result<Option<GrpcTls>> {
    let (Some(ca), Some(certificate), Some(key)) = (&args.grpc_ca, &args.grpc_cert, &args.grpc_key) else {
        return Ok(None);
    };
    Ok(Some(GrpcTls {
        ca: read("--grpc-ca", ca)?,
        certificate: read("--grpc-cert", certificate)?,
        key: read("--grpc-key", key)?,
    }))
}

fn read(option: &str, path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("{option}: {} cannot be read", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        hardware: HardwareArgs,
    }

    fn parse(options: &[&str]) -> anyhow::Result<Vec<RackConfig>> {
        let line = std::iter::once("hardware").chain(options.iter().copied());
        configs(&Line::try_parse_from(line)?.hardware)
    }

    #[test]
    fn the_defaults_are_those_of_the_command_line() {
        let parsed = Line::parse_from(["hardware"]).hardware;
        assert_eq!(format!("{parsed:?}"), format!("{:?}", HardwareArgs::default()));
    }

    #[test]
    fn options_become_a_rack() {
        let rack =
            parse(&["--rack", "r7", "--machines", "9", "--speed", "60", "--slow-bmc", "1.5", "--seed", "3"])
                .unwrap();
        let [rack] = rack.as_slice() else { panic!("one rack") };
        assert_eq!((rack.rack.as_str(), rack.machines, rack.seed), ("r7", 9, 3));
        assert_eq!(rack.pace.of(Duration::from_secs(60)), Duration::from_secs(1));
        assert_eq!(rack.faults.slow_bmc, Duration::from_millis(1500));
    }

    #[test]
    fn machines_are_spread_over_pairs_of_switches() {
        let racks = parse(&["--switches", "6", "--machines", "8"]).unwrap();
        let racks: Vec<_> = racks.iter().map(|rack| (rack.rack.as_str(), rack.machines)).collect();
        assert_eq!(racks, [("test-rack", 3), ("test-rack-2", 3), ("test-rack-3", 2)]);
    }

    #[test]
    fn options_out_of_bounds_are_refused_by_name() {
        let rows = [
            ("--switches", "0"),
            ("--switches", "3"),
            ("--switches", "1026"),
            ("--machines", "20001"),
            ("--speed", "0"),
            ("--crash-probability", "1.1"),
            ("--slow-bmc", "nan"),
            ("--partition", ""),
            ("--rack", ""),
            ("--hardware", "/nowhere.json"),
            ("--grpc-cert", "/nowhere.pem"),
        ];
        for (option, value) in rows {
            let error = format!("{:#}", parse(&[option, value]).unwrap_err());
            assert!(error.contains(option), "{option}: {error}");
        }
    }
}
