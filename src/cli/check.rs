//! `metalmesh config check FILE`: reports the errors of a configuration, and starts nothing.

use super::{EXIT_USAGE, say, tell};
use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

const EXAMPLE: &str = "Example:\n  metalmesh config check configs/node.toml";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct ConfigArgs {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Check a configuration and the files it names.
    #[command(after_help = EXAMPLE)]
    Check {
        /// The configuration file, as configs/node.toml.
        file: PathBuf,
    },
}

pub(super) fn run(args: &ConfigArgs) -> ExitCode {
    let ConfigCommand::Check { file } = &args.command;
    match crate::config::load(file) {
        Ok(checked) => {
            checked.warnings.iter().for_each(|warning| tell(warning));
            checked.faults.iter().for_each(|fault| tell(&format!("{}: {fault}", file.display())));
            if !checked.faults.is_empty() {
                return ExitCode::from(EXIT_USAGE);
            }
            say(&format!("{}: good, for partition {}", file.display(), checked.config.partition));
            ExitCode::SUCCESS
        }
        Err(error) => {
            tell(&error.to_string());
            ExitCode::from(EXIT_USAGE)
        }
    }
}
