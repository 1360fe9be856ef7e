//! The tables of api-resources 3.2, 3.4 and 3.5, row by row.

use super::fixture::{self, Fixture, said};
use super::{Address, AddressCommand, AddressType, Attachment, attach};
use crate::ids::ProjectId;
use crate::network::Network;
use crate::record::network::{PoolPolicy, Strategy};
use crate::store::{Generation, Key, Kind};
use crate::time::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

fn allocate(fixture: &mut Fixture, change: Value) -> Result<Address, String> {
    let mut request = json!({"networkid": "v4", "projectid": "a"});
    request.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    let command = AddressCommand::Allocate(serde_json::from_value(request).unwrap());
    fixture.address(&command).map_err(|refusal| said(&refusal))
}

fn address(fixture: &mut Fixture, change: Value) -> Result<String, String> {
    allocate(fixture, change).map(|address| address.address.to_string())
}

fn update(fixture: &mut Fixture, request: Value) -> Result<Address, String> {
    let command = AddressCommand::Update(serde_json::from_value(request).unwrap());
    fixture.address(&command).map_err(|refusal| said(&refusal))
}

fn free(fixture: &mut Fixture, id: &str) -> Result<Address, String> {
    fixture.address(&AddressCommand::Free(id.to_owned())).map_err(|refusal| said(&refusal))
}

/// External networks of each family and of both, a super network `s` with a child `c` of project b, and more.
fn scene() -> Fixture {
    let fixture = Fixture::new();
    let of_b = |network: Network| Network { project: "b".into(), ..network };
    let networks = [
        fixture::network("v4", &["192.0.2.7/24"]),
        fixture::network("v6", &["2001:db8::/64"]),
        fixture::network("dual", &["2001:db8:1::/64", "198.51.100.0/24"]),
        fixture::network("tiny", &["203.0.113.0/31", "203.0.113.4/30"]),
        fixture::network("bare", &[]),
        fixture::super_network("s", &["10.0.0.0/16", "10.1.0.0/16"]),
        of_b(fixture::child("c", "s", &["10.0.0.0/22"])),
        of_b(Network { shared: true, ..fixture::child("shared", "s", &["10.0.4.0/22"]) }),
    ];
    for network in networks {
        fixture.world.insert(Generation(1), network);
    }
    fixture
}

#[test]
fn refusals_of_allocate() {
    let foreign = "422 can not allocate ip for project \"a\" because network belongs to \"b\" \
                   and the network is not shared";
    let taken = "409 Conflict ip already allocated";
    let outside = "422 specific ip not contained in any of the defined prefixes";
    let has_children = "422 cannot allocate ip in ipam: invalid_argument: \
                        prefix 10.0.0.0/16 has childprefixes, acquire ip not possible";
    let cases: [(&str, Value, &str); 20] = [
        ("1", json!({"networkid": ""}), "400 networkid should not be empty"),
        ("2", json!({"projectid": ""}), "400 projectid should not be empty"),
        ("3", json!({"networkid": "x"}), "404 NotFound no network with id \"x\" found"),
        ("4", json!({"networkid": "bare"}), "422 given network bare does not have prefixes configured"),
        ("5", json!({"addressfamily": "x"}), "422 given addressfamily:\"x\" is invalid"),
        (
            "6",
            json!({"addressfamily": "ipv6"}),
            "400 there is no prefix for the given addressfamily:IPv6 present in network:v4",
        ),
        (
            "7",
            json!({"addressfamily": "IPv4", "specific": "192.0.2.9"}),
            "400 it is not possible to specify specificIP and addressfamily",
        ),
        (
            "8",
            json!({"projectid": "x"}),
            "404 rpc error: code = NotFound desc = project with id:x not found sql: no rows in result set",
        ),
        ("9", json!({"networkid": "c"}), foreign),
        (
            "10",
            json!({"specific": "x"}),
            "422 unable to parse specific ip: ParseAddr(\"x\"): unable to parse IP",
        ),
        ("11", json!({"specific": "192.0.3.1"}), outside),
        ("11", json!({"specific": "::1"}), outside),
        ("12, allocated", json!({"specific": "192.0.2.1"}), taken),
        ("12, network", json!({"specific": "192.0.2.0"}), taken),
        ("12, broadcast", json!({"specific": "192.0.2.255"}), taken),
        ("12, IPv6", json!({"networkid": "v6", "specific": "2001:db8:0::0"}), taken),
        ("12, before 13", json!({"networkid": "s", "specific": "10.0.0.9"}), taken),
        ("13", json!({"networkid": "s", "specific": "10.0.9.9"}), has_children),
        ("13", json!({"networkid": "s"}), has_children),
        ("14", json!({"networkid": "tiny"}), "500 Internal cannot allocate free ip in ipam, no ips left"),
    ];
    let mut fixture = scene();
    fixture::occupy(&fixture.world, "v4", &["192.0.2.1"]);
    fixture::occupy(&fixture.world, "tiny", &["203.0.113.5", "203.0.113.6"]);
    fixture::occupy(&fixture.world, "c", &["10.0.0.9"]);
    let before = fixture.world.addresses.len();
    for (row, change, expected) in cases {
        assert_eq!(address(&mut fixture, change).unwrap_err(), expected, "row {row}");
    }
    assert_eq!(fixture.world.addresses.len(), before, "nothing of all that is left");
}

