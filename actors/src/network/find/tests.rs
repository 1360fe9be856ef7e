use super::*;
use crate::ipam::fixture;
use serde_json::json;

fn found(filter: serde_json::Value, network: &Network) -> Result<bool, Refusal> {
    let filter: NetworkFilter = serde_json::from_value(filter).unwrap();
    filter.read().map(|read| read.matches(network))
}

/// Every row of api-resources 8.1.
#[test]
fn every_key_restricts() {
    let mut network = fixture::child("n", "s", &["10.0.0.5/24", "10.1.0.0/16", "2001:db8::/64"]);
    network.name = "net".to_owned();
    network.vrf = 7;
    network.labels = BTreeMap::from([("a".to_owned(), "1".to_owned()), ("b".to_owned(), String::new())]);
    network.destination_prefixes = vec!["0.0.0.0/0".parse().unwrap()];
    let cases = [
        (json!({}), true),
        (json!({"id": null, "prefixes": null, "labels": null}), true),
        (json!({"id": "n", "name": "net"}), true),
        (json!({"id": "n", "name": "NET"}), false),
        (json!({"id": ""}), false),
        (json!({"partitionid": ""}), true),
        (json!({"partitionid": "p"}), false),
        (json!({"projectid": "p"}), false),
        (json!({"parentnetworkid": "s"}), true),
        (json!({"parentnetworkid": ""}), false),
        (json!({"vrf": 7}), true),
        (json!({"vrf": 0}), false),
        (json!({"vrf": -1}), false),
        (json!({"nat": false, "underlay": false, "privatesuper": false}), true),
        (json!({"nat": true}), false),
        (json!({"underlay": true}), false),
        (json!({"privatesuper": true}), false),
        (json!({"labels": {}}), true),
        (json!({"labels": {"a": "1", "b": ""}}), true),
        (json!({"labels": {"a": "2"}}), false),
        (json!({"labels": {"c": ""}}), false),
        (json!({"prefixes": []}), true),
        (json!({"prefixes": ["10.0.0.5/24"]}), true),
        (json!({"prefixes": ["10.0.0.0/24"]}), false),
        (json!({"prefixes": ["10.0.0.5/16"]}), true),
        (json!({"prefixes": ["10.0.0.5/24", "10.1.0.0/17"]}), false),
        (json!({"prefixes": ["2001:DB8::/64"]}), true),
        (json!({"destinationprefixes": ["0.0.0.0/0"]}), true),
        (json!({"destinationprefixes": ["10.0.0.5/24"]}), false),
        (json!({"addressfamily": "ipv6"}), true),
    ];
    for (filter, expected) in cases {
        assert_eq!(found(filter.clone(), &network).unwrap(), expected, "{filter}");
    }
    let v4 = fixture::network("n", &["10.0.0.0/8"]);
    assert!(!found(json!({"addressfamily": "IPv6"}), &v4).unwrap());
    assert!(found(json!({"parentnetworkid": ""}), &v4).unwrap());
}

#[test]
fn what_cannot_be_read_is_refused() {
    let network = fixture::network("n", &["10.0.0.0/8"]);
    let filter = json!({"prefixes": ["x", "10.0.0.0/8"], "destinationprefixes": ["1.2.3.4/40"]});
    let why = "given cidr x is not a valid ip with mask: netip.ParsePrefix(\"x\"): no '/'\n\
                   given cidr 1.2.3.4/40 is not a valid ip with mask: netip.ParsePrefix(\"1.2.3.4/40\"): \
                   prefix length out of range";
    assert_eq!(found(filter, &network), Err(Refusal::bad_request(why)));
    let refusal = Refusal::unprocessable("given addressfamily:\"x\" is invalid");
    assert_eq!(found(json!({"addressfamily": "x"}), &network), Err(refusal));
}
