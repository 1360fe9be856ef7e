//! One wild value in a request that is good otherwise: in every field of every body, one after the other. The answer is one of
//! the contract's, nobody panics, and what is refused changes nothing.

use super::fuzz::{bodies, is_defined, still_works};
use super::lab::{M1, M2, private_network, rack};
use super::stage::{Reply, Stage};
use crate::api::router::{Route, Verb};
use crate::api::routes::ROUTES;
use actors::decision::Role;
use actors::ipam::Address;
use actors::machine::{Events, Machine};
use actors::masterdata::{Image, Layout, Partition, Project, Size, Tenant};
use actors::network::Network;
use actors::switch::{Switch, SwitchStatus};
use actors::world::{Record, World};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Beyond what the contract says, beyond what can be shown, or of another kind than anybody expects.
fn wild() -> Vec<Value> {
    let texts = [
        "",
        " ",
        "\0",
        "a\0b",
        "\u{202e}\u{1f4a5}",
        "a\r\nb: c",
        "..",
        "a/b",
        "9999-12-31T23:59:59-23:59",
        "0000-01-01T00:00:00+23:59",
        "-0001-01-01T00:00:00Z",
        "10.0.0.0/33",
        "10.0.0.1/8",
        "::ffff:10.0.0.1",
        "fe80::1%eth0",
        "999.1.1.1",
        "ubuntu-99999999999999999999.1",
        "[*?\\",
        ">= ",
    ];
    let mut wild: Vec<Value> = texts.map(Value::from).into();
    wild.extend(["x", "\u{e4}"].map(|letter| letter.repeat(70_000).into()));
    wild.extend([
        Value::Null,
        json!(true),
        json!(-1),
        json!(0),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(4_294_967_296_u64),
        json!(0.5),
        json!(1e39),
        json!(f64::MAX),
        json!([]),
        json!({}),
        json!([null, [], {}, "a", 1]),
        json!(vec!["a"; 1025]),
        json!({"": ""}),
    ]);
    wild
}

/// JSON pointers (RFC 6901) to all that is in `value`.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(fields) => {
            fields.iter().map(|(name, inner)| (name.replace('~', "~0").replace('/', "~1"), inner)).collect()
        }
        Value::Array(elements) => {
            elements.iter().enumerate().map(|(place, inner)| (place.to_string(), inner)).collect()
        }
        _ => Vec::new(),
    };
    for (name, inner) in inner {
        let at = format!("{at}/{name}");
        places(inner, &at, found);
        found.push(at);
    }
}

/// Counts all changes of what the site knows.
fn changes(world: &World) -> u64 {
    world.epoch()
        + world.machines.changes()
        + world.events.changes()
        + world.addresses.changes()
        + world.switches.changes()
        + world.networks.changes()
}

/// Whatever was taken can be stored and read again, and is the same then.
fn rereads(world: &World) {
    fn table<R: Record + PartialEq>(world: &World, again: &World) {
        for known in R::table(world).all() {
            let row = known.row();
            again.load(&row.key, Some(&row)).unwrap_or_else(|error| panic!("{}: {error:?}", row.body));
            let read = R::table(again).get(&row.key.id).unwrap();
            assert_eq!(read.value, known.value, "{}", row.body);
        }
    }
    let again = World::default();
    table::<Tenant>(world, &again);
    table::<Project>(world, &again);
    table::<Partition>(world, &again);
    table::<Size>(world, &again);
    table::<Image>(world, &again);
    table::<Layout>(world, &again);
    table::<Network>(world, &again);
    table::<Address>(world, &again);
    table::<Switch>(world, &again);
    table::<SwitchStatus>(world, &again);
    table::<Machine>(world, &again);
    table::<Events>(world, &again);
}

/// What is created is called differently each time, so that the name is not what is refused.
fn renamed(body: &mut Value, number: usize, place: &str) {
    for id in ["/id", "/meta/id"] {
        if let Some(name) = body.pointer_mut(id).filter(|_| !place.starts_with(id)) {
            let text = name.as_str().unwrap_or_default().to_owned();
            *name = match text.split_once('-') {
                // An image's name ends with its version.
                Some((os, _)) => format!("{os}-12.0.{}", 20_260_000 + number).into(),
                None => format!("{text}{number}").into(),
            };
        }
    }
}

