//! Every field of every body of the HTTP routes, and bodies that are invalid as a whole.

use super::bodies::{self, Case};
use super::fixture::{Fixture, machine};
use super::packed;
use crate::serve::answers;
use crate::support::client::{Response, text};
use crate::support::rack;
use actors::decision::Role;
use metalmesh::cli::sign::signature;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::time::Duration;

/// Values beyond the contract, beyond what can be written, or of an unexpected type.
fn wild() -> Vec<Value> {
    let texts = [
        "",
        " ",
        "\0",
        "a\0b",
        "\u{1b}[31m",
        "\u{202e}\u{1f4a5}",
        "a\r\nb: c",
        "..",
        "a/b",
        "find",
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

/// JSON pointers (RFC 6901) to everything in `value`; for a list only to its first element.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(fields) => {
            fields.iter().map(|(name, inner)| (name.replace('~', "~0").replace('/', "~1"), inner)).collect()
        }
        Value::Array(elements) => elements.first().map(|inner| ("0".to_owned(), inner)).into_iter().collect(),
        _ => Vec::new(),
    };
    for (name, inner) in inner {
        let at = format!("{at}/{name}");
        places(inner, &at, found);
        found.push(at);
    }
}

/// The fields of each route's body in the contract; `*` stands for any element or entry.
fn contract() -> BTreeMap<String, Vec<String>> {
    serde_json::from_str(include_str!("requests.json")).unwrap()
}

/// Fields of the contract that the case's body lacks.
fn not_played(case: &Case, fields: &[String]) -> Vec<String> {
    let mut known = Vec::new();
    places(&case.body, "", &mut known);
    let known: Vec<String> = known.iter().map(|place| place.to_lowercase()).collect();
    let is_played = |field: &&String| {
        let wanted = field.to_lowercase();
        let wanted: Vec<&str> = wanted.split('/').collect();
        known.iter().any(|place| {
            let place: Vec<&str> = place.split('/').collect();
            place.len() == wanted.len()
                && place.iter().zip(&wanted).all(|(one, other)| *other == "*" || one == other)
        })
    };
    fields.iter().filter(|field| !is_played(field)).cloned().collect()
}

/// A new entity gets a new name each time, so that the name is not the reason of a refusal; an update is newer than the
/// stored entity.
fn body(case: &Case, number: usize, place: &str) -> Value {
    let mut body = case.body.clone();
    let at = |body: &mut Value, pointer: &str, put: &dyn Fn(&str) -> Value| {
        if let Some(field) = body.pointer_mut(pointer).filter(|_| !place.starts_with(pointer)) {
            *field = put(field.as_str().unwrap_or_default());
        }
    };
    if case.is_update() {
        at(&mut body, "/meta/version", &|_| (2 * number).into());
    } else if case.method == "PUT" {
        for id in ["/id", "/meta/id"] {
            at(&mut body, id, &|name| match name.split_once('-') {
                // An image's name ends with its version.
                Some((os, _)) => format!("{os}-12.0.{}", 20_260_000 + number).into(),
                None => format!("{name}{number}").into(),
            });
        }
    }
    body
}

/// The node with the entities of the cases: a waiting machine, an installed one, and a large network.
async fn fixture() -> (Fixture, String) {
    let fixture = Fixture::start().await;
    let client = &fixture.client;
    let elsewhere = json!({"id": "elsewhere", "bootconfig": {}, "mgmtserviceaddress": ""});
    client.put("/v1/partition", &elsewhere).await.expect(201);
    let wide =
        json!({"id": "wide", "prefixes": ["10.64.0.0/12"], "destinationprefixes": ["0.0.0.0/0"], "vrf": 8});
    client.put("/v1/network", &wide).await.expect(201);
    let network = text(&rack::allocate_network(client).await, "/id");
    fixture.boots(1).await;
    let allocated = rack::allocate_machine(client, &rack::machine_request("installed", &network)).await;
    assert_eq!(text(&allocated, "/id"), machine(1));
    installs(&fixture).await;
    fixture.boots(0).await;
    (fixture, network)
}

/// The machine that a case may reinstall reports that it is installed.
async fn installs(fixture: &Fixture) {
    fixture.says(&machine(1), "Installing").await;
    let report =
        json!({"uuid": machine(1), "consolePassword": "c", "success": true, "bootInfo": {"imageId": "i"}});
    fixture.call("BootService/Report", &report).await.unwrap();
    fixture.says(&machine(1), "Phoned Home").await;
}

async fn send(fixture: &Fixture, case: &Case, number: usize, body: &Value) -> Response {
    let method = Method::from_bytes(case.method.as_bytes()).unwrap();
    // A new one each time: some of the acquired ones cannot be released.
    let address = Ipv4Addr::from(u32::from(Ipv4Addr::new(10, 66, 0, 0)) + number as u32);
    let path = case.path.replace("{ip}", &address.to_string());
    let answer = fixture.client.send(method, &path, Some(body), None).await;
    answer.unwrap_or_else(|error| panic!("{} {}: no answer: {error}\n{body}", case.method, case.path))
}

