//! The command line: one file per subcommand.

mod ask;
mod bench;
mod check;
mod claim;
mod completions;
mod dev;
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

/// The commit that this was built from; empty where nobody knew.
const COMMIT: &str = env!("METALMESH_COMMIT");

/// A bare-metal control plane in one binary.
#[derive(Debug, Parser)]
#[command(
    name = "metalmesh",
    version = env!("METALMESH_VERSION"),
    about,
    after_help = "Example, a rack of pretend hardware in this folder:\n  metalmesh"
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve a rack of pretend hardware from a folder: the default.
    Dev(dev::DevArgs),
    /// Serve a partition.
    Serve(serve::ServeArgs),
    /// Look at configurations.
    Config(check::ConfigArgs),
    /// Play a rack of machines and switches against a node.
    Hardware(hardware::HardwareArgs),
    /// Print the headers that sign a request.
    Sign(sign::SignArgs),
    /// Say why a machine is where it is, since when, and what happens next.
    Why(why::WhyArgs),
    /// Show the background tasks of a node: when each ran, what came of it, and when it runs next.
    Tasks(tasks::TasksArgs),
    /// Look after addresses and numbers.
    Ipam(ipam::IpamArgs),
    /// Measure a service that runs.
    Bench(bench::BenchArgs),
    /// Look at the store.
    Store(sql::StoreArgs),
    /// Play whole federations of pretend plants, much faster than life.
    #[command(
        subcommand,
        after_help = "Example:\n  metalmesh sim run simulations/scenarios/two-plants.toml --seed 1"
    )]
    Sim(simulations::command_line::Command),
    /// Print a script with which a shell completes what is typed here.
    Completions(completions::CompletionsArgs),
}

/// Exit code for a command line or configuration that makes no sense (`EX_USAGE` of sysexits).
const EXIT_USAGE: u8 = 64;

/// Exit code of a node whose partition another one has taken over. A service manager must not start it again
/// (`RestartPreventExitStatus`): it would stand by, but whoever moved the partition wanted it elsewhere.
const EXIT_TAKEN_OVER: u8 = 80;

/// Runs what was typed.
pub fn main() -> ExitCode {
    match Cli::try_parse() {
        Ok(cli) => run(cli),
        Err(error) => {
            // Help and version are not errors; nobody can be told that printing failed.
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

/// Tells an error to whoever sits at the terminal.
fn tell(text: &str) {
    // Nobody can be told that nobody listens.
    writeln!(std::io::stderr(), "metalmesh: {text}").ok();
}

/// Prints an answer.
fn say(text: &str) {
    // Whoever reads only the beginning, as `head` does, has closed the rest.
    writeln!(std::io::stdout(), "{text}").ok();
}

#[cfg(test)]
mod tests;
