//! The command line: one file per subcommand.

mod ask;
mod bench;
mod check;
mod claim;
mod completions;
mod dev;
mod federation;
pub mod hardware;
mod ipam;
mod remove;
mod sample;
mod serve;
mod shutdown;
pub mod sign;
mod sql;
mod tasks;
mod why;

use clap::{Parser, Subcommand};
use std::io::Write;
use std::process::ExitCode;

/// The commit that this binary was built from; empty if the build could not find it out.
const COMMIT: &str = env!("METALMESH_COMMIT");

/// A bare-metal control plane in one binary.
#[derive(Debug, Parser)]
#[command(
    name = "metalmesh",
    version = env!("METALMESH_VERSION"),
    about,
    after_help = "Example, a rack of simulated hardware in this folder:\n  metalmesh"
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve a partition with a rack of simulated hardware; data stays in one folder. The default.
    Dev(dev::DevArgs),
    /// Serve a partition.
    Serve(serve::ServeArgs),
    /// Check configuration files.
    Config(check::ConfigArgs),
    /// Simulate racks of machines and switches against a node.
    Hardware(hardware::HardwareArgs),
    /// Print the headers that sign a request.
    Sign(sign::SignArgs),
    /// Explain why a machine is in its state, since when, and what happens next.
    Why(why::WhyArgs),
    /// Show the background tasks of a node: last run, result and next run of each.
    Tasks(tasks::TasksArgs),
    /// Inspect and repair addresses, prefixes and numbers.
    Ipam(ipam::IpamArgs),
    /// Benchmark a running service.
    Bench(bench::BenchArgs),
    /// Make one federation of several partitions, and show its links.
    Federation(federation::FederationArgs),
    /// Inspect the store.
    Store(sql::StoreArgs),
    /// Simulate federations of partitions, much faster than real time.
    #[command(
        subcommand,
        after_help = "Example:\n  metalmesh sim run simulations/scenarios/two-plants.toml --seed 1"
    )]
    Sim(simulations::command_line::Command),
    /// Print a completion script for a shell.
    Completions(completions::CompletionsArgs),
}

/// Exit code for an invalid command line or configuration (`EX_USAGE` of sysexits).
const EXIT_USAGE: u8 = 64;

/// Exit code of a node whose partition was taken over by another node. A service manager must not restart it
/// (`RestartPreventExitStatus`): it would stand by, but the operator moved the partition elsewhere on purpose.
const EXIT_TAKEN_OVER: u8 = 80;

/// Runs the command line.
pub fn main() -> ExitCode {
    match Cli::try_parse() {
        Ok(cli) => run(cli),
        Err(error) => {
            // Help and version are not errors. A failure to print them cannot be reported anywhere.
            error.print().ok();
            if error.use_stderr() { ExitCode::from(EXIT_USAGE) } else { ExitCode::SUCCESS }
        }
    }
}

fn run(cli: Cli) -> ExitCode {
    let command = cli.command.unwrap_or_else(|| Command::Dev(dev::DevArgs::default()));
    let result = match command {
        Command::Dev(args) => dev::run(args),
        Command::Serve(args) => serve::run(&args),
        Command::Config(args) => return check::run(&args),
        Command::Hardware(args) => hardware::play(args),
        Command::Sign(args) => sign::run(&args),
        Command::Why(args) => shutdown::block_on_or_stop(why::run(args)),
        Command::Tasks(args) => shutdown::block_on_or_stop(tasks::run(args)),
        Command::Ipam(args) => shutdown::block_on_or_stop(ipam::run(args)),
        Command::Bench(args) => shutdown::block_on(|stop| bench::run(args, stop)),
        Command::Federation(args) => shutdown::block_on_or_stop(federation::run(args)),
        Command::Store(args) => sql::run(&args),
        Command::Sim(command) => return simulations::command_line::execute(command, COMMIT),
        Command::Completions(args) => completions::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell(&format!("{error:#}"));
            if error.is::<crate::config::ConfigError>() {
                ExitCode::from(EXIT_USAGE)
            } else if error.is::<serve::TakenOver>() {
                ExitCode::from(EXIT_TAKEN_OVER)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

/// Prints an error on the terminal (standard error).
fn tell(text: &str) {
    // A failure to print cannot be reported anywhere.
    writeln!(std::io::stderr(), "metalmesh: {text}").ok();
}

/// Prints an answer.
fn say(text: &str) {
    // Fails when the reader has closed the pipe, as `head` does after the first lines.
    writeln!(std::io::stdout(), "{text}").ok();
}

#[cfg(test)]
mod tests;
