//! Messages of releases that do not exist yet, and bytes that are no messages.

use super::*;
use crate::mesh::{self, MESSAGE_BYTES_MAX, SHOWN_MAX};
use crate::refusal::Refusal;
use crate::store::{ColumnValue, Generation, Key, Kind};
use crate::wire::{
    BadMessage, VERSIONS, body_from_json, read_reply, read_request, write_reply, write_request,
};
use cbor4ii::core::Value as Cbor;
use cbor4ii::core::dec::Decode;
use cbor4ii::core::enc::Encode;
use cbor4ii::core::utils::{BufWriter, SliceReader};
use serde::Serialize;
use std::collections::BTreeMap;
use uuid::Uuid;

const MESSAGES: &str = include_str!("../../../../tests/golden/v1/messages.jsonl");

#[derive(Clone, Debug, PartialEq)]
enum Message {
    Request(mesh::Request),
    Reply(mesh::Reply),
}

impl Message {
    fn write(&self) -> Vec<u8> {
        match self {
            Self::Request(request) => write_request(request).unwrap().to_vec(),
            Self::Reply(reply) => write_reply(reply).unwrap().to_vec(),
        }
    }

    /// Reads these bytes as this type of message.
    fn read_like(&self, bytes: &[u8]) -> Result<Self, BadMessage> {
        match self {
            Self::Request(_) => read_request(bytes).map(Self::Request),
            Self::Reply(_) => read_reply(bytes, None).map(Self::Reply),
        }
    }

    /// Every message of the golden files.
    fn all() -> Vec<Self> {
        use crate::wire::travel::Travels;
        let message = |line: &str| {
            let mut line = parsed(line);
            match line.get("request").is_some() {
                true => Self::Request(
                    Travels::unpack(serde_json::from_value(line["request"].take()).unwrap()).unwrap(),
                ),
                false => Self::Reply(
                    Travels::unpack(serde_json::from_value(line["reply"].take()).unwrap()).unwrap(),
                ),
            }
        };
        MESSAGES.lines().map(message).collect()
    }
}

fn tree(bytes: &[u8]) -> Cbor {
    Cbor::decode(&mut SliceReader::new(bytes)).unwrap()
}

fn bytes(tree: &Cbor) -> Vec<u8> {
    let mut writer = BufWriter::new(Vec::new());
    tree.encode(&mut writer).unwrap();
    writer.into_inner()
}

/// Maps with keys from users, where an additional key would have a meaning.
const FREE: [&str; 13] = [
    "computed",
    // Not looked into before its kind's code reads it, which passes over what it does not know.
    "record",
    "labels",
    "annotations",
    "count",
    "length",
    "images",
    "defaultchildprefixlength",
    "default_child_prefix_length",
    "port_states",
    "bgp_port_states",
    "connections",
    "columns",
];

/// Adds a field to every struct; an enum's map has one entry and stays unchanged. Returns the number of structs.
fn grow(tree: &mut Cbor) -> usize {
    match tree {
        Cbor::Array(elements) => elements.iter_mut().map(grow).sum(),
        Cbor::Map(fields) => {
            let mut grown = 0;
            for (name, value) in fields.iter_mut() {
                if !matches!(name, Cbor::Text(name) if FREE.contains(&name.as_str())) {
                    grown += grow(value);
                }
            }
            if fields.len() > 1 {
                let inner =
                    vec![(Cbor::Text("deep".into()), Cbor::Array(vec![Cbor::Null, Cbor::Float(0.5)]))];
                fields.insert(0, (Cbor::Text("of_tomorrow".into()), Cbor::Map(inner)));
                grown += 1;
            }
            grown
        }
        _ => 0,
    }
}

