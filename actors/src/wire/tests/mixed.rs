//! Two releases side by side: each reads what the other writes, without loss. Stored data is exchanged in both
//! directions; messages between partitions are new in this release.

use super::previous::columns;
use super::previous::message as before;
use super::previous::{command, ipam, machine, masterdata, namespace, network, switch};
use super::*;
use crate::mesh;
use crate::refusal::Refusal;
use crate::store::{self, Generation, Key, Kind};
use crate::wire::travel::Travels;
use crate::wire::{command_from_json, recalled, remembered};
use serde::Serialize;
use serde::de::DeserializeOwned;

const COMMANDS: &str = include_str!("../../../../tests/golden/v0/commands.jsonl");
const REPLIES: &str = include_str!("../../../../tests/golden/v0/replies.jsonl");
const ROWS: &str = include_str!("../../../../tests/golden/v0/rows.jsonl");
const MESSAGES: &str = include_str!("../../../../tests/golden/v1/messages.jsonl");

/// Commands and answers that the release before does not know; it reports them as unknown.
const NEWER: [&str; 7] = [
    "record",
    "size_reservation_create",
    "size_reservation_update",
    "size_reservation_delete",
    "size_image_constraint_create",
    "size_image_constraint_update",
    "size_image_constraint_delete",
];

/// Kinds of rows that it does not know.
const NEW_KINDS: [&str; 2] = ["size_image_constraint", "size_reservation"];

/// What the release before makes of a value: it must read it, and lose nothing.
fn reads<T: Serialize + DeserializeOwned>(value: &Value) {
    let read: T = serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{error}: {value}"));
    assert_eq!(serde_json::to_value(&read).unwrap(), *value);
}

/// A name that only the newer one has.
fn is_newer(value: &Value) -> bool {
    NEWER.iter().any(|name| value.get(name).is_some())
}

#[test]
fn commands_are_read_both_ways() {
    for line in COMMANDS.lines() {
        let written = &parsed(line)["command"];
        reads::<command::Command>(written);
        let read = command_from_json(&written.to_string()).unwrap();
        assert_eq!(serde_json::to_value(read.pack()).unwrap(), *written);
    }
}

#[test]
fn remembered_answers_are_read_both_ways() {
    for line in REPLIES.lines() {
        reads::<before::Outcome>(&parsed(line));
        let outcome = recalled(line).unwrap();
        assert_eq!(parsed(&remembered(outcome.as_ref())), parsed(line));
    }
}

/// Requests without an equivalent.
const NEW_REQUESTS: [&str; 2] = ["answered", "show"];

/// Replies without an equivalent; it requested rows with other messages, and identified columns by position.
const NEW_REPLIES: [&str; 3] = ["shown", "failed", "not_understood"];

/// All messages of this release.
#[test]
fn the_release_before_reads_what_this_one_says() {
    let mut read = 0;
    for line in MESSAGES.lines().map(parsed) {
        let command = line["request"].pointer("/execute/command/body").and_then(Value::as_object);
        let answer = line["reply"].pointer("/executed/Ok");
        if command.is_some_and(|room| room.values().any(is_newer)) || answer.is_some_and(is_newer) {
            continue;
        }
        match (line.get("request"), line.get("reply")) {
            (Some(request), _) if NEW_REQUESTS.iter().any(|new| request.get(new).is_some()) => continue,
            (Some(request), _) => reads::<before::Request>(request),
            (None, Some(reply)) if NEW_REPLIES.iter().any(|new| reply.get(new).is_some()) => continue,
            (None, Some(reply)) => reads::<before::Reply>(reply),
            (None, None) => panic!("{line}"),
        }
        if let Some(answer) = answer {
            reads::<before::Outcome>(answer);
            let ours = recalled(&answer.to_string()).unwrap();
            assert_eq!(parsed(&remembered(ours.as_ref())), *answer);
        }
        read += 1;
    }
    assert!(read > 120, "{read}");
}

#[test]
fn refusals_are_remembered_as_they_were() {
    for line in MESSAGES.lines().map(parsed) {
        let refused = line["reply"].get("executed").and_then(|outcome| outcome.get("Err")?.get("refused"));
        let Some(refused) = refused else { continue };
        let refusal = Refusal::unpack(serde_json::from_value(refused.clone()).unwrap()).unwrap();
        let stored = parsed(&remembered(Err(&refusal)));
        reads::<before::Outcome>(&stored);
        assert_eq!(stored, serde_json::json!({"refused": refused}));
    }
}

/// Kinds were not called as their tables are.
const RENAMED: [(&str, &str); 2] = [("rest", "address_rest"), ("history", "address_history")];

