//! Rules for every route: api-resources 1.3 to 1.10.

use super::fixture::{Fixture, NOW, anonymous, settings, signed};
use crate::api::{SetupError, configure};
use crate::door::HttpPort;
use actix_web::test::TestRequest;
use actors::decision::Role;
use actors::gateway::Gateway;
use prometheus_client::registry::Registry;
use serde_json::json;
use std::io::Write;
use std::time::Duration;

/// api-resources 1.3, step 3: also on open routes.
#[actix_web::test]
async fn broken_credentials_are_refused_everywhere() {
    let fixture = Fixture::new().await;
    for path in ["v1/version", "v1/health", "v1/network", "v1/nothing"] {
        let request = anonymous("GET", path)
            .insert_header(("Authorization", "Metal-View 00"))
            .insert_header(("X-Date", NOW));
        let reply = fixture.send(request).await;
        assert_eq!(reply.refusal(), (403, "Wrong HMAC found".to_owned()), "{path}");
    }
}

/// api-resources 1.6, step 2, and 12: exact routes are public, not every path with their suffix.
#[actix_web::test]
async fn guests_see_open_routes_only() {
    let fixture = Fixture::new().await;
    for path in ["v1/version", "v1/health", "v1/version/"] {
        assert_eq!(fixture.send(anonymous("GET", path)).await.status, 200, "{path}");
    }
    for path in ["v1/network", "v1/size/my-version", "v1/machine/health", "v1/user/me"] {
        let reply = fixture.send(anonymous("GET", path)).await;
        assert_eq!((reply.status, reply.text.as_str()), (403, "\"tenant  not allowed\""), "{path}");
        assert_eq!(reply.header("content-type"), Some("application/json"));
    }
}

/// api-resources 1.6, step 3.
#[actix_web::test]
async fn roles_are_asked_for() {
    let fixture = Fixture::new().await;
    let reply = fixture.call(Role::View, "PUT", "v1/size", Some(json!({"id": "s"}))).await;
    let wanted = "you are not member in one of [k8s_kaas-admin maas-all-all-admin]";
    assert_eq!(reply.refusal(), (403, wanted.to_owned()));
    let reply = fixture.call(Role::View, "DELETE", "v1/ip/free/1.2.3.4", None).await;
    let wanted =
        "you are not member in one of [k8s_kaas-edit maas-all-all-edit k8s_kaas-admin maas-all-all-admin]";
    assert_eq!(reply.refusal(), (403, wanted.to_owned()));
    assert_eq!(fixture.call(Role::Edit, "DELETE", "v1/ip/free/1.2.3.4", None).await.status, 404);
}

/// api-resources 1.9, rows 1 to 6.
#[actix_web::test]
async fn paths_are_found_or_not() {
    let fixture = Fixture::new().await;
    assert_eq!(fixture.get("v1/size/").await.status, 200);
    let reply = fixture.send(TestRequest::with_uri("/metal//v1/network/1?a=b")).await;
    assert_eq!((reply.status, reply.header("location")), (301, Some("/metal/v1/network/1?a=b")));
    for path in ["v1/nothing", "v2/size", "v1/size/a%2Fb", "", "v1", "v1/size/%ff"] {
        let reply = fixture.get(path).await;
        assert!([404, 400].contains(&reply.refusal().0), "{path}: {reply:?}");
    }
    assert_eq!(fixture.get("v1/nothing").await.refusal(), (404, "404: Page Not Found".to_owned()));
    let elsewhere = TestRequest::with_uri("/v1/size").insert_header(("Authorization", "x"));
    assert_eq!(fixture.send(elsewhere).await.status, 406);
    for (method, path) in
        [("HEAD", "v1/size"), ("PATCH", "v1/size"), ("PUT", "v1/size/s"), ("DELETE", "v1/ip/find")]
    {
        let reply = fixture.send(signed(Role::Admin, method, path)).await;
        assert_eq!(reply.refusal(), (405, "405: Method Not Allowed".to_owned()), "{method} {path}");
        assert_eq!(reply.header("allow"), None);
    }
    // An entity named like a route can be read and deleted, unless the route itself has that method.
    let refused = fixture.call(Role::Admin, "PUT", "v1/size", Some(json!({"id": "reservations"}))).await;
    assert_eq!(refused.refusal().0, 400, "that one reads something else");
    for id in ["find", "suggest"] {
        assert_eq!(
            fixture.call(Role::Admin, "PUT", "v1/size", Some(json!({"id": id}))).await.status,
            201,
            "{id}"
        );
        assert_eq!(fixture.get(&format!("v1/size/{id}")).await.ok()["id"], id);
        assert_eq!(
            fixture.call(Role::Admin, "DELETE", &format!("v1/size/{id}"), None).await.status,
            200,
            "{id}"
        );
    }
    for (method, path) in [("GET", "v1/nothing"), ("PATCH", "v1/size"), ("POST", "v1/size")] {
        let reply = fixture.send(anonymous(method, path)).await;
        assert_eq!(
            (reply.status, reply.text.as_str(), reply.header("content-type")),
            (406, "", None),
            "{path}"
        );
    }
}

