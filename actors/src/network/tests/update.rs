//! api-resources 2.5

use super::{address, allocate, create, prefixes, update, with_super};
use crate::addressing::Family;
use crate::ipam::fixture::Fixture;
use crate::store::{Key, Kind};
use serde_json::{Value, json};

/// A super network `s` with two prefixes, one of them with a child, and an external `e` whose first prefix has an
/// address.
fn scene() -> Fixture {
    let mut fixture = with_super(&["10.0.0.0/16", "10.1.0.0/16"], json!({"IPv4": 22}));
    let announced = json!({"id": "s", "additionalannouncablecidrs": ["10.240.0.0/12", "10.8.0.0/16"]});
    update(&mut fixture, announced, false).unwrap();
    allocate(&mut fixture, json!({"projectid": "a", "partitionid": "p1"})).unwrap();
    create(&mut fixture, json!({"id": "e", "prefixes": ["192.0.2.0/24", "198.51.100.0/24"]})).unwrap();
    address(&mut fixture, "e").unwrap();
    fixture
}

fn refused(cases: &[(&str, Value, &str)]) {
    let mut fixture = scene();
    let before = fixture.world.networks.all();
    for (row, request, expected) in cases {
        assert_eq!(update(&mut fixture, request.clone(), false).unwrap_err(), *expected, "row {row}");
    }
    assert_eq!(fixture.world.networks.all(), before, "nothing of all that is left");
}

#[test]
fn refusals_2_to_11() {
    refused(&[
        ("2", json!({"id": "x"}), "404 NotFound no network with id \"x\" found"),
        (
            "6",
            json!({"id": "e", "defaultchildprefixlength": {"IPv4": 28}}),
            "422 defaultchildprefixlength can only be set on privatesuper",
        ),
        (
            "8",
            json!({"id": "e", "prefixes": ["x"]}),
            "422 given cidr x is not a valid ip with mask: netip.ParsePrefix(\"x\"): no '/'",
        ),
        (
            "8",
            json!({"id": "e", "prefixes": ["198.51.100.0/24"]}),
            "422 unable to update network: prefix 192.0.2.0/24 has ip 192.0.2.1 in use",
        ),
        (
            "9",
            json!({"id": "e", "destinationprefixes": ["1.2.3.4"]}),
            "422 given cidr 1.2.3.4 is not a valid ip with mask: netip.ParsePrefix(\"1.2.3.4\"): no '/'",
        ),
        (
            "10, as 7",
            json!({"id": "e", "destinationprefixes": ["::/0"]}),
            "400 addressfamily:IPv6 of destination prefixes is not present in existing prefixes",
        ),
        (
            "10, as 9",
            json!({"id": "s", "prefixes": ["10.0.0.0/16", "10.2.0.0/22"]}),
            "400 given defaultchildprefixlength 22 is not greater than prefix length of:10.2.0.0/22",
        ),
        (
            "10, as 10",
            json!({"id": "s", "prefixes": ["10.0.0.0/16", "2001:db8::/48"],
                "defaultchildprefixlength": {"IPv4": 22, "IPv6": 64}}),
            "400 private super network must always contain a defaultchildprefixlength per addressfamily:IPv6",
        ),
        (
            "11",
            json!({"id": "s", "defaultchildprefixlength": {"IPv6": 64}}),
            "422 no addressfamily \"IPv6\" present for defaultchildprefixlength: 64",
        ),
        (
            "11",
            json!({"id": "s", "defaultchildprefixlength": {"x": 64}}),
            "422 no addressfamily \"x\" present for defaultchildprefixlength: 64",
        ),
    ]);
}

#[test]
fn refusals_12_to_14() {
    let keep = json!(["10.240.0.0/12", "10.8.0.0/16"]);
    refused(&[
        (
            "12, delete",
            json!({"id": "s", "prefixes": ["10.1.0.0/16"], "additionalannouncablecidrs": keep}),
            "422 unable to update network: prefix 10.0.0.0/16 has childprefixes, delete prefix not possible",
        ),
        (
            "12, create",
            json!({"id": "e", "prefixes": ["192.0.2.0/24", "10.1.9.0/24"]}),
            "422 unable to create prefix in ipam: invalid_argument: 10.1.9.0/24 overlaps 10.1.0.0/16",
        ),
        (
            "12, create",
            json!({"id": "e", "prefixes": ["192.0.2.0/24", "192.0.2.0/25"]}),
            "422 unable to create prefix in ipam: invalid_argument: 192.0.2.0/25 overlaps 192.0.2.0/24",
        ),
        (
            "12, create",
            json!({"id": "e", "prefixes": ["192.0.2.0/24", "192.0.2.0/24"]}),
            "422 unable to create prefix in ipam: invalid_argument: 192.0.2.0/24 overlaps 192.0.2.0/24",
        ),
        (
            "13",
            json!({"id": "e", "additionalannouncablecidrs": ["10.0.0.0/8"]}),
            "422 additionalannouncablecidrs can only be set in a private super network",
        ),
        (
            "13",
            json!({"id": "s", "additionalannouncablecidrs": ["x"]}),
            "422 given cidr:\"x\" in additionalannouncablecidrs is malformed:netip.ParsePrefix(\"x\"): no '/'",
        ),
        (
            "14",
            json!({"id": "s", "name": "new", "additionalannouncablecidrs": ["10.8.0.0/16"]}),
            "400 you cannot remove \"10.240.0.0/12\" from additionalannouncablecidrs without force flag set",
        ),
    ]);
}

