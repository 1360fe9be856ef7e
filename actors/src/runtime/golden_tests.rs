//! What releases before this one wrote is read (`tests/golden` of the node tells what the files are).

use super::call::CallError;
use super::fingerprint;
use super::inbox::replay;
use crate::command::Command;
use crate::ipam::history::AddressHistory;
use crate::store::{self, InboxEntry, Kind, Row};
use crate::time::Timestamp;
use crate::world::World;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;

const COMMANDS: &str = include_str!("../../../tests/golden/v0/commands.jsonl");
const REPLIES: &str = include_str!("../../../tests/golden/v0/replies.jsonl");
const ROWS: &str = include_str!("../../../tests/golden/v0/rows.jsonl");

/// So many commands, and so many answers and kinds of refusals, there were.
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

/// The retry is answered as it was, to the last field.
fn replays(command: &Command, entry: &InboxEntry) {
    let told = match replay(command, entry) {
        Ok(answer) => serde_json::to_value(&answer).unwrap(),
        Err(CallError::Refused(refusal)) => serde_json::json!({ "refused": refusal }),
        Err(other) => panic!("{other}: {}", entry.reply),
    };
    assert_eq!(told, serde_json::from_str::<Value>(&entry.reply).unwrap());
}

/// A retry is told apart by what its command says, so that this must stay as it was, too.
#[test]
fn every_command_is_read_and_its_retry_is_answered() {
    let mut seen = BTreeSet::new();
    for line in COMMANDS.lines() {
        let Remembered { command: written, fingerprint: wanted, reply } = serde_json::from_str(line).unwrap();
        seen.insert(command_of(&written["body"]));
        let command: Command = serde_json::from_value(written.clone()).unwrap();
        assert_eq!(serde_json::to_value(&command).unwrap(), written);
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
    let command: Command = serde_json::from_value(line.command).unwrap();
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

/// Kinds that the release did not have.
const NEWER: [Kind; 2] = [Kind::SizeReservation, Kind::SizeImageConstraint];

/// And written again as it was.
#[test]
fn every_row_is_read() {
    let mut seen = BTreeSet::new();
    for line in ROWS.lines() {
        let row: Row = serde_json::from_str(line).unwrap();
        seen.insert(row.key.kind);
        if row.key.kind == Kind::History {
            store::join::<AddressHistory>(&row).unwrap();
            continue;
        }
        let world = World::default();
        world.load(&row.key, Some(&row)).unwrap_or_else(|error| panic!("{error:?}: {line}"));
        assert_eq!(world.row(&row.key).as_ref(), Some(&row));
    }
    seen.extend(NEWER);
    assert_eq!(seen, Kind::ALL.iter().copied().collect());
}
