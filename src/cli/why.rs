//! `metalmesh why MACHINE`: asks a node why a machine is where it is.

use super::say;
use super::sign::signature;
use actors::decision::Role;
use anyhow::Context;
use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use reqwest::Url;
use serde_json::Value;
use std::time::Duration;

/// A node that does not answer within this will not.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The API of a dev node.
pub(super) const DEFAULT_HTTP: &str = "http://127.0.0.1:8080/metal";

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  metalmesh why 00000000-0000-0000-0000-000000000001")]
pub(super) struct WhyArgs {
    /// The machine's id.
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    machine: String,
    /// The API of any node, with its base path.
    #[arg(long, default_value = DEFAULT_HTTP)]
    http: String,
    /// The view key.
    #[arg(long, env = "METALMESH_VIEW_KEY", default_value = "metal-view", hide_env_values = true)]
    hmac: String,
    /// The answer as JSON, for programs.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: WhyArgs) -> anyhow::Result<()> {
    let url = address(&args.http, &["machine", &args.machine, "why"])?;
    let mut request = crate::tls::http_client(TIMEOUT)?.get(url.clone());
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
pub(super) fn explain(text: &str) -> String {
    let inner = serde_json::from_str::<String>(text).ok();
    let object = inner.as_deref().and_then(|inner| serde_json::from_str::<Value>(inner).ok());
    let message = object.as_ref().and_then(|object| object.get("message")).and_then(Value::as_str);
    message.unwrap_or(text).to_owned()
}

/// Where the answer is, below `mesh/v1`; ids are people's input.
pub(super) fn address(node: &str, path: &[&str]) -> anyhow::Result<Url> {
    let mut url = Url::parse(node).with_context(|| format!("--http: {node:?} is not a URL"))?;
    let Ok(mut segments) = url.path_segments_mut() else {
        anyhow::bail!("--http: {node:?} is not the URL of a node");
    };
    segments.pop_if_empty().extend(["mesh", "v1"]).extend(path);
    drop(segments);
    Ok(url)
}

/// What people want to know first comes first; whatever else a node tells comes last.
const FACTS: [&str; 15] = [
    "id",
    "state",
    "since",
    "reason",
    "overdue",
    "deadline",
    "next",
    "next_try",
    "tries",
    "hold",
    "allocation",
    "orders",
    "last_event",
    "last_event_time",
    "liveliness",
];

/// One line for every fact that says something.
fn sentences(why: &Value) -> String {
    let Value::Object(facts) = why else { return why.to_string() };
    let known = FACTS.iter().filter_map(|name| facts.get_key_value(*name));
    let others = facts.iter().filter(|(name, _)| !FACTS.contains(&name.as_str()));
    let told: Vec<(&String, String)> =
        known.chain(others).filter_map(|(name, value)| Some((name, words(value)?))).collect();
    let width = told.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let lines = told.iter().map(|(name, words)| format!("{name:width$}  {words}"));
    lines.collect::<Vec<_>>().join("\n")
}

/// `None`: nothing worth a line.
fn words(value: &Value) -> Option<String> {
    let text = match value {
        Value::Null | Value::Bool(false) => String::new(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Number(number) if number.as_u64() == Some(0) => String::new(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().filter_map(words).collect::<Vec<_>>().join("; "),
        Value::Object(members) => {
            let told = members.iter().filter_map(|(name, value)| Some(format!("{name} {}", words(value)?)));
            told.collect::<Vec<_>>().join(", ")
        }
    };
    Some(text).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use serde_json::json;

    #[test]
    fn what_matters_comes_first_and_nothing_is_said_of_nothing() {
        let why = json!({
            "allocation": null, "deadline": "2026-01-15T10:05:00Z", "id": "m1", "later": "a fact of a newer node",
            "last_event": {"event": "Crashed", "message": "boom"}, "next": "it boots again", "orders": [],
            "overdue": true, "reason": "it is to boot", "state": "crashing", "tries": 0,
        });
        expect![[r#"
            id          m1
            state       crashing
            reason      it is to boot
            overdue     yes
            deadline    2026-01-15T10:05:00Z
            next        it boots again
            last_event  event Crashed, message boom
            later       a fact of a newer node"#]]
        .assert_eq(&sentences(&why));
    }

    #[test]
    fn the_message_comes_out_of_its_envelope() {
        assert_eq!(explain(r#""{\"statuscode\":404,\"message\":\"no machine\"}""#), "no machine");
        assert_eq!(explain("bad gateway"), "bad gateway");
    }

    #[test]
    fn ids_are_one_segment_of_the_address() {
        let rows = [
            ("http://h:1/metal", "m1", "http://h:1/metal/mesh/v1/machine/m1/why"),
            ("http://h:1/metal/", "a b/c?d", "http://h:1/metal/mesh/v1/machine/a%20b%2Fc%3Fd/why"),
        ];
        for (node, machine, wanted) in rows {
            assert_eq!(address(node, &["machine", machine, "why"]).unwrap().as_str(), wanted);
        }
        for bad in ["", "h", "mailto:h"] {
            assert!(address(bad, &["m1"]).unwrap_err().to_string().starts_with("--http: "), "{bad}");
        }
    }
}
