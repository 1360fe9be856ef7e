//! `metalmesh hardware`: plays a rack against any node, as a process of its own. `dev` runs the same in its own.

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
    /// The API of a node, with its base path.
    #[arg(long, default_value = "http://127.0.0.1:8080/metal")]
    pub http: String,
    /// The gRPC service of a node.
    #[arg(long, default_value = "http://127.0.0.1:50051")]
    pub grpc: String,
    /// The partition that the rack stands in.
    #[arg(long, default_value = "mini-lab")]
    pub partition: String,
    /// The first rack; machines and switches are named after it.
    #[arg(long, default_value = "test-rack")]
    pub rack: String,
    /// Pretend machines, in all racks together.
    #[arg(long, default_value_t = 2)]
    pub machines: u32,
    /// Two for each rack; with more, the machines are spread over racks `<rack>`, `<rack>-2`, and so on.
    #[arg(long, default_value_t = 2)]
    pub switches: u32,
    /// What the machines are made of, as JSON; left out: virtual machines of the mini-lab.
    #[arg(long)]
    pub hardware: Option<PathBuf>,
    /// So many times faster than real hardware.
    #[arg(long, default_value_t = 1.0)]
    pub speed: f64,
    /// What switches and BMC agents sign with, and installers if they have no key of their own: the edit key.
    #[command(flatten)]
    pub credentials: Credentials,
    /// The view key of the API: what installers sign with.
    #[arg(long, env = "METALMESH_VIEW_KEY", hide_env_values = true)]
    pub view_hmac: Option<String>,
    /// How likely an installer crashes at each of its steps, from 0 to 1.
    #[arg(long, default_value_t = 0.0)]
    pub crash_probability: f64,
    /// Seconds that a BMC takes longer to do what it is told.
    #[arg(long, default_value_t = 0.0)]
    pub slow_bmc: f64,
    /// All chance comes from it.
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// The CA of the gRPC service, PEM; with it the next two.
    #[arg(long, requires = "grpc_cert", requires = "grpc_key")]
    pub grpc_ca: Option<PathBuf>,
    /// The certificate that machines and switches share, PEM.
    #[arg(long, requires = "grpc_ca")]
    pub grpc_cert: Option<PathBuf>,
    /// Its key, PEM.
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

/// Seconds that a BMC may be slow at most: a day.
const SLOW_BMC_S_MAX: f64 = 86_400.0;

/// Pairs of switches and so racks at most.
const RACKS_MAX: u32 = 512;

/// The subcommand: plays the racks until the process is asked to stop.
pub(super) fn play(args: HardwareArgs) -> anyhow::Result<()> {
    let filter = "warn,metalmesh=info,simulations=info".to_owned();
    let _logging = crate::telemetry::start(&LogConfig { filter, ..LogConfig::default() })?;
    shutdown::block_on(|token| run(args, token))
}

/// Plays the racks until `shutdown`. An error when a user's data was lost meanwhile.
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
        "the hardware is switched on"
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

/// Whether the arguments make sense, before anything is started for them.
pub(super) fn check(args: &HardwareArgs) -> anyhow::Result<()> {
    configs(args).map(drop)
}

/// One for each pair of switches.
fn configs(args: &HardwareArgs) -> anyhow::Result<Vec<RackConfig>> {
    let racks = args.switches / 2;
    ensure!(
        args.switches.is_multiple_of(2) && (1..=RACKS_MAX).contains(&racks),
        "--switches: two for each rack, and {RACKS_MAX} racks at most"
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
    ensure!(!args.partition.is_empty(), "--partition: a rack stands in a partition");
    ensure!(!args.rack.is_empty(), "--rack: a rack has a name");
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
