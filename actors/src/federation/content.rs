//! What users set in a thing, as a digest: things of two plants have the same content if their digests are equal.
//!
//! Left out are times, versions, and what the node computes. A field that is null or empty equals a missing one: a
//! release with a new field makes the same digest of a thing that does not use it. Records are taken apart field by
//! field: a new field does not compile until it is listed here.

use super::digest::Digest;
use crate::masterdata::image::EXPIRES_AFTER;
use crate::record::masterdata::{
    Image, Layout, Meta, Partition, Project, Quota, QuotaSet, Size, SizeImageConstraint, SizeReservation,
    Tenant,
};
use crate::record::network::Network;
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// Fields whose values are maps from users: their keys are data, and so are empty values.
const MAPS: [&str; 4] = ["annotations", "default_child_prefix_length", "images", "labels"];

/// A record that is compared.
pub(super) trait Content {
    /// What users set, without the id.
    fn content(&self) -> Value;

    fn digest(&self) -> Digest {
        let mut text = String::new();
        write(&mut text, &without_empty_fields(self.content()));
        Digest(Sha256::digest(text.as_bytes()).into())
    }
}

fn without_empty_fields(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.into_iter().map(|(name, value)| match MAPS.contains(&name.as_str()) {
                true => (name, value),
                false => (name, without_empty_fields(value)),
            });
            Value::Object(kept.filter(|(_, value)| !is_empty(value)).collect())
        }
        // The places of elements have a meaning.
        Value::Array(elements) => Value::Array(elements.into_iter().map(without_empty_fields).collect()),
        other => other,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(elements) => elements.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// JSON with sorted keys, independent of the map's own order.
fn write(text: &mut String, value: &Value) {
    match value {
        Value::Object(fields) => {
            text.push('{');
            for (name, value) in fields.iter().collect::<BTreeMap<_, _>>() {
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                write(text, value);
                text.push(',');
            }
            text.push('}');
        }
        Value::Array(elements) => {
            text.push('[');
            for element in elements {
                write(text, element);
                text.push(',');
            }
            text.push(']');
        }
        other => text.push_str(&other.to_string()),
    }
}

fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("records are maps with text keys")
}

/// The kind and the version of the interface are fixed.
fn meta(meta: Option<&Meta>) -> Value {
    let Some(meta) = meta else { return Value::Null };
    let Meta {
        id: _,
        kind: _,
        apiversion: _,
        version: _,
        created_time: _,
        updated_time: _,
        annotations,
        labels,
    } = meta;
    json!({ "annotations": annotations, "labels": labels })
}

/// The limits; what is used is counted.
fn quotas(quotas: Option<&QuotaSet>) -> Value {
    let Some(quotas) = quotas else { return Value::Null };
    let QuotaSet { cluster, machine, ip, project } = quotas;
    let limit = |quota: &Option<Quota>| quota.as_ref().and_then(|Quota { used: _, quota }| *quota);
    json!({
        "cluster": limit(cluster), "machine": limit(machine), "ip": limit(ip), "project": limit(project),
    })
}

impl Content for Tenant {
    fn content(&self) -> Value {
        let Self { meta: own, name, description, default_quotas, quotas: limits, iam_config } = self;
        json!({
            "meta": meta(own.as_ref()), "name": name, "description": description,
            "default_quotas": quotas(default_quotas.as_ref()), "quotas": quotas(limits.as_ref()),
            "iam_config": iam_config,
        })
    }
}

impl Content for Project {
    fn content(&self) -> Value {
        let Self { meta: own, name, description, tenant_id, quotas: limits } = self;
        json!({
            "meta": meta(own.as_ref()), "name": name, "description": description, "tenant_id": tenant_id,
            "quotas": quotas(limits.as_ref()),
        })
    }
}

impl Content for Partition {
    fn content(&self) -> Value {
        let Self {
            id: _,
            name,
            description,
            created: _,
            changed: _,
            mgmt_service_address,
            labels,
            boot_config,
            dns_servers,
            ntp_servers,
        } = self;
        json!({
            "name": name, "description": description, "mgmt_service_address": mgmt_service_address,
            "labels": labels, "boot_config": boot_config, "dns_servers": dns_servers, "ntp_servers": ntp_servers,
        })
    }
}

impl Content for Size {
    fn content(&self) -> Value {
        let Self { id: _, name, description, created: _, changed: _, constraints, labels } = self;
        json!({ "name": name, "description": description, "constraints": constraints, "labels": labels })
    }
}

impl Content for SizeReservation {
    fn content(&self) -> Value {
        let Self {
            id: _,
            name,
            description,
            created: _,
            changed: _,
            size,
            project,
            partitions,
            amount,
            labels,
        } = self;
        json!({
            "name": name, "description": description, "size": size, "project": project,
            "partitions": partitions, "amount": amount, "labels": labels,
        })
    }
}

impl Content for SizeImageConstraint {
    fn content(&self) -> Value {
        let Self { id: _, name, description, constraints } = self;
        json!({ "name": name, "description": description, "constraints": constraints })
    }
}

impl Content for Image {
    fn content(&self) -> Value {
        // Operating system and version are those of the id.
        let Self {
            id: _,
            name,
            description,
            created,
            changed: _,
            url,
            os: _,
            version: _,
            features,
            expiration,
            classification,
        } = self;
        // An image that was created without an end has one that depends on the time of its creation.
        let is_given = expiration.millis() != (*created + EXPIRES_AFTER).millis();
        json!({
            "name": name, "description": description, "url": url, "features": features,
            "expiration": is_given.then_some(expiration), "classification": classification,
        })
    }
}

impl Content for Layout {
    fn content(&self) -> Value {
        let Self {
            id: _,
            name,
            description,
            filesystems,
            disks,
            raid,
            volumegroups,
            logicalvolumes,
            constraints,
        } = self;
        json!({
            "name": name, "description": description, "filesystems": filesystems, "disks": disks, "raid": raid,
            "volumegroups": volumegroups, "logicalvolumes": logicalvolumes, "constraints": constraints,
        })
    }
}

impl Content for Network {
    fn content(&self) -> Value {
        let Self {
            id: _,
            name,
            description,
            created: _,
            changed: _,
            partition,
            project,
            labels,
            shared,
            prefixes,
            destination_prefixes,
            default_child_prefix_length,
            nat,
            private_super,
            underlay,
            vrf,
            parent,
            additional_announcable_cidrs,
            network_type: _,
            pool,
        } = self;
        // A child's number comes from the partition's pool.
        let vrf = parent.is_none().then_some(vrf);
        let masked = |prefixes: &[ipnet::IpNet]| prefixes.iter().map(ipnet::IpNet::trunc).collect::<Vec<_>>();
        json!({
            "name": name, "description": description, "partition": partition, "project": project,
            "labels": labels, "shared": shared, "prefixes": masked(prefixes),
            "destination_prefixes": masked(destination_prefixes),
            "default_child_prefix_length": default_child_prefix_length, "nat": nat,
            "private_super": private_super, "underlay": underlay, "vrf": vrf, "parent": parent,
            "additional_announcable_cidrs": additional_announcable_cidrs,
            "pool": (!pool.is_default()).then(|| json(pool)),
        })
    }
}

#[cfg(test)]
mod tests;
