//! Requests of the peer, as they are taken in. Those beyond the credit are refused: a peer that keeps to it sends none.

use super::Credit;
use crate::frame::{self, Frame};
use crate::settings::REQUEST_BYTES_MAX;
use bytes::{Bytes, BytesMut};
use std::time::Duration;
use tokio::time::Instant;

#[derive(Debug)]
pub(crate) struct Intake {
    credit: Credit,
    running: Credit,
    partial: Option<Partial>,
    /// The rest of this request is thrown away.
    skipped: Option<u64>,
}

#[derive(Debug)]
struct Partial {
    id: u64,
    deadline: Instant,
    body: BytesMut,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) id: u64,
    pub(crate) body: Bytes,
    /// By this end's clock, from the time when its first part was read.
    pub(crate) deadline: Instant,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// More parts are to come, or a refused one was thrown away.
    Nothing,
    /// It counts as running until [`Intake::finish`].
    Request(Request),
    Refuse {
        id: u64,
        reason: String,
    },
}

impl Intake {
    pub(crate) fn new(credit: Credit) -> Self {
        Self { credit, running: Credit::default(), partial: None, skipped: None }
    }

    pub(crate) fn take_in(&mut self, frame: Frame, now: Instant) -> Taken {
        let Frame { header, body } = frame;
        let (id, more) = (header.id, header.more);
        if header.kind != frame::REQUEST {
            return refuse(id, format!("not understood: frames of kind {} are unknown here", header.kind));
        }
        if self.skipped == Some(id) {
            self.skipped = more.then_some(id);
            return Taken::Nothing;
        }
        match self.partial.take() {
            Some(partial) if partial.id == id => return self.go_on(partial, &body, more),
            Some(partial) => {
                self.partial = Some(partial);
                return self.skip(id, more, "another request of this lane is unfinished".to_owned());
            }
            None => {}
        }
        if header.remaining_ms == 0 {
            return self.skip(id, more, "the time of the request is over".to_owned());
        }
        if self.running.requests >= self.credit.requests {
            return self.skip(
                id,
                more,
                format!("{} requests of this lane are running", self.running.requests),
            );
        }
        let deadline = now + Duration::from_millis(u64::from(header.remaining_ms));
        if more {
            self.partial = Some(Partial { id, deadline, body: BytesMut::from(&body[..]) });
            return Taken::Nothing;
        }
        self.run(Request { id, body, deadline })
    }

    fn go_on(&mut self, mut partial: Partial, body: &[u8], more: bool) -> Taken {
        let id = partial.id;
        let bytes = partial.body.len() + body.len();
        if bytes > REQUEST_BYTES_MAX {
            return self.skip(id, more, format!("the request has more than {REQUEST_BYTES_MAX} bytes"));
        }
        partial.body.extend_from_slice(body);
        if more {
            self.partial = Some(partial);
            return Taken::Nothing;
        }
        self.run(Request { id, body: partial.body.freeze(), deadline: partial.deadline })
    }

    fn run(&mut self, request: Request) -> Taken {
        let bytes = self.running.bytes + request.body.len();
        if self.running.requests > 0 && bytes > self.credit.bytes {
            return refuse(request.id, format!("{} bytes of requests of this lane are running", bytes));
        }
        self.running.requests += 1;
        self.running.bytes = bytes;
        Taken::Request(request)
    }

    fn skip(&mut self, id: u64, more: bool, reason: String) -> Taken {
        self.skipped = more.then_some(id);
        refuse(id, reason)
    }

    /// A request of so many bytes was answered.
    pub(crate) fn finish(&mut self, bytes: usize) {
        self.running.requests = self.running.requests.saturating_sub(1);
        self.running.bytes = self.running.bytes.saturating_sub(bytes);
    }
}

fn refuse(id: u64, reason: String) -> Taken {
    Taken::Refuse { id, reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Header;

    fn part(id: u64, more: bool, remaining_ms: u32, bytes: usize) -> Frame {
        let header = Header { id, kind: frame::REQUEST, more, remaining_ms, reason: String::new() };
        Frame { header, body: Bytes::from(vec![1; bytes]) }
    }

    fn intake() -> Intake {
        Intake::new(Credit { requests: 2, bytes: 3000 })
    }

    fn is_refused(taken: &Taken, with: &str) -> bool {
        matches!(taken, Taken::Refuse { reason, .. } if reason.contains(with))
    }

    #[tokio::test(start_paused = true)]
    async fn requests_are_put_together_and_have_a_deadline() {
        let now = Instant::now();
        let mut intake = intake();
        assert_eq!(intake.take_in(part(1, true, 500, 10), now), Taken::Nothing);
        assert_eq!(intake.take_in(part(1, true, 0, 10), now + Duration::from_millis(100)), Taken::Nothing);
        let body = Bytes::from(vec![1; 25]);
        let whole = Request { id: 1, body, deadline: now + Duration::from_millis(500) };
        assert_eq!(intake.take_in(part(1, false, 0, 5), now), Taken::Request(whole));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_beyond_the_credit_is_refused_and_the_lane_goes_on() {
        let now = Instant::now();
        let mut intake = intake();
        assert!(matches!(intake.take_in(part(1, false, 9, 2000), now), Taken::Request(_)));
        assert!(is_refused(&intake.take_in(part(2, false, 9, 1001), now), "bytes"));
        assert!(matches!(intake.take_in(part(3, false, 9, 1000), now), Taken::Request(_)));
        assert!(is_refused(&intake.take_in(part(4, true, 9, 1), now), "2 requests"));
        assert_eq!(intake.take_in(part(4, true, 0, 1), now), Taken::Nothing, "the rest is thrown away");
        assert_eq!(intake.take_in(part(4, false, 0, 1), now), Taken::Nothing);
        intake.finish(2000);
        assert!(matches!(intake.take_in(part(5, false, 9, 1), now), Taken::Request(_)));
    }

    #[tokio::test(start_paused = true)]
    async fn wrong_frames_are_refused_by_name() {
        let now = Instant::now();
        let mut intake = intake();
        let header = Header { id: 9, kind: 77, ..Header::default() };
        let unknown = Frame { header, body: Bytes::new() };
        assert!(is_refused(&intake.take_in(unknown, now), "not understood: frames of kind 77"));
        assert!(is_refused(&intake.take_in(part(1, false, 0, 1), now), "time"));
        assert_eq!(intake.take_in(part(2, true, 9, 1), now), Taken::Nothing);
        assert!(is_refused(&intake.take_in(part(3, false, 9, 1), now), "unfinished"));
        let mut refused = Taken::Nothing;
        for _ in 0..REQUEST_BYTES_MAX / 60_000 + 1 {
            refused = intake.take_in(part(2, true, 0, 60_000), now);
        }
        assert!(is_refused(&refused, "more than"));
        assert_eq!(intake.take_in(part(2, false, 0, 60_000), now), Taken::Nothing);
        assert!(matches!(intake.take_in(part(5, false, 9, 1), now), Taken::Request(_)));
    }
}