/// api-resources 1.9, rows about content types.
#[actix_web::test]
async fn content_is_negotiated() {
    let fixture = Fixture::new().await;
    let post = || signed(Role::Admin, "POST", "v1/ip/find");
    let typed = |kind: &str| post().insert_header(("Content-Type", kind));
    let bare = "415: Unsupported Media Type";
    let table = [
        (post(), (415, format!("{bare}\n\nAvailable representations: "))),
        (post().set_payload("{}").insert_header(("Content-Length", "2")), (415, bare.to_owned())),
        (typed("text/plain").set_payload("{}"), (415, bare.to_owned())),
        (typed("application/json"), (400, "EOF".to_owned())),
        (typed("application/json").set_payload("{"), (400, "unexpected EOF".to_owned())),
    ];
    for (number, (request, wanted)) in table.into_iter().enumerate() {
        assert_eq!(fixture.send(request).await.refusal(), wanted, "row {number}");
    }
    assert_eq!(fixture.send(typed("application/json; charset=utf-8").set_payload("{}")).await.status, 200);
    for (accept, status) in [
        ("*/*", 200),
        ("application/json", 200),
        ("text/html, application/json;q=0.5", 200),
        ("text/html", 406),
    ] {
        let reply = fixture.send(signed(Role::View, "GET", "v1/ip").insert_header(("Accept", accept))).await;
        assert_eq!(reply.status, status, "{accept}");
        if status == 406 {
            let text = "406: Not Acceptable\n\nAvailable representations: application/json";
            assert_eq!(reply.refusal().1, text);
        }
    }
    let free = signed(Role::Edit, "POST", "v1/network/free/n").set_payload("anything");
    assert_eq!(fixture.send(free).await.status, 404, "any content type, body ignored");
}

/// api-resources 1.9, row "Content-Encoding"; api-resources 12: bounded body size.
#[actix_web::test]
async fn bodies_are_unpacked_and_bounded() {
    let fixture = Fixture::new().await;
    let post =
        || signed(Role::Admin, "POST", "v1/ip/find").insert_header(("Content-Type", "application/json"));
    let packed = |encoding: &str, body: Vec<u8>| {
        let encodings = ("Accept-Encoding", "gzip, deflate");
        post().insert_header(("Content-Encoding", encoding)).insert_header(encodings).set_payload(body)
    };
    // HTTP's deflate is zlib's format.
    let asked = br#"{"ipaddress":"x"}"#;
    let too_large = (413, "request body is larger than 4194304 bytes".to_owned());
    type Pack = fn(&[u8]) -> Vec<u8>;
    let encodings: [(&str, Pack); 2] = [("gzip", gzip), ("deflate", zlib)];
    for (encoding, pack) in encodings {
        let reply = fixture.send(packed(encoding, pack(asked))).await;
        assert_eq!((reply.status, reply.text.as_str()), (200, "[]"), "{encoding}");
        assert_eq!(reply.header("content-encoding"), None, "{encoding}: answers are never compressed");
        let bomb = pack(&vec![b' '; (4 << 20) + 1]);
        assert!(bomb.len() < 100_000);
        assert_eq!(
            fixture.send(packed(encoding, bomb)).await.refusal(),
            too_large,
            "{encoding}, once unpacked"
        );
        let whole = pack(asked);
        for broken in [asked.to_vec(), whole[..whole.len() / 2].to_vec(), Vec::new()] {
            assert_eq!(fixture.send(packed(encoding, broken)).await.refusal().0, 400, "{encoding}");
        }
    }
    assert_eq!(fixture.send(packed("identity", asked.to_vec())).await.status, 200);
    let reply = fixture.send(post().set_payload(vec![b' '; (4 << 20) + 1])).await;
    assert_eq!(reply.refusal(), too_large);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

/// api-resources 1.7 and 12.
#[actix_web::test]
async fn pages_of_any_origin_may_ask() {
    let fixture = Fixture::new().await;
    let origin = |request: TestRequest| request.insert_header(("Origin", "https://a.example"));
    let preflight = origin(anonymous("OPTIONS", "v1/size"))
        .insert_header(("Access-Control-Request-Headers", "authorization,x-date"));
    let reply = fixture.send(preflight).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("allow"), Some("GET,PUT,POST"));
    assert_eq!(reply.header("access-control-allow-methods"), Some("GET,PUT,POST"));
    assert_eq!(reply.header("access-control-allow-origin"), Some("https://a.example"));
    assert_eq!(reply.header("access-control-allow-headers"), Some("authorization,x-date"));
    for path in ["v1/size", "v1/size/missing"] {
        let reply = fixture.send(origin(signed(Role::View, "GET", path))).await;
        assert_eq!(reply.header("access-control-allow-origin"), Some("https://a.example"), "{path}");
    }
    let reply = fixture.send(origin(anonymous("GET", "v1/size"))).await;
    assert_eq!(reply.header("access-control-allow-origin"), None);
    assert_eq!(fixture.send(origin(anonymous("OPTIONS", "v1/nothing"))).await.status, 406);
}

