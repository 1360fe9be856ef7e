//! Which links there are: which one stays, which are refused, and who is dialled.

use super::dial;
use super::link::{Link, Parts};
use super::peers::canonical;
use super::shared::Shared;
use super::status::LinkStatus;
use crate::close;
use crate::hello::Hello;
use crate::identity::{self, NodeName};
use crate::settings::PEERS_MAX;
use crate::settle::replaces;
use crate::twins::Verdict;
use quinn::Connection;
use rustls::pki_types::CertificateDer;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::time::Instant;

/// Why a partition is dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    Nothing,
    Link,
    /// The link was made with older credentials.
    NewerLink,
}

impl Shared {
    pub(super) fn set_peers(self: &Arc<Self>, wanted: BTreeMap<String, Vec<String>>) {
        let wanted: BTreeMap<String, Vec<String>> = wanted
            .into_iter()
            .filter(|(partition, _)| *partition != self.own.partition)
            .take(PEERS_MAX)
            .collect();
        let mut peers = self.peers.lock();
        let mut removed = Vec::new();
        peers.by_partition.retain(|partition, peer| {
            let stays = wanted.contains_key(partition);
            if !stays {
                peer.stop.cancel();
                removed.extend(peer.links.values().cloned());
            }
            stays
        });
        for (partition, addresses) in wanted {
            let Some(peer) = peers.get_or_insert(&partition) else { break };
            peer.addresses = addresses;
            if !peer.is_member {
                peer.is_member = true;
                self.tasks.spawn(dial::keep_linked(Arc::clone(self), partition, peer.stop.clone()));
            }
        }
        drop(peers);
        for link in removed {
            link.close(close::REFUSED, "the partition is no longer a peer");
        }
        self.note_change();
    }

    /// `None`: the partition is no peer any more.
    pub(crate) fn need(&self, partition: &str) -> Option<Need> {
        let generation = self.generation();
        let peers = self.peers.lock();
        let peer = peers.get(partition)?;
        Some(match peer.open_link() {
            _ if peer.addresses.is_empty() => Need::Nothing,
            None => Need::Link,
            Some(link) if link.generation < generation => Need::NewerLink,
            Some(_) => Need::Nothing,
        })
    }

    /// Uses a link that is complete at both ends, if it is to stay. One that is not is let go like one that was
    /// replaced, because the peer may have sent calls over it already.
    ///
    /// # Errors
    /// Why it was closed at once.
    pub(crate) fn install(self: &Arc<Self>, parts: Parts) -> Result<(), String> {
        let (control, data) = (parts.control.clone(), parts.data.clone());
        let installed = self.install_or_refuse(parts);
        if let Err(reason) = &installed {
            close::with(&control, close::REFUSED, reason);
            close::with(&data, close::REFUSED, reason);
        }
        installed
    }

    fn install_or_refuse(self: &Arc<Self>, parts: Parts) -> Result<(), String> {
        if self.stopping.is_cancelled() {
            return Err("this node is stopping".to_owned());
        }
        let NodeName { partition, node, .. } = parts.peer.clone();
        let mut peers = self.peers.lock();
        let Some(peer) = peers.get_or_insert(&partition) else {
            return Err(format!("this node has links to {PEERS_MAX} partitions, which is the most"));
        };
        let birth = parts.birth;
        if !parts.is_dialled_here {
            peer.note_seen(&parts.peer, birth.peer, birth.dial);
        }
        peer.know(parts.control.remote_address());
        peer.learned = Some(canonical(parts.control.remote_address()));
        let shared = Arc::clone(self);
        let link = Link::start(parts, self, move |link, ended| {
            shared.peers.lock().end(link, &ended);
            shared.note_change();
        });
        let current = peer.links.get(&node).filter(|current| current.is_alive());
        let unused = if current.is_some_and(|current| !replaces(&birth, &current.birth)) {
            Some(link)
        } else {
            tracing::info!(peer = %link.peer, link.is_dialled_here, "a link is up");
            peer.since = Instant::now();
            let replaced = peer.links.insert(node, link);
            peers.clear_fault(&partition);
            replaced
        };
        drop(peers);
        if let Some(unused) = unused {
            self.tasks.spawn(unused.retire());
        }
        self.note_change();
        Ok(())
    }

    /// Whether the other end of a new connection is linked: the version that both speak, or a sentence for its
    /// operator.
    pub(crate) fn judge(&self, peer: &NodeName, hello: &Hello) -> Result<u16, String> {
        if peer.partition == self.own.partition {
            return Err(format!("this is {}, of the same partition: links go to other partitions", self.own));
        }
        let own = self.hello(hello.role, hello.dial);
        let version = own.common_version(hello)?;
        let verdict = self.twins.lock().hear(&peer.to_string(), hello.incarnation, Instant::now());
        match verdict {
            Verdict::Sole => {}
            Verdict::Doubtful => {
                return Err("another start of this node was heard just before; it is asked again".to_owned());
            }
            Verdict::Twins => {
                self.refuse_twins(peer);
                return Err(twins(peer));
            }
        }
        self.server.admits(peer, hello).map(|()| version)
    }

    pub(crate) fn refuse_twins(&self, peer: &NodeName) {
        self.counters.note_twins();
        let link = {
            let peers = self.peers.lock();
            peers.get(&peer.partition).and_then(|known| known.links.get(&peer.node).cloned())
        };
        if let Some(link) = link {
            link.close(close::TWINS, &twins(peer));
        }
    }

    /// After a change of what is trusted.
    pub(super) fn check_links(&self) {
        let (trust, now) = (self.trust.current(), self.now());
        for link in self.links() {
            if let Err(error) = identity::check(&link.chain, &trust, now) {
                link.close(close::REFUSED, &error.to_string());
            }
        }
    }

    pub(super) fn status(&self) -> Vec<LinkStatus> {
        let now = Instant::now();
        let peers = self.peers.lock();
        let statuses =
            peers.by_partition.iter().map(|(partition, peer)| LinkStatus::of(partition, peer, now));
        statuses.collect()
    }
}

fn twins(peer: &NodeName) -> String {
    format!("two processes run as {peer}: stop one of them, then the other is linked within seconds")
}

/// Name and chain that the other end has proved.
pub(crate) fn proved(connection: &Connection) -> Result<(NodeName, Vec<CertificateDer<'static>>), String> {
    let identity = connection.peer_identity();
    let chain = identity.and_then(|identity| identity.downcast::<Vec<CertificateDer<'static>>>().ok());
    let chain = chain.map(|chain| *chain).unwrap_or_default();
    let peer = identity::peer_of(&chain).map_err(|error| error.to_string())?;
    Ok((peer, chain))
}
