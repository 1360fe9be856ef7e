//! Real answers against the response definitions of the contract's OpenAPI document, whose facts are in `shapes.json`:
//! per definition its keys (`?`: may be absent) and their types.

use super::fixture::rack::{
    M1, M2, allocation, event_of, leaf_registration, masterdata, private_network, rack, report,
};
use super::fixture::{Fixture, anonymous, signed};
use actors::decision::Role;
use actors::machine::EventKind;
use actors::time::Timestamp;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Keys that compiled clients do not know and ignore.
const OURS: [(&str, &str); 1] = [("v1.SwitchNic", "admin_status")];

/// Required keys that may be null, as the contract pages say.
const NULL: [(&str, &str); 3] = [
    ("v1.MachineIPMI", "powermetric"),
    ("v1.FilesystemLayoutConstraints", "images"),
    ("v1.DiskPartition", "gpttype"),
];

/// Required keys that may be absent (api-resources 5.6, row "disk").
const ABSENT: [(&str, &str); 1] = [("v1.DiskPartition", "gpttype")];

struct Shapes {
    definitions: BTreeMap<String, BTreeMap<String, String>>,
    /// Which definitions were met.
    met: BTreeSet<String>,
    wrong: BTreeSet<String>,
}

impl Shapes {
    fn new() -> Self {
        let definitions = serde_json::from_str(include_str!("shapes.json")).unwrap();
        Self { definitions, met: BTreeSet::new(), wrong: BTreeSet::new() }
    }

    fn wrong(&mut self, path: &str, why: impl std::fmt::Display) {
        self.wrong.insert(format!("{path}: {why}"));
    }

    fn check(&mut self, path: &str, kind: &str, value: &Value) {
        if let Some(definition) = kind.strip_prefix('#') {
            return self.object(path, definition, value);
        }
        if let Some(element) = kind.strip_prefix("[]") {
            let Value::Array(elements) = value else { return self.wrong(path, "not a list") };
            return elements.iter().for_each(|value| self.check(&format!("{path}[]"), element, value));
        }
        if let Some(entry) = kind.strip_prefix("{}") {
            let Value::Object(entries) = value else { return self.wrong(path, "not a map") };
            return entries.values().for_each(|value| self.check(&format!("{path}{{}}"), entry, value));
        }
        let fits = match kind {
            "string" => value.is_string(),
            "time" => value.as_str().is_some_and(|text| Timestamp::parse(text).is_some()),
            "boolean" => value.is_boolean(),
            "integer" => value.as_i64().is_some(),
            "number" => value.is_number(),
            words => {
                let words = words.strip_prefix("string ").unwrap();
                value.as_str().is_some_and(|text| words.split('|').any(|word| word == text))
            }
        };
        if !fits {
            self.wrong(path, format!("{value} is no {kind}"));
        }
    }

    fn object(&mut self, path: &str, definition: &str, value: &Value) {
        let Value::Object(fields) = value else { return self.wrong(path, format!("not an object: {value}")) };
        self.met.insert(definition.to_owned());
        let keys = self.definitions[definition].clone();
        for (key, kind) in &keys {
            let (name, required) = key.strip_suffix('?').map_or((key.as_str(), true), |name| (name, false));
            let place = format!("{path}.{name}");
            let is = |list: &[(&str, &str)]| list.contains(&(definition, name));
            match fields.get(name) {
                None if required && !is(&ABSENT) => self.wrong(&place, "absent"),
                Some(Value::Null) if required && !is(&NULL) => self.wrong(&place, "null"),
                None | Some(Value::Null) => {}
                Some(value) => self.check(&place, kind, value),
            }
        }
        for name in fields.keys() {
            let known = keys.contains_key(name) || keys.contains_key(&format!("{name}?"));
            if !known && !OURS.contains(&(definition, name.as_str())) {
                self.wrong(path, format!("{name} is unknown"));
            }
        }
    }

    fn end(self) {
        assert!(self.wrong.is_empty(), "{:#?}", self.wrong);
    }
}

