//! `federation status`: the members, and both directions of every link.

use super::Federation;
use super::control::Line;
use actors::time::Timestamp;
use serde_json::{Value, json};
use tokio::time::Instant;
use transport::document::Member;
use transport::{Direction, LinkStatus, UpStatus};

impl Federation {
    pub(super) fn status(&self) -> Line {
        let own = self.shared.gateway.partition().as_str();
        let Some(member) = self.member() else {
            return Line::Done {
                sentence: format!("{own} is in no federation; `metalmesh federation init` makes one"),
                result: json!({"partition": own, "federation": null}),
            };
        };
        let links = self.shared.links.mesh().map(|mesh| mesh.status()).unwrap_or_default();
        let document = &member.document;
        let mut lines = vec![format!("federation {}, document {}", document.federation, document.number)];
        if member.kept.value.forked {
            lines.push(
                "two different documents have one number: this partition lives alone until an operator decides".to_owned(),
            );
        }
        if !document.members.contains_key(own) {
            lines.push("this partition was evicted: the others refuse it".to_owned());
        }
        let now = self.shared.clock.now();
        let mut members: Vec<Value> = Vec::new();
        for (name, entry) in &document.members {
            let link = links.iter().find(|link| link.partition == *name);
            let root = if entry.is_root_holder { ", holds the root" } else { "" };
            let state = if name == own { "this partition".to_owned() } else { described(link, now) };
            lines.push(format!("  {name} at {}{root}: {state}", entry.addresses.join(", ")));
            members.push(as_json(name, entry, link, now));
        }
        Line::Done {
            sentence: lines.join("\n"),
            result: json!({
                "partition": own,
                "federation": document.federation,
                "document": document.number,
                "forked": member.kept.value.forked,
                "members": members,
            }),
        }
    }
}

/// A link in one sentence: both directions, and since when.
fn described(link: Option<&LinkStatus>, now: Timestamp) -> String {
    let Some(link) = link else { return "no link: this partition does not use it".to_owned() };
    let since = wall(link.since, now);
    let Some(up) = &link.up else {
        let fault = link.last_fault.as_deref().unwrap_or("it has not answered yet");
        return format!("no link since {since}: {fault}");
    };
    let directions = match (link.inbound, link.outbound) {
        (Direction::Silent { since }, _) => format!("nothing is heard since {}", wall(since, now)),
        (_, Direction::Silent { since }) => {
            format!("it is heard, but has not heard this partition since {}", wall(since, now))
        }
        _ => format!("linked since {since}"),
    };
    let millis = |time: Option<std::time::Duration>| {
        time.map_or_else(|| "unknown".to_owned(), |time| format!("{:.1} ms", time.as_secs_f64() * 1000.0))
    };
    format!(
        "{directions}, round trip {}, {} of {} packets lost, MTU {}, release {}",
        millis(up.round_trip),
        up.lost_packets,
        up.sent_packets,
        up.mtu_bytes,
        up.build
    )
}

fn as_json(name: &str, entry: &Member, link: Option<&LinkStatus>, now: Timestamp) -> Value {
    json!({
        "partition": name,
        "addresses": entry.addresses,
        "epoch": entry.epoch,
        "holds_root": entry.is_root_holder,
        "joined": Timestamp::from_millis(entry.joined_at_ms).to_string(),
        "link": link.map(|link| json!({
            "inbound": direction(link.inbound, now),
            "outbound": direction(link.outbound, now),
            "since": wall(link.since, now).to_string(),
            "last_fault": link.last_fault,
            "up": link.up.as_ref().map(up_as_json),
        })),
    })
}

fn up_as_json(up: &UpStatus) -> Value {
    json!({
        "node": up.node.node,
        "remote": up.remote.to_string(),
        "round_trip_ms": up.round_trip.map(|time| time.as_secs_f64() * 1000.0),
        "sent_packets": up.sent_packets,
        "lost_packets": up.lost_packets,
        "sent_bytes": up.sent_bytes,
        "received_bytes": up.received_bytes,
        "mtu_bytes": up.mtu_bytes,
        "black_holes_detected": up.black_holes_detected,
        "version": up.version,
        "build": up.build,
        "certificate_ends": up.leaf_ends_at.map(|seconds| Timestamp::from_millis(seconds * 1000).to_string()),
        "clock_skew_ms": up.clock_skew_ms,
    })
}

fn direction(direction: Direction, now: Timestamp) -> Value {
    match direction {
        Direction::Unknown => json!("unknown"),
        Direction::Open => json!("open"),
        Direction::Silent { since } => json!({"silent_since": wall(since, now).to_string()}),
    }
}

/// A moment of tokio's clock on the wall's.
fn wall(moment: Instant, now: Timestamp) -> Timestamp {
    let ago = i64::try_from(moment.elapsed().as_micros()).unwrap_or(i64::MAX);
    Timestamp(now.0.saturating_sub(ago))
}
