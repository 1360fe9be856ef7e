//! Bodies with texts of hardware: the texts are cleaned (`actors::spoken`) before any check, so that one machine's
//! stray byte does not make a whole partition's report fail.

use actors::spoken::{clean, cleaned};
use serde_json::Value;
use std::borrow::Cow;

/// Fields that operators set stay as they are.
const SET_BY_OPERATORS: [&str; 2] = ["password", "user"];

/// The body as text. Invalid bytes are replaced.
pub(super) fn text(body: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(body)
}

/// Cleans all texts and the keys of maps, which also come from hardware.
pub(super) fn heard(value: Value) -> Value {
    match value {
        Value::String(mut text) => {
            clean(&mut text);
            Value::String(text)
        }
        Value::Array(elements) => Value::Array(elements.into_iter().map(heard).collect()),
        Value::Object(entries) => {
            let heard = entries.into_iter().map(|(key, value)| {
                let is_set = SET_BY_OPERATORS.contains(&key.as_str());
                (cleaned(&key), if is_set { value } else { heard(value) })
            });
            Value::Object(heard.collect())
        }
        other => other,
    }
}
