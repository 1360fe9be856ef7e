//! Successful allocations, and the shared code of the other tests of allocations.

mod candidates;
mod networks;
mod refusals;

use super::super::command::{AllocateRequest, NetworkChoice, RuleRequest, RuleRequests};
use super::super::fixture::{
    self, FIREWALL_IMAGE, Fixture, IMAGE, INTERNET, PARTITION, PRIVATE, PROJECT, UNDERLAY, firewall_request,
    networks, request,
};
use super::*;
use crate::ids::MachineId;
use crate::ipam::{AddressType, Attachment, ClaimOwner};
use crate::machine::{Awaits, BmcAction, BmcOrder};
use crate::masterdata::servers::{DnsServer, NtpServer};

const M1: &str = "00000000-0000-0000-0000-00000000000a";

/// The mini-lab with one waiting machine and a private network.
pub(super) fn fixture() -> Fixture {
    let fixture = Fixture::new(1);
    fixture.add_private(0);
    fixture.add_machine(M1);
    fixture
}

pub(super) fn allocated(
    fixture: &mut Fixture,
    role: Role,
    request: &AllocateRequest,
) -> (Machine, Allocation) {
    let id = fixture.allocate(role, request).unwrap();
    let machine = fixture.machine(&id);
    let allocation = machine.allocation.clone().unwrap();
    (machine, allocation)
}

#[test]
fn a_machine_is_allocated_as_asked() {
    let mut fixture = fixture();
    let asked = AllocateRequest {
        description: "of the test".into(),
        hostname: Some("h".into()),
        ssh_pub_keys: vec![
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID5gR1qL1AI9FpQEuqW+6LV3wlhMqP58KET1BHRMe8CE".into(),
        ],
        user_data: "#!ignition".into(),
        tags: vec!["a".into()],
        dns_servers: vec![DnsServer { ip: "1.1.1.1".into() }],
        ntp_servers: vec![NtpServer { address: "pool.ntp.org".into() }],
        ..request()
    };
    let (machine, allocation) = allocated(&mut fixture, Role::Machine, &asked);
    assert_eq!(machine.changed, fixture.now);
    assert!(machine.waiting, "only the end of its wait stream ends its waiting");
    assert_eq!(
        machine.tags,
        [
            "a",
            "machine.metal-stack.io/network.primary.asn=4210000001",
            "machine.metal-stack.io/rack=test-rack"
        ]
    );
    assert_eq!(machine.expectation.unwrap().awaits, Awaits::Installation);
    assert_eq!(allocation.creator, "metal-edit@metal-stack.io");
    assert_eq!(allocation.created, fixture.now);
    assert_eq!((allocation.name.as_str(), allocation.description.as_str()), ("shoot-1", "of the test"));
    assert_eq!(allocation.project.as_str(), PROJECT);
    assert_eq!((allocation.image.as_str(), allocation.hostname.as_str()), (IMAGE, "h"));
    assert_eq!(allocation.layout, Some(fixture::layout("default")));
    assert_eq!((allocation.ssh_pub_keys, allocation.user_data), (asked.ssh_pub_keys, asked.user_data));
    assert_eq!(allocation.dns_servers, ["1.1.1.1"]);
    assert_eq!(allocation.ntp_servers, ["pool.ntp.org"]);
    assert_eq!(allocation.firewall_rules, None);
    assert!(!allocation.installed && !allocation.reinstall);
}

#[test]
fn servers_come_from_the_partition_and_the_host_is_called_metal() {
    let mut fixture = fixture();
    let mut partition = fixture::partition(PARTITION);
    partition.dns_servers = vec!["9.9.9.9".into()];
    partition.ntp_servers = vec!["192.0.2.1".into()];
    fixture.put(partition);
    let (_, allocation) = allocated(&mut fixture, Role::Machine, &request());
    assert_eq!(allocation.hostname, "metal");
    assert_eq!(
        (allocation.dns_servers, allocation.ntp_servers),
        (vec!["9.9.9.9".into()], vec!["192.0.2.1".into()])
    );
}

#[test]
fn a_dual_stack_network_gives_an_address_of_each_family() {
    let mut fixture = fixture();
    let (machine, allocation) = allocated(&mut fixture, Role::Machine, &request());
    let network = &allocation.networks[0];
    assert_eq!(network.ips, ["10.0.0.1", "2001:db8:0:10::1"]);
    assert_eq!(network.prefixes, ["10.0.0.0/22", "2001:db8:0:10::/96"]);
    assert_eq!((network.vrf, network.asn), (42, 4_210_000_001));
    for ip in &network.ips {
        let address = fixture.address(ip).unwrap();
        assert_eq!((address.name.as_str(), address.description.as_str()), ("shoot-1", "autoassigned"));
        assert_eq!((address.kind, address.project.as_str()), (AddressType::Ephemeral, PROJECT));
        assert_eq!(address.tags, [format!("machine.metal-stack.io/id={}", machine.id)]);
        let attachment = Attachment { allocation: allocation.uuid, machine: machine.id.clone() };
        assert_eq!(address.attachments, [attachment]);
        assert_ne!(address.allocation_uuid, allocation.uuid);
    }
    let claim = fixture.world.claims.get("asn/000001").unwrap();
    assert_eq!(claim.owners, [ClaimOwner::Allocation { allocation: allocation.uuid, machine: machine.id }]);
}

