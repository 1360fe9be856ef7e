//! The bodies of all routes, with every field in the contract.

use super::fixture::{leaf, machine};
use crate::support::rack::PROJECT;
use serde_json::{Value, json};

/// A route with a valid body.
pub(super) struct Case {
    pub(super) method: &'static str,
    /// As the contract writes it, relative to the base path.
    pub(super) route: &'static str,
    pub(super) path: String,
    pub(super) body: Value,
}

impl Case {
    /// The updated entity was created with the same path.
    pub(super) fn is_update(&self) -> bool {
        self.method == "POST" && CREATED.contains(&self.route)
    }
}

/// Entities that are created with PUT and updated with POST.
const CREATED: [&str; 9] = [
    "v1/filesystemlayout",
    "v1/image",
    "v1/network",
    "v1/partition",
    "v1/project",
    "v1/size",
    "v1/size/reservations",
    "v1/size-image-constraint",
    "v1/tenant",
];

/// In a possible order. `network` is private and belongs to the project.
pub(super) fn all(network: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    for route in CREATED {
        for method in ["PUT", "POST"] {
            cases.push(Case { method, route, path: format!("/{route}"), body: created(route) });
        }
    }
    let others = finds().into_iter().chain(of_networks()).chain(of_switches()).chain(of_machines(network));
    cases.extend(others.map(|(route, body)| {
        let id = if route.starts_with("v1/switch") { "leaf01".to_owned() } else { machine(1) };
        let path = format!("/{route}").replace("{id}", &id);
        Case { method: "POST", route, path, body }
    }));
    cases
}

fn meta(kind: &str) -> Value {
    let time = "2026-01-01T00:00:00Z";
    json!({"id": "hostile", "version": 0, "kind": kind, "apiversion": "v1", "created_time": time, "updated_time": time,
        "annotations": {"a": "b"}, "labels": ["l"]})
}

/// The entity that a route creates and updates.
fn created(route: &str) -> Value {
    let quota = json!({"quota": 100_000, "used": 0});
    let quotas = json!({"cluster": quota, "ip": quota, "machine": quota, "project": quota});
    let servers = [json!([{"ip": "1.1.1.1"}]), json!([{"address": "a.b"}])];
    match route {
        "v1/filesystemlayout" => {
            json!({"id": "hostile", "name": "n", "description": "d", "constraints": {"sizes": ["s"], "images": {"ubuntu": ">= 20.04"}},
            "filesystems": [{"path": "/", "device": "/dev/vg/root", "format": "ext4", "createoptions": ["-F"], "label": "l",
                "mountoptions": ["noexec"]}],
            "disks": [{"device": "/dev/sda", "wipeonreinstall": true, "partitions": [
                {"number": 1, "size": 9, "gpttype": "ef00", "label": "l"}, {"number": 2, "size": 0}]}],
            "raid": [{"arrayname": "/dev/md0", "devices": ["/dev/sda1"], "level": "1", "spares": 1, "createoptions": ["-F"]}],
            "volumegroups": [{"name": "vg", "devices": ["/dev/sda2"], "tags": ["t"]}],
            "logicalvolumes": [{"name": "root", "volumegroup": "vg", "size": 1, "lvmtype": "linear"}]})
        }
        "v1/image" => {
            json!({"id": "debian-12.0.20260101", "name": "n", "description": "d", "url": "http://u", "features": ["machine"],
            "classification": "preview", "expirationDate": "2030-01-01T00:00:00Z", "usedby": []})
        }
        "v1/network" => {
            json!({"id": "hostile", "name": "n", "description": "d", "prefixes": ["10.112.0.0/16"], "destinationprefixes": ["10.8.0.0/16"],
            "partitionid": "elsewhere", "vrf": 7, "vrfshared": true, "privatesuper": true, "nat": false, "nattype": "none",
            "networktype": "super", "underlay": false, "shared": false, "parentnetworkid": null, "projectid": PROJECT,
            "defaultchildprefixlength": {"IPv4": 22}, "additionalAnnouncableCIDRs": ["10.0.0.0/8"], "labels": {"a": "b"}})
        }
        "v1/partition" => {
            json!({"id": "hostile", "name": "n", "description": "d", "mgmtserviceaddress": "1.1.1.1:1",
            "bootconfig": {"imageurl": "http://i", "kernelurl": "http://k", "commandline": "q"},
            "dns_servers": servers[0], "ntp_servers": servers[1], "labels": {"a": "b"}})
        }
        "v1/project" => {
            json!({"meta": meta("Project"), "tenant_id": "metal-stack", "name": "n", "description": "d", "quotas": quotas})
        }
        "v1/size" => {
            json!({"id": "hostile", "name": "n", "description": "d", "labels": {"a": "b"},
            "constraints": [{"type": "cores", "min": 77, "max": 78, "identifier": "*"}]})
        }
        "v1/size/reservations" => {
            json!({"id": "hostile", "name": "n", "description": "d", "sizeid": "v1-small-x86", "projectid": PROJECT,
            "partitionids": ["elsewhere"], "amount": 1, "labels": {"a": "b"}})
        }
        "v1/size-image-constraint" => {
            json!({"id": "hostile", "name": "n", "description": "d", "constraints": {"images": {"ubuntu": ">= 20.04"}}})
        }
        _ => {
            json!({"meta": meta("Tenant"), "name": "n", "description": "d", "quotas": quotas, "default_quotas": quotas,
            "iam_config": {"idm_config": {"idm_type": "i"}, "issuer_config": {"client_id": "c", "url": "http://u"}}})
        }
    }
}