/// The response definition of each GET (api-resources 1.2, api-machines 0.3).
const READS: [(&str, &str); 16] = [
    ("v1/partition", "[]#v1.PartitionResponse"),
    ("v1/size", "[]#v1.SizeResponse"),
    ("v1/size/reservations", "[]#v1.SizeReservationResponse"),
    ("v1/size-image-constraint", "[]#v1.SizeImageConstraintResponse"),
    ("v1/image?show-usage=true", "[]#v1.ImageResponse"),
    ("v1/image/ubuntu-24.04/query", "[]#v1.ImageResponse"),
    ("v1/filesystemlayout", "[]#v1.FilesystemLayoutResponse"),
    ("v1/network", "[]#v1.NetworkResponse"),
    ("v1/ip", "[]#v1.IPResponse"),
    ("v1/project", "[]#v1.ProjectResponse"),
    ("v1/tenant", "[]#v1.TenantResponse"),
    ("v1/machine", "[]#v1.MachineResponse"),
    ("v1/firewall", "[]#v1.FirewallResponse"),
    ("v1/switch", "[]#v1.SwitchResponse"),
    ("v1/user/me", "#v1.User"),
    ("v1/version", "#rest.version"),
];

const FINDS: [(&str, &str); 10] = [
    ("v1/image/find", "[]#v1.ImageResponse"),
    ("v1/size/reservations/find", "[]#v1.SizeReservationResponse"),
    ("v1/size/reservations/usage", "[]#v1.SizeReservationUsageResponse"),
    ("v1/network/find", "[]#v1.NetworkResponse"),
    ("v1/ip/find", "[]#v1.IPResponse"),
    ("v1/project/find", "[]#v1.ProjectResponse"),
    ("v1/tenant/find", "[]#v1.TenantResponse"),
    ("v1/machine/find", "[]#v1.MachineResponse"),
    ("v1/machine/ipmi/find", "[]#v1.MachineIPMIResponse"),
    ("v1/firewall/find", "[]#v1.FirewallResponse"),
];

/// Lists that are `null` when empty (api-resources 0/7).
const NULL_LISTS: [&str; 6] = [
    "v1/network",
    "v1/project",
    "v1/project/find",
    "v1/tenant",
    "v1/tenant/find",
    "v1/size/reservations/usage",
];

/// Every answer to a GET, in the current state.
async fn read_all(fixture: &Fixture, shapes: &mut Shapes) {
    for (path, kind) in READS {
        let value = fixture.get(path).await.ok();
        if !(value.is_null() && NULL_LISTS.contains(&path)) {
            shapes.check(path, kind, &value);
        }
    }
    for (path, kind) in FINDS {
        let value = fixture.post(path, json!({})).await.ok();
        if !(value.is_null() && NULL_LISTS.contains(&path)) {
            shapes.check(path, kind, &value);
        }
    }
    let value = fixture.post("v1/switch/find", json!({})).await.ok();
    shapes.check("v1/switch/find", "[]#v1.SwitchResponse", &value);
    let health = fixture.send(anonymous("GET", "v1/health")).await.ok();
    shapes.check("v1/health", "#rest.HealthResponse", &health);
}

#[actix_web::test]
async fn an_empty_installation_answers_in_shape() {
    let (fixture, mut shapes) = (Fixture::new().await, Shapes::new());
    read_all(&fixture, &mut shapes).await;
    for path in NULL_LISTS {
        let is_asked = FINDS.iter().any(|(find, _)| *find == path);
        let reply = if is_asked { fixture.post(path, json!({})).await } else { fixture.get(path).await };
        assert_eq!(reply.text, "null", "{path}");
    }
    shapes.end();
}

/// Before, during and after the allocation of a machine and of a firewall, with every optional field set.
#[actix_web::test]
async fn a_rack_answers_in_shape() {
    let mut shapes = Shapes::new();
    let fixture = rack(&[M1, M2]).await;
    read_all(&fixture, &mut shapes).await;
    let network = full(&fixture, &mut shapes).await;
    let mut request = allocation(M1, &network, "ubuntu-24.04");
    request["dns_servers"] = json!([{"ip": "1.1.1.1"}]);
    request["ntp_servers"] = json!([{"address": "pool.ntp.org"}]);
    let machine = fixture.post("v1/machine/allocate", request).await.ok();
    shapes.check("v1/machine/allocate", "#v1.MachineResponse", &machine);
    let mut request = allocation(M2, &network, "fw-3.0");
    request["networks"] = json!([{"networkid": network}, {"networkid": "internet"}]);
    request["firewall_rules"] = json!({"egress": [{"ports": [443], "protocol": "TCP", "to": ["0.0.0.0/0"], "comment": "c"}],
        "ingress": [{"ports": [22], "from": ["1.1.1.1/32"], "to": ["2.2.2.2/32"]}]});
    let firewall = fixture.post("v1/firewall/allocate", request).await.ok();
    shapes.check("v1/firewall/allocate", "#v1.FirewallResponse", &firewall);
    read_all(&fixture, &mut shapes).await;
    report(&fixture, M1).await;
    report(&fixture, M2).await;
    event_of(&fixture, M1, EventKind::Crashed).await;
    read_all(&fixture, &mut shapes).await;
    operate(&fixture, &mut shapes).await;
    let unmet: Vec<_> = shapes.definitions.keys().filter(|name| !shapes.met.contains(*name)).collect();
    assert_eq!(
        unmet,
        ["v1.MachineVPN", "v1.MetalGPU"],
        "there is no VPN in this release, and no GPU in the rack"
    );
    shapes.end();
}

