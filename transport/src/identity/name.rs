//! Names of federations, partitions and nodes, and the URIs that certificates carry.
//!
//! ```text
//! spiffe://<federation>                                  the root
//! spiffe://<federation>/partition/<partition>            a partition's intermediate
//! spiffe://<federation>/partition/<partition>/node/<n>   a node's leaf
//! ```
//!
//! The form is that of SPIFFE IDs: a trust domain in lower case, path segments of letters, digits, `-`, `.` and `_`.
//! Nothing is normalised or decoded, so two names are the same exactly if their bytes are.

use super::IdentityError;
use std::fmt;
use std::str::FromStr;

/// The longest name of a federation, a partition or a node, in bytes.
pub const LABEL_BYTES_MAX: usize = 63;

const SCHEME: &str = "spiffe://";
const PARTITION: &str = "partition";
const NODE: &str = "node";

/// The name of a node: what its certificate proves.
///
/// Each part has 1 to 63 bytes of letters, digits, `-`, `.` and `_`, and starts with a letter or a digit. The
/// federation has no upper case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct NodeName {
    /// The set of partitions below one root.
    pub federation: String,
    /// The partition of the node.
    pub partition: String,
    /// The node inside its partition.
    pub node: String,
}

impl NodeName {
    /// A name of checked parts.
    ///
    /// # Errors
    /// [`IdentityError::Name`] if a part breaks the grammar.
    pub fn new(federation: &str, partition: &str, node: &str) -> Result<Self, IdentityError> {
        check_federation(federation)?;
        check_label(partition)?;
        check_label(node)?;
        Ok(Self { federation: federation.to_owned(), partition: partition.to_owned(), node: node.to_owned() })
    }
}

impl fmt::Display for NodeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { federation, partition, node } = self;
        write!(f, "{SCHEME}{federation}/{PARTITION}/{partition}/{NODE}/{node}")
    }
}

impl FromStr for NodeName {
    type Err = IdentityError;

    fn from_str(text: &str) -> Result<Self, IdentityError> {
        match Subject::parse(text)? {
            Subject::Node(name) => Ok(name),
            Subject::Root { .. } | Subject::Partition { .. } => Err(name_error(text)),
        }
    }
}

/// What the URI of a certificate names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    Root { federation: String },
    Partition { federation: String, partition: String },
    Node(NodeName),
}

impl Subject {
    pub(super) fn root(federation: &str) -> Result<Self, IdentityError> {
        check_federation(federation)?;
        Ok(Self::Root { federation: federation.to_owned() })
    }

    pub(super) fn partition(federation: &str, partition: &str) -> Result<Self, IdentityError> {
        check_federation(federation)?;
        check_label(partition)?;
        Ok(Self::Partition { federation: federation.to_owned(), partition: partition.to_owned() })
    }

    pub(super) fn parse(text: &str) -> Result<Self, IdentityError> {
        let rest = text.strip_prefix(SCHEME).ok_or_else(|| name_error(text))?;
        let mut parts = rest.split('/');
        let federation = parts.next().unwrap_or_default();
        match (parts.next(), parts.next(), parts.next(), parts.next(), parts.next()) {
            (None, ..) => Self::root(federation),
            (Some(PARTITION), Some(partition), None, ..) => Self::partition(federation, partition),
            (Some(PARTITION), Some(partition), Some(NODE), Some(node), None) => {
                NodeName::new(federation, partition, node).map(Self::Node)
            }
            _ => Err(name_error(text)),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root { federation } => write!(f, "{SCHEME}{federation}"),
            Self::Partition { federation, partition } => {
                write!(f, "{SCHEME}{federation}/{PARTITION}/{partition}")
            }
            Self::Node(name) => name.fmt(f),
        }
    }
}

pub(crate) fn check_federation(federation: &str) -> Result<(), IdentityError> {
    if federation.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err(name_error(federation));
    }
    check_label(federation)
}

pub(crate) fn check_label(label: &str) -> Result<(), IdentityError> {
    let is_short = label.len() <= LABEL_BYTES_MAX;
    let starts_well = label.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    let is_plain = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    if is_short && starts_well && is_plain { Ok(()) } else { Err(name_error(label)) }
}

/// Repeats only the beginning of the name, which may come from a wire.
fn name_error(text: &str) -> IdentityError {
    IdentityError::Name { name: text.chars().take(LABEL_BYTES_MAX).collect() }
}
