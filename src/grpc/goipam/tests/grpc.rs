//! Every procedure with a generated client; codes of ipam 1.6 as they arrive.

use super::{Fixture, on_loopback};
use crate::grpc::api;
use actors::store::Store;
use std::fmt::Debug;
use tonic::{Code, Response, Status};

fn said<T: Debug>(answer: Result<Response<T>, Status>) -> (Code, String) {
    let status = answer.unwrap_err();
    (status.code(), status.message().to_owned())
}

fn create(cidr: &str) -> api::CreatePrefixRequest {
    api::CreatePrefixRequest { cidr: cidr.to_owned(), namespace: None }
}

fn take(prefix: &str, ip: Option<&str>) -> api::AcquireIpRequest {
    api::AcquireIpRequest { prefix_cidr: prefix.to_owned(), ip: ip.map(str::to_owned), namespace: None }
}

fn give_back(prefix: &str, ip: &str) -> api::ReleaseIpRequest {
    api::ReleaseIpRequest { prefix_cidr: prefix.to_owned(), ip: ip.to_owned(), namespace: None }
}

fn cut(cidr: &str, length: u32) -> api::AcquireChildPrefixRequest {
    api::AcquireChildPrefixRequest { cidr: cidr.to_owned(), length, ..Default::default() }
}

#[test]
fn every_procedure_does_what_it_is_called() {
    on_loopback(|| async {
        let fixture = Fixture::start().await;
        let mut client = fixture.client();
        let root = client.create_prefix(create("10.0.9.9/16")).await.unwrap().into_inner().prefix.unwrap();
        assert_eq!((root.cidr.as_str(), root.parent_cidr.as_str()), ("10.0.0.0/16", ""));
        let child = client.acquire_child_prefix(cut("10.0.0.0/16", 24)).await.unwrap().into_inner().prefix;
        let child = child.unwrap();
        assert_eq!((child.cidr.as_str(), child.parent_cidr.as_str()), ("10.0.0.0/24", "10.0.0.0/16"));
        let specific = api::AcquireChildPrefixRequest {
            child_cidr: Some("10.0.7.7/24".to_owned()),
            ..cut("10.0.0.0/16", 0)
        };
        let child = client.acquire_child_prefix(specific).await.unwrap().into_inner().prefix.unwrap();
        assert_eq!(child.cidr, "10.0.7.0/24");
        let taken = client.acquire_ip(take("10.0.0.0/24", None)).await.unwrap().into_inner();
        assert_eq!(taken.namespace, None);
        assert_eq!(taken.ip.unwrap().ip, "10.0.0.1");
        let usage = api::PrefixUsageRequest { cidr: "10.0.0.0/16".to_owned(), namespace: None };
        let usage = client.prefix_usage(usage).await.unwrap().into_inner();
        assert_eq!((usage.available_ips, usage.acquired_ips, usage.acquired_prefixes), (65536, 2, 2));
        assert_eq!(usage.available_smallest_prefixes, 16384 - 128);
        assert_eq!(usage.available_prefixes.first().map(String::as_str), Some("10.0.1.0/24"));
        // B11: the prefix of the address, not what that was cut from.
        let back = client.release_ip(give_back("10.0.0.0/24", "10.0.0.1")).await.unwrap().into_inner().ip;
        let back = back.unwrap();
        assert_eq!((back.ip.as_str(), back.parent_prefix.as_str()), ("10.0.0.1", "10.0.0.0/24"));
        let get = api::GetPrefixRequest { cidr: "10.0.7.0/24".to_owned(), namespace: None };
        let found = client.get_prefix(get).await.unwrap().into_inner().prefix.unwrap();
        assert_eq!(found.parent_cidr, "10.0.0.0/16");
        for cidr in ["10.0.0.0/24", "10.0.7.0/24"] {
            let release = api::ReleaseChildPrefixRequest { cidr: cidr.to_owned(), namespace: None };
            client.release_child_prefix(release).await.unwrap();
        }
        let list = client.list_prefixes(api::ListPrefixesRequest::default()).await.unwrap().into_inner();
        assert_eq!(list.prefixes.len(), 1);
        let delete = api::DeletePrefixRequest { cidr: "10.0.0.0/16".to_owned(), namespace: None };
        client.delete_prefix(delete).await.unwrap();
        let version = client.version(api::VersionRequest {}).await.unwrap().into_inner();
        assert_eq!(version.version, "0.0.1");
        assert_eq!(fixture.rows(), (0, 0, 0));
    });
}

