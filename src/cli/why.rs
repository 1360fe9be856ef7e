//! `metalmesh why MACHINE`: asks a node why a machine is where it is.

use super::say;
use super::sign::signature;
use actors::decision::Role;
use anyhow::Context;
use clap::Args;
use serde_json::Value;
use std::time::Duration;

/// A node that does not answer within this will not.
const TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Debug, Args)]
pub(super) struct WhyArgs {
    /// The machine's id.
    machine: String,
    /// The API of any node, with its base path.
    #[arg(long, default_value = "http://127.0.0.1:8080/metal")]
    http: String,
    /// The view key.
    #[arg(long, env = "METALMESH_VIEW_KEY", default_value = "metal-view", hide_env_values = true)]
    hmac: String,
    /// The answer as JSON, for programs.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: WhyArgs) -> anyhow::Result<()> {
    let url = format!("{}/mesh/v1/machine/{}/why", args.http.trim_end_matches('/'), args.machine);
    let mut request = crate::tls::http_client(TIMEOUT)?.get(&url);
    for (name, value) in signature(Role::View, args.hmac.as_bytes(), "GET") {
        request = request.header(name, value);
    }
    let response = request.send().await.with_context(|| format!("{url} does not answer"))?;
    let status = response.status();
    let text = response.text().await?;
    anyhow::ensure!(status.is_success(), "{}", explain(&text));
    let why: Value = serde_json::from_str(&text).context("the answer is not JSON")?;
    say(&if args.json { serde_json::to_string_pretty(&why)? } else { sentences(&why) });
    Ok(())
}

/// The message inside an error envelope, or the text as it is.
fn explain(text: &str) -> String {
    let inner = serde_json::from_str::<String>(text).ok();
    let object = inner.as_deref().and_then(|inner| serde_json::from_str::<Value>(inner).ok());
    let message = object.as_ref().and_then(|object| object.get("message")).and_then(Value::as_str);
    message.unwrap_or(text).to_owned()
}

/// One line for every fact that is known.
fn sentences(why: &Value) -> String {
    let Value::Object(facts) = why else { return why.to_string() };
    let width = facts.keys().map(String::len).max().unwrap_or_default();
    let lines = facts.iter().filter(|(_, value)| !is_nothing(value));
    lines.map(|(name, value)| format!("{name:width$}  {}", plain(value))).collect::<Vec<_>>().join("\n")
}

fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

/// A fact without JSON's punctuation.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join("; "),
        Value::Object(members) => {
            members.values().filter(|value| !is_nothing(value)).map(plain).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use serde_json::json;

    #[test]
    fn facts_are_lines_and_nothing_is_left_out() {
        let why = json!({
            "id": "m1", "allocation": null, "orders": [], "overdue": false,
            "last_event": {"event": "Waiting", "message": "waiting for allocation", "time": "2026-01-01T00:00:00Z"},
        });
        expect![[r"
            id          m1
            last_event  Waiting, waiting for allocation, 2026-01-01T00:00:00Z
            overdue     false"]]
        .assert_eq(&sentences(&why));
    }

    #[test]
    fn the_message_comes_out_of_its_envelope() {
        assert_eq!(explain(r#""{\"statuscode\":404,\"message\":\"no machine\"}""#), "no machine");
        assert_eq!(explain("bad gateway"), "bad gateway");
    }
}
