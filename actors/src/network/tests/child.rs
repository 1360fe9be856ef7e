//! api-resources 2.6

use super::super::{Network, NetworkCommand, NetworkType, decide};
use super::{address, allocate, create, free, prefixes, with_super};
use crate::ipam::fixture::{self, Fixture};
use crate::ipam::usage::consumption;
use crate::ipam::{NUMBER_MAX, Pool};
use crate::store::{Generation, Key, Kind};
use serde_json::{Value, json};

fn with(change: Value) -> Value {
    let mut request = json!({"projectid": "a", "partitionid": "p1"});
    request.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    request
}

fn child(fixture: &mut Fixture, change: Value) -> Result<Vec<String>, String> {
    allocate(fixture, with(change)).map(|network| prefixes(&network))
}

#[test]
fn refusals() {
    let cases: [(&str, Value, &str); 13] = [
        ("1", json!({"projectid": ""}), "400 projectid should not be empty"),
        ("2", json!({"partitionid": ""}), "400 partitionid should not be empty"),
        (
            "3",
            json!({"projectid": "x"}),
            "404 rpc error: code = NotFound desc = project with id:x not found sql: no rows in result set",
        ),
        ("4", json!({"partitionid": "x"}), "404 NotFound no partition with id \"x\" found"),
        (
            "5",
            json!({"destinationprefixes": ["x"]}),
            "400 given prefix x is not a valid ip with mask: netip.ParsePrefix(\"x\"): no '/'",
        ),
        ("6", json!({"partitionid": "p2"}), "404 NotFound no network found"),
        (
            "9",
            json!({"length": {"x": 24}}),
            "400 addressfamily of length is invalid given addressfamily:\"x\" is invalid",
        ),
        (
            "10",
            json!({"addressfamily": "x"}),
            "400 addressfamily is invalid given addressfamily:\"x\" is invalid",
        ),
        (
            "11",
            json!({"addressfamily": "ipv6"}),
            "400 addressfamily IPv6 specified, but no childprefixlength for this addressfamily",
        ),
        (
            "13, too short",
            json!({"length": {"ipv4": 20}}),
            "422 cannot allocate free child prefix in ipam: \
             invalid_argument: given length:20 must be greater than prefix length:20\n\
             invalid_argument: given length:20 must be greater than prefix length:20",
        ),
        (
            "13, no room",
            json!({"length": {"IPv4": 21}}),
            "422 cannot allocate free child prefix in ipam: \
             invalid_argument: no prefix found in 10.0.0.0/20 with length:21, but 10.0.12.0/22 is available\n\
             invalid_argument: no prefix found in 10.1.0.0/20 with length:21, \
             but 10.1.4.0/22,10.1.12.0/22 are available",
        ),
        (
            "13, no such length",
            json!({"length": {"IPv4": 33}}),
            "422 cannot allocate free child prefix in ipam: \
             invalid_argument: no prefix found in 10.0.0.0/20 with length:33, but 10.0.12.0/22 is available\n\
             invalid_argument: no prefix found in 10.1.0.0/20 with length:33, \
             but 10.1.4.0/22,10.1.12.0/22 are available",
        ),
        (
            "13, no such family",
            json!({"length": {"IPv6": 64}}),
            "422 cannot allocate free child prefix in one of the given parent prefixes in ipam: []",
        ),
    ];
    let mut fixture = with_super(&["10.0.0.0/20", "10.1.0.0/20"], json!({"IPv4": 22}));
    let taken = ["10.0.0.0/21", "10.0.8.0/22", "10.1.0.0/22", "10.1.8.0/22"];
    fixture.world.insert(Generation(1), fixture::child("c", "s", &taken));
    for (row, change, expected) in cases {
        assert_eq!(child(&mut fixture, change).unwrap_err(), expected, "row {row}");
    }
    assert_eq!(
        (fixture.world.networks.len(), fixture.world.claims.len()),
        (2, 0),
        "nothing of all that is left"
    );
}