type Bodies = Vec<(&'static str, Value)>;

fn finds() -> Bodies {
    let machines = json!({"id": machine(0), "name": "n", "partition_id": "mini-lab", "rackid": "rack", "sizeid": "v1-small-x86", "tags": ["t"],
        "state_value": "LOCKED", "allocation_hostname": "h", "allocation_image_id": "i", "allocation_name": "n",
        "allocation_project": PROJECT, "allocation_role": "machine", "allocation_succeeded": true, "disk_names": ["/dev/sda"],
        "disk_sizes": [1], "hardware_memory": 1, "network_asns": [1], "network_destination_prefixes": ["0.0.0.0/0"],
        "network_ids": ["n"], "network_ips": ["10.0.0.1"], "network_prefixes": ["10.0.0.0/8"], "network_vrfs": [1],
        "nics_mac_addresses": ["02:00:00:00:00:01"], "nics_names": ["eth0"], "nics_neighbor_mac_addresses": ["02:00:00:00:00:01"],
        "nics_neighbor_names": ["Ethernet0"], "nics_neighbor_vrfs": ["v"], "nics_vrfs": ["v"], "ipmi_address": "10.0.0.1:623",
        "ipmi_interface": "lanplus", "ipmi_mac_address": "02:00:00:00:00:09", "ipmi_user": "u", "fru_board_mfg": "a",
        "fru_board_mfg_serial": "b", "fru_board_part_number": "c", "fru_chassis_part_number": "d", "fru_chassis_part_serial": "e",
        "fru_product_manufacturer": "f", "fru_product_part_number": "g", "fru_product_serial": "h"});
    vec![
        ("v1/machine/find", machines.clone()),
        ("v1/firewall/find", machines.clone()),
        ("v1/machine/ipmi/find", machines),
        (
            "v1/image/find",
            json!({"classification": "supported", "features": ["machine"], "id": "i", "name": "n", "os": "ubuntu", "version": "26.4"}),
        ),
        (
            "v1/size/reservations/find",
            json!({"id": "i", "partitionid": "mini-lab", "projectid": PROJECT, "sizeid": "v1-small-x86"}),
        ),
        (
            "v1/size/reservations/usage",
            json!({"id": "i", "partitionid": "mini-lab", "projectid": PROJECT, "sizeid": "v1-small-x86"}),
        ),
        (
            "v1/ip/find",
            json!({"addressfamily": "IPv4", "allocationuuid": "a", "ipaddress": "10.0.0.1", "machineid": machine(0), "name": "n",
            "networkid": "n", "networkprefix": "10.0.0.0/8", "projectid": PROJECT, "tags": ["t"], "type": "static"}),
        ),
        (
            "v1/network/find",
            json!({"addressfamily": "IPv4", "destinationprefixes": ["0.0.0.0/0"], "id": "i", "labels": {"a": "b"}, "name": "n",
            "nat": true, "parentnetworkid": "p", "partitionid": "mini-lab", "prefixes": ["10.0.0.0/8"], "privatesuper": true,
            "projectid": PROJECT, "underlay": false, "vrf": 1}),
        ),
        (
            "v1/project/find",
            json!({"description": "d", "id": PROJECT, "name": "n", "tenant_id": "metal-stack"}),
        ),
        (
            "v1/tenant/find",
            json!({"annotations": {"a": "b"}, "id": "t", "name": "n", "paging": {"count": 1, "page": 1}}),
        ),
        (
            "v1/switch/find",
            json!({"id": "leaf01", "name": "leaf01", "osvendor": "SONiC", "osversion": "4", "partitionid": "mini-lab", "rackid": "rack"}),
        ),
    ]
}

fn of_networks() -> Bodies {
    let address = json!({"name": "n", "description": "d", "networkid": "wide", "projectid": PROJECT, "type": "static", "tags": ["a"],
        "machineid": machine(0), "addressfamily": "IPv4"});
    let mut named = address.clone();
    // A request that names an address names no family.
    named.as_object_mut().unwrap().remove("addressfamily");
    vec![
        (
            "v1/network/allocate",
            json!({"name": "a", "description": "d", "projectid": PROJECT, "partitionid": "mini-lab", "length": {"IPv4": 28},
            "addressfamily": "IPv4", "destinationprefixes": ["0.0.0.0/0"], "labels": {"a": "b"}, "shared": true, "nat": true}),
        ),
        ("v1/ip/allocate", address),
        ("v1/ip/allocate/{ip}", named),
        (
            "v1/ip",
            json!({"ipaddress": "203.0.113.142", "type": "static", "name": "n", "description": "d", "tags": ["t"]}),
        ),
    ]
}

fn of_switches() -> Bodies {
    let leaf = leaf("leaf01");
    let mut update = leaf.clone();
    for of_a_registration in ["nics", "partition_id"] {
        update.as_object_mut().unwrap().remove(of_a_registration);
    }
    let bgp = leaf["nics"][0]["bgp_port_state"].clone();
    vec![
        ("v1/switch/register", leaf),
        ("v1/switch", update),
        (
            "v1/switch/{id}/notify",
            json!({"sync_duration": 1, "error": "e", "port_states": {"Ethernet0": "UP"},
            "bgp_port_states": {"Ethernet0": bgp}}),
        ),
        ("v1/switch/{id}/port", json!({"nic": "Ethernet0", "status": "UP"})),
        ("v1/switch/migrate", json!({"old_switch_id": "leaf01", "new_switch_id": "leaf03"})),
    ]
}

fn of_machines(network: &str) -> Bodies {
    let allocation = |image: &str| {
        json!({"uuid": "", "name": "n", "hostname": "h", "description": "d", "projectid": PROJECT, "partitionid": "mini-lab",
            "sizeid": "v1-small-x86", "imageid": image, "filesystemlayoutid": "default",
            "networks": [{"networkid": network, "autoacquire": true}], "ips": [], "tags": ["t"], "ssh_pub_keys": [],
            "placement_tags": ["p"], "user_data": "data", "dns_servers": [{"ip": "1.1.1.1"}], "ntp_servers": [{"address": "a.b"}]})
    };
    let mut firewall = allocation("firewall-ubuntu-3.0");
    firewall["firewall_rules"] = json!({
        "egress": [{"ports": [443], "protocol": "TCP", "to": ["0.0.0.0/0"], "comment": "c"}],
        "ingress": [{"ports": [22], "protocol": "TCP", "from": ["1.1.1.1/32"], "to": ["2.2.2.2/32"], "comment": "c"}]});
    let metric = json!({"averageconsumedwatts": 1.5, "intervalinmin": 1.5, "maxconsumedwatts": 1.5, "minconsumedwatts": 1.5});
    let fru = json!({"board_mfg": "h", "board_mfg_serial": "a", "board_part_number": "b", "chassis_part_number": "c",
        "chassis_part_serial": "d", "product_manufacturer": "e", "product_part_number": "f", "product_serial": "g"});
    let report = json!({"BIOSVersion": "1", "BMCVersion": "1", "BMCIp": "10.0.0.1", "FRU": fru, "IndicatorLEDState": "LED-ON",
        "PowerMetric": metric, "PowerState": "ON", "PowerSupplies": [{"status": {"health": "OK", "state": "E"}}]});
    vec![
        ("v1/filesystemlayout/try", json!({"size": "v1-small-x86", "image": "ubuntu-26.4"})),
        ("v1/size-image-constraint/try", json!({"size": "v1-small-x86", "image": "ubuntu-26.4"})),
        ("v1/filesystemlayout/matches", json!({"machine": machine(0), "filesystemlayout": "default"})),
        ("v1/machine/ipmi", json!({"partitionid": "mini-lab", "reports": {machine(0): report}})),
        ("v1/machine", json!({"id": machine(1), "description": "d", "tags": ["t"], "ssh_pub_keys": ["k"]})),
        (
            "v1/machine/{id}/state",
            json!({"value": "LOCKED", "description": "d", "issuer": "i", "metal_hammer_version": "v"}),
        ),
        (
            "v1/machine/{id}/reinstall",
            json!({"id": machine(1), "name": "n", "description": "d", "imageid": "ubuntu-26.4"}),
        ),
        ("v1/machine/allocate", allocation("ubuntu-26.4")),
        ("v1/firewall/allocate", firewall),
    ]
}