/// What else the contract knows of a route's body.
fn rest(path: &str) -> Value {
    let named = json!({"name": "n", "description": "d"});
    let time = "2026-01-01T00:00:00Z";
    let quota = json!({"quota": 100_000, "used": 0});
    let quotas = json!({"cluster": quota, "ip": quota, "machine": quota, "project": quota});
    let meta = |kind: &str| json!({"kind": kind, "apiversion": "v1", "created_time": time, "updated_time": time, "annotations": {"a": "b"}, "labels": ["l"]});
    let servers = json!({"dns_servers": [{"ip": "1.1.1.1"}], "ntp_servers": [{"address": "a.b"}], "filesystemlayoutid": "default"});
    let metric = json!({"intervalinmin": 1.5, "maxconsumedwatts": 1.5, "minconsumedwatts": 1.5});
    let fru = json!({"board_mfg_serial": "a", "board_part_number": "b", "chassis_part_number": "c", "chassis_part_serial": "d",
        "product_manufacturer": "e", "product_part_number": "f", "product_serial": "g"});
    let bgp = json!({"Neighbor": "n", "PeerGroup": "p", "VrfName": "v", "BgpState": "s", "BgpTimerUpEstablished": 1, "SentPrefixCounter": 1,
        "AcceptedPrefixCounter": 1});
    match path {
        "v1/partition" => json!({"name": "n", "description": "d", "mgmtserviceaddress": "1.1.1.1:1"}),
        "v1/image" => json!({"name": "n", "description": "d", "usedby": []}),
        "v1/filesystemlayout" => {
            json!({"name": "n", "description": "d", "volumegroups": [{"tags": ["t"]}], "raid": [{"createoptions": ["-F"]}],
            "disks": [{"wipeonreinstall": true, "partitions": [{"label": "l"}]}],
            "filesystems": [{"label": "l", "mountoptions": ["noexec"]}]})
        }
        "v1/network" => {
            json!({"name": "n", "description": "d", "shared": false, "underlay": false, "nattype": "none",
            "networktype": "external", "parentnetworkid": null})
        }
        "v1/ip/allocate" => {
            json!({"name": "n", "description": "d", "addressfamily": "IPv4"})
        }
        "v1/project" => json!({"description": "d", "meta": meta("Project"), "quotas": quotas}),
        "v1/tenant" => {
            json!({"name": "n", "description": "d", "meta": meta("Tenant"), "quotas": quotas, "default_quotas": quotas,
            "iam_config": {"idm_config": {"idm_type": "i"}, "issuer_config": {"client_id": "c", "url": "http://u"}}})
        }
        "v1/machine/allocate" => servers,
        "v1/firewall/allocate" => {
            let mut firewall = servers;
            firewall["firewall_rules"] = json!({"ingress": [{"comment": "c", "protocol": "TCP"}]});
            firewall
        }
        "v1/machine/ipmi" => {
            json!({"reports": {M1: {"BIOSVersion": "1", "BMCVersion": "1", "FRU": fru, "IndicatorLEDState": "LED-ON",
            "PowerMetric": metric, "PowerState": "ON"}}})
        }
        "v1/switch/register" => json!({"console_command": "c", "description": "d", "mode": "operational",
            "nics": [{"vrf": "", "bgp_port_state": bgp, "filter": {"cidrs": [], "vnis": []}}]}),
        "v1/switch/{id}/notify" => json!({"bgp_port_states": {"Ethernet0": bgp}}),
        _ => named,
    }
}

/// Puts into `body` what it does not say; of lists into the first element.
fn fill(body: &mut Value, rest: Value) {
    match (body, rest) {
        (Value::Object(fields), Value::Object(rest)) => {
            for (name, value) in rest {
                fill(fields.entry(name).or_insert(Value::Null), value);
            }
        }
        (Value::Array(elements), Value::Array(rest)) if !elements.is_empty() => {
            elements.iter_mut().zip(rest).for_each(|(element, rest)| fill(element, rest));
        }
        (body @ Value::Null, rest) => *body = rest,
        _ => {}
    }
}

/// As [`bodies`], but what each route takes, with all that the contract knows of it.
fn good(path: &str, network: &str) -> Value {
    let mut body = bodies(network).remove(path).unwrap_or_default();
    fill(&mut body, rest(path));
    if path == "v1/network" {
        // A partition has one of those, and this one has it.
        body["privatesuper"] = json!(false);
        for of_a_super in ["defaultchildprefixlength", "additionalAnnouncableCIDRs"] {
            body.as_object_mut().map(|fields| fields.remove(of_a_super));
        }
    }
    body
}

async fn stage() -> (Stage, String) {
    let stage = rack(&[M1, M2]).await;
    let network = private_network(&stage).await;
    (stage, network)
}

async fn send(stage: &Stage, method: &str, path: &str, body: &Value) -> Reply {
    let path = path.replace("{ip}", "1.2.0.77").replace("{id}", "leaf01");
    stage.call(Role::Admin, method, &path, Some(body.clone())).await
}

