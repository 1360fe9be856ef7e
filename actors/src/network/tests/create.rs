//! api-resources 2.4

use super::super::NetworkType;
use super::{create, delete, free, prefixes};
use crate::addressing::Family;
use crate::ipam::fixture::{self, Fixture};
use crate::store::Generation;
use serde_json::{Value, json};

/// A super network `s`, an underlay `u` and an external network with VRF 10, and two supers in p2.
fn scene() -> Fixture {
    let mut fixture = Fixture::new();
    let lengths = json!({"IPv4": 22});
    let existing = [
        json!({"id": "s", "privatesuper": true, "partitionid": "p1", "prefixes": ["10.0.0.0/16"],
            "defaultchildprefixlength": lengths}),
        json!({"id": "u", "underlay": true, "partitionid": "p1", "prefixes": ["10.1.0.0/16"]}),
        json!({"id": "e", "prefixes": ["192.0.2.7/24"], "vrf": 10}),
    ];
    for request in existing {
        create(&mut fixture, request).unwrap();
    }
    for (id, prefix) in [("t1", "10.2.0.0/16"), ("t2", "10.3.0.0/16")] {
        let mut network = fixture::super_network(id, &[prefix]);
        network.partition = "p2".into();
        fixture.world.insert(Generation(1), network);
    }
    fixture
}

/// A request that is fine but for what is laid over it.
fn with(change: Value) -> Value {
    let mut request = json!({"id": "n", "prefixes": ["172.16.0.0/16"]});
    request.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    request
}

fn refused(cases: &[(&str, Value, &str)]) {
    let mut fixture = scene();
    for (row, change, expected) in cases {
        assert_eq!(create(&mut fixture, with(change.clone())).unwrap_err(), *expected, "row {row}");
    }
    assert_eq!(
        (fixture.world.networks.len(), fixture.world.claims.len()),
        (5, 1),
        "nothing of all that is left"
    );
    create(&mut fixture, with(json!({"vrf": 11}))).unwrap();
}

#[test]
fn refusals_2_to_7() {
    refused(&[
        (
            "2",
            json!({"projectid": "x"}),
            "404 rpc error: code = NotFound desc = project with id:x not found sql: no rows in result set",
        ),
        ("3", json!({"prefixes": []}), "400 no prefixes given"),
        (
            "4",
            json!({"defaultchildprefixlength": {}}),
            "400 defaultchildprefixlength can only be set for privatesuper networks",
        ),
        (
            "5",
            json!({"privatesuper": true, "defaultchildprefixlength": {"x": 1}}),
            "400 addressfamily of defaultchildprefixlength is invalid given addressfamily:\"x\" is invalid",
        ),
        (
            "6",
            json!({"prefixes": ["192.168.265.0/24"]}),
            "400 given cidr 192.168.265.0/24 is not a valid ip with mask: \
             netip.ParsePrefix(\"192.168.265.0/24\"): ParseAddr(\"192.168.265.0\"): IPv4 field has value >255",
        ),
        (
            "6",
            json!({"destinationprefixes": ["0.0.0.0/33"]}),
            "400 given cidr 0.0.0.0/33 is not a valid ip with mask: \
             netip.ParsePrefix(\"0.0.0.0/33\"): prefix length out of range",
        ),
        (
            "7",
            json!({"destinationprefixes": ["0.0.0.0/0", "::/0"]}),
            "400 addressfamily:IPv6 of destination prefixes is not present in existing prefixes",
        ),
    ]);
}

#[test]
fn refusals_8_to_12() {
    let no_super_length = "400 private super network must always contain a defaultchildprefixlength";
    refused(&[
        ("8", json!({"privatesuper": true}), no_super_length),
        ("8", json!({"privatesuper": true, "defaultchildprefixlength": {}}), no_super_length),
        (
            "9",
            json!({"privatesuper": true, "prefixes": ["172.0.0.0/24"], "defaultchildprefixlength": {"IPv4": 22}}),
            "400 given defaultchildprefixlength 22 is not greater than prefix length of:172.0.0.0/24",
        ),
        (
            "9",
            json!({"privatesuper": true, "prefixes": ["172.0.0.0/24"], "defaultchildprefixlength": {"IPv4": 24}}),
            "400 given defaultchildprefixlength 24 is not greater than prefix length of:172.0.0.0/24",
        ),
        (
            "10",
            json!({"privatesuper": true, "defaultchildprefixlength": {"IPv6": 64}}),
            "400 private super network must always contain a defaultchildprefixlength per addressfamily:IPv4",
        ),
        (
            "11",
            json!({"additionalannouncablecidrs": ["10.0.0.0/8"]}),
            "400 additionalannouncablecidrs can only be set in a private super network",
        ),
        (
            "12",
            json!({"privatesuper": true, "defaultchildprefixlength": {"IPv4": 22},
                "additionalannouncablecidrs": ["10.0.0.0/8", "x"]}),
            "400 given cidr:\"x\" in additionalannouncablecidrs is malformed:netip.ParsePrefix(\"x\"): no '/'",
        ),
    ]);
}

