//! Chains that are accepted and chains that are refused, by the rules and through real handshakes.

mod authority;
mod chains;
mod forge;
mod handshakes;
mod names;

use super::authority::{PartitionAuthority, Root};
use super::{Credentials, Trust, WallClock};
use rustls::pki_types::UnixTime;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

const FEDERATION: &str = "north.example";
const PARTITION: &str = "fra-1";
const NODE: &str = "n1";

/// 2027-01-15T08:00:00Z.
const NOW: UnixTime = at(1_800_000_000);

const fn at(seconds: u64) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(seconds))
}

fn later(seconds: u64) -> UnixTime {
    at(NOW.as_secs() + seconds)
}

fn clock(now: UnixTime) -> WallClock {
    Arc::new(move || now)
}

fn root() -> Root {
    Root::create(FEDERATION, "founder", NOW).unwrap()
}

fn plant(root: &Root, partition: &str) -> PartitionAuthority {
    let (key, request) = PartitionAuthority::request(partition).unwrap();
    let intermediate = root.admit(&request, partition, NOW).unwrap();
    PartitionAuthority::open(&key, intermediate, root.certificate().clone()).unwrap()
}

fn member(root: &Root, partition: &str) -> Credentials {
    plant(root, partition).issue(NODE, NOW).unwrap()
}

fn trust(root: &Root) -> Trust {
    Trust {
        federation: FEDERATION.to_owned(),
        roots: vec![root.certificate().clone()],
        denied: BTreeSet::new(),
    }
}
