//! Authentication and authorisation (api-resources 1.4 to 1.6).
//!
//! Knows headers and roles; the route table knows which route needs which level.

mod hmac;

use self::hmac::{Claim, Key, WRONG};
use super::error::Problem;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap};
use actors::decision::{Principal, Role};
use actors::time::Timestamp;
use parking_lot::RwLock;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// The secret of one role and the lifetime of its signatures; zero: unlimited.
#[derive(Clone)]
pub struct HmacKey {
    pub secret: Vec<u8>,
    /// The previous key, accepted while clients still use it.
    pub previous: Option<Vec<u8>>,
    pub lifetime: Duration,
}

impl fmt::Debug for HmacKey {
    /// Omits the secret: debug output ends up in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HmacKey").field("lifetime", &self.lifetime).finish_non_exhaustive()
    }
}

/// One key per role (api-resources 1.1).
#[derive(Clone, Debug)]
pub struct HmacKeys {
    pub view: HmacKey,
    pub edit: HmacKey,
    pub admin: HmacKey,
}

/// The keys in force; they can be replaced while requests come in. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Keyring(Arc<RwLock<Arc<Authenticator>>>);

impl From<HmacKeys> for Keyring {
    fn from(keys: HmacKeys) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(Authenticator::new(&keys)))))
    }
}

impl Keyring {
    /// Applies from the next request on.
    pub fn replace(&self, keys: &HmacKeys) {
        *self.0.write() = Arc::new(Authenticator::new(keys));
    }

    /// The keys of the roles, each newest first. They are secret.
    pub(crate) fn secrets(&self) -> [(Role, Vec<Vec<u8>>); 3] {
        let authenticator = self.authenticator();
        authenticator
            .entries
            .each_ref()
            .map(|(keys, user)| (user.kind.0, keys.iter().map(|key| key.secret().to_vec()).collect()))
    }

    pub(super) fn authenticator(&self) -> Arc<Authenticator> {
        Arc::clone(&self.0.read())
    }
}

/// The value of the `Authorization` header for a request with these headers (api-resources 1.4). `date` is the text of
/// `X-Date`, RFC 3339 in UTC to the second; `salt` is that of `X-Data-Salt`.
pub fn sign(role: Role, secret: &[u8], date: &str, method: &str, salt: &str) -> String {
    let mac = Key::new(secret, Duration::ZERO).sign(date, method, salt.as_bytes());
    format!("{} {mac}", Kind(role).name())
}

/// The level that a route requires (api-resources 1.2, column "Permission").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// Nothing.
    Open,
    /// A user of the provider tenant.
    Any,
    View,
    Edit,
    Admin,
}

/// The three users of HMAC signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Kind(Role);

impl Kind {
    const fn name(self) -> &'static str {
        match self.0 {
            Role::View => "Metal-View",
            Role::Edit => "Metal-Edit",
            Role::Admin => "Metal-Admin",
        }
    }

    const fn email(self) -> &'static str {
        match self.0 {
            Role::View => "metal-view@metal-stack.io",
            Role::Edit => "metal-edit@metal-stack.io",
            Role::Admin => "metal-admin@metal-stack.io",
        }
    }

    const fn groups(self) -> [&'static str; 2] {
        match self.0 {
            Role::View => ["k8s_kaas-view", "maas-all-all-view"],
            Role::Edit => ["k8s_kaas-edit", "maas-all-all-edit"],
            Role::Admin => ["k8s_kaas-admin", "maas-all-all-admin"],
        }
    }
}

/// A known user.
#[derive(Debug)]
pub(crate) struct User {
    pub(crate) principal: Principal,
    kind: Kind,
}

impl User {
    pub(crate) const fn name(&self) -> &'static str {
        self.kind.name()
    }

    pub(crate) const fn groups(&self) -> [&'static str; 2] {
        self.kind.groups()
    }
}

/// The signer of a request, or a guest.
#[derive(Clone, Debug)]
pub(crate) enum Identity {
    Guest,
    User(Arc<User>),
}

/// The keys, prepared for use, and their users.
#[derive(Debug)]
pub(crate) struct Authenticator {
    entries: [(Vec<Key>, Arc<User>); 3],
}

impl Authenticator {
    pub(crate) fn new(keys: &HmacKeys) -> Self {
        let entry = |key: &HmacKey, role| {
            let kind = Kind(role);
            let principal = Principal { email: kind.email().to_owned(), role };
            let secrets = std::iter::once(&key.secret).chain(&key.previous);
            let keys = secrets.map(|secret| Key::new(secret, key.lifetime)).collect();
            (keys, Arc::new(User { principal, kind }))
        };
        Self {
            entries: [
                entry(&keys.view, Role::View),
                entry(&keys.edit, Role::Edit),
                entry(&keys.admin, Role::Admin),
            ],
        }
    }

    /// Requests without any credential header are guests; wrong credentials are refused on every route.
    pub(crate) fn identify(
        &self,
        headers: &HeaderMap,
        method: &Method,
        now: Timestamp,
    ) -> Result<Identity, Problem> {
        let Some(authorization) = text(headers, &header::AUTHORIZATION) else {
            return Ok(Identity::Guest);
        };
        // A proxy that adds a header must not be able to change the identity of the caller.
        for name in ["Authorization", "X-Date", "X-Data-Salt"] {
            if headers.get_all(name).nth(1).is_some() {
                return Err(Problem::forbidden(format!("header {name} was given more than once")));
            }
        }
        let mut parts = authorization.split(' ');
        let (Some(scheme), Some(credential), None) = (parts.next(), parts.next(), parts.next()) else {
            return Ok(Identity::Guest);
        };
        if scheme.eq_ignore_ascii_case("bearer") && !credential.is_empty() {
            // No issuer is configured in this release, so every token has an unknown issuer.
            return Err(Problem::forbidden("issuer/clientid not found"));
        }
        let Some((keys, user)) = self.entries.iter().find(|(_, user)| user.kind.name() == scheme) else {
            return Ok(Identity::Guest);
        };
        let claim = Claim {
            mac: credential,
            date: named(headers, "X-Date").unwrap_or_default(),
            method: method.as_str(),
            salt: headers.get("X-Data-Salt").map(header::HeaderValue::as_bytes).unwrap_or_default(),
        };
        let mut refusal = WRONG.to_owned();
        for key in keys {
            match key.verify(&claim, now) {
                Ok(()) => return Ok(Identity::User(Arc::clone(user))),
                // The key matches, but the signature is not acceptable.
                Err(other) if other != WRONG => refusal = other,
                Err(_) => {}
            }
        }
        Err(Problem::forbidden(refusal))
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn named<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The group check (api-resources 1.6, step 3).
pub(crate) fn check(user: &User, level: Level) -> Result<(), Problem> {
    let least = match level {
        Level::Open | Level::Any => return Ok(()),
        Level::View => Role::View,
        Level::Edit => Role::Edit,
        Level::Admin => Role::Admin,
    };
    if user.principal.role >= least {
        return Ok(());
    }
    let accepted = [Role::View, Role::Edit, Role::Admin].into_iter().filter(|role| *role >= least);
    let groups: Vec<&str> = accepted.flat_map(|role| Kind(role).groups()).collect();
    Err(Problem::forbidden(format!("you are not member in one of [{}]", groups.join(" "))))
}

#[cfg(test)]
mod tests;
