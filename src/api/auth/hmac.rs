//! The signature of a request: HMAC-SHA256 over date, method and salt (api-resources 1.4).
//!
//! Path, query and body are not signed. This module does not know them, nor routes or roles.

use actors::time::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;
use std::time::Duration;
use subtle::ConstantTimeEq;

/// A date may be ahead of our clock by this much, or by the lifetime of the key if that is longer. A server clock that
/// lags is fine (api-resources 10, row 25); a signature that stays valid for years is not.
const AHEAD_MIN: Duration = Duration::from_secs(600);

/// One key, hashed into a state that is cloned per request.
#[derive(Clone)]
pub(super) struct Key {
    secret: Vec<u8>,
    state: Hmac<Sha256>,
    /// Zero: dates are not checked.
    lifetime: Duration,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("lifetime", &self.lifetime).finish_non_exhaustive()
    }
}

/// The signature of another key, or none (api-resources 1.4).
pub(super) const WRONG: &str = "Wrong HMAC found";

impl Key {
    pub(super) fn new(secret: &[u8], lifetime: Duration) -> Self {
        let state = Hmac::new_from_slice(secret).expect("a key of any length is fine");
        Self { secret: secret.to_vec(), state, lifetime }
    }

    /// The key itself, to compare it with that of another partition under a fingerprint.
    pub(super) fn secret(&self) -> &[u8] {
        &self.secret
    }

    /// Lower-case hex of the signature.
    pub(super) fn sign(&self, date: &str, method: &str, salt: &[u8]) -> String {
        let mut state = self.state.clone();
        state.update(date.as_bytes());
        state.update(method.as_bytes());
        state.update(salt);
        hex::encode(state.finalize().into_bytes())
    }

    /// `Err`: the text of the refusal.
    pub(super) fn verify(&self, claim: &Claim<'_>, now: Timestamp) -> Result<(), String> {
        let Some(at) = Timestamp::parse(claim.date) else {
            return Err(format!(
                "unknown timestamp \"{}\" in \"X-Date\" header, use RFC3339: the text is not a date",
                claim.date
            ));
        };
        let expected = self.sign(&canonical(at), claim.method, claim.salt);
        if !bool::from(expected.as_bytes().ct_eq(claim.mac.as_bytes())) {
            return Err(WRONG.to_owned());
        }
        if self.lifetime.is_zero() {
            return Ok(());
        }
        let sync = "please check if you have time synchronization activated";
        if now.since(at) > self.lifetime {
            return Err(format!("the timestamp in your header is too old: \"{}\", {sync}", claim.date));
        }
        if at.since(now) > self.lifetime.max(AHEAD_MIN) {
            return Err(format!("the timestamp in your header is too far ahead: \"{}\", {sync}", claim.date));
        }
        Ok(())
    }
}

/// The signature of a request with the headers it covers.
pub(super) struct Claim<'a> {
    pub(super) mac: &'a str,
    pub(super) date: &'a str,
    pub(super) method: &'a str,
    pub(super) salt: &'a [u8],
}

/// The date as signed: UTC, to the second.
fn canonical(at: Timestamp) -> String {
    Timestamp::from_millis(at.millis().div_euclid(1000) * 1000).to_string()
}

#[cfg(test)]
mod tests;