/// Row 15: an address whose row appears meanwhile is met as row 12; until then the store refuses the second row.
#[test]
fn a_specific_address_in_flight_is_left_to_the_commit() {
    let mut fixture = scene();
    let key = Key::new(Kind::Address, "192.0.2.9");
    let held = fixture.world.hold_rows([&key]);
    let request = json!({"networkid": "v4", "projectid": "a", "specific": "192.0.2.9"});
    let command = AddressCommand::Allocate(serde_json::from_value(request).unwrap());
    let decision = fixture.decided(|world, context| super::decide(world, &command, context)).unwrap();
    assert!(decision.written().any(|written| *written == key));
    drop(held);
    fixture::occupy(&fixture.world, "v4", &["192.0.2.9"]);
    assert_eq!(
        address(&mut fixture, json!({"specific": "192.0.2.9"})).unwrap_err(),
        "409 Conflict ip already allocated"
    );
}

#[test]
fn families_and_order() {
    let mut fixture = scene();
    let cases = [
        (json!({}), "192.0.2.1"),
        (json!({}), "192.0.2.2"),
        (json!({"specific": "192.0.2.4"}), "192.0.2.4"),
        (json!({}), "192.0.2.3"),
        (json!({}), "192.0.2.5"),
        (json!({"networkid": "v6"}), "2001:db8::1"),
        (json!({"networkid": "v6", "specific": "2001:DB8:0:0::2"}), "2001:db8::2"),
        (json!({"networkid": "dual"}), "198.51.100.1"),
        (json!({"networkid": "dual", "addressfamily": "ipv6"}), "2001:db8:1::1"),
        (json!({"networkid": "dual", "addressfamily": "ipv4"}), "198.51.100.2"),
        (json!({"networkid": "tiny"}), "203.0.113.5"),
        (json!({"networkid": "c", "projectid": "b"}), "10.0.0.1"),
        (json!({"networkid": "shared"}), "10.0.4.1"),
        (json!({"networkid": "s", "specific": "10.1.0.9"}), "10.1.0.9"),
    ];
    for (change, expected) in cases {
        assert_eq!(address(&mut fixture, change.clone()).unwrap(), expected, "{change}");
    }
    free(&mut fixture, "192.0.2.2").unwrap();
    assert_eq!(
        address(&mut fixture, json!({})).unwrap(),
        "192.0.2.2",
        "a freed address is given again at once"
    );
}

fn many(fixture: &mut Fixture, change: Value) -> Result<Vec<String>, String> {
    let mut request = json!({"networkid": "dual", "projectid": "a", "name": "n", "tags": ["t"]});
    request.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    let command = AddressCommand::AllocateMany(serde_json::from_value(request).unwrap());
    let taken = fixture.addresses(&command).map_err(|refusal| said(&refusal))?;
    assert!(taken.iter().all(|one| one.name == "n" && one.tags == ["t"] && one.project.as_str() == "a"));
    let allocations: std::collections::BTreeSet<_> = taken.iter().map(|one| one.allocation_uuid).collect();
    assert_eq!(allocations.len(), taken.len(), "each can be given back by itself");
    Ok(taken.iter().map(|one| one.address.to_string()).collect())
}

