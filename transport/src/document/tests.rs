//! Documents that are signed, opened and compared, and those that are refused.

mod bytes;
mod order;
mod rules;

use super::{Document, Member, SignedDocument, signed, wire};
use crate::identity::authority::{PartitionAuthority, Root};
use crate::identity::{Denied, KeyHash};
use rustls::pki_types::{CertificateDer, UnixTime};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const FEDERATION: &str = "north.example";
/// 2027-01-15T08:00:00Z.
const NOW: UnixTime = UnixTime::since_unix_epoch(Duration::from_secs(1_800_000_000));

fn root() -> Root {
    Root::create(FEDERATION, "fra-1", NOW).unwrap()
}

fn intermediate(root: &Root, partition: &str) -> CertificateDer<'static> {
    let (_, request) = PartitionAuthority::request(partition).unwrap();
    root.admit(&request, partition, NOW).unwrap()
}

fn member(root: &Root, partition: &str) -> Member {
    Member {
        epoch: 1,
        addresses: vec!["198.51.100.7:7946".to_owned(), "[2001:db8::1]:7946".to_owned()],
        joined_at_ms: 1_800_000_000_000,
        features: BTreeSet::from(["images".to_owned()]),
        intermediate: intermediate(root, partition),
        is_root_holder: partition == "fra-1",
    }
}

fn document(root: &Root) -> Document {
    let members = ["fra-1", "muc-1"].map(|partition| (partition.to_owned(), member(root, partition)));
    Document {
        federation: FEDERATION.to_owned(),
        root_generation: 1,
        number: 7,
        members: BTreeMap::from(members),
        roots: vec![root.certificate().clone()],
        denied: BTreeSet::from([
            Denied::Partition("ber-1".to_owned()),
            Denied::Node { partition: "fra-1".to_owned(), node: "n2".to_owned() },
            Denied::Key(KeyHash::from_bytes([7; 32])),
        ]),
    }
}

/// What a root would sign that keeps no rule.
fn sign_unchecked(root: &Root, document: &Document) -> SignedDocument {
    signed::sign(root, document, wire::write(document)).unwrap()
}
