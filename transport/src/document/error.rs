//! Why a document is refused. A refused document changes nothing.

use crate::identity::{Fingerprint, IdentityError};

/// Why a document is refused, or cannot be signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// Bytes that are no signed document.
    #[error("the document cannot be read: fetch it again, or update this node if others read it")]
    Unreadable,
    /// A document of a later format.
    #[error("the document has format {version} and this node reads format {ours}: update this node")]
    Version { version: u64, ours: u64 },
    /// A document beyond the bound.
    #[error(
        "the document has {size_bytes} bytes and may have {max_bytes}: remove members or denials that are over"
    )]
    TooLarge { size_bytes: usize, max_bytes: usize },
    /// A signature by a root that is not trusted here.
    #[error(
        "the root {signer} signed the document and is not trusted here: a document of a trusted root has to list it first"
    )]
    UnknownSigner { signer: Fingerprint },
    /// A signature that does not fit.
    #[error("the signature of the document is wrong: fetch it again from another member")]
    Signature,
    /// The signing root is not listed.
    #[error(
        "the document does not list the root {signer}, which signs it: list it, or let a listed root sign"
    )]
    SignerNotListed { signer: Fingerprint },
    /// A document of another federation than its root.
    #[error("the document is of the federation {theirs} and the root {ours}: sign it with its own root")]
    OtherFederation { ours: String, theirs: String },
    /// More than the bound of something.
    #[error("the document has {count} {what} and may have {max}: remove some")]
    TooMany { what: &'static str, count: usize, max: usize },
    /// No root is listed.
    #[error("the document lists no root: list the one that signs")]
    NoRoot,
    /// An address that cannot be dialled.
    #[error(
        "the member {partition} has the address {address:?}: write host:port, and an IPv6 address in brackets"
    )]
    Address { partition: String, address: String },
    /// A feature that breaks the grammar.
    #[error("the member {partition} has an invalid feature: use 1 to 63 letters, digits, '-', '.' and '_'")]
    Feature { partition: String },
    /// An intermediate of another partition.
    #[error("the member {partition} has the certificate of {named}: put its own in place")]
    OtherIntermediate { partition: String, named: String },
    /// Several partitions that admit others.
    #[error("{count} members hold the root and one may: name one")]
    RootHolders { count: usize },
    /// A denial that this release cannot read. Skipping it would let in what the root refuses.
    #[error("the document denies something that this node does not know: update this node")]
    UnknownDenial,
    /// A name or a certificate in the document.
    #[error("the document is refused: {0}")]
    Identity(#[from] IdentityError),
}
