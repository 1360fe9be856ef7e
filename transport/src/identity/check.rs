//! The rules for a chain. Handshakes and live connections are judged by the same function.

use super::certificate::Certificate;
use super::name::Subject;
use super::{Denied, Fingerprint, IdentityError, KeyHash, NodeName, Rank, Trust};
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::pki_types::{CertificateDer, SignatureVerificationAlgorithm, UnixTime, alg_id};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, RootCertStore};
use std::collections::BTreeSet;

/// The largest certificate that is read.
pub const CERTIFICATE_BYTES_MAX: usize = 4096;

/// Leaf, intermediate, and the root, which only a newcomer looks at.
const CHAIN_CERTIFICATES_MIN: usize = 2;
const CHAIN_CERTIFICATES_MAX: usize = 3;

/// The name that the leaf of a chain carries. Meaningful only for a chain that a handshake verified.
///
/// # Errors
/// If there is no certificate, or the first one does not carry exactly one URI, the name of a node.
pub fn peer_of(chain: &[CertificateDer<'_>]) -> Result<NodeName, IdentityError> {
    let leaf = chain.first().ok_or(IdentityError::NoCertificate)?;
    Certificate::read(Rank::Leaf, leaf)?.node()
}

/// The hash of a partition's key, as its intermediate has it: to deny it.
///
/// # Errors
/// If the certificate cannot be read.
pub fn key_of(intermediate: &CertificateDer<'_>) -> Result<KeyHash, IdentityError> {
    Ok(Certificate::read(Rank::Intermediate, intermediate)?.key_hash())
}

/// Judges the chain of a peer: leaf, intermediate and maybe the root, which is ignored.
///
/// The verifiers of handshakes use it, and the owner of live connections when the trust changes or time passes.
///
/// # Errors
/// One for each broken rule, with a sentence that says what to do.
pub fn check(chain: &[CertificateDer<'_>], trust: &Trust, now: UnixTime) -> Result<NodeName, IdentityError> {
    let (leaf_der, intermediate_der) = match chain {
        [] => return Err(IdentityError::NoCertificate),
        [leaf, intermediate, rest @ ..] if rest.len() <= CHAIN_CERTIFICATES_MAX - CHAIN_CERTIFICATES_MIN => {
            (leaf, intermediate)
        }
        _ => return Err(IdentityError::ChainLength { count: chain.len() }),
    };
    let leaf = Certificate::read(Rank::Leaf, leaf_der)?;
    let intermediate = Certificate::read(Rank::Intermediate, intermediate_der)?;
    let name = check_names(&leaf, &intermediate, &trust.federation)?;
    leaf.check_key_type()?;
    intermediate.check_key_type()?;
    leaf.check_leaf()?;
    intermediate.check_authority()?;
    intermediate.check_dates(now)?;
    leaf.check_dates(now)?;
    check_path(&leaf, &intermediate, &trust.roots)?;
    check_signatures(leaf_der, intermediate_der, &trust.roots, now)?;
    check_denied(&name, &[leaf.key_hash(), intermediate.key_hash()], &trust.denied)?;
    Ok(name)
}

/// Judges the chain of the host that a newcomer asks: it ends in the root that the token names.
pub(super) fn check_joining(
    chain: &[CertificateDer<'_>],
    expected: Fingerprint,
    now: UnixTime,
) -> Result<NodeName, IdentityError> {
    let root = match chain {
        [] => return Err(IdentityError::NoCertificate),
        [_, _, root] => root,
        _ => return Err(IdentityError::RootMissing { count: chain.len() }),
    };
    let theirs = Fingerprint::of(root);
    if theirs != expected {
        return Err(IdentityError::OtherRoot { ours: expected, theirs });
    }
    let certificate = Certificate::read_root(root)?;
    certificate.check_dates(now)?;
    let federation = certificate.federation()?;
    let trust = Trust { federation, roots: vec![root.clone().into_owned()], denied: BTreeSet::new() };
    check(chain, &trust, now)
}

fn check_names(
    leaf: &Certificate<'_>,
    intermediate: &Certificate<'_>,
    ours: &str,
) -> Result<NodeName, IdentityError> {
    let (federation, partition) = intermediate.partition()?;
    let name = leaf.node()?;
    if name.federation != federation || name.partition != partition {
        let issuer = Subject::Partition { federation, partition }.to_string();
        return Err(IdentityError::OtherPartition { node: name, issuer });
    }
    if federation != ours {
        return Err(IdentityError::OtherFederation { ours: ours.to_owned(), theirs: federation });
    }
    Ok(name)
}

/// Leaves webpki no way but leaf, intermediate, root. Without it, a leaf that the root signed by itself passed beside
/// any intermediate, as webpki takes each certificate that helps and ignores the rest.
fn check_path(
    leaf: &Certificate<'_>,
    intermediate: &Certificate<'_>,
    roots: &[CertificateDer<'_>],
) -> Result<(), IdentityError> {
    if leaf.issuer_bytes() != intermediate.subject_bytes() {
        return Err(IdentityError::OtherIssuer);
    }
    for root in roots {
        let root = Certificate::read(Rank::Root, root).map_err(|_| IdentityError::Bundle)?;
        if root.subject_bytes() == intermediate.subject_bytes() {
            return Err(IdentityError::OtherIssuer);
        }
    }
    Ok(())
}

fn check_signatures(
    leaf: &CertificateDer<'_>,
    intermediate: &CertificateDer<'_>,
    roots: &[CertificateDer<'_>],
    now: UnixTime,
) -> Result<(), IdentityError> {
    let mut anchors = RootCertStore::empty();
    for root in roots {
        anchors.add(root.clone().into_owned()).map_err(|_| IdentityError::Bundle)?;
    }
    if anchors.is_empty() {
        return Err(IdentityError::Bundle);
    }
    let leaf = ParsedCertificate::try_from(leaf).map_err(chain_error)?;
    let intermediates = [intermediate.clone()];
    verify_server_cert_signed_by_trust_anchor(&leaf, &anchors, &intermediates, now, &algorithms())
        .map_err(chain_error)
}

/// ECDSA P-256 with SHA-256 and nothing else: all certificates are made here.
fn algorithms() -> Vec<&'static dyn SignatureVerificationAlgorithm> {
    let all = rustls::crypto::ring::default_provider().signature_verification_algorithms.all;
    let is_ours = |algorithm: &&'static dyn SignatureVerificationAlgorithm| {
        algorithm.public_key_alg_id() == alg_id::ECDSA_P256
            && algorithm.signature_alg_id() == alg_id::ECDSA_SHA256
    };
    all.iter().copied().filter(is_ours).collect()
}

fn chain_error(error: rustls::Error) -> IdentityError {
    match error {
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => IdentityError::UnknownRoot,
        rustls::Error::InvalidCertificate(CertificateError::BadSignature) => IdentityError::Signature,
        other => IdentityError::Chain { reason: other.to_string() },
    }
}

fn check_denied(name: &NodeName, keys: &[KeyHash], denied: &BTreeSet<Denied>) -> Result<(), IdentityError> {
    if denied.contains(&Denied::Partition(name.partition.clone())) {
        return Err(IdentityError::DeniedPartition { partition: name.partition.clone() });
    }
    if denied.contains(&Denied::node(name)) {
        return Err(IdentityError::DeniedNode { node: name.clone() });
    }
    match keys.iter().find(|key| denied.contains(&Denied::Key(**key))) {
        Some(key) => Err(IdentityError::DeniedKey { key: *key }),
        None => Ok(()),
    }
}
