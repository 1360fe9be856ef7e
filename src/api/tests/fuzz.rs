//! Seeded random requests on every route: every answer is one of the contract's, and nothing panics.

use super::catalogue::ROUTED;
use super::fixture::rack::{M1, M2, allocation, leaf_registration, private_network, rack};
use super::fixture::{Fixture, signed};
use crate::api::router::Run;
use crate::api::routes::ROUTES;
use actix_web::test::TestRequest;
use actors::decision::Role;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value, json};

const ROUNDS: usize = 4000;

/// A random value.
fn nonsense(rng: &mut ChaCha8Rng) -> Value {
    let long = "x".repeat(70_000);
    let choices = [
        Value::Null,
        json!(true),
        json!(-1),
        json!(0),
        json!(300),
        json!(4_294_967_296_u64),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(1.5),
        json!(""),
        json!("\0"),
        json!("a\u{0}b"),
        json!(long),
        json!("x".repeat(1024)),
        json!("ä💥\u{202e}"),
        json!("10.0.0.0/8"),
        json!("::/0"),
        json!("0.0.0.0/33"),
        json!("255.255.255.255"),
        json!("2001:DB8::1"),
        json!("ubuntu-"),
        json!("x-0.0"),
        json!("ubuntu-99999999999999999999.1"),
        json!("9999-99-99T99:99:99Z"),
        json!("9999-12-31T23:59:59.999999999+00:00"),
        json!("-0001-01-01T00:00:00Z"),
        json!("[*?\\"),
        json!(">= "),
        json!(M1),
        json!("mini-lab"),
        json!("p1"),
        json!([]),
        json!({}),
        json!([null, 1, "a", {}, []]),
        json!(vec!["a"; 1025]),
        json!({"IPv4": 0, "ipv6": 255, "x": -1}),
        json!({"": "", "a": null}),
    ];
    choices[rng.random_range(0..choices.len())].clone()
}

/// `value` with up to two random changes.
fn mutated(value: &Value, rng: &mut ChaCha8Rng) -> Value {
    let mut changed = value.clone();
    for _ in 0..rng.random_range(0..=2) {
        mutate(&mut changed, rng);
    }
    changed
}

fn mutate(value: &mut Value, rng: &mut ChaCha8Rng) {
    match value {
        Value::Object(fields) if !fields.is_empty() && rng.random_bool(0.9) => {
            let place = rng.random_range(0..fields.len());
            let Some(name) = fields.keys().nth(place).cloned() else { return };
            match rng.random_range(0..10) {
                0 => drop(fields.remove(&name)),
                1 => drop(fields.insert(name.to_uppercase(), nonsense(rng))),
                2..=5 => fields.get_mut(&name).into_iter().for_each(|inner| mutate(inner, rng)),
                _ => drop(fields.insert(name, nonsense(rng))),
            }
        }
        Value::Array(elements) if !elements.is_empty() && rng.random_bool(0.8) => {
            let place = rng.random_range(0..elements.len());
            match rng.random_range(0..4) {
                0 => elements.push(elements[place].clone()),
                _ => mutate(&mut elements[place], rng),
            }
        }
        other => *other = nonsense(rng),
    }
}

