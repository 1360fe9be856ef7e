//! The Connect protocol on the gRPC port, byte by byte.

use super::{Fixture, on_loopback};
use crate::grpc::api;
use flate2::Compression;
use flate2::write::GzEncoder;
use prost::Message;
use std::io::Write;

const JSON: (&str, &str) = ("Content-Type", "application/json");

fn zipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// As browsers call gRPC: over HTTP/1.1, with the trailers at the end of the body.
#[test]
fn grpc_for_browsers() {
    let framed = |message: &[u8]| {
        let length = u32::try_from(message.len()).unwrap().to_be_bytes();
        [&[0], &length[..], message].concat()
    };
    let has = |body: &[u8], part: &[u8]| body.windows(part.len()).any(|window| window == part);
    on_loopback(|| async {
        let fixture = Fixture::start().await;
        let asked = api::CreatePrefixRequest { cidr: "10.0.0.0/16".to_owned(), namespace: None };
        let web = [("Content-Type", "application/grpc-web+proto")];
        let reply = fixture.send("POST", "CreatePrefix", &web, &framed(&asked.encode_to_vec())).await;
        let prefix = api::Prefix { cidr: "10.0.0.0/16".to_owned(), parent_cidr: String::new() };
        let given = framed(&api::CreatePrefixResponse { prefix: Some(prefix) }.encode_to_vec());
        assert_eq!((reply.status, &*reply.headers["content-type"]), (200, "application/grpc-web+proto"));
        assert!(has(&reply.body, &given) && has(&reply.body, b"grpc-status:0"), "{}", reply.text());
        let again = fixture.send("POST", "CreatePrefix", &web, &framed(&asked.encode_to_vec())).await;
        assert_eq!(again.headers.get("grpc-status").map(String::as_str), Some("3"), "{}", again.text());
        for (body, status) in [(&b"{}"[..], "13"), (&[0, 0xff, 0xff, 0xff, 0xff], "11")] {
            let refused = fixture.send("POST", "CreatePrefix", &web, body).await;
            assert_eq!(
                refused.headers.get("grpc-status").map(String::as_str),
                Some(status),
                "{}",
                refused.text()
            );
        }
        assert_eq!(fixture.rows(), (0, 1, 0));
    });
}

/// As connect-go calls gRPC without TLS: over HTTP/1.1, with trailers in the last chunk.
#[test]
fn grpc_of_clients_that_speak_the_old_http() {
    on_loopback(|| async {
        let fixture = Fixture::start().await;
        let asked =
            api::CreatePrefixRequest { cidr: "10.0.0.0/16".to_owned(), namespace: None }.encode_to_vec();
        let body = [&[0], &u32::try_from(asked.len()).unwrap().to_be_bytes()[..], &asked].concat();
        let headers = [("Content-Type", "application/grpc+proto"), ("TE", "trailers")];
        let reply = fixture.send("POST", "CreatePrefix", &headers, &body).await;
        assert_eq!((reply.status, &*reply.headers["content-type"]), (200, "application/grpc"));
        let end = reply.text().to_ascii_lowercase();
        assert!(end.contains("\r\n0\r\ngrpc-status: 0\r\n"), "{end:?}");
        let again = fixture.send("POST", "CreatePrefix", &headers, &body).await;
        assert_eq!(again.headers.get("grpc-status").map(String::as_str), Some("3"), "{}", again.text());
        assert_eq!(fixture.rows(), (0, 1, 0));
    });
}

