//! Bodies that carry what hardware says: its texts are cleaned (`actors::spoken`) before anything is looked at, so that one
//! machine's stray byte does not cost a whole partition its report.

use actors::spoken::{clean, cleaned};
use serde_json::Value;
use std::borrow::Cow;

/// What an operator set is left as it is.
const SET_BY_OPERATORS: [&str; 2] = ["password", "user"];

/// The body as text. Bytes that are none are replaced.
pub(super) fn text(body: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(body)
}

/// All texts clean, and the keys of maps, which hardware names as well.
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