/// For each route a body that succeeds or nearly succeeds.
fn bodies(network: &str) -> Map<String, Value> {
    let layout = json!({"id": "l", "constraints": {"sizes": ["s"], "images": {"ubuntu": ">= 20.04"}},
        "filesystems": [{"path": "/", "device": "/dev/vg/root", "format": "ext4", "createoptions": ["-F"]}],
        "disks": [{"device": "/dev/sda", "partitions": [{"number": 1, "size": 9}, {"number": 2, "size": 0, "gpttype": "ef00"}]}],
        "raid": [{"arrayname": "/dev/md0", "devices": ["/dev/sda1"], "level": "1", "spares": 1}],
        "volumegroups": [{"name": "vg", "devices": ["/dev/sda2"]}],
        "logicalvolumes": [{"name": "root", "volumegroup": "vg", "size": 1, "lvmtype": "linear"}]});
    let size = json!({"id": "s", "constraints": [{"type": "cores", "min": 77, "max": 78, "identifier": "*"}], "labels": {"a": "b"}});
    let reservation = json!({"id": "r", "name": "n", "sizeid": "v1-small-x86", "projectid": "p1", "partitionids": ["mini-lab"],
        "amount": 1, "labels": {"a": "b"}});
    let constraint =
        json!({"id": "s", "name": "n", "constraints": {"images": {"ubuntu": ">= 20.04", "debian": "*"}}});
    let image = json!({"id": "debian-12.0.20260101", "url": "http://u", "features": ["machine"], "classification": "preview",
        "expirationDate": "2030-01-01T00:00:00Z"});
    let partition = json!({"id": "p", "bootconfig": {"imageurl": "http://i", "kernelurl": "http://k", "commandline": "q"},
        "dns_servers": [{"ip": "1.1.1.1"}], "ntp_servers": [{"address": "a.b"}], "labels": {}});
    let quotas = json!({"machine": {"quota": 1}, "project": {"quota": 100_000}});
    let tenant = json!({"meta": {"id": "t", "version": 0, "annotations": {"a": "b"}, "labels": ["l"]}, "quotas": quotas});
    let project =
        json!({"meta": {"id": "p", "version": 0}, "tenant_id": "t1", "name": "n", "quotas": quotas});
    let create = json!({"id": "n", "prefixes": ["10.9.0.0/16"], "destinationprefixes": ["10.8.0.0/16"], "partitionid": "mini-lab",
        "vrf": 7, "vrfshared": true, "privatesuper": true, "nat": false, "defaultchildprefixlength": {"IPv4": 22},
        "additionalAnnouncableCIDRs": ["10.0.0.0/8"], "labels": {"a": "b"}, "projectid": "p1"});
    let allocate = json!({"name": "a", "projectid": "p1", "partitionid": "mini-lab", "length": {"IPv4": 24}, "addressfamily": "IPv4",
        "destinationprefixes": ["0.0.0.0/0"], "labels": {"a": "b"}, "shared": true, "nat": true});
    let address =
        json!({"networkid": "internet", "projectid": "p1", "type": "static", "tags": ["a"], "machineid": M1});
    let mut firewall = allocation("", network, "fw-3.0");
    firewall["firewall_rules"] = json!({"egress": [{"ports": [443], "protocol": "TCP", "to": ["0.0.0.0/0"], "comment": "c"}],
        "ingress": [{"ports": [22], "from": ["1.1.1.1/32"], "to": ["2.2.2.2/32"]}]});
    let report = json!({"partitionid": "mini-lab", "reports": {M1: {"BMCIp": "1.1.1.1", "FRU": {"board_mfg": "b"},
        "PowerMetric": {"averageconsumedwatts": 1.5}, "PowerSupplies": [{"status": {"health": "OK", "state": "E"}}]}}});
    let notify = json!({"sync_duration": 1, "error": "e", "port_states": {"Ethernet0": "UP"},
        "bgp_port_states": {"Ethernet0": {"Neighbor": "n", "BgpTimerUpEstablished": 1}}});
    let find = json!({"id": M1, "tags": [], "network_ids": ["n"], "disk_sizes": [1], "hardware_memory": 1, "allocation_succeeded": true,
        "prefixes": ["10.0.0.0/8"], "vrf": 1, "labels": {"a": "b"}, "addressfamily": "IPv4", "features": ["machine"],
        "annotations": {"a": "b"}, "paging": {"page": 1, "count": 1}, "version": "1.2.3"});
    let any = json!({"id": M1, "value": "LOCKED", "description": "d", "imageid": "ubuntu-24.04.20260101", "nic": "Ethernet0",
        "status": "UP", "old_switch_id": "leaf01", "new_switch_id": "leaf02", "mode": "replace", "tags": ["t"], "ssh_pub_keys": [],
        "orders": [M1], "size": "v1-small-x86", "image": "ubuntu-24.04", "machine": M1, "filesystemlayout": "default",
        "ipaddress": "1.2.0.1", "type": "static", "reason": "r"});
    [
        ("v1/filesystemlayout", layout),
        ("v1/size", size),
        ("v1/size/reservations", reservation),
        ("v1/size-image-constraint", constraint),
        ("v1/image", image),
        ("v1/partition", partition),
        ("v1/tenant", tenant),
        ("v1/project", project),
        ("v1/network", create),
        ("v1/network/allocate", allocate),
        ("v1/ip/allocate", address.clone()),
        ("v1/ip/allocate/{ip}", address),
        ("v1/machine/allocate", allocation("", network, "ubuntu-24.04")),
        ("v1/firewall/allocate", firewall),
        ("v1/machine/ipmi", report),
        ("v1/switch/register", leaf_registration("leaf01")),
        ("v1/switch/{id}/notify", notify),
        ("find", find),
        ("any", any),
    ]
    .map(|(path, body)| (path.to_owned(), body))
    .into_iter()
    .collect()
}

