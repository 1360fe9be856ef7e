//! A document as it travels and as it is stored: the bytes that were signed, the signature, and which root made it.

use super::{Document, DocumentError, rules, wire};
use crate::cbor::{self, ByteString};
use crate::identity::authority::Root;
use crate::identity::{DIGEST_SIZE_BYTES, Fingerprint, IdentityError, verify_by_root};
use rustls::pki_types::CertificateDer;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::fmt;

/// The largest encoded signed document.
pub const SIGNED_BYTES_MAX: usize = 1024 * 1024;
/// The largest text of a document: what is left beside the signature.
pub const DOCUMENT_BYTES_MAX: usize = SIGNED_BYTES_MAX - 512;

/// ECDSA P-256 in ASN.1 takes at most 72.
const SIGNATURE_BYTES_MAX: usize = 80;

/// Goes before the text in what is signed, so that a signature by the same root for something else never fits here.
const CONTEXT: &[u8] = b"metalmesh document\n";

/// A document and its signature. Nothing of it is trusted before [`Self::open`].
#[derive(Clone, PartialEq, Eq)]
pub struct SignedDocument {
    pub(super) place: Place,
    pub(super) signer: Fingerprint,
    pub(super) signature: Vec<u8>,
    pub(super) bytes: Vec<u8>,
}

/// Where the document stands among the others, in this order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(super) struct Place {
    root_generation: u64,
    number: u64,
}

#[derive(Serialize, Deserialize)]
struct SignedV1 {
    version: u64,
    signer: ByteString,
    signature: ByteString,
    document: ByteString,
}

impl SignedDocument {
    /// The document, if one of these roots signed it and it keeps all rules. The roots are those that are trusted now,
    /// not those that the document lists.
    ///
    /// # Errors
    /// If the signer is not among the roots, the signature is wrong, or the document breaks a rule.
    pub fn open(&self, roots: &[CertificateDer<'_>]) -> Result<Document, DocumentError> {
        let signer = self.signer;
        let root = roots
            .iter()
            .find(|root| Fingerprint::of(root) == signer)
            .ok_or(DocumentError::UnknownSigner { signer })?;
        verify_by_root(root, &signed_text(&self.bytes), &self.signature).map_err(|error| match error {
            IdentityError::Signature => DocumentError::Signature,
            other => other.into(),
        })?;
        let document = wire::read(&self.bytes)?;
        check(&document, signer)?;
        Ok(document)
    }

    /// The root that signed, as the document says. Its generation and number are as unproven before [`Self::open`].
    pub const fn signer(&self) -> Fingerprint {
        self.signer
    }

    pub const fn root_generation(&self) -> u64 {
        self.place.root_generation
    }

    pub const fn number(&self) -> u64 {
        self.place.number
    }

    /// For a wire or a store; at most [`SIGNED_BYTES_MAX`].
    pub fn encode(&self) -> Vec<u8> {
        cbor::write(&SignedV1 {
            version: wire::VERSION,
            signer: ByteString(self.signer.as_bytes().to_vec()),
            signature: ByteString(self.signature.clone()),
            document: ByteString(self.bytes.clone()),
        })
    }

    /// Reads what [`Self::encode`] wrote, of this release or another.
    ///
    /// # Errors
    /// If it is too large, cannot be read, or has a format of a later release.
    pub fn decode(encoded: &[u8]) -> Result<Self, DocumentError> {
        check_size(encoded.len(), SIGNED_BYTES_MAX)?;
        wire::Head::check(encoded)?;
        let signed: SignedV1 = cbor::read(encoded).ok_or(DocumentError::Unreadable)?;
        let SignedV1 { version: _, signer, signature, document } = signed;
        let signer: [u8; DIGEST_SIZE_BYTES] = signer.0.try_into().map_err(|_| DocumentError::Unreadable)?;
        if signature.0.len() > SIGNATURE_BYTES_MAX {
            return Err(DocumentError::Unreadable);
        }
        check_size(document.0.len(), DOCUMENT_BYTES_MAX)?;
        wire::Head::check(&document.0)?;
        let place = cbor::read(&document.0).ok_or(DocumentError::Unreadable)?;
        let signer = Fingerprint::from_bytes(signer);
        Ok(Self { place, signer, signature: signature.0, bytes: document.0 })
    }
}

impl fmt::Debug for SignedDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place: Place { root_generation, number }, signer, .. } = self;
        write!(f, "SignedDocument({root_generation}.{number}, signed by {signer})")
    }
}

impl Root {
    /// Signs a document of the root's federation, which lists this root.
    ///
    /// # Errors
    /// If the document breaks a rule.
    pub fn sign(&self, document: &Document) -> Result<SignedDocument, DocumentError> {
        let (ours, theirs) = (self.federation(), &document.federation);
        if ours != theirs {
            return Err(DocumentError::OtherFederation { ours: ours.to_owned(), theirs: theirs.clone() });
        }
        check(document, self.fingerprint())?;
        let bytes = wire::write(document);
        check_size(bytes.len(), DOCUMENT_BYTES_MAX)?;
        sign(self, document, bytes)
    }
}

pub(super) fn sign(
    root: &Root,
    document: &Document,
    bytes: Vec<u8>,
) -> Result<SignedDocument, DocumentError> {
    let signature = root.sign_text(&signed_text(&bytes))?;
    let place = Place { root_generation: document.root_generation, number: document.number };
    Ok(SignedDocument { place, signer: root.fingerprint(), signature, bytes })
}

/// How an offered document stands to the current one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Replaces the current one, after it was opened.
    Newer,
    /// The same text, maybe signed once more.
    Same,
    /// Is not needed; its sender wants the current one.
    Older,
    /// Two texts with one place: the root signed both. The offered one is refused, an operator has to sign a newer one.
    Fork,
}

/// Compares by the generation of the root, then by the number.
pub fn order(current: &SignedDocument, offered: &SignedDocument) -> Order {
    match offered.place.cmp(&current.place) {
        Ordering::Greater => Order::Newer,
        Ordering::Less => Order::Older,
        Ordering::Equal if offered.bytes == current.bytes => Order::Same,
        Ordering::Equal => Order::Fork,
    }
}

fn check(document: &Document, signer: Fingerprint) -> Result<(), DocumentError> {
    rules::check(document)?;
    if document.roots.iter().any(|root| Fingerprint::of(root) == signer) {
        Ok(())
    } else {
        Err(DocumentError::SignerNotListed { signer })
    }
}

const fn check_size(size_bytes: usize, max_bytes: usize) -> Result<(), DocumentError> {
    if size_bytes > max_bytes { Err(DocumentError::TooLarge { size_bytes, max_bytes }) } else { Ok(()) }
}

fn signed_text(bytes: &[u8]) -> Vec<u8> {
    [CONTEXT, bytes].concat()
}