/// Rows 7 and 8.
#[test]
fn super_networks_that_cannot_serve() {
    let mut fixture = Fixture::new();
    let put = |fixture: &Fixture, id: &str| {
        let prefix = if id == "s1" { "10.0.0.0/16" } else { "10.1.0.0/16" };
        let network = Network { partition: "p1".into(), ..fixture::super_network(id, &[prefix]) };
        fixture.world.insert(Generation(1), network);
    };
    put(&fixture, "s1");
    assert_eq!(
        child(&mut fixture, json!({})).unwrap_err(),
        "500 supernetwork s1 has no defaultchildprefixlength specified"
    );
    put(&fixture, "s2");
    assert_eq!(child(&mut fixture, json!({})).unwrap_err(), "422 more than one network exists");
}

/// Row 12, and it comes before row 13.
#[test]
fn no_vrf_left() {
    let mut fixture = with_super(&["10.0.0.0/20"], json!({"IPv4": 22}));
    fixture.world.numbers_change(|used| (1..=NUMBER_MAX).for_each(|number| used.insert(Pool::Vrf, number)));
    let expected = "500 could not acquire a vrf: Internal acquisition of a value failed for exhausted pool";
    assert_eq!(child(&mut fixture, json!({})).unwrap_err(), expected);
    assert_eq!(child(&mut fixture, json!({"length": {"IPv4": 2}})).unwrap_err(), expected);
}

/// Row 13: a prefix gives addresses or children, never both.
#[test]
fn a_prefix_with_addresses_gives_no_children() {
    let mut fixture = with_super(&["10.0.0.0/20"], json!({"IPv4": 22}));
    assert_eq!(address(&mut fixture, "s").unwrap(), "10.0.0.1");
    assert_eq!(
        child(&mut fixture, json!({})).unwrap_err(),
        "422 cannot allocate free child prefix in ipam: \
         invalid_argument: prefix 10.0.0.0/20 has ips, acquire child prefix not possible"
    );
}

#[test]
fn what_is_stored() {
    let mut fixture = with_super(&["10.0.0.0/16"], json!({"IPv4": 22}));
    create(&mut fixture, json!({"prefixes": ["1.0.0.0/8"], "vrf": 1})).unwrap();
    let request = with(json!({"name": "n", "description": "d", "labels": {"k": "v"}, "nat": true,
        "destinationprefixes": ["0.0.0.0/0", "::/0"]}));
    let network = allocate(&mut fixture, request).unwrap();
    assert_eq!(network.parent, Some("s".into()));
    assert_eq!((network.partition.as_str(), network.project.as_str()), ("p1", "a"));
    assert_eq!((network.name.as_str(), network.description.as_str(), network.labels.len()), ("n", "d", 1));
    assert_eq!((network.nat, network.shared, network.network_type), (true, false, NetworkType::Child));
    assert_eq!((network.default_child_prefix_length.clone(), network.destination_prefixes.len()), (None, 2));
    assert_eq!((network.vrf, fixture.vrf_owners(2)), (2, 1), "1 is taken");
    let shared = allocate(&mut fixture, with(json!({"shared": true, "projectid": "b"}))).unwrap();
    assert_eq!((shared.shared, shared.network_type), (true, NetworkType::ChildShared));
    assert_eq!(prefixes(&shared), ["10.0.4.0/22"]);
}

#[test]
fn lengths_and_families() {
    let mut fixture =
        with_super(&["2001:db8::/48", "10.0.0.0/21", "10.1.0.0/16"], json!({"IPv4": 22, "IPv6": 64}));
    let dual = ["10.0.0.0/22", "2001:db8::/64"];
    assert_eq!(child(&mut fixture, json!({})).unwrap(), dual);
    assert_eq!(child(&mut fixture, json!({"addressfamily": "ipv6"})).unwrap(), ["2001:db8:0:1::/64"]);
    assert_eq!(child(&mut fixture, json!({"addressfamily": "IPv4"})).unwrap(), ["10.0.4.0/22"]);
    let third = json!({"length": {"ipv4": 24, "ipv6": 60}});
    assert_eq!(
        child(&mut fixture, third).unwrap(),
        ["10.1.0.0/24", "2001:db8:0:10::/60"],
        "the first that can serve"
    );
}

