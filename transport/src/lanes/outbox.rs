//! Requests of this end: they wait for credit in order, then for their replies.

#[cfg(test)]
mod tests;

use super::{BATCH_BYTES, Credit};
use crate::fault::CallFault;
use crate::frame::{self, BODY_BYTES_MAX, Frame, Header};
use crate::settings::{
    ASSEMBLED_BYTES_MAX, QUEUE_BYTES_MAX, QUEUE_REQUESTS_MAX, REPLY_BYTES_MAX, REQUEST_BYTES_MAX,
};
use bytes::{Bytes, BytesMut};
use std::collections::{BTreeMap, VecDeque};
use tokio::sync::oneshot;
use tokio::time::Instant;

pub(crate) type Outcome = Result<Bytes, CallFault>;

#[derive(Debug)]
pub(crate) struct Outbox {
    queue: VecDeque<Queued>,
    queued_bytes: usize,
    /// Queued or sent, by id.
    waiting: BTreeMap<u64, Waiting>,
    next_id: u64,
    /// What the peer takes.
    credit: Credit,
    /// What it has not answered.
    used: Credit,
    assembled_bytes: usize,
    /// Why nothing new is taken.
    sealed: Option<String>,
}

#[derive(Debug)]
struct Queued {
    id: u64,
    body: Bytes,
    /// What is left is behind this. A request that was begun is sent whole, before the next one.
    sent: usize,
    deadline: Instant,
}

#[derive(Debug)]
struct Waiting {
    caller: oneshot::Sender<Outcome>,
    bytes: usize,
    is_sent: bool,
    /// Of the reply, so far.
    parts: BytesMut,
}

impl Outbox {
    pub(crate) fn new(credit: Credit) -> Self {
        Self {
            queue: VecDeque::new(),
            queued_bytes: 0,
            waiting: BTreeMap::new(),
            next_id: 0,
            credit,
            used: Credit::default(),
            assembled_bytes: 0,
            sealed: None,
        }
    }

    /// Queues a request.
    pub(crate) fn offer(
        &mut self,
        body: Bytes,
        deadline: Instant,
    ) -> Result<(u64, oneshot::Receiver<Outcome>), CallFault> {
        if let Some(reason) = &self.sealed {
            return Err(CallFault::NotSent(reason.clone()));
        }
        if body.len() > REQUEST_BYTES_MAX {
            return Err(CallFault::TooLarge { bytes: body.len(), bytes_max: REQUEST_BYTES_MAX });
        }
        if self.queue.len() >= QUEUE_REQUESTS_MAX || self.queued_bytes + body.len() > QUEUE_BYTES_MAX {
            return Err(CallFault::NotSent("too many requests wait for this peer, try again".to_owned()));
        }
        let id = self.next_id;
        self.next_id += 1;
        let (caller, outcome) = oneshot::channel();
        let bytes = body.len();
        self.waiting.insert(id, Waiting { caller, bytes, is_sent: false, parts: BytesMut::new() });
        self.queued_bytes += bytes;
        self.queue.push_back(Queued { id, body, sent: 0, deadline });
        Ok((id, outcome))
    }

    /// The caller gives up. True: the request has not left and never will.
    pub(crate) fn withdraw(&mut self, id: u64) -> bool {
        if self.waiting.get(&id).is_none_or(|waiting| waiting.is_sent) {
            return false;
        }
        self.queue.retain(|queued| queued.id != id);
        self.forget(id).is_some()
    }

    /// Appends frames of the requests that may be sent now. False: there was none.
    pub(crate) fn batch(&mut self, now: Instant, buffer: &mut BytesMut) -> bool {
        let before = buffer.len();
        while buffer.len() < before + BATCH_BYTES && self.next_part(now, buffer) {}
        buffer.len() > before
    }