/// As `curl -d '{..}' -H 'Content-Type: application/json'` would.
#[test]
fn json_in_and_out() {
    on_loopback(|| async {
        let fixture = Fixture::start().await;
        let table = [
            ("CreatePrefix", r#"{"cidr":"10.0.0.0/16"}"#, r#"{"prefix":{"cidr":"10.0.0.0/16"}}"#),
            (
                "AcquireChildPrefix",
                r#"{"cidr":"10.0.0.0/16","length":24}"#,
                r#"{"prefix":{"cidr":"10.0.0.0/24","parentCidr":"10.0.0.0/16"}}"#,
            ),
            (
                "AcquireChildPrefix",
                r#"{"cidr":"10.0.0.0/16","childCidr":"10.0.1.9/24"}"#,
                r#"{"prefix":{"cidr":"10.0.1.0/24","parentCidr":"10.0.0.0/16"}}"#,
            ),
            (
                "AcquireIP",
                r#"{"prefixCidr":"10.0.0.0/24"}"#,
                r#"{"ip":{"ip":"10.0.0.1","parentPrefix":"10.0.0.0/24"}}"#,
            ),
            (
                "AcquireIP",
                r#"{"prefix_cidr":"10.0.0.0/24","ip":null,"namespace":"root","unknown":{"a":[1,null]}}"#,
                r#"{"ip":{"ip":"10.0.0.2","parentPrefix":"10.0.0.0/24"}}"#,
            ),
            (
                "PrefixUsage",
                r#"{"cidr":"10.0.0.0/24"}"#,
                r#"{"availableIps":"256","acquiredIps":"4","availableSmallestPrefixes":"64","availablePrefixes":["10.0.0.0/24"]}"#,
            ),
            (
                "ReleaseIP",
                r#"{"prefixCidr":"10.0.0.0/24","ip":"10.0.0.1"}"#,
                r#"{"ip":{"ip":"10.0.0.1","parentPrefix":"10.0.0.0/24"}}"#,
            ),
            ("ListNamespaces", "{}", r#"{"namespace":["root"]}"#),
            ("CreateNamespace", r#"{"namespace":"blue"}"#, "{}"),
            ("Dump", r#"{"namespace":"blue"}"#, r#"{"dump":"null"}"#),
            ("Load", r#"{"namespace":"blue","dump":"[{\"Cidr\":\"10.0.0.0/24\"}]"}"#, "{}"),
            ("ListPrefixes", r#"{"namespace":"blue"}"#, r#"{"prefixes":[{"cidr":"10.0.0.0/24"}]}"#),
            ("Version", "{}", r#"{"version":"0.0.1"}"#),
        ];
        for (procedure, body, wanted) in table {
            assert_eq!(
                fixture.json(procedure, body).await.shown(),
                (200, wanted.to_owned()),
                "{procedure} {body}"
            );
        }
    });
}

/// Codes, texts and statuses by the protocol; B1's and the namespaces' codes are in the table of codes.
#[test]
fn errors_are_json_with_a_status() {
    on_loopback(|| async {
        let fixture = Fixture::start().await;
        fixture.json("CreatePrefix", r#"{"cidr":"10.0.0.0/30"}"#).await;
        fixture.json("AcquireIP", r#"{"prefixCidr":"10.0.0.0/30"}"#).await;
        let table = [
            (
                "GetPrefix",
                r#"{"cidr":"10.1.0.0/30"}"#,
                404,
                "not_found",
                "NotFound: unable to find prefix for cidr:10.1.0.0/30",
            ),
            (
                "AcquireIP",
                r#"{"prefixCidr":"10.0.0.0/30","ip":"10.0.0.1"}"#,
                409,
                "already_exists",
                "AlreadyAllocatedError: given ip:10.0.0.1 is already allocated",
            ),
            (
                "CreatePrefix",
                r#"{"cidr":"10.0.0.0/8"}"#,
                400,
                "invalid_argument",
                "10.0.0.0/8 overlaps 10.0.0.0/30",
            ),
            (
                "DeleteNamespace",
                r#"{"namespace":"a\"b"}"#,
                500,
                "unknown",
                "NamespaceDoesNotExist: namespace:\"a\\\"b\" does not exist",
            ),
            ("Dance", "{}", 404, "unimplemented", "there is no such procedure"),
        ];
        for (procedure, body, status, code, message) in table {
            let wanted = serde_json::json!({"code": code, "message": message}).to_string();
            assert_eq!(fixture.json(procedure, body).await.shown(), (status, wanted), "{procedure} {body}");
        }
        assert_eq!(fixture.rows(), (0, 1, 1));
    });
}

#[test]
fn protobuf_in_and_out() {
    on_loopback(|| async {
        let fixture = Fixture::start().await;
        let request = api::CreatePrefixRequest { cidr: "10.0.0.0/16".to_owned(), namespace: None };
        let headers = [("Content-Type", "application/proto"), ("Connect-Protocol-Version", "1")];
        let reply = fixture.send("POST", "CreatePrefix", &headers, &request.encode_to_vec()).await;
        assert_eq!((reply.status, reply.headers["content-type"].as_str()), (200, "application/proto"));
        let answer = api::CreatePrefixResponse::decode(reply.body.as_slice()).unwrap();
        assert_eq!(answer.prefix.unwrap().cidr, "10.0.0.0/16");
        // Errors are JSON for every kind of request.
        let reply = fixture.send("POST", "CreatePrefix", &headers, &request.encode_to_vec()).await;
        let wanted = r#"{"code":"invalid_argument","message":"10.0.0.0/16 overlaps 10.0.0.0/16"}"#;
        assert_eq!(reply.shown(), (400, wanted.to_owned()));
    });
}

/// The heads of requests.
#[test]
fn heads_are_checked() {
    on_loopback(|| async {
        let fixture = Fixture::start().await;
        let good = br#"{"cidr":"10.0.0.0/24"}"#;
        type Headers<'a> = &'a [(&'a str, &'a str)];
        let refused: [(&str, Headers<'_>, u16); 10] = [
            ("GET", &[JSON], 405),
            ("PUT", &[JSON], 405),
            ("POST", &[], 415),
            ("POST", &[("Content-Type", "text/plain")], 415),
            ("POST", &[("Content-Type", "application/json; charset=latin1")], 415),
            ("POST", &[("Content-Type", "application/xml")], 415),
            ("POST", &[JSON, ("Connect-Protocol-Version", "2")], 400),
            ("POST", &[JSON, ("Connect-Timeout-Ms", "soon")], 400),
            ("POST", &[JSON, ("Connect-Timeout-Ms", "12345678901")], 400),
            ("POST", &[JSON, ("Content-Encoding", "br")], 501),
        ];
        for (verb, headers, status) in refused {
            let reply = fixture.send(verb, "CreatePrefix", headers, good).await;
            assert_eq!(reply.shown().0, status, "{verb} {headers:?}");
        }
        let bad_key = [JSON, ("Idempotency-Key", "x")];
        assert_eq!(fixture.send("POST", "CreatePrefix", &bad_key, good).await.status, 400);
        assert_eq!(fixture.rows(), (0, 0, 0));
        let headers = [
            ("Content-Type", "Application/JSON; Charset=UTF-8"),
            ("Connect-Protocol-Version", "1"),
            ("Connect-Timeout-Ms", "10000"),
            ("Content-Encoding", "identity"),
            ("Idempotency-Key", "5f0c3b0a-2f43-4f13-9a3c-0a3c5d6e7f80"),
        ];
        for _ in 0..2 {
            assert_eq!(
                fixture.send("POST", "CreatePrefix", &headers, good).await.status,
                200,
                "once, and again"
            );
        }
    });
}

/// Bodies are bounded as they come and after decompression.
#[test]
fn bodies_are_bounded() {
    on_loopback(|| async {
        let fixture = Fixture::start().await;
        let gzip = [JSON, ("Content-Encoding", "gzip")];
        let reply = fixture.send("POST", "CreatePrefix", &gzip, &zipped(br#"{"cidr":"10.0.0.0/24"}"#)).await;
        assert_eq!(reply.shown().0, 200);
        let large = format!("{{\"cidr\":\"{}\"}}", "1".repeat(10 << 20));
        let reply = fixture.send("POST", "CreatePrefix", &[JSON], large.as_bytes()).await;
        assert_eq!(reply.shown().0, 429, "{reply:?}");
        let bomb = zipped(&vec![b' '; 64 << 20]);
        assert!(bomb.len() < 1 << 20);
        for procedure in ["CreatePrefix", "Load"] {
            let reply = fixture.send("POST", procedure, &gzip, &bomb).await;
            assert!(reply.shown().1.starts_with(r#"{"code":"resource_exhausted""#), "{reply:?}");
        }
        let reply = fixture.send("POST", "CreatePrefix", &gzip, b"{}").await;
        assert_eq!(reply.text(), r#"{"code":"invalid_argument","message":"the request is not gzip"}"#);
        // A large dump is accepted as a body; it is checked as a whole before anything is stored.
        let dump = format!("{{\"dump\":\"{}\"}}", "x".repeat(10 << 20));
        let reply = fixture.send("POST", "Load", &[JSON], dump.as_bytes()).await;
        assert!(reply.text().contains("the dump cannot be read"), "{}", reply.text());
        assert_eq!(fixture.rows(), (0, 1, 0));
    });
}
