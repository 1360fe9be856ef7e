//! `metalmesh completions SHELL`: prints a completion script for a shell.

use super::{Cli, say};
use clap::{Args, CommandFactory};
use clap_complete::Shell;

#[derive(Debug, Args)]
#[command(after_help = "Example, for the current bash:\n  source <(metalmesh completions bash)")]
pub(super) struct CompletionsArgs {
    /// The shell to complete for.
    shell: Shell,
}

pub(super) fn run(args: &CompletionsArgs) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "metalmesh", &mut script);
    say(String::from_utf8(script)?.trim_end());
    Ok(())
}
