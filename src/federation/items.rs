//! What the ledger's items say. Their JSON is read by the releases before and after: a new field has a default.

use super::ledger::Item;
use serde::{Deserialize, Serialize};

/// The id of [`Membership`].
pub(super) const MEMBERSHIP: &str = "membership";

/// The prefix of the ids of invitations.
pub(super) const INVITATIONS: &str = "invitation/";

/// The federation, as this partition knows it. Bytes are in hex.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Membership {
    pub(super) federation: String,
    /// The newest document, as it was signed.
    #[serde(with = "hex::serde")]
    pub(super) document: Vec<u8>,
    /// The name of the file with the private key of this partition's intermediate.
    pub(super) key: String,
    /// The certificate of this partition's intermediate.
    #[serde(with = "hex::serde")]
    pub(super) intermediate: Vec<u8>,
    /// The certificate of the root that signed it.
    #[serde(with = "hex::serde")]
    pub(super) root: Vec<u8>,
    /// This partition holds the key of the root.
    #[serde(default)]
    pub(super) holds_root: bool,
    pub(super) since_ms: i64,
    /// Another document with the same number was seen: the partition lives alone until an operator decides.
    #[serde(default)]
    pub(super) forked: bool,
}

/// A token that was given out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Invitation {
    /// SHA-256 of the token's secret, in hex.
    pub(super) token: String,
    pub(super) partition: String,
    pub(super) expires_ms: i64,
    pub(super) made_by: String,
    #[serde(default)]
    pub(super) spent: Option<Spent>,
}

/// How a token was used: the same key may repeat the join, no other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Spent {
    pub(super) at_ms: i64,
    /// The hash of the joiner's public key.
    pub(super) key: String,
    #[serde(with = "hex::serde")]
    pub(super) intermediate: Vec<u8>,
}

impl Item for Membership {
    fn id(&self) -> String {
        MEMBERSHIP.to_owned()
    }
}

impl Item for Invitation {
    fn id(&self) -> String {
        format!("{INVITATIONS}{}", self.token)
    }
}
