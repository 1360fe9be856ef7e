//! The three bullets of api-machines 4.9.

use super::super::fixture::*;
use super::*;
use crate::fixture::rows;
use crate::ipam::{Address, AddressType};
use crate::machine::AllocationNetwork;
use crate::network::{Network, NetworkType};
use uuid::Uuid;

fn network(id: &str, parent: Option<&str>, prefixes: &[&str], announcable: &[&str]) -> Network {
    Network {
        partition: "mini-lab".into(),
        project: "p1".into(),
        default_child_prefix_length: None,
        private_super: parent.is_none(),
        vrf: 42,
        parent: parent.map(Into::into),
        additional_announcable_cidrs: announcable.iter().map(|cidr| (*cidr).to_owned()).collect(),
        network_type: NetworkType::Child,
        ..rows::network(id, prefixes, BEFORE)
    }
}

fn address(ip: &str, project: &str) -> Address {
    let address: IpAddr = ip.parse().unwrap();
    Address {
        address,
        parent_prefix: IpNet::from(address),
        network: "internet".into(),
        project: project.into(),
        allocation_uuid: Uuid::nil(),
        request: None,
        name: String::new(),
        description: String::new(),
        kind: AddressType::Ephemeral,
        tags: Vec::new(),
        created: BEFORE,
        changed: BEFORE,
        attachments: Vec::new(),
        held_since: None,
    }
}

fn attached(id: &str, vrf: u32, ips: &[&str]) -> AllocationNetwork {
    AllocationNetwork {
        network: id.into(),
        prefixes: Vec::new(),
        destination_prefixes: Vec::new(),
        ips: ips.iter().map(|ip| (*ip).to_owned()).collect(),
        vrf,
        asn: 4_210_000_001,
        nat: false,
        private: id.starts_with("private"),
        private_primary: id == "private",
        shared: false,
        underlay: id == "underlay",
        project: "p1".into(),
        network_type: None,
    }
}

fn allocated(role: Role, networks: Vec<AllocationNetwork>) -> Machine {
    let mut machine = machine("1");
    machine.allocation = Some(Allocation {
        networks,
        hostname: "metal".to_owned(),
        role,
        ..rows::allocation(Uuid::nil(), "p1", "ubuntu-24.4", BEFORE)
    });
    machine
}

fn filter(world: &World, vrf: &str) -> Result<Option<PortFilter>, Refusal> {
    let mut leaf = Switch::clone(&world.switches.get("leaf01").unwrap());
    leaf.nics[0].vrf = vrf.to_owned();
    let one = port_filter(world, &leaf, &leaf.nics[0]);
    let all = port_filters(world, &leaf);
    assert_eq!(all.map(|mut filters| filters.remove(0)), one, "one by one and all at once are the same");
    one
}

fn lists(cidrs: &[&str], vnis: &[&str]) -> Option<PortFilter> {
    let list = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    Some(PortFilter { cidrs: list(cidrs), vnis: list(vnis) })
}

/// Addresses that a project's machines may announce, besides those of their private network.
fn internet(world: &World) {
    let external = Network { network_type: NetworkType::External, ..network("internet", None, &[], &[]) };
    insert(world, external);
}

#[test]
fn null_without_a_machine_or_without_an_allocation() {
    let world = leaves(&["1"]);
    assert_eq!(filter(&world, ""), Ok(None), "not allocated");
    let leaf = world.switches.get("leaf01").unwrap();
    assert_eq!(port_filter(&world, &leaf, &leaf.nics[2]), Ok(None), "no neighbour");
    assert_eq!(port_filters(&world, &leaf), Ok(vec![None, None, None]));
    world.forget::<Machine>(machine_id("1").as_str());
    assert_eq!(filter(&world, ""), Ok(None), "the machine is gone");
}

#[test]
fn a_machine_announces_its_network_and_every_external_address_of_its_project() {
    let world = leaves(&["1"]);
    internet(&world);
    insert(&world, network("super", None, &["10.0.0.0/8"], &["10.240.0.0/12", "10.240.0.0/13"]));
    insert(&world, network("private", Some("super"), &["10.0.16.7/22", "fd00:1::/64"], &["1.1.1.1/32"]));
    for (ip, project) in [
        ("10.0.16.1", "p1"),
        ("10.0.19.255", "p1"),
        ("212.1.1.10", "p1"),
        ("212.1.1.11", "p1"),
        ("212.1.1.13", "p1"),
        ("9.9.9.9", "p1"),
        ("2001:db8::1", "p1"),
        ("fd00:1::5", "p1"),
        ("212.1.1.12", "p2"),
    ] {
        insert(&world, address(ip, project));
    }
    let others = vec![attached("internet", 7, &["212.1.1.10"]), attached("private", 42, &["10.0.16.1"])];
    insert(&world, allocated(Role::Machine, others));
    let expected = lists(
        &[
            "10.0.16.0/22",
            "10.240.0.0/12",
            "2001:db8::1/128",
            "212.1.1.10/31",
            "212.1.1.13/32",
            "9.9.9.9/32",
            "fd00:1::/64",
        ],
        &[],
    );
    for vrf in ["", "vrf42", "default"] {
        assert_eq!(filter(&world, vrf), Ok(expected.clone()), "regardless of the vrf {vrf:?}");
    }
}

