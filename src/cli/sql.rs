//! `metalmesh store sql`: every statement the store may send, for reading and for checking against other databases.

use super::say;
use clap::{Args, Subcommand};

const EXAMPLE: &str = "Example:\n  metalmesh store sql";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct StoreArgs {
    #[command(subcommand)]
    command: StoreCommand,
}

#[derive(Debug, Subcommand)]
enum StoreCommand {
    /// Print every SQL statement, separated by lines of `;;`.
    #[command(after_help = EXAMPLE)]
    Sql,
}

#[expect(clippy::unnecessary_wraps, reason = "subcommands have one shape")]
pub(super) fn run(args: &StoreArgs) -> anyhow::Result<()> {
    let StoreCommand::Sql = args.command;
    say(&crate::store::statements().join("\n;;\n"));
    Ok(())
}
