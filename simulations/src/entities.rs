//! What a plant needs before its first machine boots: tenant, project, partition, size, image, layout and networks.

use crate::scenario::WorkloadSpec;
use actors::command::Body;
use serde_json::{Value, json};

/// Everybody's project.
pub const PROJECT: &str = "00000000-0000-0000-0000-000000000001";
/// The size of all machines.
pub const SIZE: &str = "v1-small-x86";
/// What is installed.
pub const IMAGE: &str = "debian-13.0";

/// The pool of public addresses of a partition.
pub fn internet(partition: &str) -> String {
    format!("internet-{partition}")
}

/// Commands in the order in which they depend on each other. `index` chooses the prefixes: no two partitions share one.
pub fn commands(partition: &str, index: usize, workload: &WorkloadSpec) -> Vec<Body> {
    let WorkloadSpec { public_prefix, quarantine_s, .. } = workload;
    let masterdata = |command: &str, entity: Value| json!({"masterdata": {command: entity}});
    let bootconfig = json!({"imageurl": "http://i", "kernelurl": "http://k", "commandline": "c"});
    let mut all = vec![
        masterdata("tenant_create", json!({"meta": {"id": "metal-stack"}, "name": "metal-stack"})),
        masterdata(
            "project_create",
            json!({"meta": {"id": PROJECT}, "name": "p", "tenant_id": "metal-stack"}),
        ),
        masterdata("partition_create", json!({"id": partition, "bootconfig": bootconfig})),
        masterdata(
            "size_create",
            json!({"id": SIZE, "constraints": [
                {"type": "cores", "min": 1, "max": 4},
                {"type": "memory", "min": 500_000_000, "max": 4_000_000_000_u64},
                {"type": "storage", "min": 1_000_000_000, "max": 100_000_000_000_u64}]}),
        ),
        masterdata("image_create", json!({"id": IMAGE, "url": "http://d", "features": ["machine"]})),
        masterdata(
            "layout_create",
            json!({"id": "default",
                "constraints": {"sizes": [SIZE], "images": {"debian": "*"}},
                "filesystems": [{"path": "/", "device": "/dev/sda1", "format": "ext4"}],
                "disks": [{"device": "/dev/sda", "wipeonreinstall": true,
                    "partitions": [{"number": 1, "size": 5000, "gpttype": "8300"}]}]}),
        ),
        json!({"network": {"create": {
            "id": format!("super-{partition}"), "partitionid": partition, "privatesuper": true,
            "prefixes": [format!("10.{index}.0.0/16")], "defaultchildprefixlength": {"IPv4": 18}}}}),
    ];
    if *public_prefix > 0 {
        all.push(json!({"network": {"create": {
            "id": internet(partition), "partitionid": partition, "vrf": 104_000 + index,
            "prefixes": [format!("203.{index}.0.0/{public_prefix}")],
            "destinationprefixes": ["0.0.0.0/0"]}}}));
        all.push(json!({"network": {"set_pool": {
            "id": internet(partition), "pool": {"quarantine_s": quarantine_s}}}}));
    }
    all.push(
        json!({"network": {"allocate": {"partitionid": partition, "projectid": PROJECT, "name": "ours"}}}),
    );
    all.into_iter()
        .map(|body| serde_json::from_value(body).expect("the built-in entities are well-formed"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entities_are_commands() {
        let workload = |public_prefix| WorkloadSpec { public_prefix, ..WorkloadSpec::default() };
        assert_eq!(commands("plant-a", 3, &workload(28)).len(), 10);
        assert_eq!(commands("plant-a", 3, &workload(0)).len(), 8);
    }
}
