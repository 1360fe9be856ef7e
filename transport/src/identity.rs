//! Who a node is, and how the other end of a link proves it.
//!
//! A root admits partitions: it signs the certificate of each, its intermediate. A partition issues the certificates of
//! its own nodes, which live for a day, without the root. A node is accepted if its name lies below the path of the
//! partition that issued it, if a trusted root admitted that partition, and if nothing of it is denied.

pub mod authority;
mod certificate;
mod check;
mod credentials;
mod digest;
mod error;
mod name;
#[cfg(test)]
mod tests;
mod tls;
mod trust;

pub(crate) use authority::verify_by_root;
pub(crate) use certificate::{intermediate_name, root_federation};
pub use check::{CERTIFICATE_BYTES_MAX, check, key_of, peer_of};
pub use credentials::Credentials;
pub use digest::{DIGEST_SIZE_BYTES, Fingerprint, KeyHash};
pub use error::{IdentityError, Moment, Rank};
pub use name::{LABEL_BYTES_MAX, NodeName};
pub(crate) use name::{check_federation, check_label};
pub use tls::{ALPN_JOIN, ALPN_MESH, SERVER_NAME, client_config, joining_config, server_config};
pub use trust::{Denied, SharedTrust, Trust};

use rustls::pki_types::UnixTime;
use std::sync::Arc;

/// The time by which certificates are checked. It is passed in; the system's clock is never read here.
pub type WallClock = Arc<dyn Fn() -> UnixTime + Send + Sync>;
