//! `metalmesh why MACHINE`: asks a node why a machine is in its state.

use super::ask::NodeArgs;
use actors::decision::Role;
use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use reqwest::Method;
use serde_json::Value;

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  metalmesh why 00000000-0000-0000-0000-000000000001")]
pub(super) struct WhyArgs {
    /// Id of the machine.
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    machine: String,
    #[command(flatten)]
    node: NodeArgs,
}

pub(super) async fn run(args: WhyArgs) -> anyhow::Result<()> {
    let asking = args.node.asking(Role::View, "METALMESH_VIEW_KEY")?;
    let why = asking.ask(Method::GET, &["machine", &args.machine, "why"], None).await?;
    args.node.show(&why, sentences)
}

/// The most wanted facts first; facts that are not listed here come last.
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

/// One line for every fact that is not empty.
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

/// `None`: not worth a line.
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
}