#[test]
fn a_field_that_is_not_known_is_passed_over() {
    let (mut grown, mut structs) = (0, 0);
    for message in Message::all() {
        let mut tree = tree(&message.write());
        // Numbers with a fraction have eight bytes in such a tree, and four in a message.
        if message.read_like(&bytes(&tree)).as_ref() != Ok(&message) {
            continue;
        }
        structs += grow(&mut tree);
        assert_eq!(message.read_like(&bytes(&tree)), Ok(message));
        grown += 1;
    }
    assert!(grown > 120 && structs > 500, "{grown} messages, {structs} structs");
}

#[test]
fn a_field_that_is_missing_has_its_default() {
    let rooms = [
        r#"{"machine": {"allocate": {"role": "machine", "request": {}}}}"#,
        r#"{"machine": {"ipmi_report": {"machine": "m", "partition": "p", "report": {}}}}"#,
        r#"{"switch": {"register": {}}}"#,
        r#"{"network": {"create": {}}}"#,
        r#"{"network": {"update": {"update": {}, "force": false}}}"#,
        r#"{"network": {"allocate": {}}}"#,
        r#"{"address": {"allocate": {}}}"#,
        r#"{"address": {"allocate_many": {}}}"#,
        r#"{"masterdata": {"size_create": {}}}"#,
        r#"{"masterdata": {"partition_create": {}}}"#,
        r#"{"masterdata": {"image_create": {}}}"#,
    ];
    for body in rooms {
        body_from_json(body).unwrap_or_else(|error| panic!("{error}: {body}"));
    }
}

#[derive(Serialize)]
struct Envelope<M> {
    version: u16,
    message: M,
}

fn envelope(version: u16, message: impl Serialize) -> Vec<u8> {
    cbor4ii::serde::to_vec(Vec::new(), &Envelope { version, message }).unwrap()
}

fn refused(bytes: &[u8]) -> String {
    let mesh::Reply::NotUnderstood { min_version, max_version, reason } =
        read_request(bytes).unwrap_err().reply()
    else {
        panic!("another reply");
    };
    assert_eq!(min_version..=max_version, VERSIONS);
    reason
}

#[test]
fn variants_kinds_and_versions_of_tomorrow_are_named() {
    let new = |name: &'static str, message: Value| BTreeMap::from([(name, message)]);
    let known = serde_json::json!({"kind": "machine"});
    for (message, named) in [
        (envelope(1, "of_tomorrow"), "of_tomorrow"),
        (envelope(1, new("of_tomorrow", known.clone())), "of_tomorrow"),
        (
            envelope(1, new("show", serde_json::json!({"kind": "of_tomorrow"}))),
            "\"of_tomorrow\" of rows is unknown",
        ),
        (envelope(2, new("show", known.clone())), "version 2"),
        (envelope(2, new("of_tomorrow", known.clone())), "version 2"),
        (envelope(0, "ping"), "version 0"),
        (envelope(u16::MAX, ()), "version 65535"),
        (b"GET / HTTP/1.1\r\n\r\n".to_vec(), "invalid or incomplete"),
        (Vec::new(), "invalid or incomplete"),
    ] {
        let reason = refused(&message);
        assert!(reason.contains(named), "{reason}");
    }
    assert!(read_request(&envelope(1, new("show", known))).is_ok());
    let long = refused(&envelope(1, "x".repeat(100_000)));
    assert!(long.len() <= 512, "{}", long.len());
}

/// A command that was executed and whose answer is of tomorrow is not one that was not executed.
#[test]
fn an_answer_of_tomorrow_is_one() {
    let key = Uuid::from_u128(3);
    let executed = |outcome: Value| envelope(1, BTreeMap::from([("executed", outcome)]));
    let done = executed(serde_json::json!({"Ok": {"of_tomorrow": 1}}));
    let unreadable = crate::call::CallError::UnreadableAnswer { key };
    assert_eq!(read_reply(&done, Some(key)), Ok(mesh::Reply::Executed(Err(unreadable))));
    assert!(read_reply(&done, None).is_err());
    let failed = executed(serde_json::json!({"Err": "of_tomorrow"}));
    assert!(read_reply(&failed, Some(key)).is_err(), "whether it was executed is not known");
}

