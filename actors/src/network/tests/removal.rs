//! api-resources 2.7

use super::{address, allocate, create, delete, free, prefixes, with_super};
use crate::ipam::AddressCommand;
use crate::ipam::fixture::Fixture;
use crate::store::{Key, Kind};
use serde_json::json;

fn child(fixture: &mut Fixture) -> String {
    allocate(fixture, json!({"projectid": "a", "partitionid": "p1"})).unwrap().id.0
}

/// Row "unknown id".
#[test]
fn unknown() {
    let mut fixture = Fixture::new();
    assert_eq!(free(&mut fixture, "x").unwrap_err(), "404 NotFound no network with id \"x\" found");
    assert_eq!(delete(&mut fixture, "x").unwrap_err(), "404 NotFound no network with id \"x\" found");
}

/// Rows "children exist" and "not a child".
#[test]
fn a_super_network_with_children_stays() {
    let mut fixture = with_super(&["10.0.0.0/16"], json!({"IPv4": 22}));
    let child = child(&mut fixture);
    assert_eq!(
        delete(&mut fixture, "s").unwrap_err(),
        "422 network cannot be deleted because there are children of this network"
    );
    assert_eq!(
        free(&mut fixture, "s").unwrap_err(),
        "422 error releasing child prefix in ipam: invalid_argument: prefix 10.0.0.0/16 is no child prefix"
    );
    free(&mut fixture, &child).unwrap();
    delete(&mut fixture, "s").unwrap();
    assert!(fixture.world.networks.is_empty() && fixture.world.claims.is_empty());
}

/// Row "IPs exist", for an IPv6 child with a single address too.
#[test]
fn addresses_keep_their_network() {
    for (prefix, lengths, first) in [
        ("10.0.0.0/16", json!({"IPv4": 22}), "10.0.0.1"),
        ("2001:db8::/48", json!({"IPv6": 64}), "2001:db8::1"),
    ] {
        let mut fixture = with_super(&[prefix], lengths);
        let child = child(&mut fixture);
        assert_eq!(address(&mut fixture, &child).unwrap(), first);
        let own = prefixes(&fixture.world.networks.get(&child).unwrap()).remove(0);
        assert_eq!(
            free(&mut fixture, &child).unwrap_err(),
            format!(
                "422 error releasing child prefix in ipam: invalid_argument: \
                 prefix {own} has ips, deletion not possible"
            )
        );
        assert_eq!(
            delete(&mut fixture, &child).unwrap_err(),
            format!("422 unable to delete network: prefix {own} has ip {first} in use")
        );
        let next = self::child(&mut fixture);
        assert_ne!(
            prefixes(&fixture.world.networks.get(&next).unwrap()),
            [own],
            "a refused free returns nothing"
        );
        fixture.address(&AddressCommand::Free(first.to_owned())).unwrap();
        free(&mut fixture, &child).unwrap();
    }
}

#[test]
fn an_address_of_an_external_network() {
    let mut fixture = Fixture::new();
    create(&mut fixture, json!({"id": "e", "prefixes": ["10.0.0.0/16"]})).unwrap();
    address(&mut fixture, "e").unwrap();
    let expected = "422 unable to delete network: prefix 10.0.0.0/16 has ip 10.0.0.1 in use";
    assert_eq!(delete(&mut fixture, "e").unwrap_err(), expected);
}

/// An address whose commit is on its way holds its network; one of a child does not hold another network.
#[test]
fn an_address_in_flight_keeps_its_network() {
    let mut fixture = with_super(&["10.0.0.0/16"], json!({"IPv4": 22}));
    let (first, second) = (child(&mut fixture), child(&mut fixture));
    let held = fixture.world.hold_rows([&Key::new(Kind::Address, "10.0.0.1")]);
    assert!(
        free(&mut fixture, &first)
            .unwrap_err()
            .ends_with("prefix 10.0.0.0/22 has ips, deletion not possible")
    );
    free(&mut fixture, &second).unwrap();
    allocate(&mut fixture, json!({"projectid": "a", "partitionid": "p1"}))
        .expect("the super network itself is free");
    drop(held);
    free(&mut fixture, &first).unwrap();
}

/// Row "IPAM": a child that is deleted instead of freed releases its prefix too; the answer is the network before its
/// deletion.
#[test]
fn a_deleted_child_leaks_nothing() {
    let mut fixture = with_super(&["10.0.0.0/16"], json!({"IPv4": 22}));
    let id = child(&mut fixture);
    let was = fixture.world.networks.get(&id).unwrap();
    assert_eq!(fixture.vrf_owners(was.vrf), 1);
    assert_eq!(delete(&mut fixture, &id).unwrap(), *was.value);
    assert_eq!(fixture.vrf_owners(was.vrf), 0);
    let next = child(&mut fixture);
    assert_eq!(fixture.world.networks.get(&next).unwrap().prefixes, was.prefixes);
}
