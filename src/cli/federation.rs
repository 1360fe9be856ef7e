//! `metalmesh federation`: partitions that belong together. Speaks to the running node through its control socket.

use super::say;
use crate::config;
use crate::federation::control::{self, Command, Line};
use crate::federation::token_of;
use actors::federation::Rename;
use anyhow::Context;
use clap::{Args, Subcommand};
use serde_json::Value;
use std::io::{BufRead, IsTerminal, Write};
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_help = "Example, two plants become one; on the first:\n  \
    metalmesh federation init\n  metalmesh federation invite --partition plant-b\n\
    and on the second, with the token that it printed:\n  metalmesh federation join TOKEN")]
pub(super) struct FederationArgs {
    #[command(flatten)]
    node: FolderArgs,
    #[command(subcommand)]
    action: Action,
}

/// The running node that is meant.
#[derive(Debug, Args)]
struct FolderArgs {
    /// Folder of the data of a dev node.
    #[arg(long, global = true, default_value = ".metalmesh", conflicts_with = "config")]
    data_dir: PathBuf,
    /// The configuration file of a node that `serve` runs.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a federation with this partition as its first member.
    #[command(after_help = "Example:\n  metalmesh federation init --config node.toml")]
    Init,
    /// Print a token with which one partition may join, once.
    #[command(after_help = "Example:\n  metalmesh federation invite --partition plant-b --ttl 15m")]
    Invite {
        /// The partition that may join.
        #[arg(long)]
        partition: String,
        /// How long the token is valid: a number with s, m, h or d.
        #[arg(long, default_value = "1h", value_parser = ttl_s)]
        ttl: u64,
    },
    /// Join the federation of the partition that made the token.
    #[command(after_help = "Example:\n  metalmesh federation join TOKEN --dry-run")]
    Join {
        /// What `invite` printed as its last word.
        token: String,
        /// Do not ask whether the fingerprint is right.
        #[arg(long)]
        yes: bool,
        /// List what stands in the way, and change nothing.
        #[arg(long)]
        dry_run: bool,
        /// Give an entity of this partition a new id: --rename internet=internet-b.
        #[arg(long, value_name = "[KIND/]OLD=NEW")]
        rename: Vec<Rename>,
    },
    /// Show the members, and the links to them.
    #[command(after_help = "Example:\n  metalmesh federation status --json")]
    Status {
        /// Print the answer as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Remove a partition that is gone for good.
    #[command(after_help = "Example:\n  metalmesh federation evict plant-b --fenced Ada-unplugged-it")]
    Evict {
        /// The partition.
        partition: String,
        /// Who made sure that none of its nodes runs, and how.
        #[arg(long, value_name = "WHO, HOW")]
        fenced: String,
    },
}

pub(super) async fn run(args: FederationArgs) -> anyhow::Result<()> {
    let folder = match &args.node.config {
        Some(file) => config::load(file)?.mesh_folder.with_context(|| {
            format!("{}: mesh.folder is missing: the node has no control socket", file.display())
        })?,
        None => args.node.data_dir.clone(),
    };
    let json = matches!(args.action, Action::Status { json: true });
    let command = match args.action {
        Action::Init => Command::Init,
        Action::Invite { partition, ttl } => Command::Invite { partition, ttl_s: ttl },
        Action::Join { token, yes, dry_run, rename } => {
            confirmed(&token, yes || dry_run)?;
            Command::Join { token, dry_run, rename: rename.iter().map(Rename::to_string).collect() }
        }
        Action::Status { .. } => Command::Status,
        Action::Evict { partition, fenced } => Command::Evict { partition, fenced },
    };
    match control::call(&folder, command, say).await? {
        Line::Done { result, .. } if json => say(&serde_json::to_string_pretty(&result)?),
        Line::Done { sentence, .. } | Line::Progress(sentence) => say(&sentence),
        Line::Failed { sentence, result } => {
            if result != Value::Null && json {
                say(&serde_json::to_string_pretty(&result)?);
            }
            anyhow::bail!(sentence)
        }
    }
    Ok(())
}

/// Shows the fingerprint of the root in the token, and asks whether the inviter printed the same.
fn confirmed(token: &str, yes: bool) -> anyhow::Result<()> {
    let token = token_of(token)?;
    say(&format!(
        "{} is invited into federation {}; fingerprint of its root: {}",
        token.partition, token.federation, token.root
    ));
    if yes {
        return Ok(());
    }
    let mut input = std::io::stdin().lock();
    anyhow::ensure!(
        input.is_terminal(),
        "compare the fingerprint with what the inviter printed, then add --yes"
    );
    write!(std::io::stdout(), "Did the inviter print the same fingerprint? [y/N] ")?;
    std::io::stdout().flush()?;
    let mut answer = String::new();
    input.read_line(&mut answer).context("there was no answer")?;
    anyhow::ensure!(
        ["y", "yes"].contains(&answer.trim().to_lowercase().as_str()),
        "not joined: nothing was changed"
    );
    Ok(())
}

/// Reads a time as 90s, 15m, 1h or 2d.
fn ttl_s(text: &str) -> Result<u64, String> {
    let wrong = || format!("{text:?} is no time: write a number with s, m, h or d, as in 1h");
    let split = text.find(|char: char| !char.is_ascii_digit()).ok_or_else(wrong)?;
    let (number, unit) = text.split_at(split);
    let factor = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return Err(wrong()),
    };
    number.parse::<u64>().ok().and_then(|number| number.checked_mul(factor)).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_strictly() {
        let times = [("90s", Ok(90)), ("15m", Ok(900)), ("1h", Ok(3600)), ("2d", Ok(172_800))];
        for (text, expected) in times {
            assert_eq!(ttl_s(text), expected, "{text}");
        }
        for wrong in ["", "h", "1", "1w", "1.5h", "-1h", "99999999999999999999s", "18446744073709551615d"] {
            assert!(ttl_s(wrong).is_err(), "{wrong}");
        }
    }
}
