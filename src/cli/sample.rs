//! The sample entities of a dev partition: those of the mini-lab, renamed for other partitions.
//!
//! Another partition gets its own name in every id, and prefixes that are derived from its name, so that two dev
//! partitions can be joined later. IPv4 has room for 3,584 partitions, so two names may get the same prefixes; IPv6 has
//! room for 2^40. What all partitions share (tenant, projects, images, sizes, layouts) is the same everywhere.

use actors::command::Body;
use actors::ipam::{AddressAllocate, AddressCommand};
use actors::masterdata::{Layout, MasterdataCommand, Project, Tenant};
use actors::network::NetworkCommand;
use anyhow::Context;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};

const MASTERDATA: &str = include_str!("../../configs/mini-lab/masterdata.yaml");
const PARTITION: &str = include_str!("../../configs/mini-lab/partition.yaml");
const SIZES: &str = include_str!("../../configs/mini-lab/sizes.yaml");
const IMAGES: &str = include_str!("../../configs/mini-lab/images.yaml");
const LAYOUTS: &str = include_str!("../../configs/mini-lab/filesystemlayouts.yaml");
const NETWORKS: &str = include_str!("../../configs/mini-lab/networks.yaml");
const IPS: &str = include_str!("../../configs/mini-lab/ips.yaml");

/// The partition that the files describe.
pub(super) const MINI_LAB: &str = "mini-lab";

/// Commands that create the entities, in order of their dependencies.
pub(super) fn commands(partition: &str) -> anyhow::Result<Vec<Body>> {
    let mut bodies = Vec::new();
    for document in documents(MASTERDATA)? {
        bodies.push(Body::Masterdata(match document.pointer("/meta/kind").and_then(Value::as_str) {
            Some("Tenant") => MasterdataCommand::TenantCreate(Box::new(read::<Tenant>(document)?)),
            _ => MasterdataCommand::ProjectCreate(Box::new(read::<Project>(document)?)),
        }));
    }
    for document in documents(&renamed(PARTITION, partition))? {
        bodies.push(Body::Masterdata(MasterdataCommand::PartitionCreate(read(document)?)));
    }
    for document in documents(SIZES)? {
        bodies.push(Body::Masterdata(MasterdataCommand::SizeCreate(read(document)?)));
    }
    for document in documents(IMAGES)? {
        bodies.push(Body::Masterdata(MasterdataCommand::ImageCreate(read(document)?)));
    }
    for document in documents(LAYOUTS)? {
        bodies.push(Body::Masterdata(MasterdataCommand::LayoutCreate(Box::new(read::<Layout>(document)?))));
    }
    for document in documents(&renamed(NETWORKS, partition))? {
        bodies.push(Body::Network(NetworkCommand::Create(read(document)?)));
    }
    for document in documents(&renamed(IPS, partition))? {
        let mut request: AddressAllocate = read(document.clone())?;
        request.specific = document.get("ipaddress").and_then(Value::as_str).map(str::to_owned);
        bodies.push(Body::Address(AddressCommand::Allocate(Box::new(request))));
    }
    Ok(bodies)
}

fn documents(text: &str) -> anyhow::Result<Vec<Value>> {
    serde_norway::Deserializer::from_str(text)
        .map(|document| {
            Value::deserialize(document).map(lower_case_keys).context("a sample entity is not YAML")
        })
        .collect()
}

fn read<T: DeserializeOwned>(document: Value) -> anyhow::Result<T> {
    serde_json::from_value(document).context("a sample entity has the wrong shape")
}

/// Makes keys lower case, as commands have them; keys inside labels and lengths are data and stay.
fn lower_case_keys(document: Value) -> Value {
    let Value::Object(members) = document else { return document };
    Value::Object(members.into_iter().map(|(key, value)| (key.to_ascii_lowercase(), value)).collect())
}

/// Replaces the mini-lab's names and prefixes in the text with those of `partition`.
fn renamed(text: &str, partition: &str) -> String {
    if partition == MINI_LAB {
        return text.to_owned();
    }
    let plan = SamplePrefixes::of(partition);
    text.replace("203.0.113.142", &plan.reserved_v4)
        .replace("2001:db8:0:113::142", &format!("{}:113::142", plan.v6))
        .replace("10.0.0.0/16", &plan.super_v4)
        .replace("203.0.113.128/25", &plan.internet_v4)
        .replace("10.1.0.0/24", &plan.underlay_v4)
        .replace("2001:db8:0:10::/64", &format!("{}:10::/64", plan.v6))
        .replace("2001:db8:0:113::/64", &format!("{}:113::/64", plan.v6))
        .replace("IPv4: 22", &format!("IPv4: {PROJECT_NETWORK_BITS}"))
        .replace("104009", &plan.vrf.to_string())
        .replace(MINI_LAB, partition)
}

/// Number of partitions with IPv4 prefixes of their own: /20s from 10.16.0.0 up to where the mini-lab's routes begin.
const SLOTS: u64 = 3_584;

/// Prefix length of a project's network: sixteen fit into a partition's /20.
const PROJECT_NETWORK_BITS: u8 = 24;

/// Prefixes of a partition, derived from its name.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct SamplePrefixes {
    super_v4: String,
    internet_v4: String,
    reserved_v4: String,
    underlay_v4: String,
    v6: String,
    vrf: u64,
}

impl SamplePrefixes {
    fn of(partition: &str) -> Self {
        let digest: [u8; 32] = Sha256::digest(partition.as_bytes()).into();
        let [v4, v6] = [&digest[..8], &digest[8..13]]
            .map(|bytes| bytes.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte)));
        Self::at(v4 % SLOTS, v6)
    }

    /// A /20 of 10.16.0.0 to 10.239.255.255 for projects, a /25 of the shared space 100.64.0.0/10 (RFC 6598) to look
    /// like an internet, a /24 of 172.16.0.0/12 as underlay, and a /48 of unique local addresses (RFC 4193). `slot` is
    /// below [`SLOTS`], `v6` has 40 bits.
    fn at(slot: u64, v6: u64) -> Self {
        let internet = format!("100.{}.{}", 64 + slot / 512, slot / 2 % 256);
        let half = slot % 2 * 128;
        Self {
            super_v4: format!("10.{}.{}.0/20", 16 + slot / 16, slot % 16 * 16),
            internet_v4: format!("{internet}.{half}/25"),
            reserved_v4: format!("{internet}.{}", half + 14),
            underlay_v4: format!("172.{}.{}.0/24", 16 + slot / 256, slot % 256),
            v6: format!("fd{:02x}:{:x}:{:x}", v6 >> 32, v6 >> 16 & 0xffff, v6 & 0xffff),
            vrf: 104_100 + slot,
        }
    }
}

#[cfg(test)]
mod tests;
