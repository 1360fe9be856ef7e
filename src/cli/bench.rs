//! `metalmesh bench ipam`: throughput of address allocation, compared with another service or a model.

use super::say;
use crate::bench::{self, MeasurementPlan};
use clap::{Args, Subcommand};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const EXAMPLE: &str = "Example, two workloads against a node on this machine:\n  \
    metalmesh bench ipam --workloads W1,W4 --rounds 1 --seconds 5";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct BenchArgs {
    #[command(subcommand)]
    command: BenchCommand,
}

#[derive(Debug, Subcommand)]
enum BenchCommand {
    /// Acquire, release and cut addresses as go-ipam's clients do, and print a table. Leaves namespaces behind whose
    /// names begin with bench-: use a node that serves no users.
    Ipam(IpamArgs),
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
struct IpamArgs {
    /// gRPC port of the node.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:50051")]
    target: String,
    /// Process id of the node on this machine, to report its CPU time. The database's CPU time is not included.
    #[arg(long, value_name = "PID")]
    target_pid: Option<u32>,
    /// Another service that speaks go-ipam's gRPC, to compare with.
    #[arg(long, value_name = "URL")]
    baseline: Option<String>,
    /// Process id of that service on this machine.
    #[arg(long, value_name = "PID", requires = "baseline")]
    baseline_pid: Option<u32>,
    /// PostgreSQL database for a model of go-ipam's storage: one document per prefix. Workloads that allow it also run
    /// with single rows and one commit each, to show the limit of the database and the machine.
    #[arg(long, value_name = "URL")]
    model: Option<String>,
    /// A database of the PostgreSQL cluster that all of them use, to count commits and WAL bytes.
    #[arg(long, value_name = "URL")]
    journal: Option<String>,
    /// Run only these workloads, as in W1,W4.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    workloads: Vec<String>,
    /// Runs of each workload and service; the median counts.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=99))]
    rounds: u8,
    /// Length of one run in seconds. After the rounds, one more run uses 80 % of the rate that they reached.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=3600))]
    seconds: u16,
}

pub(super) async fn run(args: BenchArgs, stop: CancellationToken) -> anyhow::Result<()> {
    let BenchCommand::Ipam(args) = args.command;
    let plan = MeasurementPlan {
        target: args.target,
        target_pid: args.target_pid,
        baseline: args.baseline,
        baseline_pid: args.baseline_pid,
        model: args.model,
        journal: args.journal,
        workloads: args.workloads,
        rounds: args.rounds.into(),
        length: Duration::from_secs(args.seconds.into()),
    };
    tokio::select! {
        biased;
        () = stop.cancelled() => anyhow::bail!("stopped before the end"),
        done = bench::run(&plan, say) => done,
    }
}
