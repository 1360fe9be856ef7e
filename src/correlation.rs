//! Correlates the log lines of a request, here and in other programs: the request's id and its trace. Knows the texts
//! of headers, not the ports that read them.

use actors::time::Timestamp;
use std::sync::atomic::{AtomicU64, Ordering};

/// Maximal length of a request id from a client.
const CHARS_MAX: usize = 128;

/// Generates ids for requests without one: time-ordered, unique on this node.
#[derive(Debug)]
pub(crate) struct RequestIds {
    /// Separates requests that come through different ports at the same time.
    door: u8,
    count: AtomicU64,
}

impl RequestIds {
    pub(crate) const fn new(door: u8) -> Self {
        Self { door, count: AtomicU64::new(0) }
    }

    /// `given`, truncated, unless it is missing or empty (api-resources 1.3, step 1).
    pub(crate) fn of(&self, given: Option<&str>, now: Timestamp) -> String {
        if let Some(given) = given.filter(|given| !given.is_empty()) {
            return given.chars().take(CHARS_MAX).collect();
        }
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let millis = u64::try_from(now.millis()).unwrap_or_default();
        let mut tail = [0; 10];
        tail[1] = self.door;
        tail[2..].copy_from_slice(&count.to_be_bytes());
        uuid::Builder::from_unix_timestamp_millis(millis, &tail).into_uuid().to_string()
    }
}

/// The trace id of a `traceparent` header (W3C Trace Context 3.2): `version-traceid-parentid-flags` in lower-case
/// hexadecimal. Future versions may append fields.
pub(crate) fn trace_id(traceparent: &str) -> Option<&str> {
    let mut fields = traceparent.trim().split('-');
    let (version, trace, parent, flags) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    let hexadecimal = |field: &str, digits| {
        field.len() == digits && field.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let shaped =
        hexadecimal(version, 2) && hexadecimal(trace, 32) && hexadecimal(parent, 16) && hexadecimal(flags, 2);
    let set = |field: &str| field.bytes().any(|byte| byte != b'0');
    let ends = version != "00" || fields.next().is_none();
    (shaped && version != "ff" && ends && set(trace) && set(parent)).then_some(trace)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn ids_are_the_clients_or_distinct() {
        let (http, grpc) = (RequestIds::new(0), RequestIds::new(1));
        let now = Timestamp::from_millis(1_750_000_000_000);
        assert_eq!(http.of(Some("mine"), now), "mine");
        assert_eq!(http.of(Some(&"x".repeat(1000)), now).len(), CHARS_MAX);
        let ids: BTreeSet<String> =
            (0..100).flat_map(|_| [http.of(None, now), grpc.of(Some(""), now)]).collect();
        assert_eq!(ids.len(), 200);
        assert!(ids.iter().all(|id| uuid::Uuid::parse_str(id).unwrap().get_version_num() == 7));
    }

    /// W3C Trace Context 3.2.2
    #[test]
    fn only_whole_trace_contexts_name_a_trace() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        let rows = [
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true),
            ("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-later", true),
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-later", false),
            ("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false),
            ("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", false),
            ("00-00000000000000000000000000000000-00f067aa0ba902b7-01", false),
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", false),
            ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7", false),
            ("00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01", false),
            ("", false),
        ];
        for (header, valid) in rows {
            assert_eq!(trace_id(header), valid.then_some(trace), "{header}");
        }
    }
}
