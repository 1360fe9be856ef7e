use super::super::fixture;
use super::*;

fn usage(network: &Network, children: &[Network], addresses: &[&str]) -> Usage {
    let world = fixture::world(children);
    world.insert(crate::store::Generation(1), network.clone());
    fixture::occupy(&world, &network.id.0, addresses);
    let consumption = consumption(&world, network);
    consumption.ipv4.or(consumption.ipv6).unwrap()
}

fn counters(list: [u64; 4]) -> Usage {
    let [available_ips, used_ips, available_prefixes, used_prefixes] = list;
    Usage { available_ips, used_ips, available_prefixes, used_prefixes }
}

/// The examples of api-resources 2.3.
#[test]
fn examples_of_the_contract() {
    let cases: [(&str, &[&str], [u64; 4]); 6] = [
        ("10.0.0.0/16", &[], [65536, 2, 16384, 0]),
        ("10.0.0.0/16", &["10.0.0.0/22"], [65536, 2, 16128, 1]),
        ("192.168.0.0/20", &[], [4096, 2, 1024, 0]),
        ("192.168.0.0/20", &["192.168.0.0/22"], [4096, 2, 768, 1]),
        ("192.168.0.0/20", &["192.168.0.0/22", "192.168.4.0/22"], [4096, 2, 512, 2]),
        ("2001:db8::/64", &[], [2_147_483_647, 1, 2_147_483_647, 0]),
    ];
    for (prefix, children, expected) in cases {
        let named = children.iter().map(|child| fixture::child(child, "s", &[child]));
        let children: Vec<Network> = named.collect();
        let network = fixture::super_network("s", &[prefix]);
        assert_eq!(usage(&network, &children, &[]), counters(expected), "{prefix} with {}", children.len());
    }
}

/// The rules of api-resources 2.3 at their borders.
#[test]
fn small_and_large_prefixes() {
    let cases = [
        ("10.0.0.0/30", [4, 2, 1, 0]),
        ("10.0.0.0/31", [2, 2, 0, 0]),
        ("10.0.0.0/32", [1, 1, 0, 0]),
        ("0.0.0.0/1", [2_147_483_648, 2, 536_870_912, 0]),
        ("0.0.0.0/0", [2_147_483_647, 2, 1_073_741_824, 0]),
        ("2001:db8::/128", [1, 1, 0, 0]),
        ("2001:db8::/97", [2_147_483_648, 1, 536_870_912, 0]),
        ("2001:db8::/96", [2_147_483_647, 1, 1_073_741_824, 0]),
        ("2001:db8::/95", [2_147_483_647, 1, 2_147_483_647, 0]),
        ("::/0", [2_147_483_647, 1, 2_147_483_647, 0]),
    ];
    for (prefix, expected) in cases {
        assert_eq!(usage(&fixture::network("n", &[prefix]), &[], &[]), counters(expected), "{prefix}");
    }
}

#[test]
fn families_are_summed_apart_and_addresses_count_where_they_lie() {
    let network = fixture::network("n", &["10.0.0.7/24", "2001:db8::/120", "10.0.2.0/24"]);
    let world = fixture::world(std::slice::from_ref(&network));
    fixture::occupy(&world, "n", &["10.0.0.1", "10.0.0.9", "10.0.2.1", "2001:db8::1"]);
    let sum = consumption(&world, &network);
    assert_eq!(sum.ipv4, Some(counters([512, 7, 128, 0])));
    assert_eq!(sum.ipv6, Some(counters([256, 2, 64, 0])));
    let text = serde_json::to_string(&Consumption::default()).unwrap();
    assert_eq!(text, r#"{"ipv4":null,"ipv6":null}"#);
}
