//! Requests of the peer: one stream per lane, with one task that reads and serves, and one that writes replies.
//!
//! Requests of a lane are begun in their order and run at the same time. A request that was begun is served to its end,
//! even if the link ends before: dropping it half-way would be worse.

use super::{Link, OWN_CREDIT};
use crate::close;
use crate::frame::Read;
use crate::lanes::{Intake, Replies, Request, Taken};
use crate::mesh::shared::Shared;
use crate::settings::LANES;
use crate::streams::{Frames, StreamFault};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use parking_lot::Mutex;
use quinn::{RecvStream, SendStream};
use std::sync::Arc;
use tokio::sync::Notify;
use tokio::time::Instant;

/// Replies that wait to be sent; with more, nothing is read.
const REPLIES_MAX: usize = 1024;

#[derive(Debug, Default)]
struct Outgoing {
    replies: Mutex<Replies>,
    wake: Notify,
    /// Some were sent.
    has_room: Notify,
}

/// Takes the peer's lanes.
pub(super) async fn accept(link: Arc<Link>, shared: Arc<Shared>) {
    for _ in 0..LANES {
        let Ok((send, receive)) = link.data.accept_bi().await else { return };
        let outgoing = Arc::new(Outgoing::default());
        shared.tasks.spawn(write(Arc::clone(&link), Arc::clone(&outgoing), send));
        shared.tasks.spawn(serve(Arc::clone(&link), Arc::clone(&shared), outgoing, receive));
    }
}

async fn write(link: Arc<Link>, outgoing: Arc<Outgoing>, mut send: SendStream) {
    let mut buffer = BytesMut::new();
    let mut closed = std::pin::pin!(link.data.closed());
    loop {
        while outgoing.replies.lock().batch(&mut buffer) {
            if let Err(error) = send.write_all(&buffer).await {
                return link.close(close::BROKEN, &format!("a lane ended: {error}"));
            }
            buffer.clear();
            outgoing.has_room.notify_one();
        }
        tokio::select! {
            biased;
            _ = &mut closed => return,
            () = outgoing.wake.notified() => {}
        }
    }
}

/// Id, bytes of the request, and the reply.
type Served = (u64, usize, Bytes);

struct Serving {
    link: Arc<Link>,
    shared: Arc<Shared>,
    outgoing: Arc<Outgoing>,
    intake: Intake,
    running: FuturesUnordered<BoxFuture<'static, Served>>,
}

async fn serve(link: Arc<Link>, shared: Arc<Shared>, outgoing: Arc<Outgoing>, receive: RecvStream) {
    let mut frames = Frames::new(receive);
    let intake = Intake::new(OWN_CREDIT);
    let mut serving = Serving { link, shared, outgoing, intake, running: FuturesUnordered::new() };
    let ended = loop {
        let has_room = serving.outgoing.replies.lock().len() < REPLIES_MAX;
        tokio::select! {
            biased;
            Some(served) = serving.running.next(), if !serving.running.is_empty() => serving.finish(served),
            read = frames.next(), if has_room => {
                if let Err(ended) = serving.take_all(read, &mut frames) {
                    break ended;
                }
            }
            () = serving.outgoing.has_room.notified(), if !has_room => {}
            _ = serving.link.data.closed(), if !has_room => break StreamFault::Ended,
        }
    };
    serving.link.close(close::BROKEN, &format!("a lane ended: {ended}"));
    while serving.running.next().await.is_some() {}
}

impl Serving {
    /// What was read, and what was read with it.
    fn take_all(
        &mut self,
        read: Result<Option<Read>, StreamFault>,
        frames: &mut Frames,
    ) -> Result<(), StreamFault> {
        let mut next = Some(read?.ok_or(StreamFault::Ended)?);
        while let Some(read) = next {
            self.take_in(read);
            next = frames.buffered()?;
        }
        Ok(())
    }

    fn take_in(&mut self, read: Read) {
        let Read::Frame(frame) = read else {
            self.shared.counters.note_unreadable();
            return self.refuse(u64::MAX, "not understood: the head of a frame cannot be read here");
        };
        match self.intake.take_in(frame, Instant::now()) {
            Taken::Nothing => {}
            Taken::Refuse { id, reason } => self.refuse(id, &reason),
            Taken::Request(request) => self.begin(request),
        }
    }

    fn refuse(&self, id: u64, reason: &str) {
        self.outgoing.replies.lock().refuse(id, reason);
        self.outgoing.wake.notify_one();
    }

    fn begin(&mut self, request: Request) {
        let Request { id, body, deadline } = request;
        let bytes = body.len();
        let remaining = deadline.saturating_duration_since(Instant::now());
        if remaining.is_zero() {
            self.intake.finish(bytes);
            return self.refuse(id, "the time of the request is over");
        }
        let reply = self.shared.server.serve(self.link.peer.clone(), body, remaining);
        self.running.push(Box::pin(async move { (id, bytes, reply.await) }));
    }

    fn finish(&mut self, (id, bytes, reply): Served) {
        self.intake.finish(bytes);
        self.outgoing.replies.lock().push(id, reply);
        self.outgoing.wake.notify_one();
    }
}