#[test]
fn refusals_13_to_21() {
    refused(&[
        ("13", json!({"id": "e"}), "409 entity already exists"),
        ("13 before 14", json!({"id": "e", "prefixes": ["192.0.2.0/24"]}), "409 entity already exists"),
        ("14", json!({"prefixes": ["192.0.2.128/25"]}), "422 192.0.2.128/25 overlaps 192.0.2.0/24"),
        ("14", json!({"prefixes": ["1.0.0.0/8", "10.1.2.3/24"]}), "422 10.1.2.0/24 overlaps 10.1.0.0/16"),
        ("14", json!({"prefixes": ["0.0.0.0/0"]}), "422 0.0.0.0/0 overlaps 192.0.2.0/24"),
        ("15", json!({"partitionid": "x"}), "404 NotFound no partition with id \"x\" found"),
        ("15", json!({"partitionid": ""}), "404 NotFound no partition with id \"\" found"),
        (
            "16",
            json!({"privatesuper": true, "defaultchildprefixlength": {"IPv4": 22}, "partitionid": "p1"}),
            "400 partition with id \"p1\" already has a private super network",
        ),
        (
            "16",
            json!({"privatesuper": true, "defaultchildprefixlength": {"IPv4": 22}, "partitionid": "p2"}),
            "422 more than one network exists",
        ),
        (
            "17",
            json!({"underlay": true, "partitionid": "p1"}),
            "422 partition with id \"p1\" already has an underlay network",
        ),
        (
            "18",
            json!({"underlay": true, "nat": true}),
            "400 private super or underlay network is not supposed to NAT",
        ),
        (
            "19",
            json!({"vrf": 524_288}),
            "422 could not acquire vrf: value '524288' is outside of the allowed range '1 - 131072'",
        ),
        (
            "20",
            json!({"vrf": 10}),
            "409 cannot acquire a unique vrf id twice except vrfShared is set to true: \
             Conflict integer is already acquired by another",
        ),
        (
            "21",
            json!({"vrf": 11, "prefixes": ["1.0.0.0/8", "2.0.0.0/8", "2.2.0.0/16"]}),
            "422 unable to create prefix in ipam: invalid_argument: 2.2.0.0/16 overlaps 2.0.0.0/8",
        ),
    ]);
}

#[test]
fn more_prefixes_than_a_network_may_have() {
    let many: Vec<String> = (0..257).map(|n| format!("172.16.{}.{}/30", n / 64, n % 64 * 4)).collect();
    let refused = create(&mut Fixture::new(), with(json!({"prefixes": many}))).unwrap_err();
    assert_eq!(refused, "400 257 prefixes given, at most 256 are possible");
}

/// api-resources 2.1 and 2.2: the kinds that a create makes, and what it ignores.
#[test]
fn kinds() {
    let lengths = json!({"ipv4": 24, "ipV6": 64});
    let cases = [
        (json!({}), NetworkType::External),
        (json!({"underlay": true}), NetworkType::Underlay),
        (json!({"privatesuper": true, "defaultchildprefixlength": lengths}), NetworkType::Super),
        (
            json!({"privatesuper": true, "underlay": true, "defaultchildprefixlength": lengths}),
            NetworkType::Underlay,
        ),
    ];
    for (change, expected) in cases {
        let network = create(&mut Fixture::new(), with(change)).unwrap();
        assert_eq!((network.network_type, network.shared, network.parent), (expected, false, None));
    }
}

#[test]
fn what_is_stored() {
    let mut fixture = Fixture::new();
    let request = json!({"privatesuper": true, "prefixes": ["10.0.0.5/16"], "labels": {"k": ""},
        "defaultchildprefixlength": {"ipv4": 22, "ipV6": 64}, "projectid": "a", "partitionid": "p1",
        "additionalannouncablecidrs": ["10.240.0.0/12"], "vrf": 104_009});
    let network = create(&mut fixture, request).unwrap();
    assert_eq!(network.id.as_str().len(), 36, "an id is drawn when none is given");
    assert_eq!(prefixes(&network), ["10.0.0.5/16"], "host bits are kept");
    let lengths = network.default_child_prefix_length.clone().unwrap();
    assert_eq!(lengths.into_iter().collect::<Vec<_>>(), [(Family::IPv4, 22), (Family::IPv6, 64)]);
    assert_eq!(fixture.vrf_owners(104_009), 1);
    assert_eq!(*fixture.world.networks.get(network.id.as_str()).unwrap().value, network);
    let external = create(&mut fixture, json!({"prefixes": ["2001:DB8::/64"]})).unwrap();
    assert_eq!(prefixes(&external), ["2001:db8::/64"]);
    assert!(external.default_child_prefix_length.unwrap().is_empty());
}

/// api-resources 12: a shared VRF returns with the last of its networks.
#[test]
fn a_shared_vrf_is_counted() {
    let mut fixture = Fixture::new();
    create(&mut fixture, json!({"id": "x", "prefixes": ["1.0.0.0/8"], "vrf": 7})).unwrap();
    create(&mut fixture, json!({"id": "y", "prefixes": ["2.0.0.0/8"], "vrf": 7, "vrfshared": true})).unwrap();
    create(&mut fixture, json!({"id": "z", "prefixes": ["3.0.0.0/8"], "vrf": 8, "vrfshared": true})).unwrap();
    assert_eq!((fixture.vrf_owners(7), fixture.vrf_owners(8)), (2, 1));
    delete(&mut fixture, "x").unwrap();
    assert_eq!(fixture.vrf_owners(7), 1);
    let taken = create(&mut fixture, json!({"prefixes": ["4.0.0.0/8"], "vrf": 7})).unwrap_err();
    assert!(taken.starts_with("409 cannot acquire a unique vrf id twice"), "{taken}");
    delete(&mut fixture, "y").unwrap();
    assert_eq!(fixture.vrf_owners(7), 0);
    create(&mut fixture, json!({"prefixes": ["4.0.0.0/8"], "vrf": 7})).unwrap();
    assert!(free(&mut fixture, "z").is_err());
    assert_eq!(fixture.vrf_owners(8), 1, "a refused free returns nothing");
}
