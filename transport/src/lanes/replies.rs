//! Replies on their way: a piece of each in turn, so that a large one holds back no other for long.

use super::BATCH_BYTES;
use crate::frame::{self, BODY_BYTES_MAX, Header};
use crate::settings::REPLY_BYTES_MAX;
use bytes::{Bytes, BytesMut};
use std::collections::VecDeque;

#[derive(Debug, Default)]
pub(crate) struct Replies {
    queue: VecDeque<Unsent>,
}

#[derive(Debug)]
struct Unsent {
    header: Header,
    body: Bytes,
}

impl Replies {
    pub(crate) fn push(&mut self, id: u64, body: Bytes) {
        if body.len() > REPLY_BYTES_MAX {
            let reason = format!("the reply has {} bytes, at most {REPLY_BYTES_MAX} are allowed", body.len());
            let header = Header { id, kind: frame::FAILED, reason, ..Header::default() };
            self.queue.push_back(Unsent { header, body: Bytes::new() });
            return;
        }
        let header = Header { id, kind: frame::REPLY, ..Header::default() };
        self.queue.push_back(Unsent { header, body });
    }

    pub(crate) fn refuse(&mut self, id: u64, reason: &str) {
        self.queue.push_back(Unsent { header: Header::refused(id, reason), body: Bytes::new() });
    }

    /// Appends frames. False: there was none.
    pub(crate) fn batch(&mut self, buffer: &mut BytesMut) -> bool {
        let before = buffer.len();
        while buffer.len() < before + BATCH_BYTES {
            let Some(mut first) = self.queue.pop_front() else { break };
            let piece = first.body.split_to(first.body.len().min(BODY_BYTES_MAX));
            first.header.more = !first.body.is_empty();
            frame::write(buffer, &first.header, &piece);
            if first.header.more {
                self.queue.push_back(first);
            }
        }
        buffer.len() > before
    }

    pub(crate) fn len(&self) -> usize {
        self.queue.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{Decoder, Read};

    #[test]
    fn a_large_reply_lets_small_ones_pass() {
        let mut replies = Replies::default();
        let large: Vec<u8> = (0..3 * BODY_BYTES_MAX + 1).map(|at| (at % 251) as u8).collect();
        replies.push(1, Bytes::from(large.clone()));
        replies.push(2, Bytes::from_static(b"small"));
        replies.refuse(3, "full");
        replies.push(4, Bytes::from(vec![0; REPLY_BYTES_MAX + 1]));
        assert_eq!(replies.len(), 4);
        let (mut decoder, mut got) = (Decoder::default(), Vec::new());
        let mut buffer = BytesMut::new();
        while replies.batch(&mut buffer) {
            decoder.push(&buffer.split());
            while let Some(Read::Frame(frame)) = decoder.next().unwrap() {
                got.push((frame.header.id, frame.header.more, frame.body));
            }
        }
        let order: Vec<(u64, bool)> = got.iter().map(|(id, more, _)| (*id, *more)).collect();
        assert_eq!(order, [(1, true), (2, false), (3, false), (4, false), (1, true), (1, true), (1, false)]);
        let whole: Vec<u8> =
            got.iter().filter(|(id, ..)| *id == 1).flat_map(|(.., body)| body.to_vec()).collect();
        assert_eq!(whole, large);
    }
}