/// A write that is repeated with its key is applied once and gets the same answer.
#[actix_web::test]
async fn a_key_makes_a_write_repeatable() {
    let fixture = Fixture::new().await;
    let create = |key: &str| {
        signed(Role::Admin, "PUT", "v1/size")
            .insert_header(("Content-Type", "application/json"))
            .insert_header(("Idempotency-Key", key))
            .set_payload(r#"{"id":"s"}"#)
    };
    let key = "0190c0de-0000-4000-8000-000000000001";
    assert_eq!(fixture.send(create(key)).await.status, 201);
    assert_eq!(fixture.send(create(key)).await.status, 201);
    assert_eq!(fixture.send(create("0190c0de-0000-4000-8000-000000000002")).await.status, 409);
    let wanted = (400, "header Idempotency-Key must be a UUID".to_owned());
    assert_eq!(fixture.send(create("x")).await.refusal(), wanted);
}

/// A stopping node refuses writes at once with a retry delay, and still serves reads.
#[actix_web::test]
async fn a_stopping_node_refuses_writes() {
    let fixture = Fixture::new().await;
    fixture.put("v1/size", json!({"id": "s"})).await.ok();
    fixture.local.stop(Duration::ZERO).await;
    let refused = fixture.put("v1/size", json!({"id": "t"})).await;
    let text = "partition mini-lab cannot answer now: the node is stopping";
    assert_eq!(refused.refusal(), (503, text.to_owned()));
    assert_eq!(refused.header("retry-after"), Some("5"));
    assert_eq!(fixture.get("v1/size/s").await.status, 200);
}

/// api-resources 1.2 and 7.4.
#[actix_web::test]
async fn who_and_what_version() {
    let fixture = Fixture::new().await;
    let me = fixture.call(Role::Edit, "GET", "v1/user/me", None).await.text;
    let wanted = r#"{"EMail":"metal-edit@metal-stack.io","Name":"Metal-Edit","Groups":["k8s_kaas-edit","maas-all-all-edit"],"Tenant":"metal-stack","Issuer":"","Subject":""}"#;
    assert_eq!(me, wanted);
    let version = fixture.send(anonymous("GET", "v1/version")).await.text;
    let wanted = r#"{"name":"metal-api","version":"v0.1.0","builddate":"today","revision":"main","gitsha1":"0","min_client_version":"v0.0.1","release_version":null}"#;
    assert_eq!(version, wanted);
    let health = fixture.send(anonymous("GET", "v1/health")).await;
    assert_eq!((health.status, health.json()["status"].as_str()), (200, Some("healthy")));
}

#[actix_web::test]
async fn requests_are_counted_by_route() {
    let fixture = Fixture::new().await;
    fixture.get("v1/size/a").await;
    fixture.get("v1/size/b").await;
    fixture.get("v1/nothing").await;
    let metrics = fixture.send(TestRequest::with_uri("/metrics")).await.text;
    for line in [
        "metal_api_requests_total{code=\"404\",method=\"GET\",route=\"v1/size/{id}\"} 2",
        "metal_api_requests_total{code=\"404\",method=\"GET\",route=\"\"} 1",
        "metal_api_request_duration_seconds_count{method=\"GET\",route=\"v1/size/{id}\"} 2",
    ] {
        assert!(metrics.contains(line), "{line} in {metrics}");
    }
}

#[actix_web::test]
async fn nonsense_settings_are_refused() {
    let fixture = Fixture::new().await;
    let set_up = |settings| {
        let mut registry = Registry::default();
        let port = HttpPort::register(&mut registry);
        configure(settings, Gateway::alone(fixture.local.clone()), port).map(drop)
    };
    let path = set_up(crate::api::ApiSettings { base_path: "metal".to_owned(), ..settings() });
    assert!(matches!(path, Err(SetupError::BasePath(_))));
    let tenant = set_up(crate::api::ApiSettings { provider_tenant: String::new(), ..settings() });
    assert!(matches!(tenant, Err(SetupError::ProviderTenant)));
}
