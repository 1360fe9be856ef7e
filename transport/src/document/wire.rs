//! The text of a document, as it is signed: CBOR, by name. Fields of later releases are skipped.

use super::{Document, DocumentError, Member};
use crate::cbor::{self, ByteString};
use crate::identity::{DIGEST_SIZE_BYTES, Denied, KeyHash};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Grows when a release that skips what it does not know would act wrongly.
pub(super) const VERSION: u64 = 1;

/// The part that is read before the rest is understood.
#[derive(Deserialize)]
pub(super) struct Head {
    version: u64,
}

impl Head {
    pub(super) fn check(bytes: &[u8]) -> Result<(), DocumentError> {
        let Self { version } = cbor::read(bytes).ok_or(DocumentError::Unreadable)?;
        if version == VERSION { Ok(()) } else { Err(DocumentError::Version { version, ours: VERSION }) }
    }
}

#[derive(Serialize, Deserialize)]
struct DocumentV1 {
    version: u64,
    federation: String,
    root_generation: u64,
    number: u64,
    members: BTreeMap<String, MemberV1>,
    roots: Vec<ByteString>,
    #[serde(default)]
    denied: Vec<DeniedV1>,
}

#[derive(Serialize, Deserialize)]
struct MemberV1 {
    epoch: u64,
    addresses: Vec<String>,
    joined_at_ms: i64,
    #[serde(default)]
    features: BTreeSet<String>,
    intermediate: ByteString,
    #[serde(default)]
    is_root_holder: bool,
}

/// A partition, a node of a partition, or a key.
#[derive(Serialize, Deserialize)]
struct DeniedV1 {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    partition: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    node: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<ByteString>,
}

pub(super) fn write(document: &Document) -> Vec<u8> {
    let Document { federation, root_generation, number, members, roots, denied } = document;
    cbor::write(&DocumentV1 {
        version: VERSION,
        federation: federation.clone(),
        root_generation: *root_generation,
        number: *number,
        members: members.iter().map(|(name, member)| (name.clone(), write_member(member))).collect(),
        roots: roots.iter().map(|root| ByteString(root.to_vec())).collect(),
        denied: denied.iter().map(write_denied).collect(),
    })
}

pub(super) fn read(bytes: &[u8]) -> Result<Document, DocumentError> {
    Head::check(bytes)?;
    let document: DocumentV1 = cbor::read(bytes).ok_or(DocumentError::Unreadable)?;
    let DocumentV1 { version: _, federation, root_generation, number, members, roots, denied } = document;
    Ok(Document {
        federation,
        root_generation,
        number,
        members: members.into_iter().map(|(name, member)| (name, read_member(member))).collect(),
        roots: roots.into_iter().map(|ByteString(root)| root.into()).collect(),
        denied: denied.into_iter().map(read_denied).collect::<Result<_, _>>()?,
    })
}

fn write_member(member: &Member) -> MemberV1 {
    let Member { epoch, addresses, joined_at_ms, features, intermediate, is_root_holder } = member;
    MemberV1 {
        epoch: *epoch,
        addresses: addresses.clone(),
        joined_at_ms: *joined_at_ms,
        features: features.clone(),
        intermediate: ByteString(intermediate.to_vec()),
        is_root_holder: *is_root_holder,
    }
}

fn read_member(member: MemberV1) -> Member {
    let MemberV1 { epoch, addresses, joined_at_ms, features, intermediate, is_root_holder } = member;
    let intermediate = intermediate.0.into();
    Member { epoch, addresses, joined_at_ms, features, intermediate, is_root_holder }
}

fn write_denied(denied: &Denied) -> DeniedV1 {
    let (partition, node, key) = match denied {
        Denied::Partition(partition) => (Some(partition.clone()), None, None),
        Denied::Node { partition, node } => (Some(partition.clone()), Some(node.clone()), None),
        Denied::Key(key) => (None, None, Some(ByteString(key.as_bytes().to_vec()))),
    };
    DeniedV1 { partition, node, key }
}

fn read_denied(denied: DeniedV1) -> Result<Denied, DocumentError> {
    match denied {
        DeniedV1 { partition: Some(partition), node: None, key: None } => Ok(Denied::Partition(partition)),
        DeniedV1 { partition: Some(partition), node: Some(node), key: None } => {
            Ok(Denied::Node { partition, node })
        }
        DeniedV1 { partition: None, node: None, key: Some(ByteString(key)) } => {
            let key: Result<[u8; DIGEST_SIZE_BYTES], _> = key.try_into();
            key.map(|key| Denied::Key(KeyHash::from_bytes(key))).map_err(|_| DocumentError::UnknownDenial)
        }
        _ => Err(DocumentError::UnknownDenial),
    }
}
