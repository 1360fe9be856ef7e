//! `metalmesh ipam check [--repair]`: whether addresses, numbers and prefixes agree with those who have them.

use super::say;
use super::sign::signature;
use super::why::{DEFAULT_HTTP, address, explain};
use actors::decision::Role;
use anyhow::Context;
use clap::{Args, Subcommand};
use serde_json::Value;
use std::time::Duration;

/// A node with a million rows reads them all.
const TIMEOUT: Duration = Duration::from_secs(120);

#[derive(Debug, Args)]
pub(super) struct IpamArgs {
    #[command(subcommand)]
    command: IpamCommand,
}

#[derive(Debug, Subcommand)]
enum IpamCommand {
    /// Compare rows, memory and owners of a running node; exits with 1 when something is wrong.
    Check(CheckArgs),
}

#[derive(Debug, Args)]
struct CheckArgs {
    /// Give back what leaked and read again what memory has otherwise than the store; the rest is told.
    #[arg(long)]
    repair: bool,
    /// The API of the node, with its base path.
    #[arg(long, default_value = DEFAULT_HTTP)]
    http: String,
    /// The view key; with --repair, the admin key.
    #[arg(long, env = "METALMESH_IPAM_KEY", hide_env_values = true)]
    hmac: Option<String>,
    /// The answer as JSON, for programs.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: IpamArgs) -> anyhow::Result<()> {
    let IpamCommand::Check(args) = args.command;
    let (method, verb, role, key) = if args.repair {
        (reqwest::Method::POST, "repair", Role::Admin, "metal-admin")
    } else {
        (reqwest::Method::GET, "check", Role::View, "metal-view")
    };
    let url = address(&args.http, &["ipam", verb])?;
    let key = args.hmac.as_deref().unwrap_or(key);
    let mut request = crate::tls::http_client(TIMEOUT)?.request(method.clone(), url.clone());
    for (name, value) in signature(role, key.as_bytes(), method.as_str()) {
        request = request.header(name, value);
    }
    let response = request.send().await.with_context(|| format!("{url} does not answer"))?;
    let status = response.status();
    let text = response.text().await?;
    anyhow::ensure!(status.is_success(), "{}", explain(&text));
    let answer: Value = serde_json::from_str(&text).context("the answer is not JSON")?;
    say(&if args.json { serde_json::to_string_pretty(&answer)? } else { sentences(&answer) });
    let left = answer.get("findings").and_then(Value::as_array).map_or(0, Vec::len);
    anyhow::ensure!(left == 0, "{left} findings");
    Ok(())
}

/// One line for every finding, then what was looked at.
fn sentences(answer: &Value) -> String {
    let text = |value: &Value, name: &str| {
        let value = value.get(name).cloned().unwrap_or_default();
        value.as_str().map_or_else(|| value.to_string(), str::to_owned)
    };
    let findings = answer.get("findings").and_then(Value::as_array).into_iter().flatten();
    let mut lines: Vec<String> = findings
        .map(|finding| {
            format!("{}  {}: {}", text(finding, "fault"), text(finding, "subject"), text(finding, "text"))
        })
        .collect();
    let (partition, rows, repaired) =
        (text(answer, "partition"), text(answer, "rows"), text(answer, "repaired"));
    lines.push(format!("{partition}: {rows} rows looked at, {repaired} repaired, {} findings", lines.len()));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use serde_json::json;

    #[test]
    fn findings_come_first() {
        let finding = json!({"fault": "leak", "subject": "10.0.0.1", "text": "its allocation is gone"});
        let answer = json!({"partition": "p", "rows": 12, "repaired": 0, "findings": [finding]});
        expect![[r#"
            leak  10.0.0.1: its allocation is gone
            p: 12 rows looked at, 0 repaired, 1 findings"#]]
        .assert_eq(&sentences(&answer));
    }
}