/// One entity of each kind with all its fields; the id of a child network.
async fn full(fixture: &Fixture, shapes: &mut Shapes) -> String {
    let network = private_network(fixture).await;
    let layout = json!({"id": "full", "name": "n", "description": "d", "constraints": {"sizes": ["s"], "images": {"x": "*"}},
        "filesystems": [{"path": "/", "device": "/dev/vg/root", "format": "ext4", "label": "l", "mountoptions": ["o"],
            "createoptions": ["-F"]}],
        "disks": [{"device": "/dev/sda", "wipeonreinstall": true,
            "partitions": [{"number": 1, "label": "l", "size": 1, "gpttype": "ef00"}, {"number": 2, "size": 0}]}],
        "raid": [{"arrayname": "/dev/md0", "devices": ["/dev/sda1"], "level": "1", "createoptions": ["c"], "spares": 1}],
        "volumegroups": [{"name": "vg", "devices": ["/dev/sda2"], "tags": ["t"]}],
        "logicalvolumes": [{"name": "root", "volumegroup": "vg", "size": 1, "lvmtype": "linear"}]});
    let size = json!({"id": "gpu", "constraints": [{"type": "gpu", "min": 1, "max": 2, "identifier": "*"},
        {"type": "cores", "min": 77, "max": 78}], "labels": {"a": "b"}});
    let constraint =
        json!({"id": "gpu", "name": "n", "description": "d", "constraints": {"images": {"ubuntu": ">= 1"}}});
    let reservation = json!({"id": "r", "name": "n", "description": "d", "sizeid": "gpu", "projectid": "p1",
        "partitionids": ["mini-lab"], "amount": 1, "labels": {"a": "b"}});
    let boot = json!({"imageurl": "http://i", "kernelurl": "http://k", "commandline": "quiet"});
    let partition = json!({"id": "other", "bootconfig": boot, "dns_servers": [{"ip": "1.1.1.1"}],
        "ntp_servers": [{"address": "pool.ntp.org"}], "labels": {"a": "b"}, "mgmtserviceaddress": "m"});
    let quotas = json!({"cluster": {"quota": 1}, "machine": {"quota": 99}, "ip": {"quota": 99}, "project": {"quota": 9}});
    let meta = json!({"id": "t2", "annotations": {"a": "b"}, "labels": ["l"]});
    let tenant = json!({"meta": meta, "name": "n", "description": "d", "quotas": quotas, "default_quotas": quotas,
        "iam_config": {"issuer_config": {"url": "u", "client_id": "c"}, "idm_config": {"idm_type": "t"}}});
    let project =
        json!({"meta": {"id": "p2"}, "name": "n", "description": "d", "tenant_id": "t2", "quotas": quotas});
    let dual =
        json!({"id": "dual", "prefixes": ["2001:db8::/64", "3.3.0.0/24"], "nat": true, "labels": {"a": "b"}});
    for (path, body, kind) in [
        ("v1/filesystemlayout", layout, "#v1.FilesystemLayoutResponse"),
        ("v1/size", size, "#v1.SizeResponse"),
        ("v1/size/reservations", reservation, "#v1.SizeReservationResponse"),
        ("v1/size-image-constraint", constraint, "#v1.SizeImageConstraintResponse"),
        ("v1/partition", partition, "#v1.PartitionResponse"),
        ("v1/tenant", tenant, "#v1.TenantResponse"),
        ("v1/project", project, "#v1.ProjectResponse"),
        ("v1/network", dual, "#v1.NetworkResponse"),
    ] {
        let reply = fixture.put(path, body).await;
        assert_eq!(reply.status, 201, "{path}: {reply:?}");
        shapes.check(path, kind, &reply.ok());
    }
    let address = json!({"networkid": "dual", "projectid": "p1", "tags": ["a"], "machineid": M1, "addressfamily": "IPv6"});
    let reply = fixture.post("v1/ip/allocate", address).await;
    assert_eq!(reply.status, 201);
    shapes.check("v1/ip/allocate", "#v1.IPResponse", &reply.ok());
    network
}

