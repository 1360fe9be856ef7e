//! `metalmesh bench ipam`: how fast addresses are given away, beside another service or a model.

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
    /// Take, give back and cut addresses as go-ipam's clients do, and print a table. Leaves address spaces behind whose
    /// names begin with bench-: use a node of its own.
    Ipam(IpamArgs),
}

#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
struct IpamArgs {
    /// The gRPC port of the node.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:50051")]
    target: String,
    /// Its process on this machine: how busy it was is told. The database's own time is not in it.
    #[arg(long, value_name = "PID")]
    target_pid: Option<u32>,
    /// Any other service that speaks go-ipam's gRPC, to compare with.
    #[arg(long, value_name = "URL")]
    baseline: Option<String>,
    /// Its process on this machine.
    #[arg(long, value_name = "PID", requires = "baseline")]
    baseline_pid: Option<u32>,
    /// A PostgreSQL database in which the model is played: one document per prefix, as go-ipam has it. Beside it stand single
    /// rows, each with its commit, where a workload allows: what the database and the machine can do at all.
    #[arg(long, value_name = "URL")]
    model: Option<String>,
    /// A database of the PostgreSQL cluster that all of them store in, to tell commits and bytes of journal.
    #[arg(long, value_name = "URL")]
    journal: Option<String>,
    /// Only these, as in W1,W4.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    workloads: Vec<String>,
    /// Runs of each workload and side; the median counts.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=99))]
    rounds: u8,
    /// Length of one run. After the rounds follows one at 80 % of the rate that they reached.
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