#[test]
fn whatever_comes_is_read_or_refused() {
    let mut random: u64 = 1;
    let mut next = |below: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(random >> 33).unwrap() % below
    };
    for message in Message::all() {
        let good = message.write();
        for end in (0..good.len()).step_by(1 + good.len() / 64) {
            assert!(message.read_like(&good[..end]).is_err());
        }
        let mut longer = good.clone();
        longer.push(0);
        assert!(message.read_like(&longer).is_err(), "there is more behind it");
        for _ in 0..64 {
            let mut bad = good.clone();
            let at = next(bad.len());
            bad[at] ^= 1 << next(8);
            if let Ok(other) = message.read_like(&bad) {
                assert_eq!(message.read_like(&other.write()), Ok(other));
            }
        }
    }
    let deep = [b"\xa2\x67version\x01\x67message".as_slice(), &vec![0x81; 1 << 20]].concat();
    refused(&deep);
    // Arrays and texts with a declared length beyond memory.
    for huge in [0x9b, 0xbb, 0x7b, 0x5b] {
        let huge = [b"\xa2\x67version\x01\x67message".as_slice(), &[huge, 0x7f], &[0xff; 7]].concat();
        refused(&huge);
    }
}

#[test]
fn messages_have_a_bound() {
    let long = Refusal::conflict("x".repeat(MESSAGE_BYTES_MAX));
    let reply = mesh::Reply::Executed(Err(long.into()));
    let error = write_reply(&reply).unwrap_err();
    assert!(error.bytes > MESSAGE_BYTES_MAX);
    assert!(error.to_string().contains("at most 8388608 are allowed"), "{error}");
    assert!(refused(&vec![0; MESSAGE_BYTES_MAX + 1]).contains("at most"));
    let row = row(Kind::Claim, Vec::new());
    let rows = |count| {
        let shown = mesh::Shown { rows: vec![row.clone(); count], ..mesh::Shown::default() };
        write_reply(&mesh::Reply::Shown(Box::new(shown))).unwrap()
    };
    assert!(read_reply(&rows(8 * SHOWN_MAX), None).is_ok());
    assert!(read_reply(&rows(8 * SHOWN_MAX + 1), None).is_err());
}

fn row(kind: Kind, values: Vec<Option<ColumnValue>>) -> Row {
    let key = Key::new(kind, "10.0.0.1@root");
    let (owner, parent) = ("root".to_owned(), String::new());
    Row { key, generation: Generation(1), owner, parent, values, body: "{}".into() }
}

/// The other release has a column more and one less, in another order.
#[test]
fn columns_go_by_name() {
    let columns = serde_json::json!({
        "of_tomorrow": {"int": 7}, "created_us": {"int": 5}, "address": {"text": "10.0.0.1"},
    });
    let row_of = |columns: &Value| {
        let row = serde_json::json!({"kind": "prefix_address", "id": "10.0.0.1@root", "generation": 1, "owner": "root",
            "columns": columns, "body": "{}"});
        // A row of an unknown kind next to it is skipped.
        let tomorrow = serde_json::json!({"kind": "of_tomorrow", "id": "x", "generation": 1, "body": "?"});
        let shown = serde_json::json!({"rows": [tomorrow, row]});
        read_reply(&envelope(1, BTreeMap::from([("shown", shown)])), None).map(|reply| match reply {
            mesh::Reply::Shown(shown) => shown.rows,
            other => panic!("{other:?}"),
        })
    };
    let text = |text: &str| Some(ColumnValue::Text(text.to_owned()));
    let values = vec![None, text("10.0.0.1"), Some(ColumnValue::Int(5))];
    assert_eq!(row_of(&columns), Ok(vec![row(Kind::PrefixAddress, values)]));
    let wrong = row_of(&serde_json::json!({"created_us": {"text": "yesterday"}}));
    assert!(wrong.unwrap_err().to_string().contains("created_us"));
}
