//! Attempts to reach a partition, until there is a link, and for ever.

use super::link::Parts;
use super::peering::{Need, proved};
use super::shared::Shared;
use crate::address::ADDRESSES_MAX;
use crate::backoff::Backoff;
use crate::close;
use crate::frame::{self, Header, plain};
use crate::hello::{Hello, Role};
use crate::identity::{NodeName, SERVER_NAME};
use crate::settings::DIAL_LIVES;
use crate::settle::Birth;
use crate::signal::Signal;
use crate::streams::{self, Frames};
use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use quinn::{ClientConfig, Connection, SendStream};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rustls::pki_types::CertificateDer;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// Pause between attempts to replace a link that is up, after one has failed.
const NEWER_EVERY: Duration = Duration::from_secs(10);

/// Dials a partition whenever there is no link to it, until it is removed.
pub(crate) async fn keep_linked(shared: Arc<Shared>, partition: String, stop: CancellationToken) {
    tokio::select! {
        biased;
        () = stop.cancelled() => {}
        () = shared.stopping.cancelled() => {}
        () = dial_again_and_again(&shared, &partition) => {}
    }
}

async fn dial_again_and_again(shared: &Arc<Shared>, partition: &str) {
    let mut chance = chance(shared.seed, partition);
    let mut backoff = Backoff::default();
    let mut changed = shared.changed();
    while let Some(need) = shared.need(partition) {
        if need == Need::Nothing {
            backoff.reset();
            until_not(need, shared, partition, &mut changed).await;
            continue;
        }
        shared.counters.note_dial();
        let dialled = timeout(DIAL_LIVES, dial(shared, partition)).await;
        let fault = dialled.unwrap_or_else(|_| Err("no answer within a second".to_owned())).err();
        if let Some(fault) = &fault {
            shared.counters.note_failed_dial();
            shared.peers.lock().note_fault(partition, fault);
        }
        if need == Need::NewerLink && fault.is_some() {
            let until_not = until_not(need, shared, partition, &mut changed);
            if timeout(NEWER_EVERY, until_not).await.is_ok() {
                continue;
            }
        }
        sleep(backoff.next(&mut chance)).await;
    }
}

/// Until another thing is needed than this.
async fn until_not(need: Need, shared: &Shared, partition: &str, changed: &mut watch::Receiver<u64>) {
    loop {
        changed.mark_unchanged();
        if shared.need(partition) != Some(need) || changed.changed().await.is_err() {
            return;
        }
    }
}

/// Each partition has its own numbers, so that one does not depend on how often another is dialled.
fn chance(seed: u64, partition: &str) -> ChaCha8Rng {
    let mut digest = Sha256::new();
    digest.update(seed.to_le_bytes());
    digest.update(partition);
    ChaCha8Rng::from_seed(digest.finalize().into())
}

/// Tries all addresses at the same time, and uses the first link that is complete.
async fn dial(shared: &Arc<Shared>, partition: &str) -> Result<(), String> {
    let (addresses, learned, seen) = {
        let peers = shared.peers.lock();
        let Some(peer) = peers.get(partition) else { return Ok(()) };
        (peer.addresses.clone(), peer.learned, peer.seen())
    };
    let mut resolved = resolve(&addresses).await;
    resolved.extend(learned.filter(|learned| !resolved.contains(learned)));
    if resolved.is_empty() {
        return Err(format!("no address of {partition} can be resolved: {}", addresses.join(", ")));
    }
    if let Some(peer) = shared.peers.lock().get_mut(partition) {
        resolved.iter().for_each(|address| peer.know(*address));
    }
    let attempt = Attempt { shared, partition, seen: &seen };
    let mut attempts: FuturesUnordered<_> = resolved.iter().map(|address| attempt.link(*address)).collect();
    let mut fault = String::new();
    while let Some(made) = attempts.next().await {
        match made {
            Ok(parts) => return attempt.use_link(parts).await,
            Err(reason) => fault = reason,
        }
    }
    Err(fault)
}

async fn resolve(addresses: &[String]) -> Vec<SocketAddr> {
    let looked_up = addresses.iter().map(async |address| match address.parse() {
        Ok(address) => vec![address],
        Err(_) => tokio::net::lookup_host(address).await.map(Iterator::collect).unwrap_or_default(),
    });
    let mut resolved: Vec<SocketAddr> = join_all(looked_up).await.into_iter().flatten().collect();
    resolved.truncate(ADDRESSES_MAX);
    resolved
}

