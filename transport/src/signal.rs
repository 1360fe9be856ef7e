//! What the control connection carries after the hello. A signal that cannot be read is skipped.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Signal {
    /// The dialler uses the link from now on. `seen`: the highest number of the receiver's attempts that had led to a
    /// link when the dialler dialled.
    Use {
        seen: u64,
    },
    /// Asks for a [`Signal::Pong`] at once.
    Ping(Beat),
    Pong(Beat),
    /// The sender is stopping: no new requests, please.
    GoAway,
    /// After [`Signal::GoAway`]: the sender has got all replies that it waited for.
    Drained,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Beat {
    /// Of the ping.
    pub(crate) number: u64,
    /// How long ago the sender last heard the receiver.
    pub(crate) heard_ms: u64,
    /// The sender's clock, since 1970.
    pub(crate) wall_ms: i64,
}

impl Signal {
    pub(crate) fn encode(&self) -> Vec<u8> {
        cbor4ii::serde::to_vec(Vec::new(), self).expect("signals are maps with text keys in memory")
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        cbor4ii::serde::from_slice(bytes).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_have_their_golden_bytes() {
        let beat = Beat { number: 5, heard_ms: 1000, wall_ms: -1 };
        let cases: [(Signal, &[u8]); 5] = [
            (Signal::Use { seen: 3 }, b"\xa1\x63use\xa1\x64seen\x03"),
            (Signal::Ping(beat), b"\xa1\x64ping\xa3\x66number\x05\x68heard_ms\x19\x03\xe8\x67wall_ms\x20"),
            (Signal::Pong(beat), b"\xa1\x64pong\xa3\x66number\x05\x68heard_ms\x19\x03\xe8\x67wall_ms\x20"),
            (Signal::GoAway, b"\x67go_away"),
            (Signal::Drained, b"\x67drained"),
        ];
        for (signal, golden) in cases {
            let bytes = signal.encode();
            assert_eq!(bytes, golden, "{}", bytes.escape_ascii());
            assert_eq!(Signal::decode(golden), Some(signal));
        }
    }

    #[test]
    fn later_releases_may_add() {
        let longer = b"\xa1\x64ping\xa2\x66number\x05\x63new\x01";
        let beat = Beat { number: 5, ..Beat::default() };
        assert_eq!(Signal::decode(longer), Some(Signal::Ping(beat)));
        for unknown in [&b"\x63new"[..], b"\xa1\x63new\x01", b"", b"\xff", b"\x01"] {
            assert_eq!(Signal::decode(unknown), None, "{}", unknown.escape_ascii());
        }
    }
}
