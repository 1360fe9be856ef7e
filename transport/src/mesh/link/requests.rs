//! Requests of this end: one stream per lane, with one task that writes requests and one that reads replies.

use super::{Lane, Link};
use crate::close;
use crate::fault::CallFault;
use crate::frame::Read;
use crate::settings::LANES;
use crate::streams::Frames;
use crate::tasks::Tasks;
use bytes::{Bytes, BytesMut};
use quinn::SendStream;
use std::sync::Arc;
use tokio::time::{Instant, timeout_at};

impl Link {
    /// Sends a request in a lane, and waits for its reply.
    pub(crate) async fn call(
        &self,
        lane: u64,
        request: Bytes,
        deadline: Instant,
    ) -> Result<Bytes, CallFault> {
        let lane = &self.lanes[(lane % LANES as u64) as usize];
        let (id, mut outcome) = lane.outbox.lock().offer(request, deadline)?;
        // A caller that goes away takes its request back, if it has not left.
        let _withdrawal = Withdrawal { lane, id };
        lane.wake.notify_one();
        if let Ok(outcome) = timeout_at(deadline, &mut outcome).await {
            return outcome.unwrap_or_else(|_| Err(CallFault::Lost("the link ended".to_owned())));
        }
        if lane.outbox.lock().withdraw(id) {
            return Err(CallFault::NotSent("its time was over before it could be sent".to_owned()));
        }
        match outcome.try_recv() {
            Ok(outcome) => outcome,
            Err(_) => Err(CallFault::Lost("the peer did not reply in time".to_owned())),
        }
    }
}

struct Withdrawal<'a> {
    lane: &'a Lane,
    id: u64,
}

impl Drop for Withdrawal<'_> {
    fn drop(&mut self) {
        self.lane.outbox.lock().withdraw(self.id);
    }
}

/// Opens the lane's stream when there is something to send.
pub(super) async fn run(link: Arc<Link>, number: usize, tasks: Tasks) {
    let lane = &link.lanes[number];
    let opened = tokio::select! {
        biased;
        _ = link.data.closed() => return,
        opened = async { lane.wake.notified().await; link.data.open_bi().await } => opened,
    };
    let Ok((send, receive)) = opened else { return };
    tasks.spawn(read(Arc::clone(&link), number, Frames::new(receive)));
    write(&link, lane, send).await;
}

async fn write(link: &Link, lane: &Lane, mut send: SendStream) {
    let mut buffer = BytesMut::new();
    let mut closed = std::pin::pin!(link.data.closed());
    loop {
        while lane.outbox.lock().batch(Instant::now(), &mut buffer) {
            if let Err(error) = send.write_all(&buffer).await {
                return link.close(close::BROKEN, &format!("a lane ended: {error}"));
            }
            buffer.clear();
        }
        tokio::select! {
            biased;
            _ = &mut closed => return,
            () = lane.wake.notified() => {}
        }
    }
}

async fn read(link: Arc<Link>, number: usize, mut frames: Frames) {
    let lane = &link.lanes[number];
    loop {
        let mut next = match frames.next().await {
            Ok(Some(read)) => Some(read),
            Ok(None) => return link.close(close::BROKEN, "a lane ended"),
            Err(error) => return link.close(close::BROKEN, &format!("a lane ended: {error}")),
        };
        while let Some(read) = next {
            if let Read::Frame(frame) = read {
                lane.outbox.lock().take_in(frame);
            }
            next = match frames.buffered() {
                Ok(next) => next,
                Err(error) => return link.close(close::BROKEN, &error.to_string()),
            };
        }
        // Replies bring credit back.
        lane.wake.notify_one();
        link.leaving.changed.notify_waiters();
        link.say_drained();
    }
}
