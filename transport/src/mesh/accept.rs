//! Connections that peers open. The loop that takes them never waits: each is a task with a time limit, and what is too
//! much is refused and counted.

use super::link::Parts;
use super::newcomers;
use super::peering::proved;
use super::shared::Shared;
use crate::close;
use crate::frame::{self, Header};
use crate::hello::{Hello, Role};
use crate::identity::{ALPN_JOIN, NodeName};
use crate::settings::{HANDSHAKE_LIVES, HANDSHAKES_MAX, RETRY_FROM};
use crate::settle::Birth;
use crate::signal::Signal;
use crate::streams::{self, Frames};
use parking_lot::Mutex;
use quinn::crypto::rustls::HandshakeData;
use quinn::{Connection, Incoming, SendStream};
use rustls::pki_types::CertificateDer;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// Data connections that wait for their control connection, by node, incarnation and number of the attempt. Each waits
/// as long as its handshake may run.
#[derive(Debug, Default)]
pub(crate) struct Halves(Mutex<BTreeMap<HalfKey, Half>>);

type HalfKey = (NodeName, u128, u64);

#[derive(Debug)]
struct Half {
    connection: Connection,
    taken: oneshot::Sender<()>,
}

pub(crate) async fn run(shared: Arc<Shared>) {
    while let Some(incoming) = shared.endpoint.accept().await {
        take(&shared, incoming);
    }
}

fn take(shared: &Arc<Shared>, incoming: Incoming) {
    shared.peers.lock().knock(incoming.remote_address());
    let running = shared.counters.running_handshakes();
    if shared.stopping.is_cancelled() || running >= HANDSHAKES_MAX {
        shared.counters.note_refused();
        return incoming.refuse();
    }
    if running >= RETRY_FROM && !incoming.remote_address_validated() && incoming.may_retry() {
        shared.counters.note_retried();
        if let Err(error) = incoming.retry() {
            error.into_incoming().refuse();
        }
        return;
    }
    let running = shared.counters.begin_handshake();
    let task_shared = Arc::clone(shared);
    shared.tasks.spawn(async move {
        let shared = task_shared;
        let is_done = match timeout(HANDSHAKE_LIVES, shake_hands(&shared, incoming)).await {
            Ok(Ok(Guest::Newcomer(connection))) => {
                drop(running);
                return newcomers::serve(&shared, connection).await;
            }
            Ok(Ok(Guest::Member)) => true,
            Ok(Err(reason)) => {
                tracing::debug!(reason, "a connection was refused");
                false
            }
            Err(_) => false,
        };
        if !is_done {
            shared.counters.note_failed();
        }
    });
}

enum Guest {
    Newcomer(Connection),
    Member,
}

async fn shake_hands(shared: &Arc<Shared>, incoming: Incoming) -> Result<Guest, String> {
    let generation = shared.generation();
    let connecting = incoming.accept().map_err(|error| error.to_string())?;
    let connection = connecting.await.map_err(|error| close::sentence(&error))?;
    let data = connection.handshake_data().and_then(|data| data.downcast::<HandshakeData>().ok());
    let protocol = data.and_then(|data| data.protocol).unwrap_or_default();
    if protocol == ALPN_JOIN {
        return Ok(Guest::Newcomer(connection));
    }
    let greeted = greet(shared, &connection, generation).await;
    if let Err(reason) = &greeted {
        close::with(&connection, close::REFUSED, reason);
    }
    greeted.map(|()| Guest::Member)
}

