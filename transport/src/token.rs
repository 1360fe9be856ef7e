//! The invitation that one operator gives to another: one word.
//!
//! ```text
//! mm1-<base64url of: size of the content in 2 bytes | content in CBOR | 4 bytes of checksum>
//! ```
//!
//! The word has no characters that a shell or a chat changes. The size comes first: it separates a paste that was cut
//! from one that was mistyped.

#[cfg(test)]
mod tests;

use crate::address::{ADDRESSES_MAX, is_address};
use crate::cbor::{self, ByteString};
use crate::identity::{DIGEST_SIZE_BYTES, Fingerprint, IdentityError, check_federation, check_label};
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;
use subtle::ConstantTimeEq;

/// The longest text that is read. The bounds of the parts keep tokens below it.
pub const TOKEN_CHARS_MAX: usize = 4096;
/// Size of a secret: 128 bits are beyond guessing.
pub const SECRET_SIZE_BYTES: usize = 16;

const FAMILY: &str = "mm";
const PREFIX: &str = "mm1-";
const SIZE_BYTES: usize = 2;
const CHECKSUM_SIZE_BYTES: usize = 4;
/// The characters that hold the size, and a byte more.
const SIZE_CHARS: usize = 4;

/// Invites one partition, once.
///
/// Debug text, logs and errors never show the secret; [`fmt::Display`] does, it is what the operator copies.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Token {
    /// The federation to join.
    pub federation: String,
    /// The name under which the invited partition joins.
    pub partition: String,
    /// What proves the invitation.
    pub secret: Secret,
    /// The root in which the chain of the host that answers has to end.
    pub root: Fingerprint,
    /// `host:port` of members to ask; 1 to [`ADDRESSES_MAX`].
    pub addresses: Vec<String>,
    /// Unix time.
    pub expires_at_ms: i64,
}

impl Token {
    /// A token of checked parts.
    ///
    /// # Errors
    /// [`TokenError::Name`] or [`TokenError::Addresses`].
    pub fn new(
        federation: &str,
        partition: &str,
        secret: Secret,
        root: Fingerprint,
        addresses: Vec<String>,
        expires_at_ms: i64,
    ) -> Result<Self, TokenError> {
        check_federation(federation)?;
        check_label(partition)?;
        if addresses.is_empty()
            || addresses.len() > ADDRESSES_MAX
            || !addresses.iter().all(|text| is_address(text))
        {
            return Err(TokenError::Addresses { max: ADDRESSES_MAX });
        }
        let (federation, partition) = (federation.to_owned(), partition.to_owned());
        Ok(Self { federation, partition, secret, root, addresses, expires_at_ms })
    }

    /// What the issuer stores: it recognises the secret and does not reveal it.
    pub fn id(&self) -> TokenId {
        self.secret.id()
    }

    /// True from the expiry on, in Unix time.
    pub const fn is_expired(&self, now_ms: i64) -> bool {
        now_ms >= self.expires_at_ms
    }
}

/// The secret of a token: random bytes, passed in.
#[derive(Clone)]
pub struct Secret([u8; SECRET_SIZE_BYTES]);

impl Secret {
    pub const fn from_bytes(bytes: [u8; SECRET_SIZE_BYTES]) -> Self {
        Self(bytes)
    }

    /// For the message that presents it.
    pub const fn expose(&self) -> &[u8; SECRET_SIZE_BYTES] {
        &self.0
    }

    pub fn id(&self) -> TokenId {
        TokenId(Sha256::digest(self.0).into())
    }
}

/// In constant time.
impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// SHA-256 of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TokenId([u8; DIGEST_SIZE_BYTES]);

impl TokenId {
    pub const fn from_bytes(bytes: [u8; DIGEST_SIZE_BYTES]) -> Self {
        Self(bytes)
    }

    pub const fn as_bytes(&self) -> &[u8; DIGEST_SIZE_BYTES] {
        &self.0
    }

    /// True for the id of this secret; compared in constant time.
    pub fn is_of(&self, secret: &Secret) -> bool {
        self.0.ct_eq(&secret.id().0).into()
    }
}

