//! Fingerprints of the keys that sign requests, by role.

use super::digest::Digest;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// HMAC-SHA-256 (RFC 2104) of a role and its key, keyed by a secret that both plants know, such as that of a token.
/// Without the secret, even a short key cannot be guessed from it. Fingerprints are comparable only under one secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyFingerprint(Digest);

impl KeyFingerprint {
    /// `secret`: at least 16 random bytes. The same key gets another fingerprint in another role.
    pub fn of(secret: &[u8], role: &str, key: &[u8]) -> Self {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("a key of any length is fine");
        mac.update(b"metalmesh key of role ");
        // With its length: no role and key look like another role and key.
        mac.update(&u64::try_from(role.len()).unwrap_or(u64::MAX).to_be_bytes());
        mac.update(role.as_bytes());
        mac.update(key);
        Self(Digest(mac.finalize().into_bytes().into()))
    }
}

/// The keys of a role: a client may sign with either.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RoleKeys {
    pub current: Option<KeyFingerprint>,
    /// The second key of a plant that changes over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<KeyFingerprint>,
}

impl RoleKeys {
    /// Whether requests with this key are accepted.
    pub(super) fn accepts(&self, key: KeyFingerprint) -> bool {
        [self.current, self.previous].contains(&Some(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_depends_on_secret_role_and_key() {
        let of = KeyFingerprint::of;
        let base = of(b"secret", "view", b"key");
        assert_eq!(base, of(b"secret", "view", b"key"));
        for other in
            [of(b"secreu", "view", b"key"), of(b"secret", "edit", b"key"), of(b"secret", "view", b"kez")]
        {
            assert_ne!(base, other);
        }
        assert_ne!(of(b"secret", "view", b"key"), of(b"secret", "vie", b"wkey"));
    }

    #[test]
    fn both_keys_of_a_role_are_accepted() {
        let [a, b, c] = [b"a", b"b", b"c"].map(|key| KeyFingerprint::of(b"secret", "view", key));
        let keys = RoleKeys { current: Some(a), previous: Some(b) };
        assert_eq!([a, b, c].map(|key| keys.accepts(key)), [true, true, false]);
        assert!(!RoleKeys::default().accepts(a));
    }
}
