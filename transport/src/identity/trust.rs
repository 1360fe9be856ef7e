//! What a node trusts, as it is now.

use super::{Fingerprint, KeyHash, NodeName};
use parking_lot::RwLock;
use rustls::pki_types::CertificateDer;
use std::collections::BTreeSet;
use std::sync::Arc;

/// An identity that is refused though its certificates are valid.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Denied {
    /// All nodes of a partition.
    Partition(String),
    /// One node.
    Node { partition: String, node: String },
    /// A public key, of a node or of a partition's intermediate.
    Key(KeyHash),
}

impl Denied {
    pub(super) fn node(name: &NodeName) -> Self {
        Self::Node { partition: name.partition.clone(), node: name.node.clone() }
    }
}

/// What is trusted: the roots of one federation, without the denied identities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    /// The federation that peers have to be of.
    pub federation: String,
    /// The roots; several while one is replaced by the next.
    pub roots: Vec<CertificateDer<'static>>,
    /// Refused at each handshake, and on live connections by [`super::check()`].
    pub denied: BTreeSet<Denied>,
}

impl Trust {
    /// The trusted roots by their fingerprints.
    pub fn fingerprints(&self) -> BTreeSet<Fingerprint> {
        self.roots.iter().map(Fingerprint::of).collect()
    }
}

/// The trust of a node, shared by all its handshakes and replaced while they run.
#[derive(Clone, Debug)]
pub struct SharedTrust(Arc<RwLock<Arc<Trust>>>);

impl SharedTrust {
    pub fn new(trust: Trust) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(trust))))
    }

    /// The trust of this moment.
    pub fn current(&self) -> Arc<Trust> {
        Arc::clone(&self.0.read())
    }

    /// Counts from the next handshake on. Live connections are checked again by their owner.
    pub fn replace(&self, trust: Trust) {
        *self.0.write() = Arc::new(trust);
    }
}