/// Every endpoint that changes an entity and shows it.
async fn operate(fixture: &Fixture, shapes: &mut Shapes) {
    let bgp = json!({"Ethernet0": {"Neighbor": "n", "PeerGroup": "g", "VrfName": "v", "BgpState": "Established",
        "BgpTimerUpEstablished": 1, "SentPrefixCounter": 2, "AcceptedPrefixCounter": 3}});
    let synced = json!({"sync_duration": 1, "error": null, "port_states": {"Ethernet0": "UP"}, "bgp_port_states": bgp});
    let failed = json!({"sync_duration": 1, "error": "e"});
    let reported = json!({"partitionid": "mini-lab", "reports": {M1: {"BMCIp": "1.1.1.1", "PowerState": "ON",
        "PowerMetric": {"averageconsumedwatts": 1.5}, "PowerSupplies": [{"status": {"health": "OK", "state": "Enabled"}}]},
        "new": {"BMCIp": "1.1.1.2"}}});
    let machine = format!("v1/machine/{M1}");
    let posts = [
        ("v1/switch/leaf01/notify".to_owned(), failed, "#v1.SwitchNotifyResponse"),
        ("v1/switch/leaf01/notify".to_owned(), synced, "#v1.SwitchNotifyResponse"),
        (
            "v1/switch/leaf01/port".to_owned(),
            json!({"nic": "Ethernet0", "status": "DOWN"}),
            "#v1.SwitchResponse",
        ),
        ("v1/switch/register".to_owned(), leaf_registration("leaf01"), "#v1.SwitchResponse"),
        ("v1/switch".to_owned(), json!({"id": "leaf01", "description": "d"}), "#v1.SwitchResponse"),
        ("v1/machine/ipmi".to_owned(), reported, "#v1.MachineIpmiReportResponse"),
        ("v1/machine".to_owned(), json!({"id": M1, "description": "x"}), "#v1.MachineResponse"),
        (format!("{machine}/power/on"), json!([]), "#v1.MachineResponse"),
        (format!("{machine}/power/chassis-identify-led-on"), json!([]), "#v1.MachineResponse"),
        (format!("{machine}/state"), json!({"value": "RESERVED", "description": "d"}), "#v1.MachineResponse"),
        (format!("{machine}/state"), json!({"value": ""}), "#v1.MachineResponse"),
        (format!("{machine}/reinstall"), json!({"imageid": "ubuntu-24.04.20260101"}), "#v1.MachineResponse"),
        ("v1/network".to_owned(), json!({"id": "internet", "name": "n"}), "#v1.NetworkResponse"),
        (
            "v1/project".to_owned(),
            json!({"meta": {"id": "p2", "version": 0}, "tenant_id": "t2"}),
            "#v1.ProjectResponse",
        ),
        ("v1/tenant".to_owned(), json!({"meta": {"id": "t2"}}), "#v1.TenantResponse"),
        ("v1/partition".to_owned(), json!({"id": "other", "name": "n"}), "#v1.PartitionResponse"),
        ("v1/size".to_owned(), json!({"id": "gpu", "name": "n"}), "#v1.SizeResponse"),
        (
            "v1/image".to_owned(),
            json!({"id": "fw-3.0.20260101", "classification": "supported"}),
            "#v1.ImageResponse",
        ),
    ];
    for (path, body, kind) in posts {
        let reply = fixture.post(&path, body).await;
        assert_eq!(reply.status, 200, "{path}: {reply:?}");
        shapes.check(&path, kind, &reply.ok());
        read_all(fixture, shapes).await;
    }
    let body = json!({"id": M1, "reason": "r"}).to_string();
    let password =
        fixture.send(signed(Role::Edit, "GET", "v1/machine/consolepassword").set_payload(body)).await.ok();
    shapes.check("consolepassword", "#v1.MachineConsolePasswordResponse", &password);
    remove(fixture, shapes).await;
}

/// Every endpoint that removes an entity and shows it.
async fn remove(fixture: &Fixture, shapes: &mut Shapes) {
    for (path, kind) in [
        (format!("v1/machine/{M1}/free"), "#v1.MachineResponse"),
        (format!("v1/machine/{M2}/free"), "#v1.MachineResponse"),
        ("v1/switch/leaf01?force=true".to_owned(), "#v1.SwitchResponse"),
        ("v1/project/p2".to_owned(), "#v1.ProjectResponse"),
        ("v1/tenant/t2".to_owned(), "#v1.TenantResponse"),
        ("v1/filesystemlayout/full".to_owned(), "#v1.FilesystemLayoutResponse"),
        ("v1/size/reservations/r".to_owned(), "#v1.SizeReservationResponse"),
        ("v1/size-image-constraint/gpu".to_owned(), "#v1.SizeImageConstraintResponse"),
        ("v1/size/gpu".to_owned(), "#v1.SizeResponse"),
        ("v1/partition/other".to_owned(), "#v1.PartitionResponse"),
        ("v1/image/fw-3.0.20260101".to_owned(), "#v1.ImageResponse"),
        ("v1/network/internet".to_owned(), "#v1.NetworkResponse"),
    ] {
        let reply = fixture.delete(&path).await;
        assert_eq!(reply.status, 200, "{path}: {reply:?}");
        shapes.check(&path, kind, &reply.ok());
        read_all(fixture, shapes).await;
    }
}

