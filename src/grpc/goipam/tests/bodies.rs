//! The service's own descriptors of itself and of its messages.

use super::super::json;
use crate::grpc::api;
use prost::Message;

/// The wire format's numbers and types (ipam 1.6): one of our messages, byte for byte.
#[test]
fn fields_have_the_contract_s_numbers() {
    let take = api::AcquireIpRequest {
        prefix_cidr: "a".to_owned(),
        ip: Some("b".to_owned()),
        namespace: Some("c".to_owned()),
    };
    assert_eq!(take.encode_to_vec(), b"\x0a\x01a\x12\x01b\x1a\x01c");
    let cut = api::AcquireChildPrefixRequest {
        cidr: "a".to_owned(),
        length: 24,
        child_cidr: Some("b".to_owned()),
        namespace: Some("c".to_owned()),
    };
    assert_eq!(cut.encode_to_vec(), b"\x0a\x01a\x10\x18\x1a\x01b\x22\x01c");
    let usage = api::PrefixUsageResponse {
        available_ips: 1,
        acquired_ips: 2,
        available_smallest_prefixes: 3,
        available_prefixes: vec!["a".to_owned()],
        acquired_prefixes: 5,
    };
    assert_eq!(usage.encode_to_vec(), b"\x08\x01\x10\x02\x18\x03\x22\x01a\x28\x05");
    let version = api::VersionResponse { git_sha1: "s".to_owned(), ..api::VersionResponse::default() };
    assert_eq!(version.encode_to_vec(), b"\x1a\x01s");
}

#[test]
fn all_procedures_of_the_contract_are_there() {
    let wanted = [
        "CreatePrefix",
        "DeletePrefix",
        "GetPrefix",
        "ListPrefixes",
        "PrefixUsage",
        "AcquireChildPrefix",
        "ReleaseChildPrefix",
        "AcquireIP",
        "ReleaseIP",
        "Dump",
        "Load",
        "CreateNamespace",
        "ListNamespaces",
        "DeleteNamespace",
        "Version",
    ];
    assert_eq!(json::procedures(), wanted);
}

/// Protobuf's JSON: both spellings of names, null for absent fields, numbers as texts, unknown fields ignored.
#[test]
fn json_is_read_as_protobuf_maps_it() {
    let input = |name: &str| json::procedure(name).unwrap().input();
    let read = |name: &str, text: &str| json::read(input(name), text.as_bytes());
    let good = [
        r#"{"cidr":"a","length":24,"childCidr":null}"#,
        r#"{"cidr":"a","length":"24"}"#,
        r#" {"length":24.0,"cidr":"a","child_cidr":null,"x":{}} "#,
    ];
    for text in good {
        let bytes = read("AcquireChildPrefix", text).unwrap_or_else(|status| panic!("{text}: {status}"));
        let message = api::AcquireChildPrefixRequest::decode(bytes.as_slice()).unwrap();
        assert_eq!((message.cidr.as_str(), message.length, message.child_cidr), ("a", 24, None), "{text}");
    }
    let deep = "[".repeat(100_000);
    let bad = [
        "",
        " ",
        "null",
        "[]",
        "7",
        "\"x\"",
        "{",
        "{}{}",
        "{} x",
        r#"{"length":-1}"#,
        r#"{"length":4294967296}"#,
        r#"{"length":1.5}"#,
        r#"{"cidr":7}"#,
        r#"{"cidr":["a"]}"#,
        r#"{"cidr":"\ud800"}"#,
        &deep,
    ];
    for text in bad {
        let status = read("AcquireChildPrefix", text).expect_err(text);
        assert_eq!(status.code(), tonic::Code::InvalidArgument, "{text}");
    }
    let invalid = json::read(input("CreatePrefix"), b"{\"cidr\":\"\xff\"}");
    assert_eq!(invalid.unwrap_err().code(), tonic::Code::InvalidArgument);
}
