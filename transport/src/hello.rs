//! The first message on each connection: what a node is and speaks. Its name is not in it, its certificate says that.

#[cfg(test)]
mod tests;

use crate::settings::{CREDIT_BYTES, CREDIT_REQUESTS};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Versions of the mesh that this release speaks.
pub const MIN_VERSION: u16 = 1;
pub const MAX_VERSION: u16 = 1;

/// The largest encoded hello.
pub(crate) const HELLO_BYTES_MAX: usize = 16 << 10;

const FEATURES_MAX: usize = 64;
const FEATURE_BYTES_MAX: usize = 64;
const BUILD_BYTES_MAX: usize = 128;

/// What a connection is for. A link has one of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Health and the end of the link.
    #[default]
    Control,
    /// Requests and replies.
    Data,
}

/// Unknown names are ignored and missing ones have their default: later releases may add some.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Hello {
    pub min_version: u16,
    pub max_version: u16,
    pub features: BTreeSet<String>,
    /// Drawn at each start of the node.
    #[serde(with = "as_hex")]
    pub incarnation: u128,
    /// The release, for people.
    pub build: String,
    pub role: Role,
    /// Number of the dialler's attempt. Both connections of a link have the same.
    pub dial: u64,
    /// Requests of a lane that this end takes before it has answered one.
    pub credit_requests: u32,
    /// Bytes of requests of a lane that this end takes before it has answered one.
    pub credit_bytes: u32,
}

impl Default for Hello {
    fn default() -> Self {
        Self {
            min_version: MIN_VERSION,
            max_version: MAX_VERSION,
            features: BTreeSet::new(),
            incarnation: 0,
            build: String::new(),
            role: Role::Control,
            dial: 0,
            credit_requests: CREDIT_REQUESTS,
            credit_bytes: CREDIT_BYTES,
        }
    }
}

impl Hello {
    pub(crate) fn encode(&self) -> Vec<u8> {
        cbor4ii::serde::to_vec(Vec::new(), self).expect("a hello is a map with text keys in memory")
    }

    /// The error is a sentence for the operator of the peer.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, String> {
        if bytes.len() > HELLO_BYTES_MAX {
            return Err(format!(
                "the hello has {} bytes, at most {HELLO_BYTES_MAX} are allowed",
                bytes.len()
            ));
        }
        let hello: Self = cbor4ii::serde::from_slice(bytes)
            .map_err(|_| "the hello cannot be read: update the older node".to_owned())?;
        hello.check().map(|()| hello)
    }

    /// The bounds.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.features.len() > FEATURES_MAX {
            return Err(format!("the hello names more than {FEATURES_MAX} features"));
        }
        if self.features.iter().any(|feature| feature.len() > FEATURE_BYTES_MAX) {
            return Err(format!("a feature has more than {FEATURE_BYTES_MAX} bytes"));
        }
        if self.build.len() > BUILD_BYTES_MAX {
            return Err(format!("the build has more than {BUILD_BYTES_MAX} bytes"));
        }
        if self.credit_requests == 0 || self.credit_bytes == 0 {
            return Err("the hello gives no credit for requests".to_owned());
        }
        Ok(())
    }

    /// The highest version that both ends speak, or a sentence that says which end is to be updated.
    pub(crate) fn common_version(&self, other: &Self) -> Result<u16, String> {
        let highest = self.max_version.min(other.max_version);
        if highest >= self.min_version.max(other.min_version) {
            return Ok(highest);
        }
        Err(format!(
            "no common version of the mesh: one node speaks {} to {}, the other {} to {}; update the older node",
            self.min_version, self.max_version, other.min_version, other.max_version
        ))
    }
}

/// CBOR has no numbers of 128 bits.
mod as_hex {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(number: &u128, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{number:032x}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u128, D::Error> {
        let text = String::deserialize(deserializer)?;
        u128::from_str_radix(&text, 16).map_err(D::Error::custom)
    }
}
