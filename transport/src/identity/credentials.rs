//! What a node proves its name with.

use super::certificate::Certificate;
use super::{IdentityError, KeyHash, Moment, NodeName, Rank};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, UnixTime};
use std::fmt;
use std::sync::Arc;

/// The private key of a node and its chain: leaf, intermediate, root. Clones share the key.
#[derive(Clone)]
pub struct Credentials {
    name: NodeName,
    key_hash: KeyHash,
    ends_at: UnixTime,
    chain: Vec<CertificateDer<'static>>,
    key: Arc<PrivatePkcs8KeyDer<'static>>,
}

impl Credentials {
    pub(super) fn new(
        chain: [CertificateDer<'static>; 3],
        key: PrivatePkcs8KeyDer<'static>,
    ) -> Result<Self, IdentityError> {
        let leaf = Certificate::read(Rank::Leaf, &chain[0])?;
        let (name, key_hash, ends_at) = (leaf.node()?, leaf.key_hash(), leaf.ends_at());
        drop(leaf);
        Ok(Self { name, key_hash, ends_at, chain: chain.into(), key: Arc::new(key) })
    }

    pub const fn name(&self) -> &NodeName {
        &self.name
    }

    /// The hash of the node's public key, by which it can be denied.
    pub const fn key_hash(&self) -> KeyHash {
        self.key_hash
    }

    /// The last second at which the node is accepted; renewed well before.
    pub const fn ends_at(&self) -> UnixTime {
        self.ends_at
    }

    /// Leaf, intermediate, root.
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.chain
    }

    pub(super) fn key(&self) -> PrivateKeyDer<'static> {
        self.key.clone_key().into()
    }
}

/// Without the key.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, ends_at, .. } = self;
        write!(f, "Credentials({name}, ends {})", Moment(*ends_at))
    }
}