/// Encodes a path segment (RFC 3986).
fn encoded(id: &str) -> String {
    id.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Restores the state before the case.
async fn undo(fixture: &Fixture, case: &Case, sent: &Value, reply: &Response) {
    let client = &fixture.client;
    match case.route {
        "v1/machine/allocate" | "v1/firewall/allocate" => {
            client.delete(&format!("/v1/machine/{}/free", machine(0))).await.expect(200);
            fixture.boots(0).await;
        }
        "v1/network/allocate" => {
            let path = format!("/v1/network/free/{}", text(&reply.body, "/id"));
            client.delete(&path).await.expect(200);
        }
        // Only one partition may have these prefixes, and only one size these constraints.
        "v1/network" | "v1/size" if case.method == "PUT" => {
            let id = encoded(&text(&reply.body, "/id"));
            client.delete(&format!("{}/{id}", case.path)).await.expect(200);
        }
        "v1/machine/{id}/state" => {
            client.post(&case.path, &json!({"value": "", "description": ""})).await.expect(200);
        }
        "v1/machine/{id}/reinstall" => installs(fixture).await,
        "v1/switch/register" => {
            let id = text(&reply.body, "/id");
            if id != "leaf01" {
                client.delete(&format!("/v1/switch/{}?force=true", encoded(&id))).await.expect(200);
            }
            client.post(&case.path, &case.body).await.expect(200);
        }
        "v1/switch/migrate" => {
            let back =
                json!({"old_switch_id": sent["new_switch_id"], "new_switch_id": sent["old_switch_id"]});
            client.post(&case.path, &back).await.expect(200);
        }
        _ => {}
    }
}

/// The contract's own 500s: a pool is exhausted.
fn is_defined(reply: &Response) -> bool {
    let said = reply.body.as_str().unwrap_or_default();
    match reply.status {
        200..300 => true,
        400 | 403 | 404 | 409 | 413 | 422 => !said.is_empty(),
        500 => ["no ips left", "exhausted pool", "has no defaultchildprefixlength"]
            .iter()
            .any(|defined| said.contains(defined)),
        _ => false,
    }
}

/// Everything that a client can list.
async fn known(fixture: &Fixture) -> Vec<Value> {
    let mut known = Vec::new();
    let kinds = ["partition", "size", "image", "filesystemlayout", "network", "ip", "project", "tenant"];
    let constraints = ["size/reservations", "size-image-constraint"];
    for kind in kinds.into_iter().chain(constraints).chain(["machine", "firewall", "switch"]) {
        known.push(fixture.client.get(&format!("/v1/{kind}")).await.expect(200));
    }
    known.push(fixture.client.post("/v1/machine/ipmi/find", &json!({})).await.expect(200));
    known
}

/// Runs a case with every bad value in every field; returns the numbers of fields and values.
async fn play(fixture: &Fixture, case: &Case) -> (usize, usize) {
    let (method, route) = (case.method, case.route);
    if case.is_update() {
        fixture.client.put(&case.path, &case.body).await.expect(201);
    }
    let good = body(case, 0, "");
    let reply = send(fixture, case, 0, &good).await;
    assert!((200..300).contains(&reply.status), "{method} {route}, as it is good: {reply:?}");
    undo(fixture, case, &good, &reply).await;
    let mut found = Vec::new();
    places(&case.body, "", &mut found);
    let (mut count, mut before) = (0, fixture.store_version().await);
    for place in &found {
        for value in wild() {
            count += 1;
            let mut body = body(case, count, place);
            let Some(field) = body.pointer_mut(place) else { continue };
            *field = value;
            let reply = send(fixture, case, count, &body).await;
            let about = || {
                let body: String = body.to_string().chars().take(600).collect();
                format!("{method} {route} {place}: {body}\n{reply:?}")
            };
            assert!(is_defined(&reply), "{}", about());
            if reply.status < 400 {
                undo(fixture, case, &body, &reply).await;
                before = fixture.store_version().await;
            } else {
                assert_eq!(fixture.store_version().await, before, "a refusal changes nothing: {}", about());
            }
        }
    }
    (found.len(), count)
}

#[tokio::test]
async fn one_wild_value_at_a_time_in_every_field_of_every_body() {
    let (mut fixture, network) = fixture().await;
    let (cases, contract) = (bodies::all(&network), contract());
    let named = |case: &Case| format!("{} {}", case.method, case.route);
    let played: BTreeSet<String> = cases.iter().map(named).collect();
    assert_eq!(played, contract.keys().cloned().collect(), "every route with a body is here");
    let (mut fields, mut count) = (0, 0);
    for case in &cases {
        let left_out: &[&str] = if case.route == "v1/ip/allocate/{ip}" { &["/addressfamily"] } else { &[] };
        assert_eq!(
            not_played(case, &contract[&named(case)]),
            left_out,
            "{}: every field is set",
            named(case)
        );
        let (more, wild) = play(&fixture, case).await;
        fields += more;
        count += wild;
    }
    let before = known(&fixture).await;
    fixture.node.kill_and_start_again(fixture.folder.path());
    answers(&fixture.client).await;
    assert_eq!(known(&fixture).await, before, "what was taken can be stored and read again");
    assert!(fields > 780 && count > 29_500, "{fields} fields, {count} cases");
    fixture.stop().await;
}

#[tokio::test]
async fn bodies_that_are_wild_as_a_whole_are_refused_by_every_route() {
    let (fixture, network) = fixture().await;
    let http = metalmesh::tls::http_client(Duration::from_secs(15)).unwrap();
    let before = fixture.store_version().await;
    for case in bodies::all(&network) {
        for (what, bytes, packed) in packed::all() {
            let about = format!("{what}: {} {}", case.method, case.route);
            let method = Method::from_bytes(case.method.as_bytes()).unwrap();
            let mut request = http.request(method, format!("{}{}", fixture.node.url(), case.path));
            for (name, value) in signature(Role::Admin, b"metal-admin", case.method) {
                request = request.header(name, value);
            }
            if let Some(packed) = packed {
                request = request.header("Content-Encoding", packed);
            }
            let request = request.header("Content-Type", "application/json").body(bytes);
            let answer = request.send().await.unwrap_or_else(|error| panic!("{about}: no answer: {error}"));
            let status = answer.status().as_u16();
            assert!(matches!(status, 400 | 413 | 415), "{about}: {status}");
        }
    }
    assert_eq!(fixture.store_version().await, before);
    fixture.stop().await;
}
