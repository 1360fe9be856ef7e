//! `metalmesh store`: prints every statement that the store may send, for review and for checks against other
//! databases; removes rows that the API cannot reach.

use super::remove::{self, DeleteArgs};
use super::{say, shutdown};
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
    /// Delete a row whose id no API path can carry. Stop the partition's node first.
    Delete(DeleteArgs),
}

pub(super) fn run(args: &StoreArgs) -> anyhow::Result<()> {
    match &args.command {
        StoreCommand::Sql => {
            say(&crate::store::statements().join("\n;;\n"));
            Ok(())
        }
        StoreCommand::Delete(args) => shutdown::block_on_or_stop(remove::run(args)),
    }
}