    fn next_part(&mut self, now: Instant, buffer: &mut BytesMut) -> bool {
        let Some(first) = self.queue.front_mut() else { return false };
        let id = first.id;
        let Some(waiting) = self.waiting.get_mut(&id) else {
            self.queue.pop_front();
            return true;
        };
        if !waiting.is_sent {
            if first.deadline <= now {
                self.queue.pop_front();
                self.end(id, Err(CallFault::NotSent("its time was over before it could be sent".to_owned())));
                return true;
            }
            let is_credit_left = self.used.requests < self.credit.requests
                && (self.used.requests == 0 || self.used.bytes + waiting.bytes <= self.credit.bytes);
            if !is_credit_left {
                return false;
            }
            waiting.is_sent = true;
            self.used.requests += 1;
            self.used.bytes += waiting.bytes;
            self.queued_bytes -= waiting.bytes;
        }
        let remaining = first.deadline.saturating_duration_since(now).as_millis();
        let end = first.body.len().min(first.sent + BODY_BYTES_MAX);
        let header = Header {
            id,
            kind: frame::REQUEST,
            more: end < first.body.len(),
            remaining_ms: if first.sent == 0 {
                u32::try_from(remaining).unwrap_or(u32::MAX).max(1)
            } else {
                0
            },
            reason: String::new(),
        };
        frame::write(buffer, &header, &first.body[first.sent..end]);
        first.sent = end;
        if !header.more {
            self.queue.pop_front();
        }
        true
    }

    /// A frame of the peer. False: it answers no request that waits.
    pub(crate) fn take_in(&mut self, frame: Frame) -> bool {
        let Frame { header, body } = frame;
        let Some(waiting) = self.waiting.get_mut(&header.id).filter(|waiting| waiting.is_sent) else {
            return false;
        };
        match header.kind {
            frame::REFUSED => {
                self.end(header.id, Err(CallFault::Refused(frame::plain(header.reason.as_bytes()))))
            }
            frame::FAILED => {
                self.end(header.id, Err(CallFault::Lost(frame::plain(header.reason.as_bytes()))))
            }
            frame::REPLY if waiting.parts.len() + body.len() > REPLY_BYTES_MAX => {
                let fault = format!("the reply has more than {REPLY_BYTES_MAX} bytes");
                self.end(header.id, Err(CallFault::Lost(fault)));
            }
            frame::REPLY if header.more && self.assembled_bytes + body.len() > ASSEMBLED_BYTES_MAX => {
                self.end(header.id, Err(CallFault::Lost("too many large replies at once".to_owned())));
            }
            frame::REPLY if header.more => {
                self.assembled_bytes += body.len();
                waiting.parts.extend_from_slice(&body);
            }
            frame::REPLY if waiting.parts.is_empty() => self.end(header.id, Ok(body)),
            frame::REPLY => {
                let mut whole = std::mem::take(&mut waiting.parts);
                self.assembled_bytes -= whole.len();
                whole.extend_from_slice(&body);
                self.end(header.id, Ok(whole.freeze()));
            }
            _ => return false,
        }
        true
    }

    fn end(&mut self, id: u64, outcome: Outcome) {
        if let Some(caller) = self.forget(id) {
            // The caller may have given up.
            drop(caller.send(outcome));
        }
    }

    fn forget(&mut self, id: u64) -> Option<oneshot::Sender<Outcome>> {
        let Waiting { caller, bytes, is_sent, parts } = self.waiting.remove(&id)?;
        self.assembled_bytes -= parts.len();
        if is_sent {
            self.used.requests -= 1;
            self.used.bytes -= bytes;
        } else {
            self.queued_bytes -= bytes;
        }
        Some(caller)
    }

    /// Nothing new is taken. What waits is still sent, and what was sent may still be answered.
    pub(crate) fn seal(&mut self, reason: &str) {
        self.sealed.get_or_insert_with(|| reason.to_owned());
    }

    /// The link is gone.
    pub(crate) fn close(&mut self, reason: &str) {
        self.seal(reason);
        self.queue.clear();
        while let Some((id, waiting)) = self.waiting.first_key_value() {
            let fault = if waiting.is_sent { CallFault::Lost } else { CallFault::NotSent };
            self.end(*id, Err(fault(reason.to_owned())));
        }
    }

    /// Nothing waits for a reply.
    pub(crate) fn is_idle(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(crate) fn is_sealed(&self) -> bool {
        self.sealed.is_some()
    }
}
