//! Bounds on the length of client data. The contract has none; these are far above real values, and low enough that one
//! request can neither exhaust the memory nor keep an actor busy.
//!
//! Checks names and lengths only. The store has its own bound for rows.

use super::error::Problem;
use actors::store::INDEXED_BYTES_MAX;
use serde_json::Value;

/// Bytes of an id, a name or the key of a map.
const NAME_BYTES_MAX: usize = INDEXED_BYTES_MAX;

/// Bytes of any other text: descriptions, URLs, SSH keys, kernel command lines.
const TEXT_BYTES_MAX: usize = 64 << 10;

/// Maximal bytes of a machine's user data. Leaves room for the rest of the machine in its row.
const USER_DATA_BYTES_MAX: usize = 512 << 10;

/// Elements of a list or entries of a map.
const ELEMENTS_MAX: usize = 1024;

/// Refuses a body that is beyond a bound. Its keys are in lower case.
pub(super) fn check(body: &Value) -> Result<(), Problem> {
    within("", body)
}

/// Refuses a parameter of a path or query that is beyond a bound.
pub(super) fn parameter(name: &str, text: &str) -> Result<(), Problem> {
    bounded(name, text, bytes_max(name))
}

fn within(field: &str, value: &Value) -> Result<(), Problem> {
    match value {
        Value::String(text) => bounded(field, text, bytes_max(field)),
        Value::Array(elements) => {
            counted(field, elements.len(), ELEMENTS_MAX)?;
            elements.iter().try_for_each(|element| within(field, element))
        }
        Value::Object(entries) => {
            counted(field, entries.len(), ELEMENTS_MAX)?;
            entries.iter().try_for_each(|(key, value)| {
                bounded("the key of a map", key, NAME_BYTES_MAX)?;
                within(key, value)
            })
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

fn bytes_max(field: &str) -> usize {
    match field {
        "user_data" => USER_DATA_BYTES_MAX,
        "name" | "hostname" | "ipaddress" | "ip" => NAME_BYTES_MAX,
        field if field.ends_with("id") => NAME_BYTES_MAX,
        _ => TEXT_BYTES_MAX,
    }
}

fn counted(field: &str, count: usize, max: usize) -> Result<(), Problem> {
    if count > max {
        let text = format!("json: field {field} has {count} elements, at most {max} are allowed");
        return Err(Problem::bad_request(text));
    }
    Ok(())
}

/// Refuses NUL: neither PostgreSQL nor a command line can carry it.
fn bounded(field: &str, text: &str, max: usize) -> Result<(), Problem> {
    let bytes = text.len();
    if bytes > max {
        return Err(Problem::bad_request(format!("{field} has {bytes} bytes, at most {max} are allowed")));
    }
    if text.contains('\0') {
        return Err(Problem::bad_request(format!("{field} contains a NUL character")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refused(body: &Value) -> Option<String> {
        check(body).err().map(|problem| problem.message)
    }

    #[test]
    fn texts_have_the_bound_of_their_field() {
        let long = |bytes| "x".repeat(bytes);
        for (field, max) in [
            ("id", 1024),
            ("partition_id", 1024),
            ("projectid", 1024),
            ("uuid", 1024),
            ("name", 1024),
            ("hostname", 1024),
            ("description", 64 << 10),
            ("url", 64 << 10),
            ("user_data", 512 << 10),
        ] {
            assert_eq!(refused(&json!({ field: long(max) })), None, "{field}");
            let wanted = format!("{field} has {} bytes, at most {max} are allowed", max + 1);
            assert_eq!(refused(&json!({"meta": [{ field: long(max + 1) }]})), Some(wanted));
            assert_eq!(parameter(field, &long(max + 1)).unwrap_err().status.as_u16(), 400, "{field}");
        }
        let wanted = "the key of a map has 1025 bytes, at most 1024 are allowed";
        assert_eq!(refused(&json!({"labels": {long(1025): ""}})).as_deref(), Some(wanted));
    }

    #[test]
    fn lists_and_maps_are_counted_and_nul_is_refused() {
        assert_eq!(refused(&json!({"tags": vec![""; 1024]})), None);
        let wanted = "json: field tags has 1025 elements, at most 1024 are allowed";
        assert_eq!(refused(&json!({"tags": vec![""; 1025]})).as_deref(), Some(wanted));
        let map = |count: usize| (0..count).map(|n| (n.to_string(), Value::Null)).collect::<Value>();
        assert!(refused(&json!({"labels": map(1025)})).is_some());
        assert_eq!(refused(&json!({"tags": ["a\0"]})).as_deref(), Some("tags contains a NUL character"));
        assert!(refused(&json!({"labels": {"a\0": 1}})).is_some());
    }
}