/// All that has a body: what is created, what is updated, and the rest.
fn played(network: &str) -> Vec<(&'static Route, Value)> {
    let bodies = bodies(network);
    let with_body = |route: &&Route| matches!(route.method, Verb::Put | Verb::Post);
    let routes = ROUTES.iter().filter(with_body).filter(|route| bodies.contains_key(route.path));
    routes.map(|route| (route, good(route.path, network))).collect()
}

/// The body for this case. An update is of what was created, and newer than whatever is there.
fn body(route: &Route, good: &Value, case: usize, place: &str) -> Value {
    let mut body = good.clone();
    if !is_update(route) {
        renamed(&mut body, case, place);
    } else if let Some(version) =
        body.pointer_mut("/meta/version").filter(|_| !place.starts_with("/meta/version"))
    {
        *version = (2 * case).into();
    }
    body
}

fn is_update(route: &Route) -> bool {
    route.method == Verb::Post
        && ROUTES.iter().any(|other| other.path == route.path && other.method == Verb::Put)
}

/// Only a super network may have the first two; whoever names an address does not say of which family it is.
const LEFT_OUT: [(&str, &str); 3] = [
    ("v1/network", "/additionalAnnouncableCIDRs"),
    ("v1/network", "/defaultchildprefixlength"),
    ("v1/ip/allocate/{ip}", "/addressfamily"),
];

/// Fields of the contract's request definitions that `good` does not have; `*` stands for any element or entry.
fn not_played(route: &Route, good: &Value) -> Vec<String> {
    let contract: BTreeMap<String, Vec<String>> =
        serde_json::from_str(include_str!("requests.json")).unwrap();
    let mut known = Vec::new();
    places(good, "", &mut known);
    let known: Vec<String> = known.iter().map(|place| place.to_lowercase()).collect();
    let is_played = |field: &String| {
        let wanted = field.to_lowercase();
        let fits = |place: &String| {
            let (place, wanted): (Vec<&str>, Vec<&str>) =
                (place.split('/').collect(), wanted.split('/').collect());
            place.len() == wanted.len()
                && place.iter().zip(&wanted).all(|(one, other)| *other == "*" || one == other)
        };
        known.iter().any(fits)
    };
    let fields =
        contract.get(&format!("{} {}", route.method.as_str(), route.path)).cloned().unwrap_or_default();
    fields.into_iter().filter(|field| !is_played(field)).collect()
}

/// A site in which the request is a good one.
async fn ready(route: &Route, good: &Value) -> Stage {
    let (stage, _) = stage().await;
    if is_update(route) {
        let reply = send(&stage, "PUT", route.path, good).await;
        assert!((200..300).contains(&reply.status), "PUT {}, as it is good: {reply:?}", route.path);
    }
    stage
}

#[actix_web::test]
async fn one_wild_value_at_a_time() {
    let (mut cases, mut fields) = (0, 0);
    let (_, network) = stage().await;
    for (route, good) in played(&network) {
        let (method, path) = (route.method.as_str(), route.path);
        // What is taken is taken by whoever is let in; the others are played on what is left.
        let takes = path.ends_with("allocate") || path.ends_with("{ip}") || path == "v1/network";
        let mut rig = ready(route, &good).await;
        let reply = send(&rig, method, path, &body(route, &good, 0, "")).await;
        assert!((200..300).contains(&reply.status), "{method} {path}, as it is good: {reply:?}");
        let left_out = LEFT_OUT.iter().filter(|(of, _)| *of == path).map(|(_, field)| (*field).to_owned());
        assert_eq!(
            not_played(route, &good),
            left_out.collect::<Vec<_>>(),
            "{method} {path}: every field is there"
        );
        let mut found = Vec::new();
        places(&good, "", &mut found);
        fields += found.len();
        for place in found {
            if takes {
                rereads(rig.site.world());
                rig = ready(route, &good).await;
            }
            for value in wild() {
                cases += 1;
                let mut body = body(route, &good, cases, &place);
                let Some(field) = body.pointer_mut(&place) else { continue };
                *field = value;
                let before = changes(rig.site.world());
                let reply = send(&rig, method, path, &body).await;
                let shown = || {
                    let body: String = body.to_string().chars().take(600).collect();
                    format!("{method} {path} {place}: {body}\n{reply:?}")
                };
                let is_defined = (200..300).contains(&reply.status)
                    || matches!(reply.status, 400 | 403 | 404 | 409 | 413 | 422)
                    || reply.status == 500 && is_defined(&reply.refusal().1);
                assert!(is_defined, "{}", shown());
                if reply.status >= 400 {
                    assert!(!reply.refusal().1.is_empty(), "{}", shown());
                    assert_eq!(changes(rig.site.world()), before, "a refusal changes nothing: {}", shown());
                }
            }
        }
        rereads(rig.site.world());
        still_works(&rig).await;
    }
    assert!(fields > 200 && cases > 7000, "{fields} fields, {cases} cases");
}
