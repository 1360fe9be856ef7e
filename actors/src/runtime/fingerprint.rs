//! Distinguishes commands with the same key; the caller is part of the fingerprint.
//!
//! A retry may reach another release than the first attempt. So a fingerprint covers the content of a command (in the
//! form of [`crate::wire`]), not this release's serialisation. Empty fields (null, or an empty text, list or map) are
//! left out: a new optional field does not change the fingerprint of a command without it. A number or a truth value
//! always counts: a new field of that kind must be optional, or skipped by `skip_serializing_if`.

use crate::command::Command;
use crate::wire;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::io;
use uuid::Uuid;

/// Prefix of these fingerprints. Those of earlier releases have none, and disappear with the inbox's retention, two
/// days after an update.
const VERSION: &str = "2:";

/// The fingerprint that is stored with the reply.
pub(super) fn of(command: &Command) -> String {
    let body = serde_json::to_value(wire::said(&command.body)).expect("commands are maps with text keys");
    format!("{VERSION}{}", digest(&(&command.principal.email, said(body))))
}

/// True when `stored` is the fingerprint of this command, written by this release or the one before.
pub(super) fn is_of(stored: &str, command: &Command) -> bool {
    if stored.starts_with(VERSION) {
        stored == of(command)
    } else {
        stored == digest(&(&command.principal.email, wire::said(&command.body)))
    }
}

/// The value without empty fields.
fn said(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields.into_iter().map(|(name, value)| (name, said(value)));
            Value::Object(fields.filter(|(_, value)| !is_empty(value)).collect())
        }
        // Elements keep their places.
        Value::Array(elements) => elements.into_iter().map(said).collect(),
        value => value,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(elements) => elements.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The first half of the SHA-256 of the JSON, in hexadecimal.
fn digest(value: &impl Serialize) -> String {
    struct Digesting(Sha256);
    impl io::Write for Digesting {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.update(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut digest = Digesting(Sha256::new());
    serde_json::to_writer(&mut digest, value).expect("commands serialise");
    let bytes: [u8; 32] = digest.0.finalize().into();
    Uuid::from_bytes(std::array::from_fn(|i| bytes[i])).simple().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Body;
    use crate::decision::{Principal, Role};
    use crate::machine::command::{AllocateRequest, NetworkChoice};
    use crate::machine::{MachineCommand, Role as MachineRole};
    use serde_json::json;

    fn allocate(request: AllocateRequest) -> Command {
        Command {
            key: Uuid::from_u128(1),
            principal: Principal { email: "e@x".to_owned(), role: Role::Edit },
            partition: "p".into(),
            body: Body::Machine(MachineCommand::Allocate {
                role: MachineRole::Machine,
                request: Box::new(request),
            }),
        }
    }

    /// A field that a later release adds, and this one does not know, changes nothing.
    #[test]
    fn a_field_that_says_nothing_is_not_part_of_it() {
        let known = json!({"name": "n", "list": [{"a": 1}], "flag": false, "number": 0});
        let more = json!({"name": "n", "list": [{"a": 1, "b": null, "c": []}], "flag": false, "number": 0, "new": null,
            "text": "", "texts": [], "map": {"inner": {"deeper": ""}}});
        assert_eq!(said(more), known);
    }

    #[test]
    fn whatever_is_said_is_part_of_it() {
        let plain = AllocateRequest { name: "n".to_owned(), ..AllocateRequest::default() };
        let choice = |autoacquire| {
            let networks = Some(vec![NetworkChoice { networkid: "n".to_owned(), autoacquire }]);
            AllocateRequest { networks, ..plain.clone() }
        };
        let requests = [
            plain.clone(),
            AllocateRequest { name: "m".to_owned(), ..plain.clone() },
            AllocateRequest { hostname: Some("n".to_owned()), ..plain.clone() },
            AllocateRequest { tags: vec![String::new()], ..plain.clone() },
            AllocateRequest { tags: vec!["t".to_owned()], ..plain.clone() },
            choice(None),
            choice(Some(true)),
            choice(Some(false)),
        ];
        let mut prints: Vec<String> = requests.map(|request| of(&allocate(request))).into();
        let mut other = allocate(plain.clone());
        other.principal.email = "f@x".to_owned();
        prints.push(of(&other));
        let count = prints.len();
        prints.sort_unstable();
        prints.dedup();
        assert_eq!(prints.len(), count, "{prints:?}");
        let command = allocate(plain);
        assert!(is_of(&of(&command), &command) && !is_of(&of(&other), &command));
    }
}
