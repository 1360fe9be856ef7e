//! Frames of streams: `u32` length of the rest, `u16` length of the header, header, body. Numbers are big-endian. The
//! header is a CBOR map by names: unknown names are ignored, missing ones have their default.

#[cfg(test)]
mod tests;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use serde::{Deserialize, Serialize};

/// The largest body of a frame. Larger messages travel in several, so that others come between them.
pub(crate) const BODY_BYTES_MAX: usize = 64 << 10;

const HEADER_BYTES_MAX: usize = 2 << 10;
const LENGTH_BYTES: usize = 4;
const HEADER_LENGTH_BYTES: usize = 2;
const FRAME_BYTES_MAX: usize = HEADER_LENGTH_BYTES + HEADER_BYTES_MAX + BODY_BYTES_MAX;

/// The longest reason that travels, in bytes.
const REASON_BYTES_MAX: usize = 512;

pub(crate) const REQUEST: u8 = 1;
pub(crate) const REPLY: u8 = 2;
/// The request was not executed, and why.
pub(crate) const REFUSED: u8 = 3;
/// The request may have been executed, and why there is no reply.
pub(crate) const FAILED: u8 = 4;
/// The first frame of a connection; its body is a hello.
pub(crate) const HELLO: u8 = 10;
/// The answer to a hello; its body is the hello of the other end. Or [`REFUSED`].
pub(crate) const WELCOME: u8 = 11;
/// On the control connection; its body is a signal.
pub(crate) const SIGNAL: u8 = 12;

/// The head of a frame in a lane.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Header {
    /// Number of the request, in its lane.
    pub(crate) id: u64,
    pub(crate) kind: u8,
    /// The message goes on in the next frame of this id.
    #[serde(skip_serializing_if = "is_false")]
    pub(crate) more: bool,
    /// How long the caller still waits. In the first frame of a request.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) remaining_ms: u32,
    /// For people.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) reason: String,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) header: Header,
    pub(crate) body: Bytes,
}

/// The next thing in a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Read {
    Frame(Frame),
    /// A whole frame whose header cannot be read. The stream goes on behind it.
    Unreadable,
}

/// The stream ends here: the length of a frame cannot be true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a frame of {bytes} bytes, at most {FRAME_BYTES_MAX} are allowed")]
pub(crate) struct TooLong {
    bytes: usize,
}

impl Header {
    pub(crate) fn of_kind(kind: u8) -> Self {
        Self { kind, ..Self::default() }
    }

    pub(crate) fn refused(id: u64, reason: &str) -> Self {
        let reason = shortened(reason).to_owned();
        Self { id, kind: REFUSED, reason, ..Self::default() }
    }
}

/// At most [`REASON_BYTES_MAX`] bytes, cut between letters.
pub(crate) fn shortened(reason: &str) -> &str {
    &reason[..reason.floor_char_boundary(REASON_BYTES_MAX)]
}

/// What a peer says, for people: at most [`REASON_BYTES_MAX`] letters, none of which controls a terminal.
pub(crate) fn plain(reason: &[u8]) -> String {
    let text = String::from_utf8_lossy(reason);
    text.chars().filter(|letter| !letter.is_control()).take(REASON_BYTES_MAX).collect()
}

/// Appends a frame. The body has at most [`BODY_BYTES_MAX`] bytes.
pub(crate) fn write(buffer: &mut BytesMut, header: &Header, body: &[u8]) {
    let start = buffer.len();
    buffer.put_bytes(0, LENGTH_BYTES + HEADER_LENGTH_BYTES);
    let head = start + LENGTH_BYTES + HEADER_LENGTH_BYTES;
    let writer = std::mem::take(buffer).writer();
    let mut writer = cbor4ii::core::utils::IoWriter::new(writer);
    let written = header.serialize(&mut cbor4ii::serde::Serializer::new(&mut writer));
    *buffer = writer.into_inner().into_inner();
    written.expect("headers are maps with text keys in memory");
    let header_bytes = buffer.len() - head;
    buffer.put_slice(body);
    let frame_bytes = buffer.len() - start - LENGTH_BYTES;
    buffer[start..start + LENGTH_BYTES].copy_from_slice(&(frame_bytes as u32).to_be_bytes());
    buffer[head - HEADER_LENGTH_BYTES..head].copy_from_slice(&(header_bytes as u16).to_be_bytes());
}

/// Cuts a stream of bytes into frames. Keeps at most one frame and what was read with it.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    buffer: BytesMut,
}

impl Decoder {
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next frame. `None`: more bytes are needed.
    pub(crate) fn next(&mut self) -> Result<Option<Read>, TooLong> {
        let Some(length) = self.buffer.first_chunk::<LENGTH_BYTES>() else { return Ok(None) };
        let bytes = u32::from_be_bytes(*length) as usize;
        if bytes > FRAME_BYTES_MAX {
            return Err(TooLong { bytes });
        }
        if self.buffer.len() < LENGTH_BYTES + bytes {
            return Ok(None);
        }
        self.buffer.advance(LENGTH_BYTES);
        Ok(Some(parse(self.buffer.split_to(bytes).freeze())))
    }
}

fn parse(mut frame: Bytes) -> Read {
    let Some(length) = frame.first_chunk::<HEADER_LENGTH_BYTES>() else { return Read::Unreadable };
    let header_bytes = u16::from_be_bytes(*length) as usize;
    frame.advance(HEADER_LENGTH_BYTES);
    if header_bytes > frame.len().min(HEADER_BYTES_MAX) {
        return Read::Unreadable;
    }
    let header = frame.split_to(header_bytes);
    match cbor4ii::serde::from_slice::<Header>(&header) {
        Ok(header) => Read::Frame(Frame { header, body: frame }),
        Err(_) => Read::Unreadable,
    }
}