struct Attempt<'a> {
    shared: &'a Arc<Shared>,
    partition: &'a str,
    /// What this end knew before the attempt.
    seen: &'a BTreeMap<String, (u128, u64)>,
}

/// One of the two connections of a link, after the hello.
struct Half {
    connection: Connection,
    peer: NodeName,
    chain: Vec<CertificateDer<'static>>,
    hello: Hello,
    version: u16,
    send: SendStream,
    frames: Frames,
}

impl Attempt<'_> {
    async fn link(&self, address: SocketAddr) -> Result<Parts, String> {
        let dial = self.shared.next_dial();
        let (client, generation) = self.shared.client();
        let control = self.half(client.clone(), address, Role::Control, dial);
        let data = self.half(client, address, Role::Data, dial);
        let (control, data) = tokio::try_join!(control, data)?;
        if (&control.peer, control.hello.incarnation) != (&data.peer, data.hello.incarnation) {
            return Err(format!("two nodes answer at {address}"));
        }
        let Half { connection, peer, chain, hello, version, send, frames } = control;
        let known = self.seen.get(&peer.node).filter(|(incarnation, _)| *incarnation == hello.incarnation);
        let birth = Birth {
            is_dialled_by_lower: self.shared.own < peer,
            dial,
            seen: known.map_or(0, |(_, dial)| *dial),
            peer: hello.incarnation,
        };
        Ok(Parts {
            birth,
            peer,
            chain,
            hello,
            version,
            is_dialled_here: true,
            generation,
            control: connection,
            data: data.connection,
            send,
            frames,
        })
    }

    async fn half(
        &self,
        client: ClientConfig,
        address: SocketAddr,
        role: Role,
        dial: u64,
    ) -> Result<Half, String> {
        let connecting = self.shared.endpoint.connect_with(client, address, SERVER_NAME);
        let connecting = connecting.map_err(|error| format!("{address} cannot be dialled: {error}"))?;
        let connection =
            connecting.await.map_err(|error| format!("{address}: {}", close::sentence(&error)))?;
        let greeted = self.greet(&connection, address, role, dial).await;
        if let Err(reason) = &greeted {
            close::with(&connection, close::REFUSED, reason);
        }
        greeted
    }

    async fn greet(
        &self,
        connection: &Connection,
        address: SocketAddr,
        role: Role,
        dial: u64,
    ) -> Result<Half, String> {
        let (peer, chain) = proved(connection)?;
        if peer.partition != self.partition {
            return Err(format!("{peer} answers at {address}, which was given for {}", self.partition));
        }
        let opened = connection.open_bi().await;
        let (mut send, receive) = opened.map_err(|error| close::sentence(&error))?;
        let own = self.shared.hello(role, dial).encode();
        let header = Header::of_kind(frame::HELLO);
        streams::send(&mut send, &header, &own).await.map_err(|error| error.to_string())?;
        let mut frames = Frames::new(receive);
        let answer = match frames.expect().await {
            Ok(answer) => answer,
            Err(error) => {
                let closed = connection.close_reason();
                return Err(closed.map_or_else(|| error.to_string(), |reason| close::sentence(&reason)));
            }
        };
        match answer.header.kind {
            frame::WELCOME => {
                let hello = Hello::decode(&answer.body)?;
                let version = self.shared.judge(&peer, &hello)?;
                Ok(Half { connection: connection.clone(), peer, chain, hello, version, send, frames })
            }
            frame::REFUSED => Err(format!("{peer} refuses: {}", plain(answer.header.reason.as_bytes()))),
            _ => Err(format!("{peer} answers in a way that is not understood")),
        }
    }

    async fn use_link(&self, mut parts: Parts) -> Result<(), String> {
        let seen = parts.birth.seen;
        let header = Header::of_kind(frame::SIGNAL);
        let sent = streams::send(&mut parts.send, &header, &Signal::Use { seen }.encode()).await;
        sent.map_err(|error| error.to_string())?;
        self.shared.install(parts)
    }
}
