//! Reads request bodies as leniently as the contract demands (api-resources 1.10), and never more bytes than the bound.
//!
//! Knows JSON and the names of fields that hold maps, but not the meaning of fields.

mod spoken;

use super::bounds;
use super::error::Problem;
use crate::door::arrival::{Arriving, Fault, NotWhole, gathered};
use crate::door::budget::Share;
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderMap;
use actix_web::web::{Bytes, Payload};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::time::Duration;

/// Maximal bytes of a request body, after decompression.
pub(crate) const BODY_BYTES_MAX: usize = 4 << 20;

/// Maximal bytes of a BMC report: about 1 KB for each of the ten thousand machines of a partition.
pub(crate) const REPORT_BYTES_MAX: usize = 16 << 20;

/// Fields whose keys are data and keep their case.
const MAPS: [&str; 8] = [
    "annotations",
    "bgp_port_states",
    "defaultchildprefixlength",
    "images",
    "labels",
    "length",
    "port_states",
    "reports",
];

/// Maps from text to text, where null counts as the empty text, as clients of the contract expect.
const TEXT_MAPS: [&str; 3] = ["annotations", "images", "labels"];

/// Times that some clients cannot omit: the zero time counts as absent.
const TIMES: [&str; 5] = ["created_time", "expirationdate", "from", "to", "updated_time"];

/// Longest time for a body to arrive.
const ARRIVAL_TIMEOUT: Duration = Duration::from_secs(30);

/// Reads a body of at most `bytes_max`, decompressed from gzip or deflate as the headers say.
pub(crate) async fn collect(
    headers: &HeaderMap,
    payload: Payload,
    bytes_max: usize,
    share: Share,
) -> Result<(Bytes, Share), Problem> {
    let arriving = Arriving::of(headers, bytes_max, share);
    match tokio::time::timeout(ARRIVAL_TIMEOUT, gathered(payload, arriving)).await {
        Ok(Ok(whole)) => Ok(whole),
        Ok(Err(NotWhole::Refused(fault))) => Err(refused(&fault)),
        Ok(Err(NotWhole::Lost(error))) => Err(Problem::bad_request(error.to_string())),
        Err(_) => Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "the request body did not arrive in time")),
    }
}

/// RFC 9110, section 15.5.14: a temporary refusal only says when to retry.
fn refused(fault: &Fault) -> Problem {
    let text = fault.to_string();
    match fault {
        Fault::TooLarge(_) => Problem::new(StatusCode::PAYLOAD_TOO_LARGE, text),
        Fault::Full(_) => Problem::new(StatusCode::PAYLOAD_TOO_LARGE, text).soon(),
        Fault::Packing(_) => Problem::bad_request(text),
    }
}

/// The first JSON value of `body`, as a `T` with lower-case keys.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    typed(lenient(value(body)?))
}

/// The same for a body with texts of hardware.
pub(crate) fn parse_spoken<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    typed(heard(body)?)
}

/// A body with texts of hardware, cleaned but not checked yet.
pub(crate) fn heard(body: &[u8]) -> Result<Value, Problem> {
    Ok(spoken::heard(lenient(value(spoken::text(body).as_bytes())?)))
}

fn value(body: &[u8]) -> Result<Value, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    match Value::deserialize(&mut reader) {
        Ok(Value::Null) => Ok(Value::Object(Map::new())),
        Ok(value @ Value::Object(_)) => Ok(value),
        Ok(_) => Err(Problem::bad_request("json: the body must be an object")),
        Err(error) if error.is_eof() => {
            let blank = body.iter().all(u8::is_ascii_whitespace);
            Err(Problem::bad_request(if blank { "EOF" } else { "unexpected EOF" }))
        }
        Err(error) => Err(Problem::bad_request(format!("invalid JSON: {error}"))),
    }
}

/// As a `T`, if it is within all bounds.
pub(crate) fn typed<T: DeserializeOwned>(value: Value) -> Result<T, Problem> {
    bounds::check(&value)?;
    serde_path_to_error::deserialize(value).map_err(|error| {
        let (path, reason) = (error.path().to_string(), error.inner());
        Problem::bad_request(format!("json: cannot read field {path}: {reason}"))
    })
}

/// Lower-case keys, and no members that are null.
fn lenient(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            let fields = object.into_iter().filter_map(|(name, value)| {
                let name = name.to_ascii_lowercase();
                let value = field(&name, value)?;
                Some((name, value))
            });
            Value::Object(fields.collect())
        }
        Value::Array(elements) => {
            Value::Array(elements.into_iter().filter(|element| !element.is_null()).map(lenient).collect())
        }
        scalar => scalar,
    }
}

fn field(name: &str, value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::String(text) if TIMES.contains(&name) && is_zero_time(&text) => None,
        Value::Object(entries) if MAPS.contains(&name) => {
            let null_is_text = TEXT_MAPS.contains(&name);
            let entries = entries.into_iter().filter_map(|(key, value)| match value {
                Value::Null if null_is_text => Some((key, Value::String(String::new()))),
                Value::Null => None,
                value => Some((key, lenient(value))),
            });
            Some(Value::Object(entries.collect()))
        }
        value => Some(lenient(value)),
    }
}

/// `0001-01-01T00:00:00Z` with any number of zero fraction digits.
fn is_zero_time(text: &str) -> bool {
    let rest = text.strip_prefix("0001-01-01T00:00:00").and_then(|rest| rest.strip_suffix('Z'));
    rest.is_some_and(|rest| {
        rest.is_empty()
            || rest.strip_prefix('.').is_some_and(|zeros| zeros.bytes().all(|digit| digit == b'0'))
    })
}

#[cfg(test)]
mod tests;