#[test]
fn a_given_address_switches_auto_acquisition_off() {
    let mut fixture = fixture();
    fixture.add_address(&PRIVATE.into(), "10.0.0.77", AddressType::Static);
    let choice = NetworkChoice { networkid: PRIVATE.into(), autoacquire: Some(true) };
    let ips = vec!["10.0.0.77".to_owned(), "10.0.0.77".to_owned()];
    let asked = AllocateRequest { networks: Some(vec![choice]), ips, ..request() };
    let (machine, allocation) = allocated(&mut fixture, Role::Machine, &asked);
    assert_eq!(allocation.networks[0].ips, ["10.0.0.77"]);
    let address = fixture.address("10.0.0.77").unwrap();
    assert_eq!(address.kind, AddressType::Static, "its type stays");
    assert_eq!(address.tags, [format!("machine.metal-stack.io/id={}", machine.id)]);
    assert_eq!(fixture.world.addresses.len(), 1, "no other address was taken");
}

#[test]
fn an_address_may_serve_two_machines() {
    let mut fixture = fixture();
    fixture.add_machine("m2");
    fixture.add_address(&PRIVATE.into(), "10.0.0.77", AddressType::Static);
    let asked = AllocateRequest { ips: vec!["10.0.0.77".into()], ..request() };
    allocated(&mut fixture, Role::Machine, &asked);
    allocated(&mut fixture, Role::Machine, &asked);
    assert_eq!(fixture.address("10.0.0.77").unwrap().attachments.len(), 2);
}

#[test]
fn a_firewall_gets_the_underlay_and_one_asn_everywhere() {
    let mut fixture = fixture();
    fixture.put(crate::ipam::Claim { pool: crate::ipam::Pool::Asn, number: 1, owners: Vec::new() });
    let rule = RuleRequest { ports: vec![443], to: vec!["0.0.0.0/0".into()], ..RuleRequest::default() };
    let asked = AllocateRequest {
        firewall_rules: Some(RuleRequests { egress: vec![rule], ingress: Vec::new() }),
        ..firewall_request()
    };
    let (_, allocation) = allocated(&mut fixture, Role::Firewall, &asked);
    let seen: Vec<_> =
        allocation.networks.iter().map(|it| (it.network.as_str(), it.underlay, it.ips.len())).collect();
    assert_eq!(seen, [(PRIVATE, false, 2), (INTERNET, false, 2), (UNDERLAY, true, 1)]);
    assert!(allocation.networks.iter().all(|network| network.asn == 4_210_000_002));
    assert_eq!(fixture.address("10.1.0.1").unwrap().project.as_str(), PROJECT, "also in the underlay");
    assert_eq!(allocation.role, Role::Firewall);
    assert_eq!(allocation.firewall_rules.unwrap().egress[0].protocol, "tcp");
}

/// api-machines 3.4.1 and 10/13: only an existing allocation prevents the allocation of a named machine.
#[test]
fn a_named_machine_is_allocated_whatever_its_state() {
    let mut fixture = fixture();
    let id = MachineId::from(M1);
    fixture.set_liveliness(&id, crate::machine::Liveliness::Dead);
    let order =
        |action| BmcOrder { id: Uuid::nil(), action, issued: fixture.now, tries: 0, allocation: None };
    let orders = vec![order(BmcAction::Delete), order(BmcAction::LedOff)];
    fixture.edit_machine(&id, |machine| {
        machine.state.value = crate::machine::StateValue::Locked;
        machine.waiting = false;
        machine.orders = orders;
    });
    let asked = AllocateRequest {
        uuid: M1.into(),
        partitionid: "elsewhere".into(),
        sizeid: "unheard-of".into(),
        ..request()
    };
    let (machine, allocation) = allocated(&mut fixture, Role::Machine, &asked);
    assert_eq!(machine.id, id);
    assert_eq!(machine.orders[1].allocation, Some(allocation.uuid));
    assert_eq!(machine.expectation.as_ref().unwrap().awaits, Awaits::Installation);
    let left: Vec<_> = machine.orders.iter().map(|order| order.action).collect();
    assert_eq!(
        left,
        [BmcAction::LedOff, BmcAction::Reinstall],
        "no order to wipe a machine without an allocation is left"
    );
}

/// api-machines 3.4.3: one ASN per machine from a pool of 131072. The refusal leaves no claim and no address behind,
/// and the next number that returns is taken.
#[test]
fn without_an_asn_nothing_is_claimed() {
    use crate::ipam::{Claim, NUMBER_MAX, Pool};
    use crate::store::{Key, Kind};
    let mut fixture = fixture();
    for number in 1..=NUMBER_MAX {
        fixture.put(Claim { pool: Pool::Asn, number, owners: Vec::new() });
    }
    for (role, asked) in [(Role::Machine, request()), (Role::Firewall, firewall_request())] {
        let before = fixture.machine(&M1.into());
        let refusal = fixture.allocate(role, &asked).unwrap_err();
        assert_eq!(refusal.kind, crate::refusal::RefusalKind::Internal, "answered with 500");
        assert_eq!(
            refusal.message,
            "unable to make networks:Internal acquisition of a value failed for exhausted pool"
        );
        assert_eq!(fixture.machine(&M1.into()), before);
        assert_eq!((fixture.world.claims.len(), fixture.world.addresses.len()), (NUMBER_MAX as usize, 0));
    }
    let claim = Key::new(Kind::Claim, Claim::row_id(Pool::Asn, NUMBER_MAX));
    fixture.world.load(&claim, None).unwrap();
    let (_, allocation) = allocated(&mut fixture, Role::Machine, &request());
    assert_eq!(allocation.networks[0].asn, 4_210_131_072, "the only one that is free");
}

#[test]
fn two_machines_never_share_an_address_or_an_asn() {
    let mut fixture = fixture();
    fixture.add_machine("m2");
    let (_, first) = allocated(&mut fixture, Role::Machine, &request());
    let (_, second) = allocated(&mut fixture, Role::Machine, &request());
    assert_eq!(second.networks[0].ips, ["10.0.0.2", "2001:db8:0:10::2"]);
    assert_ne!(first.networks[0].asn, second.networks[0].asn);
}
