//! `metalmesh completions SHELL`: a script with which a shell completes what is typed here.

use super::{Cli, say};
use clap::{Args, CommandFactory};
use clap_complete::Shell;

#[derive(Debug, Args)]
#[command(after_help = "Example, for the bash that is open:\n  source <(metalmesh completions bash)")]
pub(super) struct CompletionsArgs {
    /// The shell that will read it.
    shell: Shell,
}

pub(super) fn run(args: &CompletionsArgs) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "metalmesh", &mut script);
    say(String::from_utf8(script)?.trim_end());
    Ok(())
}
