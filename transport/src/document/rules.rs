//! The bounds of a document, checked when it is signed and when it is opened.

use super::{Document, DocumentError, Member};
use crate::address::{ADDRESSES_MAX, is_address};
use crate::identity::{
    Denied, LABEL_BYTES_MAX, check_federation, check_label, intermediate_name, root_federation,
};

/// The most partitions of a federation.
pub const MEMBERS_MAX: usize = 256;
/// One, or a few while they rotate.
pub const ROOTS_MAX: usize = 8;
/// The most denied identities.
pub const DENIED_MAX: usize = 1024;
/// The most features of a member.
pub const FEATURES_MAX: usize = 64;
/// The longest feature.
pub const FEATURE_BYTES_MAX: usize = LABEL_BYTES_MAX;

const HOLDERS_MAX: usize = 1;
/// How much of a bad text an error repeats.
const SHOWN_CHARS_MAX: usize = 80;

pub(super) fn check(document: &Document) -> Result<(), DocumentError> {
    let Document { federation, root_generation: _, number: _, members, roots, denied } = document;
    check_federation(federation)?;
    bound("members", members.len(), MEMBERS_MAX)?;
    bound("roots", roots.len(), ROOTS_MAX)?;
    bound("denials", denied.len(), DENIED_MAX)?;
    if roots.is_empty() {
        return Err(DocumentError::NoRoot);
    }
    for root in roots {
        let theirs = root_federation(root)?;
        if theirs != *federation {
            return Err(DocumentError::OtherFederation { ours: theirs, theirs: federation.clone() });
        }
    }
    for (partition, member) in members {
        check_member(federation, partition, member)?;
    }
    let count = members.values().filter(|member| member.is_root_holder).count();
    if count > HOLDERS_MAX {
        return Err(DocumentError::RootHolders { count });
    }
    denied.iter().try_for_each(check_denied)
}

fn check_member(federation: &str, partition: &str, member: &Member) -> Result<(), DocumentError> {
    let Member { epoch: _, addresses, joined_at_ms: _, features, intermediate, is_root_holder: _ } = member;
    check_label(partition)?;
    bound("addresses of a member", addresses.len(), ADDRESSES_MAX)?;
    bound("features of a member", features.len(), FEATURES_MAX)?;
    if let Some(address) = addresses.iter().find(|address| !is_address(address)) {
        let address = address.chars().take(SHOWN_CHARS_MAX).collect();
        return Err(DocumentError::Address { partition: partition.to_owned(), address });
    }
    if features.iter().any(|feature| check_label(feature).is_err()) {
        return Err(DocumentError::Feature { partition: partition.to_owned() });
    }
    let (named_federation, named) = intermediate_name(intermediate)?;
    if named_federation != federation || named != partition {
        let named = format!("{named} of {named_federation}");
        return Err(DocumentError::OtherIntermediate { partition: partition.to_owned(), named });
    }
    Ok(())
}

fn check_denied(denied: &Denied) -> Result<(), DocumentError> {
    match denied {
        Denied::Partition(partition) => check_label(partition)?,
        Denied::Node { partition, node } => {
            check_label(partition)?;
            check_label(node)?;
        }
        Denied::Key(_) => {}
    }
    Ok(())
}

const fn bound(what: &'static str, count: usize, max: usize) -> Result<(), DocumentError> {
    if count > max { Err(DocumentError::TooMany { what, count, max }) } else { Ok(()) }
}