async fn greet(shared: &Arc<Shared>, connection: &Connection, generation: u64) -> Result<(), String> {
    let (peer, chain) = proved(connection)?;
    let (mut send, receive) = connection.accept_bi().await.map_err(|error| close::sentence(&error))?;
    let mut frames = Frames::new(receive);
    let first = frames.expect().await.map_err(|error| error.to_string())?;
    let hello = if first.header.kind == frame::HELLO {
        Hello::decode(&first.body)
    } else {
        Err("the first message is no hello".to_owned())
    };
    let judged = hello.and_then(|hello| Ok((shared.judge(&peer, &hello)?, hello)));
    let (version, hello) = match judged {
        Ok(judged) => judged,
        Err(reason) => return refuse(connection, send, reason).await,
    };
    let key = (peer.clone(), hello.incarnation, hello.dial);
    let welcome = shared.hello(hello.role, hello.dial).encode();
    match hello.role {
        Role::Data => {
            let waiting = Waiting::new(shared, key, connection);
            send_welcome(&mut send, &welcome).await?;
            waiting.until_taken().await
        }
        Role::Control => {
            send_welcome(&mut send, &welcome).await?;
            let seen = used(&mut frames).await?;
            let half = shared.halves.0.lock().remove(&key).ok_or("the data connection is missing")?;
            let birth = Birth {
                is_dialled_by_lower: peer < shared.own,
                dial: hello.dial,
                seen,
                peer: hello.incarnation,
            };
            let offer = Offer { peer, chain, hello, version, birth, generation };
            half.taken.send(()).map_err(|()| "the data connection is gone")?;
            shared.install(offer.parts(connection.clone(), half.connection, send, frames))
        }
    }
}

struct Offer {
    peer: NodeName,
    chain: Vec<CertificateDer<'static>>,
    hello: Hello,
    version: u16,
    birth: Birth,
    generation: u64,
}

impl Offer {
    fn parts(self, control: Connection, data: Connection, send: SendStream, frames: Frames) -> Parts {
        let Self { peer, chain, hello, version, birth, generation } = self;
        let is_dialled_here = false;
        Parts { birth, peer, chain, hello, version, is_dialled_here, generation, control, data, send, frames }
    }
}

/// A refusal travels as an answer; the peer, which gets it, closes.
async fn refuse(connection: &Connection, mut send: SendStream, reason: String) -> Result<(), String> {
    let header = Header::refused(0, &reason);
    streams::send(&mut send, &header, b"").await.map_err(|error| error.to_string())?;
    send.finish().map_err(|error| error.to_string())?;
    connection.closed().await;
    Err(reason)
}

async fn send_welcome(send: &mut SendStream, welcome: &[u8]) -> Result<(), String> {
    let header = Header::of_kind(frame::WELCOME);
    streams::send(send, &header, welcome).await.map_err(|error| error.to_string())
}

/// Waits until the dialler uses the link.
async fn used(frames: &mut Frames) -> Result<u64, String> {
    let frame = frames.expect().await.map_err(|error| error.to_string())?;
    match Signal::decode(&frame.body) {
        Some(Signal::Use { seen }) if frame.header.kind == frame::SIGNAL => Ok(seen),
        _ => Err("the dialler does not use the link".to_owned()),
    }
}

/// A data connection that waits. It leaves the list when it is dropped.
struct Waiting<'a> {
    shared: &'a Shared,
    key: HalfKey,
    connection: &'a Connection,
    taken: oneshot::Receiver<()>,
}

impl<'a> Waiting<'a> {
    fn new(shared: &'a Shared, key: HalfKey, connection: &'a Connection) -> Self {
        let (sender, taken) = oneshot::channel();
        let half = Half { connection: connection.clone(), taken: sender };
        shared.halves.0.lock().insert(key.clone(), half);
        Self { shared, key, connection, taken }
    }

    async fn until_taken(mut self) -> Result<(), String> {
        tokio::select! {
            biased;
            taken = &mut self.taken => taken.map_err(|_| "another connection came with the same number".to_owned()),
            error = self.connection.closed() => Err(close::sentence(&error)),
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut halves = self.shared.halves.0.lock();
        let is_own = |half: &Half| half.connection.stable_id() == self.connection.stable_id();
        if halves.get(&self.key).is_some_and(is_own) {
            halves.remove(&self.key);
        }
    }
}