#[test]
fn several_at_once() {
    let mut fixture = scene();
    address(&mut fixture, json!({"networkid": "dual", "specific": "198.51.100.2"})).unwrap();
    let taken = many(&mut fixture, json!({"count": {"IPv6": 1, "IPv4": 3}})).unwrap();
    assert_eq!(taken, ["198.51.100.1", "198.51.100.3", "198.51.100.4", "2001:db8:1::1"]);
    for address in &taken {
        free(&mut fixture, address).unwrap();
    }
    let full = many(&mut fixture, json!({"networkid": "v4", "count": {"IPv4": 254}})).unwrap();
    assert_eq!((full.len(), full[253].as_str()), (254, "192.0.2.254"));
}

#[test]
fn several_at_once_by_chance() {
    let mut fixture = scene();
    let pool = PoolPolicy { strategy: Strategy::Random, ..PoolPolicy::default() };
    fixture.world.insert(Generation(1), Network { pool, ..fixture::network("random", &["198.18.0.0/29"]) });
    let mut all = many(&mut fixture, json!({"networkid": "random", "count": {"IPv4": 6}})).unwrap();
    all.sort();
    assert_eq!(all, ["1", "2", "3", "4", "5", "6"].map(|last| format!("198.18.0.{last}")));
}

/// The pools of `tiny` have two addresses.
#[test]
fn all_of_several_or_none() {
    let count = |count: Value| json!({"networkid": "tiny", "count": count});
    let cases = [
        (count(json!({"IPv4": 3})), "500 Internal cannot allocate free ip in ipam, no ips left"),
        (
            count(json!({"IPv4": 1, "IPv6": 1})),
            "400 there is no prefix for the given addressfamily:IPv6 present in network:tiny",
        ),
        (
            json!({"networkid": "tiny", "description": "x".repeat(4096), "count": {"IPv4": 256}}),
            "422 1049088 bytes of names, descriptions and tags, at most 1048576 are possible",
        ),
        (count(json!({"IPv5": 1})), "422 given addressfamily:\"IPv5\" is invalid"),
        (count(json!({})), "400 count is 0 in total, 1 to 256 are possible"),
        (count(json!({"IPv4": 0})), "400 count is 0 in total, 1 to 256 are possible"),
        (
            count(json!({"IPv4": 1, "IPv6": u32::MAX})),
            "400 count is 4294967295 in total, 1 to 256 are possible",
        ),
        (
            json!({"specific": "198.51.100.9", "count": {"IPv4": 1}}),
            "400 count names the number per family, it cannot be combined with an address or addressfamily",
        ),
        (
            json!({"addressfamily": "IPv4", "count": {"IPv4": 1}}),
            "400 count names the number per family, it cannot be combined with an address or addressfamily",
        ),
        (json!({"networkid": "x", "count": {"IPv4": 1}}), "404 NotFound no network with id \"x\" found"),
        (
            json!({"networkid": "c", "count": {"IPv4": 1}}),
            "422 can not allocate ip for project \"a\" because network belongs to \"b\" and the network is not shared",
        ),
    ];
    for (request, refusal) in cases {
        let mut fixture = scene();
        assert_eq!(many(&mut fixture, request).unwrap_err(), refusal);
        let taken = many(&mut fixture, count(json!({"IPv4": 2}))).unwrap();
        assert_eq!(taken, ["203.0.113.5", "203.0.113.6"], "after {refusal}");
    }
}

