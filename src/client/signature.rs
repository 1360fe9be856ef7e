//! The headers that sign a request (api-resources 1.4). Pure: time and salt are given.

use actors::decision::Role;
use actors::time::Timestamp;
use std::fmt;

/// The signing key of a role.
#[derive(Clone, PartialEq, Eq)]
pub struct Key {
    pub role: Role,
    pub secret: String,
}

impl fmt::Debug for Key {
    /// Omits the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("role", &self.role).finish_non_exhaustive()
    }
}

/// Names and values of the headers. `salt` is any text, unique per request.
pub fn headers(
    role: Role,
    secret: &[u8],
    method: &str,
    now: Timestamp,
    salt: &str,
) -> [(&'static str, String); 3] {
    // Only whole seconds are signed.
    let date = Timestamp::from_millis(now.millis().div_euclid(1000) * 1000).to_string();
    let authorization = crate::api::sign(role, secret, &date, method, salt);
    [("X-Date", date), ("X-Data-Salt", salt.to_owned()), ("Authorization", authorization)]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first vectors of api-resources 1.4.
    #[test]
    fn the_vectors_of_the_contract_hold() {
        let rows = [
            (
                (Role::View, "metal-view", "2026-01-15T10:00:00Z", "GET", "abcdefghijklmnopqrstuvwx"),
                "Metal-View 9a2461926330d5149b6090d3f5d7758bee7ad5a5eb9d7d4e321a390a568cd619",
            ),
            (
                (Role::Edit, "metal-edit", "2026-01-15T10:00:00.999Z", "POST", "ABCDEFGHIJKLMNOPQRSTUVWX"),
                "Metal-Edit 3c0f5fbe753da21fac04d248e9d2a7124e358a377690b7286311c9285ba05c4e",
            ),
            (
                (Role::Admin, "metal-admin", "2026-06-23T15:48:03Z", "DELETE", ""),
                "Metal-Admin 30c7139adbf9fd06a060a28fe6816837f16540c93101a7b102b7dde2bd84fc64",
            ),
        ];
        for ((role, key, date, method, salt), wanted) in rows {
            let now = Timestamp::parse(date).unwrap();
            let [(_, date), (_, sent_salt), (name, authorization)] =
                headers(role, key.as_bytes(), method, now, salt);
            assert_eq!((name, authorization.as_str(), sent_salt.as_str()), ("Authorization", wanted, salt));
            assert_eq!(date.len(), "2026-01-15T10:00:00Z".len(), "whole seconds: {date}");
        }
    }
}