/// Rows 3 and 4.
#[test]
fn texts_and_labels() {
    let mut fixture = scene();
    let network = update(&mut fixture, json!({"id": "e", "name": "n", "labels": {"k": "v"}}), false).unwrap();
    assert_eq!((network.name.as_str(), network.labels.len()), ("n", 1));
    let network = update(&mut fixture, json!({"id": "e", "description": "d"}), false).unwrap();
    assert_eq!((network.name.as_str(), network.description.as_str(), network.labels.len()), ("n", "d", 1));
    let network = update(&mut fixture, json!({"id": "e", "name": "", "labels": {}}), false).unwrap();
    assert_eq!((network.name.as_str(), network.labels.len()), ("", 0));
    assert!(network.changed > network.created);
}

/// Row 5.
#[test]
fn shared_is_forever() {
    let mut fixture = scene();
    assert!(!update(&mut fixture, json!({"id": "e", "shared": false}), false).unwrap().shared);
    assert!(update(&mut fixture, json!({"id": "e", "shared": true}), false).unwrap().shared);
    assert!(update(&mut fixture, json!({"id": "e", "name": "n"}), false).unwrap().shared);
    assert_eq!(
        update(&mut fixture, json!({"id": "e", "shared": false}), false).unwrap_err(),
        "400 once a network is marked as shared it is not possible to unshare it"
    );
}

/// Rows 7, 8, 9 and 12.
#[test]
fn prefixes_come_and_go() {
    let mut fixture = scene();
    let request = json!({"id": "e", "prefixes": ["203.0.113.0/24", "192.0.2.0/24"],
        "destinationprefixes": ["0.0.0.0/0"]});
    let network = update(&mut fixture, request, false).unwrap();
    assert_eq!(prefixes(&network), ["203.0.113.0/24", "192.0.2.0/24"]);
    let network = update(&mut fixture, json!({"id": "e"}), false).unwrap();
    assert_eq!(prefixes(&network), ["203.0.113.0/24", "192.0.2.0/24"]);
    assert_eq!(network.destination_prefixes, ["0.0.0.0/0".parse().unwrap()]);
    create(&mut fixture, json!({"prefixes": ["198.51.100.0/24"]})).expect("the removed prefix is free again");
}

/// A prefix is not taken away under an address whose commit is on its way.
#[test]
fn an_address_in_flight_keeps_its_prefix() {
    let mut fixture = scene();
    let held = fixture.world.hold_rows([&Key::new(Kind::Address, "198.51.100.7")]);
    let request = json!({"id": "e", "prefixes": ["192.0.2.0/24"]});
    assert_eq!(
        update(&mut fixture, request.clone(), false).unwrap_err(),
        "422 unable to update network: prefix 198.51.100.0/24 has ip 198.51.100.7 in use"
    );
    drop(held);
    update(&mut fixture, request, false).unwrap();
}

/// Row 11: the whole map is replaced and not compared with the prefixes; families are read in any case.
#[test]
fn child_lengths_are_replaced() {
    let mut fixture = scene();
    let keep = json!(["10.240.0.0/12", "10.8.0.0/16"]);
    let request =
        json!({"id": "s", "defaultchildprefixlength": {"ipv4": 8}, "additionalannouncablecidrs": keep});
    let network = update(&mut fixture, request, false).unwrap();
    let lengths: Vec<_> = network.default_child_prefix_length.unwrap().into_iter().collect();
    assert_eq!(lengths, [(Family::IPv4, 8)]);
}

/// Rows 14 and 15.
#[test]
fn announcable_cidrs_go_by_force_only() {
    let mut fixture = scene();
    let more =
        json!({"id": "s", "additionalannouncablecidrs": ["10.8.0.0/16", "1.0.0.0/8", "10.240.0.0/12"]});
    assert_eq!(update(&mut fixture, more, false).unwrap().additional_announcable_cidrs.len(), 3);
    assert!(update(&mut fixture, json!({"id": "s", "name": "renamed"}), false).is_err());
    let emptied = update(&mut fixture, json!({"id": "s", "name": "renamed"}), true).unwrap();
    assert!(emptied.additional_announcable_cidrs.is_empty());
}
