//! The entities of a partition before its first machine boots: tenant, project, partition, size, image, layout and
//! networks.

use crate::scenario::WorkloadSpec;
use actors::command::Body;
use actors::masterdata::MasterdataCommand;
use actors::network::{NetworkCommand, PoolPolicy};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The project of all users.
pub const PROJECT: &str = "00000000-0000-0000-0000-000000000001";
/// A project without machines, for reservations.
pub const OTHERS: &str = "00000000-0000-0000-0000-000000000002";
/// The size of all machines.
pub const SIZE: &str = "v1-small-x86";
/// The installed image.
pub const IMAGE: &str = "debian-13.0";

/// The pool of public addresses of a partition.
pub fn internet(partition: &str) -> String {
    format!("internet-{partition}")
}

/// Commands in the order in which they depend on each other. `index` chooses the prefixes: no two partitions share one.
pub fn commands(partition: &str, index: usize, workload: &WorkloadSpec) -> Vec<Body> {
    let mut all: Vec<Body> = masterdata(partition).into_iter().map(Body::Masterdata).collect();
    if workload.reserves > 0.0 {
        all.push(Body::Masterdata(MasterdataCommand::ProjectCreate(read(
            json!({"meta": {"id": OTHERS}, "name": "others", "tenant_id": "metal-stack"}),
        ))));
    }
    all.extend(networks(partition, index, workload).into_iter().map(Body::Network));
    all
}

fn masterdata(partition: &str) -> Vec<MasterdataCommand> {
    let bootconfig = json!({"imageurl": "http://i", "kernelurl": "http://k", "commandline": "c"});
    vec![
        MasterdataCommand::TenantCreate(read(json!({"meta": {"id": "metal-stack"}, "name": "metal-stack"}))),
        MasterdataCommand::ProjectCreate(read(
            json!({"meta": {"id": PROJECT}, "name": "p", "tenant_id": "metal-stack"}),
        )),
        MasterdataCommand::PartitionCreate(read(json!({"id": partition, "bootconfig": bootconfig}))),
        MasterdataCommand::SizeCreate(read(json!({"id": SIZE, "constraints": [
            {"type": "cores", "min": 1, "max": 4},
            {"type": "memory", "min": 500_000_000, "max": 4_000_000_000_u64},
            {"type": "storage", "min": 1_000_000_000, "max": 100_000_000_000_u64}]}))),
        MasterdataCommand::ImageCreate(read(
            json!({"id": IMAGE, "url": "http://d", "features": ["machine"]}),
        )),
        MasterdataCommand::LayoutCreate(read(json!({"id": "default",
            "constraints": {"sizes": [SIZE], "images": {"debian": "*"}},
            "filesystems": [{"path": "/", "device": "/dev/sda1", "format": "ext4"}],
            "disks": [{"device": "/dev/sda", "wipeonreinstall": true,
                "partitions": [{"number": 1, "size": 5000, "gpttype": "8300"}]}]}))),
    ]
}

fn networks(partition: &str, index: usize, workload: &WorkloadSpec) -> Vec<NetworkCommand> {
    let WorkloadSpec { public_prefix, quarantine_s, .. } = *workload;
    let mut all = vec![NetworkCommand::Create(read(json!({
        "id": format!("super-{partition}"), "partitionid": partition, "privatesuper": true,
        "prefixes": [format!("10.{index}.0.0/16")], "defaultchildprefixlength": {"IPv4": 18}})))];
    if public_prefix > 0 {
        all.push(NetworkCommand::Create(read(json!({
            "id": internet(partition), "partitionid": partition, "vrf": 104_000 + index,
            "prefixes": [format!("203.{index}.0.0/{public_prefix}")],
            "destinationprefixes": ["0.0.0.0/0"]}))));
        let pool = PoolPolicy { quarantine_s, ..PoolPolicy::default() };
        all.push(NetworkCommand::SetPool { id: internet(partition).into(), pool });
    }
    all.push(NetworkCommand::Allocate(read(
        json!({"partitionid": partition, "projectid": PROJECT, "name": "ours"}),
    )));
    all
}

/// As callers write it. One entity at a time: a reader of all commands there are would be compiled for these few.
fn read<T: DeserializeOwned>(entity: Value) -> T {
    serde_json::from_value(entity).expect("the built-in entities are well-formed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entities_are_commands() {
        let workload = |public_prefix| WorkloadSpec { public_prefix, ..WorkloadSpec::default() };
        assert_eq!(commands("plant-a", 3, &workload(28)).len(), 10);
        assert_eq!(commands("plant-a", 3, &workload(0)).len(), 8);
        let reserves = WorkloadSpec { reserves: 0.1, ..workload(0) };
        assert_eq!(commands("plant-a", 3, &reserves).len(), 9);
    }
}