/// Why text is no token. No error repeats the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Other text.
    #[error("this is no token: a token starts with {PREFIX}")]
    NotAToken,
    /// A token of another format.
    #[error("the token has format {version} and this node reads format 1: update the older side")]
    Version { version: u32 },
    /// The end is missing.
    #[error("the token is incomplete: copy it to its end")]
    Incomplete,
    /// It was changed.
    #[error("the token is damaged: copy it again")]
    Damaged,
    /// Text or content beyond the bound.
    #[error(
        "the token is longer than {max} characters: copy nothing but the token, or issue it with fewer addresses"
    )]
    TooLong { max: usize },
    /// The content is none of this format.
    #[error("the token cannot be read: update this node, or issue the token again")]
    Unreadable,
    /// Addresses that cannot be dialled.
    #[error("the token needs 1 to {max} addresses as host:port, IPv6 addresses in brackets: issue it again")]
    Addresses { max: usize },
    /// A name in the token.
    #[error("the token is refused: {0}")]
    Name(#[from] IdentityError),
}

/// Short names, as people copy this. Fields of later releases are skipped.
#[derive(Serialize, Deserialize)]
struct ContentV1 {
    #[serde(rename = "f")]
    federation: String,
    #[serde(rename = "p")]
    partition: String,
    #[serde(rename = "s")]
    secret: ByteString,
    #[serde(rename = "r")]
    root: ByteString,
    #[serde(rename = "a")]
    addresses: Vec<String>,
    #[serde(rename = "e")]
    expires_at_ms: i64,
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let content = cbor::write(&ContentV1 {
            federation: self.federation.clone(),
            partition: self.partition.clone(),
            secret: ByteString(self.secret.expose().to_vec()),
            root: ByteString(self.root.as_bytes().to_vec()),
            addresses: self.addresses.clone(),
            expires_at_ms: self.expires_at_ms,
        });
        let size = u16::try_from(content.len()).map_err(|_| fmt::Error)?;
        let body = [size.to_be_bytes().as_slice(), &content, &checksum(&content)].concat();
        write!(f, "{PREFIX}{}", BASE64URL_NOPAD.encode(&body))
    }
}

impl FromStr for Token {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Self, TokenError> {
        let text = text.trim();
        if text.len() > TOKEN_CHARS_MAX {
            return Err(TokenError::TooLong { max: TOKEN_CHARS_MAX });
        }
        let content: ContentV1 = cbor::read(&content(body(text)?)?).ok_or(TokenError::Unreadable)?;
        let ContentV1 { federation, partition, secret, root, addresses, expires_at_ms } = content;
        let secret = secret.0.try_into().map_err(|_| TokenError::Unreadable)?;
        let root = root.0.try_into().map_err(|_| TokenError::Unreadable)?;
        let (secret, root) = (Secret::from_bytes(secret), Fingerprint::from_bytes(root));
        Self::new(&federation, &partition, secret, root, addresses, expires_at_ms)
    }
}

/// What follows the prefix.
fn body(text: &str) -> Result<&str, TokenError> {
    if let Some(body) = text.strip_prefix(PREFIX) {
        return Ok(body);
    }
    if !text.is_empty() && PREFIX.starts_with(text) {
        return Err(TokenError::Incomplete);
    }
    let version = text.strip_prefix(FAMILY).and_then(|rest| rest.split_once('-')).map(|(version, _)| version);
    match version.filter(|version| version.bytes().all(|byte| byte.is_ascii_digit())).map(str::parse) {
        Some(Ok(version)) => Err(TokenError::Version { version }),
        Some(Err(_)) | None => Err(TokenError::NotAToken),
    }
}

/// The content, if all of it is there and the checksum fits.
fn content(body: &str) -> Result<Vec<u8>, TokenError> {
    let decode = |text: &str| BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| TokenError::Damaged);
    if !body.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)) {
        return Err(TokenError::Damaged);
    }
    let start = decode(body.get(..SIZE_CHARS).ok_or(TokenError::Incomplete)?)?;
    let [high, low, _] = start[..] else {
        return Err(TokenError::Damaged);
    };
    let size = usize::from(u16::from_be_bytes([high, low]));
    let expected_chars = BASE64URL_NOPAD.encode_len(SIZE_BYTES + size + CHECKSUM_SIZE_BYTES);
    if body.len() < expected_chars {
        return Err(TokenError::Incomplete);
    }
    // A longer body fails at the checksum.
    let bytes = decode(body)?;
    let (content, expected) = bytes[SIZE_BYTES..].split_at(size);
    if checksum(content) == expected { Ok(content.to_vec()) } else { Err(TokenError::Damaged) }
}

/// Against mistakes, not against forgery: the content proves nothing but its secret.
fn checksum(content: &[u8]) -> [u8; CHECKSUM_SIZE_BYTES] {
    let digest = Sha256::new().chain_update(PREFIX).chain_update(content).finalize();
    std::array::from_fn(|index| digest[index])
}