/// The kind: what another port of the project may announce.
#[test]
fn a_machine_announces_neither_another_private_network_nor_the_underlay() {
    let world = leaves(&["1"]);
    internet(&world);
    insert(&world, network("super", None, &["10.0.0.0/8"], &[]));
    insert(&world, network("private", Some("super"), &["10.0.16.0/22"], &[]));
    insert(&world, network("other", Some("super"), &["10.0.20.0/22"], &[]));
    let shared = Network {
        network_type: NetworkType::ChildShared,
        ..network("shared", Some("super"), &["10.0.24.0/22"], &[])
    };
    insert(&world, shared);
    let underlay =
        Network { network_type: NetworkType::Underlay, ..network("underlay", None, &["10.1.0.0/22"], &[]) };
    insert(&world, underlay);
    for (ip, of) in [
        ("10.0.16.1", "private"),
        ("10.0.20.1", "other"),
        ("10.0.24.1", "shared"),
        ("10.1.0.9", "underlay"),
        ("10.9.9.9", "gone"),
        ("212.1.1.10", "internet"),
    ] {
        insert(&world, Address { network: of.into(), ..address(ip, "p1") });
    }
    insert(&world, allocated(Role::Machine, vec![attached("private", 42, &["10.0.16.1"])]));
    assert_eq!(filter(&world, "vrf42"), Ok(lists(&["10.0.16.0/22", "212.1.1.10/32"], &[])));
}

#[test]
fn a_lost_network_fails_with_its_text() {
    let world = leaves(&["1"]);
    insert(&world, allocated(Role::Machine, vec![attached("private", 42, &[])]));
    let text = |text: &str| Err(Refusal::unprocessable(text));
    assert_eq!(filter(&world, ""), text("no private network found for ID:private"));
    insert(&world, network("private", Some("super"), &["10.0.0.0/22"], &[]));
    assert_eq!(filter(&world, ""), text("no parent network found for ID:super"));
}

#[test]
fn the_edges_of_the_address_space_aggregate() {
    let world = leaves(&["1"]);
    insert(&world, network("super", None, &[], &["::/0", "255.255.255.254/32", "0.0.0.0/1", "not a prefix"]));
    insert(&world, network("private", Some("super"), &["255.255.255.255/32", "128.0.0.0/1"], &[]));
    insert(&world, allocated(Role::Machine, vec![attached("private", 42, &[])]));
    assert_eq!(filter(&world, ""), Ok(lists(&["0.0.0.0/0", "::/0"], &[])));
}

#[test]
fn a_firewall_in_default_announces_its_underlay() {
    let world = leaves(&["1"]);
    let networks = vec![
        attached("private", 42, &["10.0.16.1"]),
        attached("internet", 104_009, &["212.1.1.10"]),
        attached("underlay", 0, &["10.1.0.9", "10.1.0.10", "fd01::1"]),
        attached("private-2", 7, &[]),
    ];
    insert(&world, allocated(Role::Firewall, networks));
    let expected = lists(&["10.1.0.10/32", "10.1.0.9/32", "fd01::1/128"], &["104009", "42", "7"]);
    assert_eq!(filter(&world, "default"), Ok(expected), "sorted as text");

    insert(&world, allocated(Role::Firewall, Vec::new()));
    assert_eq!(filter(&world, "default"), Ok(lists(&[], &[])), "[] if none");
}

#[test]
fn a_firewall_before_its_report_shows_empty_lists() {
    let world = leaves(&["1"]);
    insert(&world, allocated(Role::Firewall, vec![attached("underlay", 0, &["10.1.0.9"])]));
    for vrf in ["", "vrf42"] {
        let shown = serde_json::to_string(&filter(&world, vrf).unwrap()).unwrap();
        assert_eq!(shown, r#"{"cidrs":[],"vnis":[]}"#);
    }
}

#[test]
fn the_filters_of_a_switch_are_in_the_order_of_its_ports() {
    let world = leaves(&["1", "2"]);
    internet(&world);
    insert(&world, network("super", None, &[], &[]));
    insert(&world, network("private", Some("super"), &["10.0.16.0/22"], &[]));
    insert(&world, allocated(Role::Machine, vec![attached("private", 42, &[])]));
    let firewall = allocated(Role::Firewall, Vec::new());
    insert(&world, Machine { id: machine_id("2"), ..firewall });
    insert(&world, address("212.1.1.10", "p1"));
    let leaf = world.switches.get("leaf02").unwrap();
    let machine = lists(&["10.0.16.0/22", "212.1.1.10/32"], &[]);
    assert_eq!(port_filters(&world, &leaf), Ok(vec![machine, Some(PortFilter::default()), None]));
}
