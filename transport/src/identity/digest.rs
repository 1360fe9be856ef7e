//! SHA-256 values that name roots and keys.

use super::IdentityError;
use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use rustls::pki_types::CertificateDer;
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

/// Size of a SHA-256 value.
pub const DIGEST_SIZE_BYTES: usize = 32;

/// Text beyond this is no fingerprint, with any separators.
const TEXT_BYTES_MAX: usize = 160;

macro_rules! digest {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name([u8; DIGEST_SIZE_BYTES]);

        impl $name {
            pub const fn from_bytes(bytes: [u8; DIGEST_SIZE_BYTES]) -> Self {
                Self(bytes)
            }

            pub const fn as_bytes(&self) -> &[u8; DIGEST_SIZE_BYTES] {
                &self.0
            }
        }

        /// Sixteen groups of four hex digits, joined by `-`: people read and compare it.
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                for (index, pair) in self.0.chunks(2).enumerate() {
                    let separator = if index == 0 { "" } else { "-" };
                    write!(f, "{separator}{}", HEXLOWER.encode(pair))?;
                }
                Ok(())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        /// Reads 64 hex digits of either case; `-`, `:` and spaces between them are skipped.
        impl FromStr for $name {
            type Err = IdentityError;

            fn from_str(text: &str) -> Result<Self, IdentityError> {
                parse(text).map(Self).ok_or(IdentityError::Digest)
            }
        }
    };
}

digest! {
    /// A root, by the SHA-256 of its certificate's DER.
    Fingerprint
}

digest! {
    /// A public key, by the SHA-256 of its SubjectPublicKeyInfo's DER.
    KeyHash
}

impl Fingerprint {
    /// The fingerprint of a root certificate.
    pub fn of(root: &CertificateDer<'_>) -> Self {
        Self(Sha256::digest(root.as_ref()).into())
    }
}

impl KeyHash {
    /// The hash of a SubjectPublicKeyInfo in DER.
    pub fn of(public_key_info: &[u8]) -> Self {
        Self(Sha256::digest(public_key_info).into())
    }
}

fn parse(text: &str) -> Option<[u8; DIGEST_SIZE_BYTES]> {
    if text.len() > TEXT_BYTES_MAX {
        return None;
    }
    let digits: Vec<u8> = text.bytes().filter(|byte| !b"-: ".contains(byte)).collect();
    HEXLOWER_PERMISSIVE.decode(&digits).ok()?.try_into().ok()
}
