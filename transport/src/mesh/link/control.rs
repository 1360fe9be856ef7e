//! Signals: heartbeats, and the end of a link.

use super::Link;
use crate::close;
use crate::frame::{self, Header, Read};
use crate::mesh::shared::Shared;
use crate::settings::{DEAD_AFTER, HEARTBEAT_EVERY};
use crate::signal::{Beat, Signal};
use crate::streams::{self, Frames};
use crate::twins::Verdict;
use quinn::SendStream;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, interval, timeout};

const CHECK_EVERY: Duration = Duration::from_millis(250);
const CHECKS_PER_HEARTBEAT: u32 = (HEARTBEAT_EVERY.as_millis() / CHECK_EVERY.as_millis()) as u32;

impl Link {
    fn beat(&self, number: u64, shared: &Shared) -> Beat {
        let heard = self.health.lock().heard_ago(Instant::now());
        let heard_ms = u64::try_from(heard.as_millis()).unwrap_or(u64::MAX);
        Beat { number, heard_ms, wall_ms: shared.wall_ms() }
    }

    fn ask(&self, shared: &Shared) -> u64 {
        let number = self.health.lock().ping(Instant::now());
        self.signal(Signal::Ping(self.beat(number, shared)));
        number
    }

    /// The time of a ping and its answer.
    pub(crate) async fn ping(&self, shared: &Shared) -> Option<Duration> {
        let (sender, answer) = oneshot::channel();
        let number = {
            let mut pongs = self.pongs.lock();
            let number = self.ask(shared);
            pongs.insert(number, sender);
            number
        };
        let answer = timeout(DEAD_AFTER, answer).await;
        self.pongs.lock().remove(&number);
        answer.ok()?.ok()
    }

    fn hear(&self, beat: Beat) {
        let mut health = self.health.lock();
        let now = Instant::now();
        health.hear(now);
        health.hear_of_self(now, Duration::from_millis(beat.heard_ms));
    }

    fn take_in(&self, signal: Signal, shared: &Shared) {
        match signal {
            Signal::Ping(beat) => {
                self.hear(beat);
                self.signal(Signal::Pong(self.beat(beat.number, shared)));
            }
            Signal::Pong(beat) => {
                self.hear(beat);
                let own_ms = shared.wall_ms();
                let taken = self.health.lock().pong(beat.number, Instant::now(), beat.wall_ms, own_ms);
                let waiting = self.pongs.lock().remove(&beat.number);
                if let (Some(round_trip), Some(waiting)) = (taken, waiting) {
                    // The caller may have given up.
                    waiting.send(round_trip).unwrap_or_default();
                }
            }
            Signal::GoAway => {
                self.leaving.is_peer.store(true, Ordering::Release);
                self.seal("the peer is stopping");
                shared.note_change();
            }
            Signal::Drained => {
                self.leaving.is_peer_drained.store(true, Ordering::Release);
                self.leaving.changed.notify_waiters();
            }
            Signal::Use { .. } => {}
        }
        self.say_drained();
    }

    /// To a peer that is leaving, once all its replies are here.
    pub(super) fn say_drained(&self) {
        let is_due = self.leaving.is_peer.load(Ordering::Acquire) && self.is_idle();
        if is_due && !self.leaving.is_drained_sent.swap(true, Ordering::AcqRel) {
            self.signal(Signal::Drained);
        }
    }
}

pub(super) async fn write(link: Arc<Link>, mut send: SendStream, mut queue: mpsc::Receiver<Signal>) {
    let mut closed = std::pin::pin!(link.control.closed());
    loop {
        let signal = tokio::select! {
            biased;
            _ = &mut closed => return,
            signal = queue.recv() => signal,
        };
        let Some(signal) = signal else { return };
        let header = Header::of_kind(frame::SIGNAL);
        if streams::send(&mut send, &header, &signal.encode()).await.is_err() {
            return;
        }
    }
}

pub(super) async fn read(link: Arc<Link>, mut frames: Frames, shared: Arc<Shared>) {
    loop {
        match frames.next().await {
            Ok(Some(Read::Frame(frame))) if frame.header.kind == frame::SIGNAL => {
                match Signal::decode(&frame.body) {
                    Some(signal) => link.take_in(signal, &shared),
                    None => shared.counters.note_unreadable(),
                }
            }
            Ok(Some(_)) => shared.counters.note_unreadable(),
            Ok(None) => return link.close(close::BROKEN, "the stream of signals ended"),
            Err(error) => return link.close(close::BROKEN, &error.to_string()),
        }
    }
}

/// Sends heartbeats until the peer is dead. Returns when it was last heard.
pub(super) async fn beat(link: &Link, shared: &Shared) -> Instant {
    let mut checks = interval(CHECK_EVERY);
    checks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    let mut until_beat = 0;
    let mut heard_at = Instant::now();
    loop {
        checks.tick().await;
        let now = Instant::now();
        let (is_alive, heard_ago) = {
            let mut health = link.health.lock();
            (health.is_alive(now), health.heard_ago(now))
        };
        let last = now.checked_sub(heard_ago).unwrap_or(now);
        if !is_alive {
            return last;
        }
        if last > heard_at {
            heard_at = last;
            let verdict = shared.twins.lock().hear(&link.peer.to_string(), link.birth.peer, last);
            if verdict == Verdict::Twins {
                shared.refuse_twins(&link.peer);
            }
        }
        if until_beat == 0 {
            link.ask(shared);
            until_beat = CHECKS_PER_HEARTBEAT;
        }
        until_beat -= 1;
        link.say_drained();
    }
}