/// api-resources 2.3: the counters of the super network follow, both ways.
#[test]
fn counters_follow() {
    let mut fixture = with_super(&["10.0.0.0/16"], json!({"IPv4": 22}));
    let counters = |fixture: &Fixture| {
        let usage = consumption(&fixture.world, &fixture.world.networks.get("s").unwrap()).ipv4.unwrap();
        (usage.available_ips, usage.used_ips, usage.available_prefixes, usage.used_prefixes)
    };
    assert_eq!(counters(&fixture), (65536, 2, 16384, 0));
    let network = allocate(&mut fixture, with(json!({}))).unwrap();
    assert_eq!(counters(&fixture), (65536, 2, 16128, 1));
    free(&mut fixture, network.id.as_str()).unwrap();
    assert_eq!(counters(&fixture), (65536, 2, 16384, 0));
    assert_eq!(fixture.vrf_owners(network.vrf), 0);
}

/// Two children decided on the same world meet at the super network's row; so do a child and an address.
#[test]
fn takers_of_the_same_space_meet_at_the_super_network() {
    let mut fixture = with_super(&["10.0.0.0/16"], json!({"IPv4": 22}));
    let s = Key::new(Kind::Network, "s");
    let command = NetworkCommand::Allocate(serde_json::from_value(with(json!({}))).unwrap());
    let child = fixture.decided(|world, context| decide(world, &command, context)).unwrap();
    assert!(child.written().any(|key| *key == s));
    let request = serde_json::from_value(json!({"networkid": "s", "projectid": "a"})).unwrap();
    let command = crate::ipam::AddressCommand::Allocate(request);
    let address = fixture.decided(|world, context| crate::ipam::decide(world, &command, context)).unwrap();
    assert!(address.written().any(|key| *key == s));
    let id = allocate(&mut fixture, with(json!({}))).unwrap().id;
    let command = NetworkCommand::Free(id);
    let freed = fixture.decided(|world, context| decide(world, &command, context)).unwrap();
    assert!(freed.written().any(|key| *key == s));
}

/// By name: free and in one piece, inside of a prefix of the super network.
#[test]
fn a_child_can_be_asked_for_by_name() {
    let mut fixture = with_super(&["10.0.0.0/16", "2001:db8::/48"], json!({"IPv4": 22, "IPv6": 64}));
    let both = json!({"specific": ["10.0.4.9/22", "2001:db8:0:7::/64"]});
    assert_eq!(child(&mut fixture, both).unwrap(), ["10.0.4.0/22", "2001:db8:0:7::/64"]);
    let taken = |wanted: &str| {
        format!(
            "422 cannot allocate free child prefix in ipam: invalid_argument: \
             specific prefix {wanted} is not available in prefix 10.0.0.0/16"
        )
    };
    let outside = |wanted: &str| {
        format!(
            "422 cannot allocate free child prefix in ipam: invalid_argument: \
             {wanted} is not part of a prefix of network s"
        )
    };
    let cases = [
        (json!(["10.0.4.0/22"]), taken("10.0.4.0/22")),
        (json!(["10.0.4.0/24"]), taken("10.0.4.0/24")),
        (json!(["10.0.0.0/20"]), taken("10.0.0.0/20")),
        (json!(["10.0.0.0/16"]), outside("10.0.0.0/16")),
        (json!(["10.1.0.0/22"]), outside("10.1.0.0/22")),
        (json!(["::/0"]), outside("::/0")),
        (
            json!(["10.0.8.0/22", "10.0.12.0/22"]),
            "400 at most one prefix per addressfamily is possible".to_owned(),
        ),
        (
            json!(["x"]),
            "400 given prefix x is not a valid ip with mask: netip.ParsePrefix(\"x\"): no '/'".to_owned(),
        ),
    ];
    let networks = fixture.world.networks.len();
    for (wanted, why) in cases {
        assert_eq!(child(&mut fixture, json!({"specific": wanted})).unwrap_err(), why);
    }
    let mixed = json!({"specific": ["10.0.8.0/22"], "length": {"IPv4": 22}});
    let why = "400 prefixes cannot be combined with length or addressfamily";
    assert_eq!(child(&mut fixture, mixed).unwrap_err(), why);
    assert_eq!(fixture.world.networks.len(), networks, "nothing of all that is left");
    let v4 = json!({"addressfamily": "IPv4"});
    assert_eq!(child(&mut fixture, v4.clone()).unwrap(), ["10.0.0.0/22"], "what is by length goes around it");
    assert_eq!(child(&mut fixture, v4).unwrap(), ["10.0.8.0/22"]);
}
