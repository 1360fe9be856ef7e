//! Checks that every request passes before its route's code: api-resources 1.8 to 1.10.

use super::fixture::rack::{M1, M2, allocation, masterdata, private_network, rack, report};
use super::fixture::{Fixture, anonymous, signed};
use crate::api::router::{Run, Verb};
use crate::api::routes::ROUTES;
use actix_web::test::TestRequest;
use actors::decision::Role;
use serde_json::{Value, json};

fn concrete(path: &str) -> String {
    let segments = path.split('/').map(|segment| if segment.starts_with('{') { "x" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

/// Routes that read a body as an object.
fn reading() -> impl Iterator<Item = (&'static str, String)> {
    let ignoring = ["/power/", "v1/version", "v1/health"];
    ROUTES
        .iter()
        .filter(|route| matches!(route.run, Run::Read(_) | Run::Write(_)))
        .filter(|route| {
            matches!(route.method, Verb::Put | Verb::Post) || route.path.ends_with("consolepassword")
        })
        .filter(move |route| !ignoring.iter().any(|part| route.path.contains(part)))
        .map(|route| (route.method.as_str(), concrete(route.path)))
}

const STRAY_BYTE: &[u8] = b"{\"id\":\"\xff\"}";
const NUL: &[u8] = b"{\"other\":\"a\\u0000\"}";

async fn refused(fixture: &Fixture, method: &str, path: &str, body: Vec<u8>) -> (u16, String) {
    let request = signed(Role::Admin, method, path).insert_header(("Content-Type", "application/json"));
    fixture.send(request.set_payload(body)).await.refusal()
}

/// api-resources 1.8, row "body unreadable", and 1.10, row "Request decoding".
#[actix_web::test]
async fn unreadable_bodies_are_refused_on_every_route() {
    let fixture = masterdata().await;
    assert!(reading().count() > 35);
    for (method, path) in reading() {
        let nested = |open: &str| open.repeat(100_000).into_bytes();
        for (body, wanted) in [
            (Vec::new(), "EOF"),
            (b"{\"id\":".to_vec(), "unexpected EOF"),
            (b"[]".to_vec(), "json: the body must be an object"),
            (b"7 {}".to_vec(), "json: the body must be an object"),
            (b"\"{}\"".to_vec(), "json: the body must be an object"),
            (b"{\"id\":\"\\ud800\"}".to_vec(), "invalid JSON: "),
            (b"{\"id\":1e999}".to_vec(), "invalid JSON: number out of range"),
            (STRAY_BYTE.to_vec(), "invalid JSON: "),
            (b"\xef\xbb\xbf{}".to_vec(), "invalid JSON: "),
            (nested("["), "invalid JSON: recursion limit exceeded"),
            (nested("{\"a\":"), "invalid JSON: recursion limit exceeded"),
            (NUL.to_vec(), "other contains a NUL character"),
        ] {
            // Texts of hardware are cleaned.
            let is_spoken = ["v1/machine/ipmi", "v1/switch/register"].contains(&path.as_str())
                || path.ends_with("/notify");
            if is_spoken && [STRAY_BYTE, NUL].contains(&body.as_slice()) {
                continue;
            }
            let (status, text) = refused(&fixture, method, &path, body).await;
            assert!(status == 400 && text.starts_with(wanted), "{method} {path}: {status} {text}");
        }
    }
}

/// api-resources 1.10: the last of two equal keys counts, unknown ones do not, nor does what follows.
#[actix_web::test]
async fn readable_bodies_are_read_as_they_come() {
    let fixture = Fixture::new().await;
    let body = br#" {"id":"a","ID":null,"description":"first","description":"last","unknown":{"deep":[1]}} } trailing"#;
    let request = signed(Role::Admin, "PUT", "v1/size").insert_header(("Content-Type", "application/json"));
    let size = fixture.send(request.set_payload(body.to_vec())).await.ok();
    assert_eq!((&size["id"], &size["description"]), (&json!("a"), &json!("last")));
    let null = signed(Role::Admin, "POST", "v1/ip/find").insert_header(("Content-Type", "application/json"));
    assert_eq!(fixture.send(null.set_payload("null")).await.text, "[]");
    for (body, field) in [
        (json!({"id": 7}), "id"),
        (json!({"id": "s", "labels": ["a"]}), "labels"),
        (json!({"id": "s", "constraints": [{"min": -1}]}), "constraints[0].min"),
        (json!({"id": "s", "constraints": [{"type": "cores", "max": 1.5}]}), "constraints[0].max"),
    ] {
        let (status, text) = fixture.put("v1/size", body).await.refusal();
        assert!(status == 400 && text.starts_with(&format!("json: cannot read field {field}")), "{text}");
    }
    let small = json!({"projectid": "p", "partitionid": "p", "length": {"IPv4": 300}});
    assert_eq!(fixture.post("v1/network/allocate", small).await.refusal().0, 400, "out of range");
}

/// Bounds of single texts are in `bounds`; these requests exceed others.
#[actix_web::test]
async fn what_is_too_long_is_refused_wherever_it_stands() {
    let fixture = rack(&[M1]).await;
    let long = "x".repeat(1025);
    for (method, path) in [
        ("GET", format!("v1/size/{long}")),
        ("DELETE", format!("v1/size/{long}")),
        ("DELETE", "v1/size/a%00".to_owned()),
        ("POST", format!("v1/switch/{long}/notify")),
        ("POST", format!("v1/ip/allocate/{long}")),
        ("POST", format!("v1/machine/{M1}/power/chassis-identify-led-on?description=%00")),
    ] {
        let (status, text) = refused(&fixture, method, &path, b"{}".to_vec()).await;
        assert!(
            status == 400 && (text.contains(" bytes, at most ") || text.contains("NUL")),
            "{status} {text}"
        );
    }
    // Each label is within its bound; together they exceed a row.
    let labels: Value = (0..40).map(|n| (n.to_string(), json!("v".repeat(60_000)))).collect();
    let (status, text) = fixture.put("v1/size", json!({"id": "big", "labels": labels})).await.refusal();
    assert!(status == 422 && text.starts_with("the store refuses this: "), "{status} {text}");
    assert_eq!(fixture.get("v1/size/big").await.status, 404);
    let network = private_network(&fixture).await;
    let mut request = allocation(M1, &network, "ubuntu-24.04");
    request["user_data"] = json!("u".repeat(512 << 10));
    assert_eq!(fixture.post("v1/machine/allocate", request).await.status, 200, "the largest that fits");
}

/// api-resources 1.9, rows "trailing slash", "//", "%2F" and "wrong method"; metalctl 4.3: ids are percent-encoded.
#[actix_web::test]
async fn paths_mean_the_same_in_every_spelling() {
    let fixture = masterdata().await;
    let network = json!({"id": "v6", "prefixes": ["2001:db8::/64"]});
    fixture.put("v1/network", network).await.ok();
    let specific = json!({"networkid": "v6", "projectid": "p1"});
    fixture.post("v1/ip/allocate/2001:db8::5", specific).await.ok();
    for path in ["v1/ip/2001:db8::5", "v1/ip/2001%3adb8%3A%3A5", "v1/ip/2001:db8::5/"] {
        assert_eq!(fixture.get(path).await.ok()["ipaddress"], "2001:db8::5", "{path}");
    }
    assert_eq!(fixture.get("v1/ip/2001:0db8::5").await.status, 404, "lookups are exact");
    assert_eq!(fixture.get("v1/ip%2F2001:db8::5").await.status, 200, "an escaped slash is a slash");
    assert_eq!(fixture.get("v1/size/a%2Fb").await.refusal(), (404, "404: Page Not Found".to_owned()));
    for route in ROUTES.iter().filter(|route| route.method == Verb::Get) {
        let path = concrete(route.path);
        let (bare, slashed) = (fixture.get(&path).await, fixture.get(&format!("{path}/")).await);
        assert_eq!((bare.status, &bare.text), (slashed.status, &slashed.text), "{path}");
        let head = fixture.send(signed(Role::Admin, "HEAD", &path)).await;
        assert_eq!(head.status, 405, "HEAD {path}");
    }
    for (path, wanted) in [
        ("/metal//v1/size", "/metal/v1/size"),
        ("/metal//v1/%0d%0aset-cookie:a", "/metal/v1/%0D%0Aset-cookie:a"),
        ("//%5cevil.example/", "/%5Cevil.example/"),
        ("//evil.example", "/evil.example"),
        ("/metal/v1/../v1/%e2%82%ac", "/metal/v1/%E2%82%AC"),
    ] {
        let reply = fixture.send(TestRequest::with_uri(path)).await;
        assert_eq!((reply.status, reply.header("location")), (301, Some(wanted)), "{path}");
    }
}

/// Routes with flags (api-resources 2.5 and 5.5, api-machines 4.8).
#[actix_web::test]
async fn flags_are_read_before_anything_else() {
    let fixture = Fixture::new().await;
    let text = "strconv.ParseBool: parsing \"yes\": invalid syntax".to_owned();
    for (method, path) in [
        ("POST", "v1/network?force=yes"),
        ("DELETE", "v1/switch/x?force=yes"),
        ("GET", "v1/image?show-usage=yes"),
        ("POST", "v1/image/find?show-usage=yes"),
    ] {
        assert_eq!(refused(&fixture, method, path, b"{}".to_vec()).await, (400, text.clone()), "{path}");
    }
}

/// api-resources 1.2 and 1.6, api-machines 0.3, column "Role", of every route.
#[actix_web::test]
async fn every_route_asks_for_its_role() {
    let fixture = Fixture::new().await;
    for route in ROUTES {
        let path = concrete(route.path);
        let wanted = level(route.method, route.path);
        let guest =
            anonymous(route.method.as_str(), &path).insert_header(("Content-Type", "application/json"));
        let guest = fixture.send(guest).await;
        assert_eq!(guest.status == 403, wanted != "open", "{} {path}", route.method.as_str());
        for (role, rank) in [(Role::View, 1), (Role::Edit, 2), (Role::Admin, 3)] {
            let request = signed(role, route.method.as_str(), &path)
                .insert_header(("Content-Type", "application/json"));
            let reply = fixture.send(request.set_payload("{}")).await;
            let needed = match wanted {
                "open" | "any" | "view" => 1,
                "edit" => 2,
                _ => 3,
            };
            assert_eq!(reply.status == 403, rank < needed, "{} {path} as {role:?}", route.method.as_str());
        }
    }
}

fn level(method: Verb, path: &str) -> &'static str {
    let any = ["partition", "size", "image", "size-image-constraint", "switch"];
    let kind = path.split('/').nth(1).unwrap_or(path);
    let last = path.split('/').next_back().unwrap_or(path);
    match (method, path) {
        (_, "apidocs.json" | "v1/version" | "v1/health") => "open",
        (Verb::Get, "v1/firmware") => "admin",
        (Verb::Get, "v1/machine/consolepassword" | "mesh/v1/bmc/{partition}/orders") => "edit",
        (Verb::Post, "mesh/v1/bmc/{machine}/orders/done") => "edit",
        (Verb::Post, "v1/partition/capacity" | "v1/size/suggest") => "any",
        (Verb::Post, "v1/size/reservations/find" | "v1/size/reservations/usage") => "any",
        (_, path) if path.starts_with("v1/size/reservations") && method != Verb::Get => "edit",
        (Verb::Get, _) if any.contains(&kind) => "any",
        (Verb::Get, _) => "view",
        (Verb::Post, "v1/machine/issues/evaluate") => "view",
        (Verb::Post, _) if last == "find" => "view",
        (_, "v1/ip" | "v1/ip/allocate/{ip}" | "v1/machine/ipmi" | "v1/switch/register") => "edit",
        (Verb::Delete, "v1/switch/{id}" | "v1/machine/{id}/free") => "edit",
        (Verb::Post, "mesh/v1/ip/{ip}/free") => "edit",
        (_, path) if last == "allocate" || path.contains("/free/") || path.contains("/power/") => "edit",
        (Verb::Post, _) if ["state", "reinstall", "notify"].contains(&last) => "edit",
        _ => "admin",
    }
}

/// Passwords are shown where the contract shows them, and nowhere else.
#[actix_web::test]
async fn secrets_are_shown_where_they_must_be() {
    let fixture = rack(&[M1, M2]).await;
    let network = private_network(&fixture).await;
    fixture.post("v1/machine/allocate", allocation(M1, &network, "ubuntu-24.04")).await.ok();
    report(&fixture, M1).await;
    fixture.post(&format!("v1/machine/{M1}/power/off"), json!([])).await.ok();
    let mut texts = vec![fixture.send(TestRequest::with_uri("/metrics")).await.text];
    for route in ROUTES.iter().filter(|route| matches!(route.run, Run::Read(_) | Run::Write(_))) {
        let path = route.path.replace("{id}", M1).replace("{machine}", M1).replace("{partition}", "mini-lab");
        let shown = path.ends_with("ipmi") || path.ends_with("ipmi/find") || path.ends_with("orders");
        if shown || route.method == Verb::Delete {
            continue;
        }
        let body = json!({"id": "nobody", "tags": 7});
        for role in [Role::View, Role::Admin] {
            for body in [json!({}), body.clone()] {
                texts.push(fixture.call(role, route.method.as_str(), &path, Some(body)).await.text);
            }
        }
    }
    texts.push(fixture.delete(&format!("v1/machine/{M1}/free")).await.text);
    for text in texts {
        for secret in ["secret", "metal-view\"", "metal-edit\"", "metal-admin\""] {
            assert!(!text.contains(secret), "{text}");
        }
    }
    let ipmi = fixture.get(&format!("v1/machine/{M2}/ipmi")).await.ok();
    assert_eq!(ipmi["ipmi"]["password"], "secret", "api-machines 1.5: to viewers, too");
}

/// Times that RFC 3339 can parse but not format: an offset moves the year beyond four digits. Checked before
/// authentication, and in every time of a body.
#[actix_web::test]
async fn a_time_that_cannot_be_shown_is_refused() {
    let fixture = Fixture::new().await;
    for time in ["9999-12-31T23:59:59-23:59", "0000-01-01T00:00:00+23:59"] {
        let request = anonymous("GET", "v1/machine")
            .insert_header(("X-Date", time))
            .insert_header(("X-Data-Salt", "salt"))
            .insert_header(("Authorization", "Metal-Admin 00"));
        let reply = fixture.send(request).await;
        assert_eq!(reply.status, 403, "{}", reply.pretty());
        let meta = json!({"id": "t1", "kind": "Tenant", "apiversion": "v1", "created_time": time});
        let image = json!({"id": "ubuntu-24.04.20260101", "url": "http://u", "features": ["machine"],
            "expirationDate": time});
        for (path, body) in [
            ("v1/image", image),
            ("v1/tenant", json!({"meta": meta, "name": "t"})),
            ("v1/project", json!({"meta": meta, "name": "p", "tenant_id": "t"})),
        ] {
            let (status, text) = fixture.put(path, body).await.refusal();
            assert_eq!(status, 400, "{path} {time}: {text}");
            assert!(text.contains("a time must be RFC 3339"), "{path}: {text}");
            let known = fixture.get(path).await.json();
            assert!(known.as_array().is_none_or(Vec::is_empty), "nothing came of it: {known}");
        }
    }
}
