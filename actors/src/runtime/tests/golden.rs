//! What releases before this one wrote is read (`tests/golden` of the node tells what the files are).

use crate::call::CallError;
use crate::command::Command;
use crate::runtime::fingerprint;
use crate::runtime::inbox::replay;
use crate::store::InboxEntry;
use crate::time::Timestamp;
use crate::wire;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;

const COMMANDS: &str = include_str!("../../../../tests/golden/v0/commands.jsonl");
const REPLIES: &str = include_str!("../../../../tests/golden/v0/replies.jsonl");

/// Numbers of commands, answers and kinds of refusals in the files.
const COMMANDS_COUNT: usize = 71;
const REPLIES_COUNT: usize = 32;

#[derive(Deserialize)]
struct Remembered {
    command: Value,
    fingerprint: String,
    reply: Option<String>,
}

/// The names of an enum's variant, and of that within it.
fn variant(value: &Value) -> String {
    match value {
        Value::Object(fields) if fields.len() == 1 => {
            let (name, inner) = fields.iter().next().unwrap();
            match inner {
                Value::Object(inner) if name == "load" => format!("load/{}", variant(&inner["step"])),
                inner => format!("{name}/{}", variant(inner)),
            }
        }
        Value::String(name) => name.clone(),
        _ => String::new(),
    }
}

/// The first name, and the second if it is one of a command.
fn command_of(body: &Value) -> String {
    let names = variant(body);
    let count = if names.starts_with("namespace/load") { 3 } else { 2 };
    names.split('/').take(count).collect::<Vec<_>>().join("/")
}

/// A retry gets the stored answer, with all fields.
fn replays(command: &Command, entry: &InboxEntry) {
    let told = match replay(command, entry) {
        Ok(answer) => wire::remembered(Ok(&answer)),
        Err(CallError::Refused(refusal)) => wire::remembered(Err(&refusal)),
        Err(other) => panic!("{other}: {}", entry.reply),
    };
    let [told, then] = [&told, &entry.reply].map(|text| serde_json::from_str::<Value>(text).unwrap());
    assert_eq!(told, then);
}

/// The fingerprint of a command detects retries, so it must not change either.
#[test]
fn every_command_is_read_and_its_retry_is_answered() {
    let mut seen = BTreeSet::new();
    for line in COMMANDS.lines() {
        let Remembered { command: written, fingerprint: wanted, reply } = serde_json::from_str(line).unwrap();
        seen.insert(command_of(&written["body"]));
        let command = wire::command_from_json(&written.to_string()).unwrap();
        assert_eq!(serde_json::to_value(wire::said(&command.body)).unwrap(), written["body"]);
        assert!(fingerprint::is_of(&wanted, &command), "{line}");
        let Some(reply) = reply else { continue };
        let entry =
            InboxEntry { key: command.key, fingerprint: wanted, reply, at: Timestamp::from_millis(0) };
        replays(&command, &entry);
    }
    assert_eq!(seen.len(), COMMANDS_COUNT, "{seen:?}");
}

#[test]
fn every_stored_reply_is_read() {
    let line: Remembered = serde_json::from_str(COMMANDS.lines().next().unwrap()).unwrap();
    let command = wire::command_from_json(&line.command.to_string()).unwrap();
    let mut seen = BTreeSet::new();
    for reply in REPLIES.lines() {
        let written: Value = serde_json::from_str(reply).unwrap();
        let name = match &written["refused"] {
            Value::Null => variant(&written).split('/').next().unwrap().to_owned(),
            refusal => refusal["because"].to_string(),
        };
        seen.insert(name);
        let entry = InboxEntry {
            key: command.key,
            fingerprint: line.fingerprint.clone(),
            reply: reply.to_owned(),
            at: Timestamp::from_millis(0),
        };
        replays(&command, &entry);
    }
    assert_eq!(seen.len(), REPLIES_COUNT, "{seen:?}");
}
