//! The role of a network for a machine: every row of the classification in api-machines 3.4.2.

use super::*;

/// Network, private, primary, shared, underlay: the stored flags of api-machines 1.4.1.
type Flags<'a> = (&'a str, bool, bool, bool, bool);

fn flags(allocation: &Allocation) -> Vec<Flags<'_>> {
    allocation
        .networks
        .iter()
        .map(|it| (it.network.as_str(), it.private, it.private_primary, it.shared, it.underlay))
        .collect()
}

#[test]
fn an_unshared_private_network_is_primary() {
    let mut fixture = fixture();
    let asked = AllocateRequest { networks: networks(&[INTERNET, PRIVATE]), ..request() };
    let (_, allocation) = allocated(&mut fixture, Role::Machine, &asked);
    assert_eq!(
        flags(&allocation),
        [(INTERNET, false, false, false, false), (PRIVATE, true, true, false, false)]
    );
}

#[test]
fn the_only_private_network_is_primary_though_shared() {
    for role in [Role::Machine, Role::Firewall] {
        let mut fixture = fixture();
        fixture.add_shared(1, PROJECT);
        let asked = if role == Role::Machine { request() } else { firewall_request() };
        let asked = AllocateRequest { networks: networks(&["private-1"]), ..asked };
        let (_, allocation) = allocated(&mut fixture, role, &asked);
        assert_eq!(flags(&allocation)[0], ("private-1", true, true, true, false));
    }
}

#[test]
fn a_firewall_joins_shared_networks_of_others_beside_its_own() {
    let mut fixture = fixture();
    fixture.add_shared(1, fixture::PROVIDER);
    fixture.add_shared(2, PROJECT);
    let asked = AllocateRequest {
        networks: networks(&["private-1", INTERNET, PRIVATE, "private-2"]),
        ..firewall_request()
    };
    let (machine, allocation) = allocated(&mut fixture, Role::Firewall, &asked);
    assert_eq!(
        flags(&allocation),
        [
            ("private-1", true, false, true, false),
            (INTERNET, false, false, false, false),
            (PRIVATE, true, true, false, false),
            ("private-2", true, false, true, false),
            (UNDERLAY, false, false, false, true),
        ]
    );
    assert_eq!(allocation.networks[0].project.as_str(), fixture::PROVIDER);
    assert!(machine.tags.contains(&"machine.metal-stack.io/network.primary.asn=4210000001".to_owned()));
}

/// All networks outside of a private super network, in any partition and of any project.
#[test]
fn all_other_networks_are_external() {
    let mut fixture = fixture();
    fixture.put(crate::network::Network {
        partition: "elsewhere".into(),
        project: "p9".into(),
        shared: true,
        ..fixture::network("mpls", &["100.64.0.0/10"])
    });
    fixture.put(crate::network::Network {
        parent: Some(INTERNET.into()),
        ..fixture::network("slice", &["198.51.100.0/24"])
    });
    let asked = AllocateRequest { networks: networks(&[PRIVATE, "mpls", "slice"]), ..request() };
    let (_, allocation) = allocated(&mut fixture, Role::Machine, &asked);
    assert_eq!(
        flags(&allocation)[1..],
        [("mpls", false, false, false, false), ("slice", false, false, false, false)]
    );
}

/// The super network of any partition makes a network private; which partition it is in is checked apart.
#[test]
fn a_child_of_another_partitions_super_network_is_private() {
    let mut fixture = fixture();
    fixture.put(crate::network::Network {
        partition: "elsewhere".into(),
        private_super: true,
        ..fixture::network("their-super", &["10.8.0.0/16"])
    });
    fixture.add_private(1);
    fixture.edit_network("private-1", |network| network.parent = Some("their-super".into()));
    let asked = AllocateRequest { networks: networks(&["private-1"]), ..request() };
    let (_, allocation) = allocated(&mut fixture, Role::Machine, &asked);
    assert_eq!(flags(&allocation), [("private-1", true, true, false, false)]);
}

#[test]
fn an_external_network_may_be_joined_without_an_address() {
    let mut fixture = fixture();
    fixture.add_address(&PRIVATE.into(), "10.0.0.9", AddressType::Ephemeral);
    let external = NetworkChoice { networkid: INTERNET.into(), autoacquire: Some(false) };
    let private = NetworkChoice { networkid: PRIVATE.into(), autoacquire: None };
    let asked = AllocateRequest {
        networks: Some(vec![external, private]),
        ips: vec!["10.0.0.9".into()],
        ..request()
    };
    let (_, allocation) = allocated(&mut fixture, Role::Machine, &asked);
    assert!(allocation.networks[0].ips.is_empty());
    assert_eq!(allocation.networks[1].ips, ["10.0.0.9"]);
}