#[test]
fn namespaces_are_honoured_everywhere() {
    on_loopback(|| async {
        let fixture = Fixture::start().await;
        let mut client = fixture.client();
        let blue = || Some("b\"lue".to_owned());
        let name = || api::CreateNamespaceRequest { namespace: "b\"lue".to_owned() };
        client.create_namespace(name()).await.unwrap();
        client.create_namespace(name()).await.unwrap();
        let names = client.list_namespaces(api::ListNamespacesRequest {}).await.unwrap().into_inner();
        assert_eq!(names.namespace, ["b\"lue", "root"]);
        let prefix = api::CreatePrefixRequest { cidr: "10.0.0.0/24".to_owned(), namespace: blue() };
        client.create_prefix(prefix).await.unwrap();
        let ask = api::AcquireIpRequest { namespace: blue(), ..take("10.0.0.0/24", None) };
        client.acquire_ip(ask).await.unwrap();
        assert_eq!(said(client.acquire_ip(take("10.0.0.0/24", None)).await).0, Code::InvalidArgument);
        let dump = client.dump(api::DumpRequest { namespace: blue() }).await.unwrap().into_inner().dump;
        assert!(dump.contains("10.0.0.1"), "{dump}");
        assert_eq!(
            client.dump(api::DumpRequest { namespace: None }).await.unwrap().into_inner().dump,
            "null"
        );
        client.load(api::LoadRequest { dump: dump.clone(), namespace: None }).await.unwrap();
        assert_eq!(client.dump(api::DumpRequest { namespace: None }).await.unwrap().into_inner().dump, dump);
        let again = said(client.load(api::LoadRequest { dump, namespace: blue() }).await);
        let wanted = "prefixes exist, please drop existing data before loading";
        assert_eq!(again, (Code::InvalidArgument, wanted.to_owned()));
        // All refusals about namespaces have one code.
        let delete = |name: &str| api::DeleteNamespaceRequest { namespace: name.to_owned() };
        for name in ["b\"lue", "unknown", "root", "", &"x".repeat(64), "a\u{7}"] {
            assert_eq!(said(client.delete_namespace(delete(name)).await).0, Code::Unknown, "{name}");
        }
        for bytes in [64, 1 << 20] {
            let long = api::CreateNamespaceRequest { namespace: "x".repeat(bytes) };
            let (code, text) = said(client.create_namespace(long).await);
            assert!(code == Code::Unknown && text.starts_with("NameTooLong: "), "{code:?} {text}");
        }
        let unknown = api::ListPrefixesRequest { namespace: Some("unknown".to_owned()) };
        let wanted = "NamespaceDoesNotExist: namespace:\"unknown\" does not exist";
        assert_eq!(said(client.list_prefixes(unknown).await), (Code::InvalidArgument, wanted.to_owned()));
    });
}

/// ipam 1.6, the table of codes.
#[test]
fn codes_arrive() {
    on_loopback(|| async {
        let fixture = Fixture::start().await;
        let mut client = fixture.client();
        client.create_prefix(create("10.0.0.0/30")).await.unwrap();
        for _ in 0..2 {
            client.acquire_ip(take("10.0.0.0/30", None)).await.unwrap();
        }
        let (code, text) = said(client.acquire_ip(take("10.0.0.0/30", None)).await);
        let wanted = "NoIPAvailableError: no more ips in prefix: 10.0.0.0/30 left, length of prefix.ips: 4";
        assert_eq!((code, text.as_str()), (Code::NotFound, wanted));
        let taken = said(client.acquire_ip(take("10.0.0.0/30", Some("10.0.0.2"))).await);
        assert_eq!(taken.0, Code::AlreadyExists);
        assert_eq!(said(client.create_prefix(create("10.0.0.0/24")).await).0, Code::InvalidArgument);
        assert_eq!(said(client.acquire_ip(take("10.9.0.0/30", None)).await).0, Code::InvalidArgument);
        for length in [129, 255, 256, 4_294_967_295] {
            let refused = said(client.acquire_child_prefix(cut("10.0.0.0/30", length)).await);
            assert_eq!(refused.0, Code::InvalidArgument, "{length}");
        }
        assert_eq!(said(client.release_ip(give_back("10.9.0.0/30", "10.9.0.1")).await).0, Code::NotFound);
        let get = api::GetPrefixRequest { cidr: "10.9.0.0/30".to_owned(), namespace: None };
        assert_eq!(said(client.get_prefix(get).await).0, Code::NotFound);
        let long = said(client.create_prefix(create(&"1".repeat(257))).await);
        assert_eq!(long, (Code::InvalidArgument, "cidr has 257 bytes, at most 256 are allowed".to_owned()));
        let huge = said(client.create_prefix(create(&"1".repeat(10 << 20))).await);
        assert_eq!(huge.0, Code::OutOfRange);
        assert_eq!(fixture.rows(), (0, 1, 2));
    });
}

