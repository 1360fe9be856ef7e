//! One wild value in a request that is good otherwise: in every field of every body, one after the other. The answer is one of
//! the contract's, nobody panics, and what is refused changes nothing.

use super::fuzz::{bodies, is_defined, still_works};
use super::lab::{M1, M2, private_network, rack};
use super::stage::{Reply, Stage};
use crate::api::router::Verb;
use crate::api::routes::ROUTES;
use actors::decision::Role;
use actors::world::World;
use serde_json::{Value, json};

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

/// As [`bodies`], but what each route takes.
fn good(path: &str, network: &str) -> Value {
    let mut body = bodies(network).remove(path).unwrap_or_default();
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

#[actix_web::test]
async fn one_wild_value_at_a_time() {
    let (mut cases, mut fields) = (0, 0);
    let (_, network) = stage().await;
    for (path, _) in bodies(&network) {
        let verb = |verb: &Verb| matches!(verb, Verb::Put | Verb::Post);
        let Some(route) = ROUTES.iter().find(|route| route.path == path && verb(&route.method)) else {
            continue;
        };
        // What is taken is taken by whoever is let in; the others are played on what is left.
        let takes = path.ends_with("allocate") || path.ends_with("{ip}") || path == "v1/network";
        let method = route.method.as_str();
        let (mut rig, network) = stage().await;
        let good = good(&path, &network);
        let reply = send(&rig, method, &path, &good).await;
        assert!((200..300).contains(&reply.status), "{method} {path}, as it is good: {reply:?}");
        let mut found = Vec::new();
        places(&good, "", &mut found);
        fields += found.len();
        for place in found {
            if takes {
                rig = stage().await.0;
            }
            for value in wild() {
                cases += 1;
                let mut body = good.clone();
                renamed(&mut body, cases, &place);
                let Some(field) = body.pointer_mut(&place) else { continue };
                *field = value;
                let before = changes(rig.site.world());
                let reply = send(&rig, method, &path, &body).await;
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
        still_works(&rig).await;
    }
    assert!(fields > 120 && cases > 4000, "{fields} fields, {cases} cases");
}