fn name_of_before(kind: Kind) -> String {
    let name = kind.pack();
    let renamed = RENAMED.iter().find(|(_, new)| *new == name);
    renamed.map_or_else(|| name.clone(), |(old, _)| (*old).to_owned())
}

fn of_before(row: &Row) -> before::Row {
    let values = row.values.iter().map(|value| {
        value.as_ref().map(|value| match value {
            store::ColumnValue::Text(text) => before::ColumnValue::Text(text.clone()),
            store::ColumnValue::Int(number) => before::ColumnValue::Int(*number),
        })
    });
    before::Row {
        key: before::Key {
            kind: serde_json::from_value(Value::String(name_of_before(row.key.kind))).unwrap(),
            id: row.key.id.clone(),
        },
        generation: before::Generation(row.generation.0),
        owner: row.owner.clone(),
        parent: row.parent.clone(),
        values: values.collect(),
        body: row.body.to_string(),
    }
}

/// The row as this release has it; the columns are those of the kind, in its order.
fn ours(row: &Value) -> Row {
    let text = |name: &str| row[name].as_str().unwrap().to_owned();
    let values = row["facts"].as_array().unwrap().iter().map(|value| match value {
        Value::Null => None,
        value => Some(match value.get("text") {
            Some(text) => store::ColumnValue::Text(text.as_str().unwrap().to_owned()),
            None => store::ColumnValue::Int(value["int"].as_i64().unwrap()),
        }),
    });
    let name = row["key"]["kind"].as_str().unwrap();
    let renamed = RENAMED.iter().find(|(old, _)| *old == name).map_or(name, |(_, new)| *new);
    let kind = Kind::unpack(renamed.to_owned()).unwrap();
    Row {
        key: Key::new(kind, row["key"]["id"].as_str().unwrap()),
        generation: Generation(row["generation"].as_i64().unwrap()),
        owner: text("owner"),
        parent: text("parent"),
        values: values.collect(),
        body: text("body").into(),
    }
}

/// The record of a row, as the release before reads it.
fn record(row: &before::Row) -> Value {
    fn joined<T: Serialize + DeserializeOwned>(row: &before::Row) -> Value {
        let record: T = columns::join(row).unwrap_or_else(|error| panic!("{error}: {}", row.body));
        let (values, body) = columns::split(row.key.kind, &record);
        assert!(values == row.values, "{}", row.body);
        assert_eq!(parsed(&body), parsed(&row.body));
        serde_json::to_value(&record).unwrap()
    }
    match row.key.kind {
        before::Kind::Machine => joined::<machine::Machine>(row),
        before::Kind::Events => joined::<machine::Events>(row),
        before::Kind::Switch => joined::<switch::Switch>(row),
        before::Kind::SwitchStatus => joined::<switch::SwitchStatus>(row),
        before::Kind::Network => joined::<network::Network>(row),
        before::Kind::Address => joined::<ipam::Address>(row),
        before::Kind::QuarantinedAddress => joined::<ipam::QuarantinedAddress>(row),
        before::Kind::History => joined::<ipam::AddressHistory>(row),
        before::Kind::Claim => joined::<ipam::Claim>(row),
        before::Kind::Partition => joined::<masterdata::Partition>(row),
        before::Kind::Size => joined::<masterdata::Size>(row),
        before::Kind::Image => joined::<masterdata::Image>(row),
        before::Kind::Layout => joined::<masterdata::Layout>(row),
        before::Kind::Project => joined::<masterdata::Project>(row),
        before::Kind::Tenant => joined::<masterdata::Tenant>(row),
        before::Kind::Namespace => joined::<namespace::Namespace>(row),
        before::Kind::Prefix => joined::<namespace::Prefix>(row),
        before::Kind::PrefixAddress => joined::<namespace::PrefixAddress>(row),
    }
}

#[test]
fn rows_are_read_both_ways() {
    for line in ROWS.lines() {
        let row = ours(&parsed(line));
        if row.key.kind == Kind::History {
            store::join::<crate::record::ipam::history::AddressHistory>(&row).unwrap();
            record(&of_before(&row));
            continue;
        }
        let again = written_again(&row);
        assert_eq!(again, row);
        record(&of_before(&again));
    }
    for line in MESSAGES.lines().map(parsed).filter(|line| line.get("reply").is_some()) {
        let reply = mesh::Reply::unpack(serde_json::from_value(line["reply"].clone()).unwrap()).unwrap();
        let mesh::Reply::Shown(shown) = reply else { continue };
        for row in shown.rows.iter().filter(|row| !NEW_KINDS.contains(&row.key.kind.pack().as_str())) {
            record(&of_before(&written_again(row)));
        }
    }
}