/// B1: an unreachable store is an outage, not a missing address: the caller must not give up its release.
#[test]
fn b1_an_outage_is_unavailable() {
    on_loopback(|| async {
        let fixture = Fixture::start().await;
        let mut client = fixture.client();
        client.create_prefix(create("10.0.0.0/24")).await.unwrap();
        client.acquire_ip(take("10.0.0.0/24", None)).await.unwrap();
        fixture.store.close().await;
        let outage = said(client.release_ip(give_back("10.0.0.0/24", "10.0.0.1")).await);
        assert_eq!(outage.0, Code::Unavailable, "{outage:?}");
        assert_eq!(said(client.acquire_ip(take("10.0.0.0/24", None)).await).0, Code::Unavailable);
        assert_eq!(said(client.create_prefix(create("10.0.1.0/24")).await).0, Code::Unavailable);
        assert_eq!(fixture.rows(), (0, 1, 1));
    });
}

#[test]
fn a_key_makes_a_write_happen_once() {
    on_loopback(|| async {
        let fixture = Fixture::start().await;
        let mut client = fixture.client();
        client.create_prefix(create("10.0.0.0/24")).await.unwrap();
        let keyed = |key: &str| {
            let mut request = tonic::Request::new(take("10.0.0.0/24", None));
            request.metadata_mut().insert("idempotency-key", key.parse().unwrap());
            request
        };
        for _ in 0..3 {
            let key = "5f0c3b0a-2f43-4f13-9a3c-0a3c5d6e7f80";
            let taken = client.acquire_ip(keyed(key)).await.unwrap().into_inner().ip.unwrap();
            assert_eq!(taken.ip, "10.0.0.1");
        }
        assert_eq!(said(client.acquire_ip(keyed("x")).await).0, Code::InvalidArgument);
        assert_eq!(fixture.rows(), (0, 1, 1));
    });
}

#[test]
fn compressed_calls_are_read_up_to_the_bound() {
    on_loopback(|| async {
        let fixture = Fixture::start().await;
        let mut client = fixture.client().send_compressed(tonic::codec::CompressionEncoding::Gzip);
        client.create_prefix(create("10.0.0.0/24")).await.unwrap();
        let bomb = client.create_prefix(create(&" ".repeat(64 << 20))).await.unwrap_err();
        assert!(
            matches!(bomb.code(), Code::OutOfRange | Code::ResourceExhausted | Code::Internal),
            "{bomb:?}"
        );
        assert_eq!(fixture.rows(), (0, 1, 0));
        client.create_prefix(create("10.0.1.0/24")).await.unwrap();
    });
}

#[test]
fn the_service_says_that_it_serves() {
    on_loopback(|| async {
        let fixture = Fixture::start().await;
        let mut health = tonic_health::pb::health_client::HealthClient::new(fixture.channel.clone());
        for service in ["", "api.v1.IpamService"] {
            let check = tonic_health::pb::HealthCheckRequest { service: service.to_owned() };
            let answer = health.check(check).await.unwrap().into_inner();
            assert_eq!(answer.status(), tonic_health::pb::health_check_response::ServingStatus::Serving);
        }
    });
}
