//! Members, trusted roots and denied identities of a federation: one numbered document, signed by a root.
//!
//! Each partition keeps the newest document that it saw, as the bytes that were signed, and passes it on. So all
//! decide by the same text, and none can change it.
//!
//! While roots rotate, the document lists the old root and the new one. A signature names the root that made it, which
//! is one of the roots that the document lists. So the keeper of a document can always verify it again by itself.

mod error;
mod rules;
mod signed;
#[cfg(test)]
mod tests;
mod wire;

pub use error::DocumentError;
pub use rules::{DENIED_MAX, FEATURE_BYTES_MAX, FEATURES_MAX, MEMBERS_MAX, ROOTS_MAX};
pub use signed::{DOCUMENT_BYTES_MAX, Order, SIGNED_BYTES_MAX, SignedDocument, order};

use crate::identity::{Denied, Trust};
use rustls::pki_types::CertificateDer;
use std::collections::{BTreeMap, BTreeSet};

/// What all members of a federation agree on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The set of partitions below one root.
    pub federation: String,
    /// Counts the holders of the root, one after the other. The later holder wins over all that an earlier one signs.
    pub root_generation: u64,
    /// Counts the documents of one generation.
    pub number: u64,
    /// By partition; at most [`MEMBERS_MAX`].
    pub members: BTreeMap<String, Member>,
    /// The trusted roots, the one that signs among them; 1 to [`ROOTS_MAX`].
    pub roots: Vec<CertificateDer<'static>>,
    /// Identities that are refused though their certificates are valid; at most [`DENIED_MAX`].
    pub denied: BTreeSet<Denied>,
}

impl Document {
    /// What a node trusts that goes by this document.
    pub fn trust(&self) -> Trust {
        Trust { federation: self.federation.clone(), roots: self.roots.clone(), denied: self.denied.clone() }
    }
}

/// A partition that the root admitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Grows when the partition is declared lost or joins again: an older life of it is fenced off.
    pub epoch: u64,
    /// `host:port`, most preferred first; at most [`crate::address::ADDRESSES_MAX`].
    pub addresses: Vec<String>,
    /// Unix time.
    pub joined_at_ms: i64,
    /// What the partition's release can do; at most [`FEATURES_MAX`] of [`FEATURE_BYTES_MAX`].
    pub features: BTreeSet<String>,
    /// The certificate of the partition.
    pub intermediate: CertificateDer<'static>,
    /// The partition admits others; at most one does.
    pub is_root_holder: bool,
}