#[test]
fn what_is_stored() {
    let mut fixture = scene();
    let request = json!({"name": "n", "description": "d", "tags": ["b", "a", "b"]});
    let first = allocate(&mut fixture, request).unwrap();
    assert_eq!((first.name.as_str(), first.description.as_str()), ("n", "d"));
    assert_eq!(
        (first.tags.as_slice(), first.kind),
        (["a".to_owned(), "b".to_owned()].as_slice(), AddressType::Ephemeral)
    );
    assert_eq!((first.network.as_str(), first.project.as_str()), ("v4", "a"));
    assert_eq!(first.parent_prefix.to_string(), "192.0.2.7/24", "as the network has it");
    assert_eq!(*fixture.world.addresses.get("192.0.2.1").unwrap().value, first);

    let request = json!({"type": "static", "machineid": "m", "tags": ["machine.metal-stack.io/id"]});
    let second = allocate(&mut fixture, request).unwrap();
    assert_eq!(
        (second.tags, second.kind),
        (vec!["machine.metal-stack.io/id=m".to_owned()], AddressType::Static)
    );
    assert_ne!(first.allocation_uuid, second.allocation_uuid);
    let third = allocate(&mut fixture, json!({"type": "STATIC", "machineid": ""})).unwrap();
    assert_eq!((third.tags, third.kind), (Vec::new(), AddressType::Ephemeral));
}

/// A network that is changed or removed while an address is taken from it makes the commit fail.
#[test]
fn an_address_depends_on_its_network() {
    let mut fixture = scene();
    let request = serde_json::from_value(json!({"networkid": "v4", "projectid": "a"})).unwrap();
    let command = AddressCommand::Allocate(request);
    let mut decision = fixture.decided(|world, context| super::decide(world, &command, context)).unwrap();
    let checks = decision.take_transaction().checks;
    assert!(
        checks.iter().any(|check| check.key == Key::new(Kind::Network, "v4") && check.expected.is_some())
    );
}

/// api-resources 3.4
#[test]
fn updates() {
    let mut fixture = scene();
    let id = allocate(&mut fixture, json!({"name": "n", "tags": ["z"]})).unwrap().address.to_string();
    let with = |change: Value| {
        let mut request = json!({"ipaddress": id});
        request.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        request
    };
    assert_eq!(
        update(&mut fixture, json!({"ipaddress": "192.0.2.99"})).unwrap_err(),
        "404 NotFound no ip with id \"192.0.2.99\" found",
        "row ipaddress"
    );
    let after = update(&mut fixture, with(json!({"description": "d"}))).unwrap();
    assert_eq!(
        (after.name.as_str(), after.description.as_str(), after.tags.len()),
        ("n", "d", 1),
        "row name"
    );
    assert!(after.changed > after.created);
    let after = update(&mut fixture, with(json!({"name": "", "tags": ["b", "a", "b"]}))).unwrap();
    assert_eq!(
        (after.name.as_str(), after.tags.as_slice()),
        ("", ["a".to_owned(), "b".to_owned()].as_slice()),
        "row tags"
    );
    assert!(update(&mut fixture, with(json!({"tags": []}))).unwrap().tags.is_empty(), "row tags");
    let after = update(&mut fixture, with(json!({"type": "STATIC"}))).unwrap();
    assert_eq!(after.kind, AddressType::Ephemeral, "row type: others are ignored");
    let after = update(&mut fixture, with(json!({"type": "static"}))).unwrap();
    assert_eq!(after.kind, AddressType::Static, "row type");
    assert_eq!(
        update(&mut fixture, with(json!({"type": "ephemeral"}))).unwrap_err(),
        "400 cannot change type of ip address from static to ephemeral",
        "row type"
    );
}

/// api-resources 3.4, row "scope change".
#[test]
fn scopes() {
    let mut fixture = scene();
    let id = address(&mut fixture, json!({})).unwrap();
    let machine = json!({"ipaddress": id, "tags": ["machine.metal-stack.io/id=m"]});
    let project = json!({"ipaddress": id, "tags": []});
    for request in [&machine, &machine, &project, &machine] {
        update(&mut fixture, request.clone()).unwrap();
    }
    // No rule forbids what cannot happen: the project never changes, so the scope "" never meets another.
    let read = fixture.world.addresses.get(&id).unwrap();
    let orphan = Address { project: ProjectId::default(), ..Address::clone(&read.value) };
    fixture.world.insert(Generation(9), orphan);
    update(&mut fixture, machine).unwrap();
    use crate::record::ipam::tags::Scope;
    assert!(!Scope::None.may_become(Scope::Machine) && !Scope::Machine.may_become(Scope::None));
    assert!(Scope::None.may_become(Scope::Project) && Scope::Project.may_become(Scope::Machine));
}

