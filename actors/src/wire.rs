//! Messages between partitions, and the inbox's stored answers: versioned types, separate from the domain.
//!
//! A message is an envelope of a version and a request or reply, in CBOR (RFC 8949). The inbox stores the same types in
//! JSON, without an envelope, in the shape that releases without versions wrote.
//!
//! # Rules
//!
//! * **Fields may be added.** A reader ignores unknown fields, and uses the default for missing ones. The tables of
//!   [`v1`] take the domain's values apart field by field: a new field of the domain does not compile until it is
//!   listed there, or is left out there on purpose.
//! * **Variants may be added.** A reader that does not know a variant answers [`Reply::NotUnderstood`], and the link
//!   stays. A request with this reply was not executed. An unreadable reply does not say whether the request was
//!   executed: see [`read_reply`].
//! * **A version is for a change of meaning.** Each side announces the versions that it reads ([`VERSIONS`]).
//!   `NotUnderstood` itself is the same in all of them.
//! * **Kinds and columns are identified by name** ([`v1::mesh`]).
//! * **Entities in answers have their stored form.** It is already fixed, because one release reads the rows of the
//!   next and of the one before; a second description of thirty structs would only repeat the first. The same holds for
//!   values in rows, such as a machine's hardware. Enums of commands and answers and bodies of requests are described
//!   here, because nothing else fixes them.
//! * **No `untagged`, and `flatten` for texts only.** Serde's buffer loses the information that CBOR is not
//!   human-readable, and would expect ids and addresses as texts.
//! * **Everything has a bound**: [`MESSAGE_BYTES_MAX`], [`crate::mesh::SHOWN_MAX`], and 256 levels of nesting.
//!
//! # Why CBOR
//!
//! The command to allocate a machine, with 4 KB of user data; and 200 rows of machines of 4 KB each. Medians of the
//! bench `wire`, in one run on one core of a shared machine; the ratios to CBOR, in brackets, are what counts. CBOR and
//! the JSON of the command start and end with domain values, the others with structs of the message's shape.
//!
//! | what | format | bytes | µs to write | µs to read |
//! |---|---|---|---|---|
//! | command | CBOR | 5,089 | 0.75 | 1.48 |
//! | | JSON, without the envelope | 5,023 (0.99) | 3.41 (4.5) | 1.62 (1.1) |
//! | | protobuf | 4,690 (0.92) | 0.21 (0.27) | 0.54 (0.36) |
//! | 200 rows | CBOR | 825,855 | 43 | 133 |
//! | | JSON | 956,401 (1.16) | 1,087 (25) | 1,360 (10) |
//! | | protobuf | 819,202 (0.99) | 30 (0.69) | 84 (0.63) |
//!
//! JSON escapes every quote in the JSON of a row's body, and inspects each of its characters.
//! Protobuf is a few microseconds faster than CBOR for a message that takes milliseconds to arrive, and would need a
//! second description of everything, besides the one for the inbox's JSON. Positional formats (postcard, bincode)
//! cannot ignore unknown fields.

#[cfg(test)]
mod tests;
mod travel;
mod v1;

use crate::answer::Answer;
use crate::call::CallError;
use crate::command::{Body, Command};
use crate::mesh::{MESSAGE_BYTES_MAX, Reply, Request, TooLarge};
use crate::refusal::Refusal;
use bytes::Bytes;
use cbor4ii::core::dec::Read;
use cbor4ii::core::utils::SliceReader;
use cbor4ii::serde::DecodeError;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;
use travel::Travels;
use uuid::Uuid;
use v1::answer::CommandResult;

/// The versions of messages that this release reads. It writes the last one.
pub const VERSIONS: RangeInclusive<u16> = 1..=1;

/// Maximal bytes of the reason in a [`Reply::NotUnderstood`].
const REASON_BYTES_MAX: usize = 512;

/// An invalid message, or one that this release cannot read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadMessage(String);

impl BadMessage {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        let mut reason = reason.into();
        reason.truncate(reason.floor_char_boundary(REASON_BYTES_MAX));
        Self(reason)
    }

    /// The reply to an unreadable request.
    pub fn reply(self) -> Reply {
        let (min_version, max_version) = VERSIONS.into_inner();
        Reply::NotUnderstood { min_version, max_version, reason: self.0 }
    }
}

#[derive(Serialize, Deserialize)]
struct Envelope<M> {
    version: u16,
    message: M,
}

