//! Why an identity is refused. Each refusal has its own sentence that says what to do.

use super::NodeName;
use super::digest::{Fingerprint, KeyHash};
use rustls::pki_types::UnixTime;
use std::fmt;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A certificate of a chain, by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rank {
    /// The node's own certificate.
    Leaf,
    /// The certificate of the node's partition.
    Intermediate,
    /// The root of the federation.
    Root,
}

impl fmt::Display for Rank {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Leaf => "the node's certificate",
            Self::Intermediate => "the partition's certificate",
            Self::Root => "the root certificate",
        })
    }
}

/// A point in time as a sentence shows it: RFC 3339 in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub UnixTime);

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let date = i64::try_from(seconds).ok().and_then(|at| OffsetDateTime::from_unix_timestamp(at).ok());
        match date.and_then(|date| date.format(&Rfc3339).ok()) {
            Some(text) => f.write_str(&text),
            None => write!(f, "second {seconds}"),
        }
    }
}

/// Why an identity is refused, or cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// A name that breaks the grammar.
    #[error(
        "{name:?} is no valid name: use 1 to 63 letters, digits, '-', '.' and '_' per part, and no upper case in the \
         federation"
    )]
    Name { name: String },
    /// Text that is no fingerprint and no hash.
    #[error("this is no fingerprint: it has 64 hex digits, copy it whole")]
    Digest,
    /// A handshake without a certificate.
    #[error("the peer sent no certificate: a member sends its own, a newcomer joins with a token first")]
    NoCertificate,
    /// A chain of another length.
    #[error(
        "the chain has {count} certificates: send the node's and its partition's, and the root's at most"
    )]
    ChainLength { count: usize },
    /// A newcomer has to see the root.
    #[error(
        "the chain has {count} certificates without the root: to a newcomer, send the node's, its partition's and the root's"
    )]
    RootMissing { count: usize },
    /// A certificate beyond the bound.
    #[error("{rank} has {size_bytes} bytes and may have {max_bytes}: issue it with this software")]
    TooLarge { rank: Rank, size_bytes: usize, max_bytes: usize },
    /// A certificate that is no X.509.
    #[error("{rank} cannot be read: issue it again")]
    Unreadable { rank: Rank },
    /// A certificate whose alternative names are not one URI.
    #[error(
        "{rank} has {count} alternative names, {uri_count} of them URIs: issue it with exactly one, a URI"
    )]
    NotOneUri { rank: Rank, count: usize, uri_count: usize },
    /// A URI that does not name what the certificate's place asks for.
    #[error(
        "{rank} names {uri}, which is the name of something else: issue it for its own place in the chain"
    )]
    WrongSubject { rank: Rank, uri: String },
    /// A node below the path of another partition.
    #[error(
        "the node {node} is not below the path of its issuer {issuer}: let its own partition issue its certificate"
    )]
    OtherPartition { node: NodeName, issuer: String },
    /// A member of another federation.
    #[error("the peer is of the federation {theirs}, this one is {ours}: let it join this one first")]
    OtherFederation { ours: String, theirs: String },
    /// A key of another algorithm.
    #[error("the key of {rank} is not ECDSA P-256: make a new key of that type")]
    KeyType { rank: Rank },
    /// A leaf that may issue certificates.
    #[error("the node's certificate may issue others: let its partition issue a plain one")]
    LeafIsAuthority,
    /// An intermediate that may not issue certificates.
    #[error("{rank} may not issue others: let the root admit the partition again")]
    NoAuthority { rank: Rank },
    /// A leaf that may not be used at both ends of a link.
    #[error(
        "the node's certificate is not for both ends of a link: let its partition issue it for server and client"
    )]
    Usage,
    /// The leaf names an issuer that is not the intermediate beside it.
    #[error(
        "the node's certificate was issued by another than the partition's certificate beside it: send its own issuer's"
    )]
    OtherIssuer,
    /// An end date in the past.
    #[error("{rank} ended at {ended_at} and it is {now}: renew it, and compare the clocks of both sides")]
    Expired { rank: Rank, ended_at: Moment, now: Moment },
    /// A start date in the future.
    #[error("{rank} starts at {starts_at} and it is {now}: compare the clocks of both sides")]
    NotYetValid { rank: Rank, starts_at: Moment, now: Moment },
    /// No trusted root issued the intermediate.
    #[error(
        "no trusted root issued the partition's certificate: compare the fingerprints of the roots at both sides"
    )]
    UnknownRoot,
    /// The chain ends in another root than the token says.
    #[error(
        "the chain ends in the root {theirs} and the token names {ours}: ask for a new token, or another host answers there"
    )]
    OtherRoot { ours: Fingerprint, theirs: Fingerprint },
    /// A signature that does not fit.
    #[error("a signature of the chain is wrong: issue the certificates again")]
    Signature,
    /// Another rule of X.509 is broken.
    #[error("the chain is refused: {reason}; issue the certificates again")]
    Chain { reason: String },
    /// A denied partition.
    #[error("the partition {partition} is denied: an operator at the root has to lift this first")]
    DeniedPartition { partition: String },
    /// A denied node.
    #[error("the node {node} is denied: an operator at the root has to lift this first")]
    DeniedNode { node: NodeName },
    /// A denied key.
    #[error("the key {key} is denied: make a new key and ask for a new certificate")]
    DeniedKey { key: KeyHash },
    /// A root that is trusted here and is none.
    #[error(
        "no root is trusted, or a trusted root cannot be read: put the bundle of the federation in place again"
    )]
    Bundle,
    /// A request for a certificate that is none.
    #[error("the request for a certificate cannot be read: make it again")]
    RequestUnreadable,
    /// A request whose signature does not fit its key.
    #[error("the request for a certificate is not signed by its own key: make it again with the key at hand")]
    RequestSignature,
    /// A key that is not the one of the certificate.
    #[error("the key does not belong to {rank}: put the key and the certificate of one request together")]
    OtherKey { rank: Rank },
    /// A private key that cannot be read.
    #[error("the private key cannot be read: it is PKCS #8 of ECDSA P-256")]
    KeyUnreadable,
    /// Text without a key and a certificate.
    #[error("the text does not hold a private key and a certificate as PEM: copy both blocks whole")]
    PemUnreadable,
    /// A time beyond what certificates can tell.
    #[error("the clock shows {now}, beyond the years of certificates: set the clock")]
    Clock { now: Moment },
    /// The library could not make a key or a certificate.
    #[error("a key or a certificate could not be made: {reason}")]
    Making { reason: String },
    /// The TLS library refuses the settings.
    #[error("TLS cannot be set up: {reason}")]
    Tls { reason: String },
}

impl From<rcgen::Error> for IdentityError {
    fn from(error: rcgen::Error) -> Self {
        Self::Making { reason: error.to_string() }
    }
}