/// api-resources 3.5
#[test]
fn frees() {
    let mut fixture = scene();
    assert_eq!(
        free(&mut fixture, "192.0.2.1").unwrap_err(),
        "404 NotFound no ip with id \"192.0.2.1\" found"
    );
    let fixed = allocate(&mut fixture, json!({"type": "static"})).unwrap();
    assert_eq!(free(&mut fixture, "192.0.2.1").unwrap(), fixed, "static is not protected; shown as it was");
    assert!(fixture.world.addresses.is_empty());

    let bound = address(&mut fixture, json!({"machineid": "m"})).unwrap();
    let refused = "400 ip with machine scope can not be deleted";
    assert_eq!(free(&mut fixture, &bound).unwrap_err(), refused);
    update(&mut fixture, json!({"ipaddress": bound, "tags": []})).unwrap();
    free(&mut fixture, &bound).unwrap();

    address(&mut fixture, json!({"networkid": "v6"})).unwrap();
    assert_eq!(
        free(&mut fixture, "2001:db8:0::1").unwrap_err(),
        "404 NotFound no ip with id \"2001:db8:0::1\" found",
        "only the canonical spelling is the id"
    );
}

/// ipam 5.4, I5: a release by allocation changes something only if that allocation has the address.
#[test]
fn an_allocation_releases_its_own_address_only() {
    let mut fixture = scene();
    let release = |fixture: &mut Fixture, id: &str, allocation: Uuid| {
        let command = AddressCommand::Release { id: id.to_owned(), allocation };
        fixture.address(&command).map_err(|refusal| said(&refusal))
    };
    let first = allocate(&mut fixture, json!({})).unwrap();
    let (id, old) = (first.address.to_string(), first.allocation_uuid);
    let nil = Uuid::nil();
    let over = |allocation: Uuid| {
        format!(
            "409 Conflict ip {id} belongs to another allocation than {allocation}: if yours was released before, \
             there is nothing left to do"
        )
    };
    assert_eq!(release(&mut fixture, &id, nil).unwrap_err(), over(nil));
    assert_eq!(release(&mut fixture, &id, old).unwrap(), first);
    let free = format!("404 NotFound no ip with id \"{id}\" found");
    assert_eq!(release(&mut fixture, &id, old).unwrap_err(), free, "once more, and it is free");

    let second = allocate(&mut fixture, json!({"specific": id})).unwrap();
    assert_eq!(
        release(&mut fixture, &id, old).unwrap_err(),
        over(old),
        "once more, and somebody else has it"
    );
    let read = fixture.world.addresses.get(&id).unwrap();
    assert_eq!(*read.value, second);
    // An address that a machine uses cannot be released by users.
    let attachment = Attachment { allocation: Uuid::from_u128(1), machine: "m".into() };
    fixture.world.insert(Generation(9), attach(&read, attachment, Timestamp::from_millis(5)));
    let refused = release(&mut fixture, &id, second.allocation_uuid).unwrap_err();
    assert_eq!(refused, "400 ip with machine scope can not be deleted");
}

/// An address in use by an allocation is not allocated again, whatever its tags are.
#[test]
fn an_address_of_an_allocation_is_not_freed() {
    let mut fixture = scene();
    let id = address(&mut fixture, json!({})).unwrap();
    let read = fixture.world.addresses.get(&id).unwrap();
    let attachment = Attachment { allocation: Uuid::from_u128(1), machine: "m".into() };
    fixture.world.insert(Generation(9), attach(&read, attachment, Timestamp::from_millis(5)));
    update(&mut fixture, json!({"ipaddress": id, "tags": []})).unwrap();
    assert_eq!(free(&mut fixture, &id).unwrap_err(), "400 ip with machine scope can not be deleted");
}
