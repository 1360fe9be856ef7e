//! The messages of this release and of those before that had wire versions (`tests/golden` of the node tells what the
//! files are).

use super::*;
use crate::mesh;
use crate::store::Kind;
use crate::wire::travel::Travels;
use crate::wire::{read, write};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt::Debug;

const MESSAGES: &str = include_str!("../../../../tests/golden/v1/messages.jsonl");

#[derive(Deserialize)]
struct Line {
    request: Option<Value>,
    reply: Option<Value>,
    /// In hexadecimal, with its envelope.
    cbor: String,
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hex: &str) -> Vec<u8> {
    let digit = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(digit).collect()
}

/// From JSON, from CBOR, and back to both, to the last byte. If a line has no CBOR yet, the failure shows it.
fn holds<D>(json: &Value, cbor: &str)
where
    D: Travels<Wire: Serialize + DeserializeOwned> + PartialEq + Debug,
{
    let message = D::unpack(serde_json::from_value(json.clone()).unwrap()).unwrap();
    assert_eq!(hex(&write(&message.pack()).unwrap()), cbor, "{json}");
    let came = D::unpack(read(&bytes(cbor)).unwrap()).unwrap();
    assert_eq!(came, message);
    assert_eq!(serde_json::to_value(came.pack()).unwrap(), *json);
}

#[test]
fn messages_are_read_and_written_as_they_were() {
    for line in MESSAGES.lines() {
        let Line { request, reply, cbor } = serde_json::from_str(line).unwrap();
        match (request, reply) {
            (Some(request), None) => holds::<mesh::Request>(&request, &cbor),
            (None, Some(reply)) => holds::<mesh::Reply>(&reply, &cbor),
            _ => panic!("neither a request nor a reply: {line}"),
        }
    }
}

/// Add a line for every new message, command, answer or kind.
#[test]
fn every_message_has_a_line() {
    let mut missing: BTreeSet<String> = commands().into_iter().collect();
    let named =
        |what: &str, names: &[&str]| names.iter().map(|name| format!("{what} {name}")).collect::<Vec<_>>();
    missing.extend(named("request", Request::VARIANTS));
    missing.extend(named("answer", Answer::VARIANTS));
    missing.extend(named("error", CallError::VARIANTS));
    missing.extend(named("refusal", RefusalKind::VARIANTS));
    missing.extend(Kind::kept().map(|kind| format!("row of {}", kind.pack())));
    missing.extend(named("reply", &["pong", "has", "shown", "executed", "failed", "not_understood"]));
    for line in MESSAGES.lines() {
        let Line { request, reply, .. } = serde_json::from_str(line).unwrap();
        if let Some(request) = request {
            let request: Request = serde_json::from_value(request).unwrap();
            missing.remove(&format!("request {}", request.variant()));
            if let Request::Execute { command, .. } = request {
                missing.remove(&command_of(&command.body));
            }
        } else if let Some(reply) = reply {
            let name = reply.as_str().or_else(|| reply.as_object()?.keys().next().map(String::as_str));
            missing.remove(&format!("reply {}", name.unwrap()));
            let reply = mesh::Reply::unpack(serde_json::from_value(reply).unwrap()).unwrap();
            said(&reply).iter().for_each(|what| {
                missing.remove(what);
            });
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// What the lines of replies are there for.
fn said(reply: &mesh::Reply) -> Vec<String> {
    let error = |error: &crate::call::CallError| {
        let mut said = vec![format!("error {}", error.pack().variant())];
        if let crate::call::CallError::Refused(refusal) = error {
            said.push(format!("refusal {}", refusal.kind.pack().variant()));
        }
        said
    };
    match reply {
        mesh::Reply::Executed(Ok(answer)) => vec![format!("answer {}", answer.pack().variant())],
        mesh::Reply::Has(Err(it)) | mesh::Reply::Executed(Err(it)) | mesh::Reply::Failed(it) => error(it),
        mesh::Reply::Shown(shown) => {
            shown.rows.iter().map(|row| format!("row of {}", row.key.kind.pack())).collect()
        }
        mesh::Reply::Pong | mesh::Reply::Has(Ok(_)) | mesh::Reply::NotUnderstood { .. } => Vec::new(),
    }
}

/// A row in a reply has the content of the original.
#[test]
fn rows_stay_as_they_are() {
    let replies = MESSAGES.lines().filter_map(|line| serde_json::from_str::<Line>(line).unwrap().reply);
    let mut count = 0;
    for reply in replies {
        let reply = mesh::Reply::unpack(serde_json::from_value(reply).unwrap()).unwrap();
        let mesh::Reply::Shown(shown) = reply else { continue };
        for row in shown.rows {
            assert_eq!(written_again(&row), row);
            count += 1;
        }
    }
    assert!(count >= Kind::kept().count());
}