/// A route's path with values for its parameters.
fn concrete(path: &str, network: &str, rng: &mut ChaCha8Rng) -> String {
    let ids = [
        M1,
        M2,
        network,
        "leaf01",
        "mini-lab",
        "p1",
        "t1",
        "super",
        "internet",
        "ubuntu-24.04",
        "1.2.0.1",
        "2001:db8::1",
        "%00",
        "%0d%0a",
        "%F0%9F%92%A5",
        "a%2Fb",
        "..",
        "%2e%2e",
        ".",
        "x",
        "%20",
        "[",
        "ubuntu-99999999999999999999.1",
    ];
    let long = "y".repeat(2000);
    let segments = path.split('/').map(|segment| {
        if !segment.starts_with('{') {
            segment
        } else if rng.random_bool(0.03) {
            &long
        } else {
            ids[rng.random_range(0..ids.len())]
        }
    });
    segments.collect::<Vec<_>>().join("/")
}

fn request(bodies: &Map<String, Value>, network: &str, rng: &mut ChaCha8Rng) -> (String, TestRequest) {
    let ours = ROUTES.iter().map(|route| (route.method.as_str(), route.path));
    let implemented = |(_, path): &(&str, &str)| {
        ROUTES.iter().any(|route| route.path == *path && !matches!(route.run, Run::Missing(_)))
    };
    let all: Vec<_> = ROUTED.into_iter().chain(ours).filter(implemented).collect();
    let (method, path) = all[rng.random_range(0..all.len())];
    let body =
        bodies.get(path).or_else(|| bodies.get(if path.ends_with("find") { "find" } else { "any" })).unwrap();
    let mut text = mutated(body, rng).to_string().into_bytes();
    if rng.random_bool(0.1) && !text.is_empty() {
        let place = rng.random_range(0..text.len());
        text[place] = u8::try_from(rng.next_u32() & 0xff).unwrap();
    }
    if rng.random_bool(0.05) {
        text.truncate(rng.random_range(0..=text.len()));
    }
    let queries = [
        "",
        "",
        "?force=true",
        "?force=x",
        "?show-usage=1",
        "?description=%00",
        "?wait_seconds=0",
        "?%ff=%",
        "?service=store",
    ];
    let query = queries[rng.random_range(0..queries.len())];
    let target = format!("{}{query}", concrete(path, network, rng));
    let shown = format!(
        "{method} {target} {}",
        String::from_utf8_lossy(&text).chars().take(2000).collect::<String>()
    );
    let request = signed(Role::Admin, method, &target).insert_header(("Content-Type", "application/json"));
    (shown, request.set_payload(text))
}

#[actix_web::test]
async fn nonsense_is_answered_and_nobody_panics() {
    for seed in 0..4 {
        let fixture = rack(&[M1, M2]).await;
        let network = private_network(&fixture).await;
        let bodies = bodies(&network);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        for round in 0..ROUNDS / 4 {
            let (shown, request) = request(&bodies, &network, &mut rng);
            let reply = fixture.send(request).await;
            let defined = matches!(reply.status, 200 | 201 | 301 | 400 | 404 | 405 | 409 | 413 | 422 | 501)
                || reply.status == 500 && is_defined(&reply.refusal().1);
            assert!(defined, "seed {seed} round {round}: {shown}\n{reply:?}");
            if reply.status >= 400 {
                assert!(!reply.refusal().1.is_empty(), "{shown}");
            }
        }
        still_works(&fixture).await;
    }
}

/// The contract's own 500s: a pool is exhausted.
fn is_defined(text: &str) -> bool {
    text.contains("no ips left")
        || text.contains("exhausted pool")
        || text.contains("has no defaultchildprefixlength")
}

/// Everything that was stored can be shown.
async fn still_works(fixture: &Fixture) {
    for route in ROUTES.iter().filter(|route| route.method.as_str() == "GET" && !route.path.contains('{')) {
        let reply = fixture.get(route.path).await;
        assert!(matches!(reply.status, 200 | 400 | 403 | 501), "{}: {reply:?}", route.path);
    }
    for path in ["v1/machine/ipmi/find", "v1/switch/find", "v1/network/find"] {
        fixture.post(path, json!({})).await.ok();
    }
}