/// The stored shapes of api-resources 6 are partly those of the API: no other stored field may appear in it.
#[actix_web::test]
async fn single_entities_answer_in_shape() {
    let (fixture, mut shapes) = (masterdata().await, Shapes::new());
    event_of(&fixture, M1, EventKind::PxeBooting).await;
    for (path, kind) in [
        ("v1/partition/mini-lab", "#v1.PartitionResponse"),
        ("v1/size/v1-small-x86", "#v1.SizeResponse"),
        ("v1/image/fw-3.0.20260101", "#v1.ImageResponse"),
        ("v1/image/fw-3.0/latest", "#v1.ImageResponse"),
        ("v1/filesystemlayout/default", "#v1.FilesystemLayoutResponse"),
        ("v1/network/super", "#v1.NetworkResponse"),
        ("v1/project/p1", "#v1.ProjectResponse"),
        ("v1/tenant/t1", "#v1.TenantResponse"),
        (&format!("v1/machine/{M1}"), "#v1.MachineResponse"),
        (&format!("v1/machine/{M1}/ipmi"), "#v1.MachineIPMIResponse"),
    ] {
        shapes.check(path, kind, &fixture.get(path).await.ok());
    }
    shapes.end();
}

/// metalctl 2.3, the fields marked R: without them its tables panic. OpenAPI marks some of them as optional, and all of
/// these entities were created with the minimal accepted body.
#[actix_web::test]
async fn what_tables_cannot_do_without_is_there() {
    let fixture = masterdata().await;
    event_of(&fixture, M1, EventKind::PxeBooting).await;
    for (path, body, needed) in [
        ("v1/tenant", json!({"name": "bare"}), vec!["/meta/id"]),
        ("v1/project", json!({"name": "bare", "tenant_id": "t1"}), vec!["/meta/id"]),
        (
            "v1/size",
            json!({"id": "bare", "constraints": [{"min": 77, "max": 78}]}),
            vec!["/constraints/0/type"],
        ),
        ("v1/filesystemlayout", json!({"id": "bare"}), vec!["/constraints"]),
        ("v1/network", json!({"id": "bare", "prefixes": ["7.0.0.0/8", "fd00::/64"]}), vec!["/id", "/nat"]),
    ] {
        let created = fixture.put(path, body).await.ok();
        let list = fixture.get(path).await.ok();
        let shown = list.as_array().unwrap().iter().chain([&created]);
        for (entity, pointer) in shown.flat_map(|entity| needed.iter().map(move |pointer| (entity, pointer)))
        {
            assert!(
                entity.pointer(pointer).is_some_and(|value| !value.is_null()),
                "{path}{pointer}: {entity}"
            );
        }
    }
    let network = fixture.get("v1/network/bare").await.ok();
    for family in ["ipv4", "ipv6"] {
        for counter in ["available_ips", "used_ips", "available_prefixes", "used_prefixes"] {
            let count = network["consumption"][family][counter].as_u64();
            assert!(count.is_some_and(|count| count <= 2_147_483_648), "{family} {counter}: {network}");
        }
    }
    let machine = fixture.get(&format!("v1/machine/{M1}/ipmi")).await.ok();
    for pointer in
        ["/id", "/state/value", "/state/description", "/events/log/0/event", "/ipmi/fru", "/ledstate/value"]
    {
        assert!(machine.pointer(pointer).is_some_and(|value| !value.is_null()), "{pointer}: {machine}");
    }
    let status = json!({"sync_duration": 0, "error": ""});
    fixture.post("v1/switch/register", leaf_registration("leaf01")).await.ok();
    let notified = fixture.post("v1/switch/leaf01/notify", status).await.ok();
    for pointer in ["/last_sync_error/time", "/last_sync_error/duration"] {
        assert!(notified.pointer(pointer).is_some_and(|value| !value.is_null()), "{pointer}: {notified}");
    }
}