/// The first fields of every version of an envelope.
#[derive(Deserialize)]
struct Head {
    version: u16,
}

pub fn write_request(request: &Request) -> Result<Bytes, TooLarge> {
    write(&request.pack())
}

/// Parses a request from a link; the error becomes [`BadMessage::reply`].
pub fn read_request(message: &[u8]) -> Result<Request, BadMessage> {
    Request::unpack(read(message)?)
}

pub fn write_reply(reply: &Reply) -> Result<Bytes, TooLarge> {
    write(&reply.pack())
}

/// The reply to a request. An unreadable answer to a command with `key` is [`CallError::UnreadableAnswer`]; the meaning
/// of any other unreadable reply is unknown.
pub fn read_reply(message: &[u8], key: Option<Uuid>) -> Result<Reply, BadMessage> {
    let bad = match read(message).and_then(Reply::unpack) {
        Ok(reply) => return Ok(reply),
        Err(bad) => bad,
    };
    match (key, read(message)) {
        (Some(key), Ok(v1::mesh::Executed::Executed(Ok(_)))) => {
            Ok(Reply::Executed(Err(CallError::UnreadableAnswer { key })))
        }
        _ => Err(bad),
    }
}

fn write<W: Serialize>(message: &W) -> Result<Bytes, TooLarge> {
    let envelope = Envelope { version: *VERSIONS.end(), message };
    let bytes = cbor4ii::serde::to_vec(Vec::new(), &envelope).expect("messages are maps with text keys");
    if bytes.len() > MESSAGE_BYTES_MAX {
        return Err(TooLarge { bytes: bytes.len() });
    }
    Ok(bytes.into())
}

fn read<W: DeserializeOwned>(bytes: &[u8]) -> Result<W, BadMessage> {
    if bytes.len() > MESSAGE_BYTES_MAX {
        return Err(BadMessage::new(TooLarge { bytes: bytes.len() }.to_string()));
    }
    let envelope = parse::<Envelope<W>>(bytes);
    let version = match &envelope {
        Ok(Envelope { version, .. }) => Some(*version),
        Err(_) => parse::<Head>(bytes).ok().map(|head| head.version),
    };
    if let Some(version) = version.filter(|version| !VERSIONS.contains(version)) {
        return Err(BadMessage::new(format!("version {version} of messages is unknown")));
    }
    envelope.map(|envelope| envelope.message)
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, BadMessage> {
    let mut deserializer = cbor4ii::serde::Deserializer::new(SliceReader::new(bytes));
    let value = T::deserialize(&mut deserializer).map_err(|error| match error {
        DecodeError::Custom(reason) => BadMessage::new(reason),
        DecodeError::Core(_) => BadMessage::new("the message is invalid or incomplete"),
    })?;
    let mut rest = deserializer.into_inner();
    let Ok(rest) = rest.fill(1);
    if rest.as_ref().is_empty() { Ok(value) } else { Err(BadMessage::new("the message has trailing bytes")) }
}

/// The outcome of a command as the inbox stores it.
pub fn remembered(outcome: Result<&Answer, &Refusal>) -> String {
    let outcome = match outcome {
        Ok(answer) => CommandResult::Answered(answer.pack()),
        Err(refusal) => CommandResult::Refused(refusal.pack()),
    };
    serde_json::to_string(&outcome).expect("answers are maps with text keys")
}

/// A stored outcome, written by this release or the one before.
pub fn recalled(reply: &str) -> Result<Result<Answer, Refusal>, BadMessage> {
    match from_json(reply)? {
        CommandResult::Answered(answer) => Ok(Ok(Answer::unpack(answer)?)),
        CommandResult::Refused(refusal) => Ok(Err(Refusal::unpack(refusal)?)),
    }
}

/// The content of a command for its fingerprint, with the fields in the order of [`v1`].
pub fn said(body: &Body) -> impl Serialize + use<> {
    body.pack()
}

/// A command as JSON, without an envelope: for golden files, and for tests that write it by hand.
pub fn command_from_json(json: &str) -> Result<Command, BadMessage> {
    Command::unpack(from_json(json)?)
}

/// Like [`command_from_json`], without the principal.
pub fn body_from_json(json: &str) -> Result<Body, BadMessage> {
    Body::unpack(from_json(json)?)
}

fn from_json<W: DeserializeOwned>(json: &str) -> Result<W, BadMessage> {
    serde_json::from_str(json).map_err(|error| BadMessage::new(error.to_string()))
}
